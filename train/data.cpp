// Rows in a drawn order, gathered a batch at a time; nothing is shuffled in place.
#include "logitape/train/data.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "logitape/core/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

// 0 ... n-1 in random order (Fisher, Yates): every order is as likely.
Tensor permutation(std::int64_t n, Generator& rng) {
  Tensor order = arange(n);
  auto* rows = static_cast<std::int64_t*>(order.writable());
  for (std::int64_t i = n; i > 1; --i) std::swap(rows[i - 1], rows[rng.below(static_cast<std::uint64_t>(i))]);
  return order;
}

Dataset rows_of(const Dataset& dataset, const Tensor& order, std::int64_t begin, std::int64_t count) {
  const Tensor rows = slice(order, {begin}, {count});
  return {gather(dataset.inputs, rows), gather(dataset.labels, rows)};
}

}  // namespace

Dataset::Dataset(Tensor x, Tensor t) : inputs(std::move(x)), labels(std::move(t)) {
  require(inputs.defined() && labels.defined() && inputs.rank() >= 1 && labels.rank() >= 1, "Dataset",
          "inputs are {}, labels {}; both need rank 1 or more", inputs, labels);
  require(inputs.shape()[0] == labels.shape()[0], "Dataset", "inputs {} have {} rows, labels {} have {}", inputs.shape(), inputs.shape()[0],
          labels.shape(), labels.shape()[0]);
  require(inputs.device() == labels.device(), ErrorCode::device, "Dataset", "inputs are on {}, labels on {}: move one", inputs.device(),
          labels.device());
}

TrainAndTest split(const Dataset& dataset, double fraction_held_out, Generator& rng) {
  require(fraction_held_out > 0 && fraction_held_out < 1, ErrorCode::out_of_range, "split", "fraction_held_out {} is outside (0, 1)",
          fraction_held_out);
  const std::int64_t size = dataset.size();
  const auto held_out = static_cast<std::int64_t>(std::round(fraction_held_out * static_cast<double>(size)));
  require(held_out > 0 && held_out < size, "split", "holding out {} of {} rows leaves {} for training and {} for the test",
          fraction_held_out, size, size - held_out, held_out);
  Generator stream = rng;
  const Tensor order = permutation(size, stream);
  TrainAndTest parts{rows_of(dataset, order, held_out, size - held_out), rows_of(dataset, order, 0, held_out)};
  rng = stream;
  return parts;
}

Batches::Batches(Dataset dataset, const BatchOptions& options) : dataset_(std::move(dataset)), options_(options) {
  require(options.size >= 1, "Batches", "size {} is asked for; at least 1 is needed", options.size);
}

std::int64_t Batches::count() const {
  const std::int64_t whole = dataset_.size() / options_.size;
  return whole + (!options_.drop_last && dataset_.size() % options_.size > 0);
}

Batches::Iterator Batches::begin() const {
  const std::int64_t size = dataset_.size();
  return {dataset_, options_.shuffle ? permutation(size, *options_.shuffle) : arange(size), options_.size,
          options_.drop_last ? size - size % options_.size : size};
}

Batch Batches::Iterator::operator*() const {
  Dataset rows = rows_of(dataset_, order_, next_, std::min(size_, stop_ - next_));
  return {std::move(rows.inputs), std::move(rows.labels)};
}

}  // namespace logitape::inline v0
