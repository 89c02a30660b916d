// Rows in a drawn order, gathered a batch at a time; nothing is shuffled in place.
#include "logitape/train/data/batches.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/data/detail/prefetch.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/data/detail/shuffle.h"

namespace logitape::inline v0 {
namespace {

// As many rows as there are weights, each drawn from all of them.
Tensor drawn(const std::vector<double>& weights, Generator& rng) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  Tensor order = Tensor::uninitialised({static_cast<std::int64_t>(weights.size())}, DType::i64);
  auto* rows = static_cast<std::int64_t*>(order.writable());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    // the first row whose sum is above: never a row of weight 0, even if the product rounds up to the whole sum
    const double at = std::min(rng.next_uniform() * sums.back(), std::nextafter(sums.back(), 0.0));
    rows[i] = std::upper_bound(sums.begin(), sums.end(), at) - sums.begin();
  }
  return order;
}

void check_weights(const std::vector<double>& weights, std::int64_t rows, bool shuffled) {
  require(static_cast<std::int64_t>(weights.size()) == rows, "Batches", "{} weights are given for {} rows",
          weights.size(), rows);
  require(shuffled, "Batches", "weights are given and no generator that draws by them: set .shuffle");
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    require(std::isfinite(weights[i]) && weights[i] >= 0, ErrorCode::out_of_range, "Batches",
            "weight {} of row {} is not a finite number of 0 or more", weights[i], i);
    sum += weights[i];
  }
  require(std::isfinite(sum) && sum > 0, ErrorCode::out_of_range, "Batches", "the weights add up to {}", sum);
}

}  // namespace

std::vector<double> balanced_weights(const Tensor& labels) {
  require(labels.defined() && labels.rank() == 1 && is_index(labels.dtype()), "balanced_weights",
          "the labels are {}; integers [n] are needed", labels);
  const std::vector<std::int64_t> of = labels.to_vector<std::int64_t>();
  std::map<std::int64_t, double> rows;
  for (const std::int64_t label : of) ++rows[label];
  std::vector<double> weights;
  weights.reserve(of.size());
  for (const std::int64_t label : of) weights.push_back(1 / rows[label]);
  return weights;
}

Batches::Batches(Dataset dataset, const BatchOptions& options) : dataset_(std::move(dataset)), options_(options) {
  require(options.size >= 1, "Batches", "size {} is asked for; at least 1 is needed", options.size);
  require(options.prefetch >= 0, "Batches", "prefetch is {}; at least 0 is needed", options.prefetch);
  if (!options.weights.empty()) check_weights(options.weights, dataset_.size(), options.shuffle != nullptr);
}

std::int64_t Batches::count() const {
  const std::int64_t whole = dataset_.size() / options_.size;
  return whole + (!options_.drop_last && dataset_.size() % options_.size > 0);
}

Batches::Iterator Batches::begin() const {
  const std::int64_t size = dataset_.size();
  Tensor order = !options_.weights.empty() ? drawn(options_.weights, *options_.shuffle)
                 : options_.shuffle        ? train::permutation(size, *options_.shuffle)
                                           : arange(size);
  order = order.to(dataset_.inputs.device());
  Iterator pass(dataset_, std::move(order), options_.size, options_.drop_last ? size - size % options_.size : size);
  if (options_.prefetch > 0)
    pass.ahead_ = std::make_shared<train::Prefetch>([pass](std::int64_t row) { return pass.at(row); }, pass.size_,
                                                    pass.stop_, options_.prefetch);
  return pass;
}

Batch Batches::Iterator::at(std::int64_t row) const {
  Dataset rows = train::rows_of(dataset_, order_, row, std::min(size_, stop_ - row));
  return {std::move(rows.inputs), std::move(rows.labels), std::move(rows.weights)};
}

Batch Batches::Iterator::operator*() const {
  if (ahead_)
    if (std::optional<Batch> made = ahead_->at(next_)) return std::move(*made);
  return at(next_);
}

}  // namespace logitape::inline v0
