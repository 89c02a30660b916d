// A model on rows that it does not learn from.
#pragma once
#include <functional>

#include "logitape/train/data/dataset.h"
#include "logitape/train/nn/model_ref.h"

namespace logitape::inline v0 {

// A loss of one's own: (outputs, labels) -> a scalar, the mean over the rows.
using Loss = std::function<Tensor(const Tensor& outputs, const Tensor& labels)>;

// The model's outputs for all rows, model(x, evaluation), computed in batches of `batch_size` and off the tape. Rows go
// to the model's device, outputs come back to that of the rows. The model stays as it is: several threads may evaluate
// one model. Errors: no rows, batch_size below 1; what the model refuses.
Tensor outputs_of(const ConstModelRef& model, const Tensor& inputs, std::int64_t batch_size = 1024);

struct Evaluation {
  double loss = 0;
  double accuracy = 0;  // NaN where labels are not class indices, or a logit is NaN
  Tensor outputs;       // [rows, ...]: logits, for other metrics
};
// loss empty: cross_entropy's mean.
Evaluation evaluate(const ConstModelRef& model, const Dataset& rows, const Loss& loss = {},
                    std::int64_t batch_size = 1024);

// accuracy() if the labels are class indices of these logits and no logit is NaN; else NaN.
double accuracy_if_classes(const Tensor& logits, const Tensor& labels);
namespace train {
// Whether labels may be the classes of rows of logits.
bool are_classes(const Tensor& logits, const Tensor& labels);
// What evaluate() makes of a model's outputs for these rows.
Evaluation evaluation_of(Tensor outputs, const Dataset& rows, const Loss& loss);
}  // namespace train

}  // namespace logitape::inline v0
