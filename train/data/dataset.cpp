// Rows side by side, and split in two parts.
#include "logitape/train/data/dataset.h"

#include <cmath>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/data/detail/shuffle.h"

namespace logitape::inline v0 {

Dataset::Dataset(Tensor x, Tensor t, Tensor w) : inputs(std::move(x)), labels(std::move(t)), weights(std::move(w)) {
  require(inputs.defined() && labels.defined() && inputs.rank() >= 1 && labels.rank() >= 1, "Dataset",
          "inputs are {}, labels {}; both need rank 1 or more", inputs, labels);
  require(inputs.shape()[0] == labels.shape()[0], "Dataset", "inputs {} have {} rows, labels {} have {}",
          inputs.shape(), inputs.shape()[0], labels.shape(), labels.shape()[0]);
  require(inputs.device() == labels.device(), ErrorCode::device, "Dataset", "inputs are on {}, labels on {}: move one",
          inputs.device(), labels.device());
  if (!weights.defined()) return;
  require(weights.shape() == Shape{size()} && is_arithmetic(weights.dtype()), "Dataset",
          "the weights are {}; f32 or f64 [{}] is needed, one for each row", weights, size());
  require(weights.device() == inputs.device(), ErrorCode::device, "Dataset",
          "inputs are on {}, weights on {}: move one", inputs.device(), weights.device());
}

TrainAndTest split(const Dataset& dataset, double fraction_held_out, Generator& rng) {
  require(fraction_held_out > 0 && fraction_held_out < 1, ErrorCode::out_of_range, "split",
          "fraction_held_out {} is outside (0, 1)", fraction_held_out);
  const std::int64_t size = dataset.size();
  const auto held_out = static_cast<std::int64_t>(std::round(fraction_held_out * static_cast<double>(size)));
  require(held_out > 0 && held_out < size, "split",
          "holding out {} of {} rows leaves {} for training and {} for the test", fraction_held_out, size,
          size - held_out, held_out);
  Generator stream = rng;
  const Tensor order = train::permutation(size, stream);
  TrainAndTest parts{train::rows_of(dataset, order, held_out, size - held_out),
                     train::rows_of(dataset, order, 0, held_out)};
  rng = stream;
  return parts;
}

}  // namespace logitape::inline v0
