// TensorFlow's softmax cross-entropy family under its own names, argument for argument. All arguments are named:
// nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x}); positional and missing ones do not compile.
// Inputs are logits, not probabilities, of any floating dtype: f16 and bf16 compute in f32 and round once. `name`
// labels errors and the nodes on the printed tape.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What the compiler says to f(a, b) and to f({a, b}), which are deleted: write f({.labels = a, .logits = b}).
struct write_dot_labels_and_dot_logits {
  template <class... More>
  write_dot_labels_and_dot_logits(const Tensor&, const Tensor&, const More&...);
};
struct write_dot_features_and_dot_labels {
  template <class... More>
  write_dot_features_and_dot_labels(const Tensor&, const Tensor&, const More&...);
};

}  // namespace logitape::inline v0

namespace logitape::inline v0::nn {

struct SoftmaxCrossEntropyArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;
  Required<Tensor> logits;
  std::int64_t axis = -1;
  std::string_view name = {};
};
// loss = S*lse(x) - sum(t*x) along axis, S = sum of t: logits' shape less that axis. labels: probabilities, of any
// dtype (cast to logits' dtype) and any mass. All axes but the class axis count as rows: labels have as many rows as
// the logits, paired in order, or one row for all, or one class for all. Labels of an integer dtype are probabilities
// too, 0 or 1: class indices are for sparse_softmax_cross_entropy_with_logits, and here would be wrong without an error
// where they broadcast. Gradients: S*p - t into logits, lse(x) - x into labels (in the labels' dtype), summed over what
// was broadcast. Errors: rank 0, an axis outside [-rank, rank), no classes, shapes that do not broadcast.
// tf.nn.softmax_cross_entropy_with_logits (v2).
Tensor softmax_cross_entropy_with_logits(const SoftmaxCrossEntropyArguments& arguments);
write_dot_labels_and_dot_logits softmax_cross_entropy_with_logits(write_dot_labels_and_dot_logits) = delete;
template <class... More>
write_dot_labels_and_dot_logits softmax_cross_entropy_with_logits(const Tensor&, const Tensor&,
                                                                  const More&...) = delete;

struct SparseSoftmaxCrossEntropyArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;
  Required<Tensor> logits;
  std::string_view name = {};
};
// loss = lse(x) - x[label] along the last axis. labels: class indices, i32 or i64, logits' shape less that axis.
// Gradient p - onehot(label), into logits only.
// Errors: rank 0, no classes, labels of another shape or dtype, a label outside [0, classes), named with its row.
// tf.nn.sparse_softmax_cross_entropy_with_logits.
Tensor sparse_softmax_cross_entropy_with_logits(const SparseSoftmaxCrossEntropyArguments& arguments);
write_dot_labels_and_dot_logits sparse_softmax_cross_entropy_with_logits(write_dot_labels_and_dot_logits) = delete;
template <class... More>
write_dot_labels_and_dot_logits sparse_softmax_cross_entropy_with_logits(const Tensor&, const Tensor&,
                                                                         const More&...) = delete;

}  // namespace logitape::inline v0::nn

namespace logitape::inline v0::compat::v1::nn {

struct SoftmaxCrossEntropyArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;
  Required<Tensor> logits;
  std::int64_t dim = -1;
  std::string_view name = {};
};
// nn::softmax_cross_entropy_with_logits along axis dim, with no gradient into the labels: asking for one is an error.
// tf.compat.v1.nn.softmax_cross_entropy_with_logits.
// clang-format off
[[deprecated("its labels get no gradient: use nn::softmax_cross_entropy_with_logits")]]
Tensor softmax_cross_entropy_with_logits(const SoftmaxCrossEntropyArguments& arguments);
// clang-format on

struct SoftmaxCrossEntropyV2Arguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;
  Required<Tensor> logits;
  std::optional<std::int64_t> axis = {};  // -1 where neither is given
  std::string_view name = {};
  std::optional<std::int64_t> dim = {};  // the old name of axis
};
// nn::softmax_cross_entropy_with_logits, where the axis may be given under either name. Error: under both.
// tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2.
Tensor softmax_cross_entropy_with_logits_v2(const SoftmaxCrossEntropyV2Arguments& arguments);

}  // namespace logitape::inline v0::compat::v1::nn

namespace logitape::inline v0::raw_ops {

// The two outputs of the raw ops.
struct LossAndBackprop {
  Tensor loss;      // [batch]
  Tensor backprop;  // [batch, classes]
};

struct SoftmaxCrossEntropyWithLogitsArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> features;
  Required<Tensor> labels;
  std::string_view name = {};
};
// features [batch, classes] and labels of one dtype, broadcast against each other to rank 2. backprop = p - t, whatever
// the mass of t; the gradient of loss on the tape is S*p - t. Both outputs are differentiable into features and labels.
// Errors: another rank than 2 after broadcasting, dtypes that differ, no classes.
// tf.raw_ops.SoftmaxCrossEntropyWithLogits.
LossAndBackprop SoftmaxCrossEntropyWithLogits(const SoftmaxCrossEntropyWithLogitsArguments& arguments);
write_dot_features_and_dot_labels SoftmaxCrossEntropyWithLogits(write_dot_features_and_dot_labels) = delete;
template <class... More>
write_dot_features_and_dot_labels SoftmaxCrossEntropyWithLogits(const Tensor&, const Tensor&, const More&...) = delete;

struct SparseSoftmaxCrossEntropyWithLogitsArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> features;
  Required<Tensor> labels;
  std::string_view name = {};
};
// features [batch, classes], labels [batch] class indices, i32 or i64. backprop = p - onehot(label). Both outputs are
// differentiable into features. tf.raw_ops.SparseSoftmaxCrossEntropyWithLogits.
LossAndBackprop SparseSoftmaxCrossEntropyWithLogits(const SparseSoftmaxCrossEntropyWithLogitsArguments& arguments);
write_dot_features_and_dot_labels SparseSoftmaxCrossEntropyWithLogits(write_dot_features_and_dot_labels) = delete;
template <class... More>
write_dot_features_and_dot_labels SparseSoftmaxCrossEntropyWithLogits(const Tensor&, const Tensor&,
                                                                      const More&...) = delete;

}  // namespace logitape::inline v0::raw_ops
