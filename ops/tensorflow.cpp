// TensorFlow's entries: check what TensorFlow checks, bring the classes last, call the one node.
#include "logitape/ops/tensorflow.h"

#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy_node.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/support.h"

namespace logitape::inline v0 {
namespace {

// An error inside says which of the user's calls it was: "softmax_cross_entropy_with_logits (head): ...".
template <class F>
auto named(const char* op, std::string_view name, F call) {
  if (name.empty()) return call();
  try {
    return call();
  } catch (const Error& e) {
    const std::string_view what = e.what();
    throw Error(e.code(), fmt::format("{} ({})", op, name), what.substr(std::min(what.size(), e.op().size() + 2)));
  }
}

Shape without_axis(const Shape& shape, int axis) {
  Ints rest;
  for (int r = 0; r < shape.rank(); ++r)
    if (r != axis) rest.push(shape[r]);
  return Shape(rest);
}

// [..., axis, ...] to [rows, classes], the other axes in their order.
Tensor as_rows(const Tensor& x, int axis) {
  Ints order;
  for (int r = 0; r < x.rank(); ++r)
    if (r != axis) order.push(r);
  order.push(axis);
  return reshape(permute(x, order), {without_axis(x.shape(), axis).size(), x.shape()[axis]});
}

}  // namespace

Tensor nn::softmax_cross_entropy_with_logits(const SoftmaxCrossEntropyArguments& arguments) {
  constexpr const char* op = "softmax_cross_entropy_with_logits";
  return named(op, arguments.name, [&] {
    const Tensor &logits = arguments.logits, &given = arguments.labels;
    ops::check_arithmetic(op, {{"logits", logits}});
    ops::check_present(op, {{"logits", logits}, {"labels", given}});
    require(logits.rank() >= 1, op, "logits are a scalar; they need a class axis");
    const Tensor labels = cast(given, logits.dtype());
    require(ops::broadcast_together(labels.shape(), logits.shape()), op, "labels {} do not broadcast to logits {}", labels.shape(),
            logits.shape());
    const Shape shape = ops::broadcast_shape(op, "labels", labels.shape(), "logits", logits.shape());
    const int axis = ops::checked_axis(op, arguments.axis, shape.rank());
    const Tensor x = as_rows(broadcast_to(logits, shape), axis), t = as_rows(broadcast_to(labels, shape), axis);
    return reshape(ops::softmax_cross_entropy(op, x, t, ops::LossShape::rows).loss, without_axis(shape, axis));
  });
}

Tensor nn::sparse_softmax_cross_entropy_with_logits(const SparseSoftmaxCrossEntropyArguments& arguments) {
  constexpr const char* op = "sparse_softmax_cross_entropy_with_logits";
  return named(op, arguments.name, [&] {
    const Tensor &logits = arguments.logits, &labels = arguments.labels;
    ops::check_arithmetic(op, {{"logits", logits}});
    ops::check_present(op, {{"logits", logits}, {"labels", labels}});
    ops::check_indices(op, {"labels", labels});
    require(logits.rank() >= 1, op, "logits are a scalar; they need a class axis");
    const Shape rows = without_axis(logits.shape(), logits.rank() - 1);
    require(labels.shape() == rows, op, "labels {} are not class indices of logits {}, which need {}", labels.shape(), logits.shape(),
            rows);
    const Tensor x = as_rows(logits, logits.rank() - 1);
    return reshape(ops::softmax_cross_entropy(op, x, reshape(labels, {rows.size()}), ops::LossShape::rows).loss, rows);
  });
}

raw_ops::LossAndBackprop raw_ops::SoftmaxCrossEntropyWithLogits(const SoftmaxCrossEntropyWithLogitsArguments& arguments) {
  constexpr const char* op = "SoftmaxCrossEntropyWithLogits";
  return named(op, arguments.name, [&] {
    const Tensor &features = arguments.features, &labels = arguments.labels;
    ops::check_arithmetic(op, {{"features", features}, {"labels", labels}});
    require(ops::broadcast_together(labels.shape(), features.shape()), op, "labels {} do not broadcast to features {}", labels.shape(),
            features.shape());
    const Shape shape = ops::broadcast_shape(op, "features", features.shape(), "labels", labels.shape());
    require(shape.rank() == 2, op, "features {} and labels {} broadcast to {}; rank 2 is needed", features.shape(), labels.shape(), shape);
    auto [loss, backprop] = ops::raw_softmax_cross_entropy(op, broadcast_to(features, shape), broadcast_to(labels, shape));
    return LossAndBackprop{loss, backprop};
  });
}

raw_ops::LossAndBackprop raw_ops::SparseSoftmaxCrossEntropyWithLogits(const SparseSoftmaxCrossEntropyWithLogitsArguments& arguments) {
  constexpr const char* op = "SparseSoftmaxCrossEntropyWithLogits";
  return named(op, arguments.name, [&] {
    const Tensor &features = arguments.features, &labels = arguments.labels;
    ops::check_arithmetic(op, {{"features", features}});
    ops::check_present(op, {{"features", features}, {"labels", labels}});
    ops::check_indices(op, {"labels", labels});
    require(features.rank() == 2, op, "features are {}; rank 2 is needed", features.shape());
    require(labels.rank() == 1 && labels.shape()[0] == features.shape()[0], op,
            "labels {} are not class indices of features {}, which need [{}]", labels.shape(), features.shape(), features.shape()[0]);
    auto [loss, backprop] = ops::softmax_cross_entropy(op, features, labels, ops::LossShape::rows, 1, ops::Gradient::always);
    return LossAndBackprop{loss, backprop};
  });
}

}  // namespace logitape::inline v0
