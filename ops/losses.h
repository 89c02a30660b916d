// The relatives of the cross-entropy: losses of logits, of log-probabilities, of numbers. TensorFlow's names for some
// of them are in ops/tensorflow_losses.h. All inputs are f32, or all f64. f32 losses (except
// binary_cross_entropy_with_logits) are computed in f64 and rounded once; f64 ones are within a few ULP of the largest
// number that is added or subtracted. Logits may be of any scale. reduction: none gives the losses, mean and sum reduce
// them to a scalar; the mean of no losses is 0. Errors of all: an empty tensor, a dtype other than f32 and f64, dtypes
// or shapes that differ.
#pragma once
#include <optional>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/axes.h"
#include "logitape/ops/cross_entropy.h"

namespace logitape::inline v0 {

// Options of the losses that have no parameter of their own.
struct LossOptions {
  NamedOnly named_only = NamedOnly();
  Reduction reduction = Reduction::mean;
};

// Losses of rows of classes. The first input is [..., classes]; targets are class indices of its shape less the last
// axis, or probabilities of its shape and dtype, of any mass, where they are allowed; one loss per row. Gradients into
// the first input, and into probabilities. More errors: rank 0, no classes, an index outside [0, classes), named with
// its row.

// loss = -l[target], or -sum(t*l), of log-probabilities l; 0 * -inf is 0. Gradients -t into l, -l into t.
// torch.nn.functional.nll_loss.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& targets, const LossOptions& options = {});

struct FocalOptions {
  NamedOnly named_only = NamedOnly();
  double gamma = 2;
  Reduction reduction = Reduction::mean;
};
// loss = -(1 - p)^gamma * log p, p = softmax(logits)[target]; class indices only. gamma 0 is the cross-entropy.
// Computed from the other classes' p, added up, so derivatives of any order are finite for gamma < 1 and p = 1 too.
// Error: gamma negative or not finite. Keras' CategoricalFocalCrossentropy without alpha.
Tensor focal_loss(const Tensor& logits, const Tensor& targets, const FocalOptions& options = {});

struct Poly1Options {
  NamedOnly named_only = NamedOnly();
  double epsilon = 1;
  Reduction reduction = Reduction::mean;
};
// loss = cross-entropy + epsilon * sum(t * (1 - p)): the first term of the cross-entropy's expansion in 1 - p,
// reweighted. Error: epsilon that is not finite.
Tensor poly1_loss(const Tensor& logits, const Tensor& targets, const Poly1Options& options = {});

struct HingeOptions {
  NamedOnly named_only = NamedOnly();
  double margin = 1;
  Reduction reduction = Reduction::mean;
};
// loss = max(0, margin + max over the other classes of x - x[target]) (Crammer and Singer); class indices only. The
// gradient is 0 at the kink; other classes that tie share it. Error: margin that is not finite. Keras'
// CategoricalHinge.
Tensor multiclass_hinge_loss(const Tensor& logits, const Tensor& targets, const HingeOptions& options = {});

// Losses of two classes, elementwise: logits and labels of one shape. A label is the probability of the positive class,
// in [0, 1]; nothing checks that. Gradients into logits and labels.

struct BinaryCrossEntropyOptions {
  NamedOnly named_only = NamedOnly();
  Tensor pos_weight = {};  // w below, finite and not negative: broadcasts to logits' shape; empty: 1
  Reduction reduction = Reduction::mean;
};
// loss = w*t*softplus(-x) + (1 - t)*softplus(x), softplus(x) = log(1 + exp(x)) = -log(1 - sigmoid(x)).
// Gradients (1 - t)*p - w*t*(1 - p) into logits, p = sigmoid(x); w*softplus(-x) - softplus(x) into labels, which is -x
// for w = 1; t*softplus(-x) into pos_weight. An infinite logit whose label agrees has the loss 0. Within 2 ULP, 3 with
// pos_weight. 0 times infinity is 0: of label 0 and logit -inf, pos_weight gets the gradient 0. Errors: pos_weight that
// does not broadcast; one that is NaN, infinite or negative. torch.nn.functional.binary_cross_entropy_with_logits.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& labels,
                                        const BinaryCrossEntropyOptions& options = {});

struct SigmoidFocalOptions {
  NamedOnly named_only = NamedOnly();
  double gamma = 2;
  std::optional<double> alpha = {};  // weights: alpha of the positive class, 1 - alpha of the other; 1 and 1 without it
  Reduction reduction = Reduction::mean;
};
// loss = alpha*t*(1 - p)^gamma*softplus(-x) + (1 - alpha)*(1 - t)*p^gamma*softplus(x), p = sigmoid(x): linear in the
// label. Errors: gamma negative or not finite, alpha outside [0, 1]. torchvision.ops.sigmoid_focal_loss, whose alpha is
// 0.25.
Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& labels, const SigmoidFocalOptions& options = {});

// loss = max(0, margin - s*x), s = 2t - 1: labels are 0 and 1. The gradient is 0 at the kink.
// Error: margin that is not finite. tf.compat.v1.losses.hinge_loss.
Tensor hinge_loss(const Tensor& logits, const Tensor& labels, const HingeOptions& options = {});

// Divergences of distributions along the last axis, in nats; one per row.

struct KlDivergenceArguments {
  NamedOnly named_only = NamedOnly();
  Required<Tensor> labels;             // p
  Required<Tensor> log_probabilities;  // log q, as log_softmax gives them
  bool log_labels = false;             // labels are log p
  Reduction reduction = Reduction::mean;
};
// kl_divergence({.labels = p, .log_probabilities = log_softmax(x)}) = sum(p * (log p - log q)), 0 where p = 0.
// Gradients -p into log q; log p - log q + 1 into p, -inf at p = 0; p times that into log p, 0 at p = 0.
// Error: rank 0. torch.nn.functional.kl_div(log q, p), whose "batchmean" is the mean here.
Tensor kl_divergence(const KlDivergenceArguments& arguments);

// sum(p*log(p/m) + q*log(q/m)) / 2, p = softmax(a), q = softmax(b), m = (p + q)/2: from 0 (a and b differ by a
// constant) to log 2. Summed from terms that are never negative, so that distributions close to each other keep their
// digits. Gradients into both. Errors: rank 0, no classes.
Tensor jensen_shannon_divergence(const Tensor& a_logits, const Tensor& b_logits, const LossOptions& options = {});

// Distances of numbers, elementwise: both of one shape, nothing broadcasts. Gradients into both. f32 results are
// infinite only where they are beyond f32: a mean may be finite although the squares are beyond f32.

// loss = d^2, d = predictions - targets. tf.keras.losses.MSE, torch.nn.functional.mse_loss.
Tensor mse_loss(const Tensor& predictions, const Tensor& targets, const LossOptions& options = {});

struct HuberOptions {
  NamedOnly named_only = NamedOnly();
  double delta = 1;
  Reduction reduction = Reduction::mean;
};
// loss = d^2/2 where |d| <= delta, else delta*(|d| - delta/2). Second derivative 1 where |d| <= delta, bounds included,
// else 0. Error: delta not above 0. tf.keras.losses.Huber, torch.nn.functional.huber_loss.
Tensor huber_loss(const Tensor& predictions, const Tensor& targets, const HuberOptions& options = {});

struct CosineOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t axis = -1;
};
// sum(a*b) / sqrt(sum(a^2) * sum(b^2)) along axis, of vectors of any length: each is divided by its largest element
// first. a and b broadcast. A vector of zeros has similarity 0, and no gradient flows into either. f64: may pass 1 by
// an ULP or two. Errors: an axis outside [-rank, rank), shapes that do not broadcast.
// torch.nn.functional.cosine_similarity.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, const CosineOptions& options = {});
Tensor cosine_similarity(const Tensor& a, const Tensor& b, Axis axis);

}  // namespace logitape::inline v0
