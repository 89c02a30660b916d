// On the cpu each number is read where it lies; of a device they are put side by side first.
#include "logitape/train/fit/detail/verdict.h"

#include <cmath>
#include <limits>

#include "logitape/autograd/record.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/fit/evaluate.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0::train {
namespace {

Tensor number(const Tensor& x) { return reshape(x.to(DType::f64), {1}); }

// The share of the rows, by weight, that have their own class as the largest logit.
Tensor hits(const Tensor& logits, const Tensor& labels, const Tensor& weights) {
  const std::int64_t classes = logits.shape()[logits.rank() - 1];
  ops::check_index_range("accuracy", "label", "row", labels, classes);
  const Tensor right = equal(argmax(logits, -1), labels.to(DType::i64)).to(DType::f64);
  if (!weights.defined()) return sum(right) / static_cast<double>(labels.size());
  const Tensor w = weights.to(DType::f64);
  return sum(right * w) / sum(w);
}

}  // namespace

Verdict verdict_of(const Tensor& loss, const Tensor& logits, const Tensor& labels, const Tensor& weights,
                   std::span<Parameter* const> parameters, std::optional<bool> said) {
  const NoGrad guard;
  const Tensor finite = said ? Tensor() : finite_flag(values_of(parameters));
  if (loss.device() == Device::cpu())
    return {loss.item<double>(), accuracy_if_classes(logits, labels, weights), said ? *said : finite.item<int>() != 0};
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (!are_classes(logits, labels) || !is_arithmetic(logits.dtype())) {
    const auto read = concat({number(loss), number(finite)}).to_vector<double>();
    return {read[0], none, read[1] != 0};
  }
  const Tensor numbers = not_equal(logits, logits);  // true where one is NaN
  const auto read = concat({number(loss), number(finite), number(hits(logits, labels, weights)), number(sum(numbers))})
                        .to_vector<double>();
  return {read[0], read[3] > 0 ? none : read[2], read[1] != 0};
}

}  // namespace logitape::inline v0::train
