// TensorFlow's entries to the binary cross-entropy: check, cast, call the one node.
#include "logitape/ops/tensorflow_losses.h"

#include "logitape/ops/create.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/detail/named_call.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

// pos_weight may be empty: 1.
Tensor entry(const char* op, const Tensor& logits, const Tensor& labels, const Tensor& pos_weight) {
  ops::check_present(op, {{"logits", logits}, {"labels", labels}});
  require(is_floating(logits.dtype()), ErrorCode::unsupported, op, "logits are {}; a floating dtype is needed", logits);
  require(labels.shape() == logits.shape(), op, "labels {} and logits {} differ in shape", labels.shape(),
          logits.shape());
  const DType dtype = is_arithmetic(logits.dtype()) ? logits.dtype() : DType::f32;  // halves are storage
  Tensor w = pos_weight;
  if (w.defined()) {
    ops::check_weights(op, "pos_weight", "position", w, ops::Negative::refused);
    require(ops::broadcasts_to(w.shape(), logits.shape()), op, "pos_weight {} does not broadcast to logits {}",
            w.shape(), logits.shape());
    w = broadcast_to(cast(w, dtype), logits.shape());
  }
  const Tensor t = cast(labels, dtype);
  return cast(ops::binary_cross_entropy(op, cast(logits, dtype), t, w), logits.dtype());
}

}  // namespace

Tensor nn::sigmoid_cross_entropy_with_logits(const SigmoidCrossEntropyArguments& arguments) {
  constexpr const char* op = "sigmoid_cross_entropy_with_logits";
  return ops::named_call(op, arguments.name, [&] { return entry(op, arguments.logits, arguments.labels, {}); });
}

Tensor nn::weighted_cross_entropy_with_logits(const WeightedCrossEntropyArguments& arguments) {
  constexpr const char* op = "weighted_cross_entropy_with_logits";
  return ops::named_call(op, arguments.name, [&] {
    const Tensor& w = arguments.pos_weight;
    ops::check_present(op, {{"logits", arguments.logits}, {"pos_weight", w}});
    return entry(op, arguments.logits, arguments.labels, w);
  });
}

}  // namespace logitape::inline v0
