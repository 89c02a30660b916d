// TensorFlow's entries: check what TensorFlow checks, bring the classes last, call the one node
// (ops/detail/cross_entropy_node.cpp).
#include "logitape/ops/tensorflow.h"

#include "logitape/ops/create.h"
#include "logitape/ops/detail/cross_entropy_node.h"
#include "logitape/ops/detail/named_call.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

// [..., axis, ...] to [rows, classes], the other axes in their order.
Tensor as_rows(const char* op, const Tensor& x, std::int64_t given_axis) {
  const int axis = ops::checked_axis(op, given_axis, x.rank());
  Ints order;
  for (int r = 0; r < x.rank(); ++r)
    if (r != axis) order.push(r);
  order.push(axis);
  return reshape(permute(x, order), {ops::without_axis(x.shape(), axis).size(), x.shape()[axis]});
}

void check_floating(const char* op, const ops::Input& in) {
  require(is_floating(in.tensor.dtype()), ErrorCode::unsupported, op,
          "{} are {}: write their numbers as 1.f or 1.0, or cast them, {}.to(DType::f32)", in.name, in.tensor, in.name);
}

// The kernels take every integer dtype; TensorFlow's entries take these two.
void check_sparse_labels(const char* op, const Tensor& labels) {
  require(labels.dtype() == DType::i32 || labels.dtype() == DType::i64, op,
          "labels are class indices of i32 or i64, not {}: cast them, labels.to(DType::i32)", labels);
}

// As TensorFlow does: the class axis last, all others flattened to rows, the labels' rows broadcast to the logits'. So
// labels [4,2,3] meet logits [2,4,3] row by row in flat order, and labels [4,3] do not.
Tensor dense_loss(const char* op, const Tensor& given_logits, const Tensor& given_labels, std::int64_t given_axis) {
  ops::check_present(op, {{"logits", given_logits}, {"labels", given_labels}});
  check_floating(op, {"logits", given_logits});
  require(given_logits.rank() >= 1, op, "logits are a scalar; they need a class axis");
  require(given_labels.rank() >= 1, op, "labels are a scalar; logits {} need a class axis there too",
          given_logits.shape());
  const int axis = ops::checked_axis(op, given_axis, given_logits.rank());
  const Tensor logits = ops::widened(given_logits), labels = cast(given_labels, logits.dtype());
  if (labels.shape() == logits.shape())
    return cast(ops::softmax_cross_entropy(op, logits, {labels}, {.axis = axis}).loss, given_logits.dtype());
  const Tensor x = as_rows(op, logits, given_axis), t = as_rows(op, labels, given_axis);
  const bool meet = ops::broadcast_together(t.shape(), x.shape());
  const Shape shape = meet ? ops::broadcast_shape(op, "labels", t.shape(), "logits", x.shape()) : Shape();
  const Shape rows = ops::without_axis(given_logits.shape(), axis);
  require(meet && shape[0] == x.shape()[0], op, "labels {} do not broadcast to logits {}{}", given_labels.shape(),
          given_logits.shape(),
          given_labels.shape() == rows ? ": class indices? use sparse_softmax_cross_entropy_with_logits" : "");
  const Tensor spread = broadcast_to(t, shape);
  const Tensor loss = ops::softmax_cross_entropy(op, broadcast_to(x, shape), {spread}).loss;
  return cast(reshape(loss, rows), given_logits.dtype());
}

}  // namespace

Tensor nn::softmax_cross_entropy_with_logits(const SoftmaxCrossEntropyArguments& arguments) {
  constexpr const char* op = "softmax_cross_entropy_with_logits";
  return ops::named_call(op, arguments.name,
                         [&] { return dense_loss(op, arguments.logits, arguments.labels, arguments.axis); });
}

Tensor compat::v1::nn::softmax_cross_entropy_with_logits(const SoftmaxCrossEntropyArguments& arguments) {
  constexpr const char* op = "compat::v1::nn::softmax_cross_entropy_with_logits";
  return ops::named_call(op, arguments.name, [&] {
    ops::check_present(op, {{"labels", arguments.labels}});
    return dense_loss(op, arguments.logits, cut_gradient(op, arguments.labels), arguments.dim);
  });
}

Tensor compat::v1::nn::softmax_cross_entropy_with_logits_v2(const SoftmaxCrossEntropyV2Arguments& arguments) {
  constexpr const char* op = "softmax_cross_entropy_with_logits_v2";
  return ops::named_call(op, arguments.name, [&] {
    require(!arguments.axis || !arguments.dim, op,
            "axis {} and dim {} are both given: dim is the old name of axis, give one", arguments.axis.value_or(-1),
            arguments.dim.value_or(-1));
    return dense_loss(op, arguments.logits, arguments.labels, arguments.axis.value_or(arguments.dim.value_or(-1)));
  });
}

Tensor nn::sparse_softmax_cross_entropy_with_logits(const SparseSoftmaxCrossEntropyArguments& arguments) {
  constexpr const char* op = "sparse_softmax_cross_entropy_with_logits";
  return ops::named_call(op, arguments.name, [&] {
    const Tensor &logits = arguments.logits, &labels = arguments.labels;
    ops::check_present(op, {{"logits", logits}, {"labels", labels}});
    check_floating(op, {"logits", logits});
    check_sparse_labels(op, labels);
    require(logits.rank() >= 1, op, "logits are a scalar; they need a class axis");
    const Shape rows = ops::without_axis(logits.shape(), logits.rank() - 1);
    require(labels.shape() == rows, op, "labels {} are not class indices of logits {}, which need {}", labels.shape(),
            logits.shape(), rows);
    ops::check_labels(op, labels, logits.shape(), logits.rank() - 1);
    return cast(ops::softmax_cross_entropy(op, ops::widened(logits), {labels}).loss, logits.dtype());
  });
}

raw_ops::LossAndBackprop raw_ops::SoftmaxCrossEntropyWithLogits(
    const SoftmaxCrossEntropyWithLogitsArguments& arguments) {
  constexpr const char* op = "SoftmaxCrossEntropyWithLogits";
  return ops::named_call(op, arguments.name, [&] {
    const Tensor &features = arguments.features, &labels = arguments.labels;
    ops::check_same(op, {{"features", features}, {"labels", labels}});
    check_floating(op, {"features", features});
    require(ops::broadcast_together(labels.shape(), features.shape()), op, "labels {} do not broadcast to features {}",
            labels.shape(), features.shape());
    const Shape shape = ops::broadcast_shape(op, "features", features.shape(), "labels", labels.shape());
    require(shape.rank() == 2, op, "features {} and labels {} broadcast to {}; rank 2 is needed", features.shape(),
            labels.shape(), shape);
    const Tensor t = broadcast_to(ops::widened(labels), shape);
    const auto made = ops::raw_softmax_cross_entropy(op, broadcast_to(ops::widened(features), shape), t);
    return LossAndBackprop{cast(made.loss, features.dtype()), cast(made.gradient, features.dtype())};
  });
}

raw_ops::LossAndBackprop raw_ops::SparseSoftmaxCrossEntropyWithLogits(
    const SparseSoftmaxCrossEntropyWithLogitsArguments& arguments) {
  constexpr const char* op = "SparseSoftmaxCrossEntropyWithLogits";
  return ops::named_call(op, arguments.name, [&] {
    const Tensor &features = arguments.features, &labels = arguments.labels;
    ops::check_present(op, {{"features", features}, {"labels", labels}});
    check_floating(op, {"features", features});
    check_sparse_labels(op, labels);
    require(features.rank() == 2, op, "features are {}; rank 2 is needed", features.shape());
    require(labels.rank() == 1 && labels.shape()[0] == features.shape()[0], op,
            "labels {} are not class indices of features {}, which need [{}]", labels.shape(), features.shape(),
            features.shape()[0]);
    ops::check_labels(op, labels, features.shape(), 1);
    const auto made =
        ops::softmax_cross_entropy(op, ops::widened(features), {labels}, {.gradient = ops::Gradient::always});
    return LossAndBackprop{cast(made.loss, features.dtype()), cast(made.gradient, features.dtype())};
  });
}

}  // namespace logitape::inline v0
