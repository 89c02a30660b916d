// The everyday loss, for class indices and probabilities alike. TensorFlow's names for it are in ops/tensorflow.h.
#pragma once
#include <optional>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What becomes of the losses: each stands for itself, their mean, their sum.
enum class Reduction { none, mean, sum };

// What the mean divides by: the kept rows, their weights (class weight of the label, or sum of w*t, times the sample's
// weight), or the extent of the first axis.
enum class Denominator { count, weights, batch };
// What the mean is if that is 0.
enum class EmptyMean { zero, nan, error };

// What is made of the rows' losses.
struct CrossEntropyOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t axis = -1;  // of the classes
  Reduction reduction = Reduction::mean;
  Denominator denominator = Denominator::count;
  EmptyMean empty = EmptyMean::zero;
  Tensor class_weights = {};                      // w, [classes], of logits' dtype, finite and not negative
  Tensor sample_weights = {};                     // one per row, of logits' dtype, finite; gradients flow into them
  std::optional<std::int64_t> ignore_index = {};  // rows of this label count nowhere; class indices only
  Tensor mask = {};                               // boolean, one per row: rows that are false count nowhere
  double label_smoothing = 0;                     // e in [0, 1]: (1 - e)*t + e/classes
  double temperature = 1;                         // logits are divided by it
  double soft_cap = 0;     // c > 0: logits become c*tanh(x/c), -inf stays; before the temperature
  double z_loss = 0;       // z*lse(x)^2 is added to each row
  bool broadcast = false;  // probabilities may broadcast to logits
};

// With t the targets, smoothed, then multiplied by w, S = sum of t over the classes and p = softmax(x):
//   loss = S*lse(x) - sum(t*x) + z*lse(x)^2      along one axis, a value per row, multiplied by the row's sample weight
// logits x: any rank from 1, any floating dtype; f16 and bf16 compute in f32 and round once. targets: probabilities of
// logits' shape and dtype, of any mass, or class indices of logits' shape less the class axis. "One per row" is logits'
// shape less the class axis. Reduction none gives every row's loss, 0 for an ignored row; mean and sum reduce the
// others to a scalar, with the bits that it would have without the ignored rows. What an ignored row holds, even NaN,
// reaches no derivative either. A sample weight may be negative, as an advantage in reinforcement learning may be: such
// a row is unlearned. A row of weight 0 whose loss is infinite or NaN has the loss 0 and no derivative, as if it were
// ignored; the denominator counts it all the same. Gradients: S*p - t into logits; lse(x) - x, as weighted, into
// targets that are probabilities; into weights, never into indices. A logit of -inf whose label is 0 is a class masked
// out. A row with a NaN or +inf logit, or with -inf only, is NaN. Errors: rank 0, no classes, another dtype or shape,
// an index outside [0, classes), named with its row; a weight that is NaN or infinite, or a negative weight of a class,
// named with its row or class; an option that contradicts another.
Tensor cross_entropy(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

struct CrossEntropyDetails {
  Tensor loss;           // as cross_entropy gives it
  Tensor log_sum_exp;    // lse(x), one per row
  Tensor probabilities;  // p, of logits' shape
  Tensor entropy;        // -sum(p*log p), one per row
  Tensor perplexity;     // exp of the loss
  // The fraction of kept rows whose label is among the k largest logits, for each k asked; for probabilities the label
  // is the largest of them. Of equal logits those of smaller index come first.
  std::vector<double> top_k;
};
// The loss and what belongs to it, from one pass over the logits; the tensors are differentiable.
// Errors: those of cross_entropy; a k below 1.
CrossEntropyDetails cross_entropy_details(const Tensor& logits, const Tensor& targets,
                                          const CrossEntropyOptions& options = {},
                                          const std::vector<std::int64_t>& k = {1});

// cross_entropy(linear(hidden, weight, bias), targets, options): hidden [..., in], weight [in, classes], bias [classes]
// or none. The logits are never stored whole: rows pass in chunks, and a gradient that is wanted is made with them.
// Beside results and gradients, memory peaks at about 3*chunk*classes + in*classes/4 elements, chunk = max(16, in/4,
// in*rows/classes) rows. f16 and bf16 compute in f32 and round once; f32 copies of all that is given come on top.
// Gradients into hidden, weight, bias, probability targets and sample weights, of every order. Errors: those of linear
// and of cross_entropy; an axis that is not the last.
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets,
                            const CrossEntropyOptions& options = {});
Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options = {});

}  // namespace logitape::inline v0
