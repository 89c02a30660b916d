// A model on rows that it does not learn from.
#pragma once
#include <functional>

#include "logitape/train/data/dataset.h"
#include "logitape/train/data/task.h"
#include "logitape/train/nn/model_ref.h"

namespace logitape::inline v0 {

// A loss of one's own: (outputs, labels) -> a number a row, [rows], or a scalar, their mean. Rows that have weights
// need the first: their mean is sum(w_i * l_i) / sum(w_i), as of cross_entropy's losses.
using Loss = std::function<Tensor(const Tensor& outputs, const Tensor& labels)>;

// What teaches a task. classes: empty, which stands for cross_entropy. multilabel: the mean over the labels of
// binary_cross_entropy_with_logits, [rows]. regression: the squared error, [rows].
Loss loss_of(Task task);

// The model's outputs for all rows, model(x, evaluation), computed in batches of `batch_size` and off the tape. Rows go
// to the model's device, outputs come back to that of the rows. The model stays as it is: several threads may evaluate
// one model. Errors: no rows, batch_size below 1; what the model refuses.
Tensor outputs_of(const ConstModelRef& model, const Tensor& inputs, std::int64_t batch_size = 1024);

struct Evaluation {  // loss and accuracy by the rows' weights, if they have some: scikit-learn's sample_weight
  double loss = 0;
  double accuracy = 0;  // NaN where labels are not class indices, or a logit is NaN
  Tensor outputs;       // [rows, ...]: logits, for other metrics
};
// loss empty: cross_entropy's mean. Errors: no rows; weights that are negative, not finite, or all 0.
Evaluation evaluate(const ConstModelRef& model, const Dataset& rows, const Loss& loss = {},
                    std::int64_t batch_size = 1024);

// accuracy() if the labels are class indices of these logits and no logit is NaN; else NaN.
double accuracy_if_classes(const Tensor& logits, const Tensor& labels, const Tensor& weights = {});
namespace train {
// Whether labels may be the classes of rows of logits.
bool are_classes(const Tensor& logits, const Tensor& labels);
// What evaluate() makes of a model's outputs for these rows.
Evaluation evaluation_of(Tensor outputs, const Dataset& rows, const Loss& loss);
}  // namespace train

}  // namespace logitape::inline v0
