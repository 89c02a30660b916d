// The node behind every entry of the family. Not installed.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

// What the loss is measured against. `t` is probabilities of logits' shape and dtype, or class indices of logits' shape
// less the class axis, which stand for the probabilities w[c] * (a*[c = t] + b).
struct LossLabels {
  Tensor t;
  double a = 1, b = 0;
  Tensor weights = {};  // w, [classes], of logits' dtype; ones where undefined. Carries no gradient.
  Tensor keep = {};     // boolean, of logits' shape less the class axis: rows that are false are 0 in every output
};

enum class LossShape { rows, scalar };
enum class Gradient { where_needed, always };

struct LossNodeOptions {
  int axis = -1;
  LossShape shape = LossShape::rows;
  double scale = 1;         // of a scalar loss and its gradient
  Tensor scale_there = {};  // f64 [], on a device: what they are also multiplied by, which nobody waits for
  Gradient gradient = Gradient::where_needed;
  bool log_sum_exp = false, probabilities = false;  // wanted beside the loss
};

// All differentiable, into logits and probabilities t. One pass makes them.
struct LossOutputs {
  Tensor loss;         // rows: logits' shape less the class axis. scalar: scale * their sum, kept rows alone
  Tensor gradient;     // scale * (S*p - t), or backprop of a raw op; made only where the logits need one, unless always
  Tensor log_sum_exp;  // of every row
  Tensor probabilities;  // of logits' shape
};

// Errors: no classes along the axis; an index outside [0, classes) in a row that is kept.
void check_classes(const char* op, const Shape& logits, int axis);
void check_labels(const char* op, const Tensor& indices, const Shape& logits, int axis, const Tensor& keep = {});

// logits: f32 or f64, rank 1 or more. The caller has checked shapes, dtypes and indices; check_classes is called here.
LossOutputs softmax_cross_entropy(const char* op, const Tensor& logits, const LossLabels& labels,
                                  const LossNodeOptions& options = {});

// scale * the sum of the losses of f16 or bf16 logits, f32, and its gradient made in one pass over the logits as they
// are: no copy of them in f32. Labels are class indices, weights of logits' dtype. Where the gradient is wanted times
// something, or differentiated again, the node above makes it.
Tensor half_cross_entropy(const char* op, const Tensor& logits, const LossLabels& labels,
                          const LossNodeOptions& options);

// [rows, classes], the classes last; the gradient is TensorFlow's backprop p - t, whatever the labels' mass.
LossOutputs raw_softmax_cross_entropy(const char* op, const Tensor& logits, const Tensor& labels);

// The positions in `keep` that are true, in order; i64 [kept]. Of a device it waits.
Tensor kept_rows(const Tensor& keep);
// The kept ones of these numbers, one a row, moved together, so that a sum has the bits of a loss without the others.
// On a device, which nobody waits for, all of them: those that are not kept are 0.
Tensor kept_of(const Tensor& rows, const Tensor& keep);

// `keep` less the rows in `lost`; either may be undefined.
Tensor kept_but(const Tensor& keep, const Tensor& lost);

// x, of logits' shape, and 0 in rows that do not count: nothing that they hold, NaN neither, reaches a derivative. All
// of x where `keep` is undefined.
Tensor where_kept(const Tensor& x, const Tensor& keep, int axis);

// logits' shape less an axis.
Shape without_axis(const Shape& shape, int axis);

}  // namespace logitape::inline v0::ops
