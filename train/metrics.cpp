#include "logitape/train/metrics.h"

#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index_check.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/support.h"

namespace logitape::inline v0 {

double accuracy(const Tensor& logits, const Tensor& labels) {
  ops::check_arithmetic("accuracy", {{"logits", logits}});
  ops::check_indices("accuracy", {"labels", labels});
  ops::check_present("accuracy", {{"logits", logits}, {"labels", labels}});
  require(logits.rank() >= 1, "accuracy", "logits are {}; rank 1 or more is needed", logits);
  const int last = logits.rank() - 1;
  require(labels.shape() == Shape(std::span(logits.shape().begin(), static_cast<std::size_t>(last))), "accuracy",
          "labels {} are not the shape of logits {} less the last axis", labels.shape(), logits.shape());
  require(labels.size() > 0, "accuracy", "labels {} have no rows", labels.shape());
  ops::check_index_range("accuracy", "label", "row", labels, logits.shape()[last]);
  const Tensor right = equal(argmax(logits), cast(labels, DType::i64));
  return sum(cast(right, DType::f64)).item<double>() / static_cast<double>(labels.size());
}

}  // namespace logitape::inline v0
