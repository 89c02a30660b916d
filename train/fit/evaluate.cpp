// Outputs batch by batch: memory for inner layers is that of one batch.
#include "logitape/train/fit/evaluate.h"

#include <algorithm>
#include <limits>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/data/detail/rows.h"
#include "logitape/train/fit/detail/weighted.h"
#include "logitape/train/metrics/metrics.h"
#include "logitape/train/nn/detail/finite.h"

namespace logitape::inline v0 {

Tensor outputs_of(const ConstModelRef& model, const Tensor& inputs, std::int64_t batch_size) {
  require(inputs.defined() && inputs.rank() >= 1 && inputs.shape()[0] >= 1, "outputs_of",
          "inputs are {}; rows are needed", inputs);
  require(batch_size >= 1, "outputs_of", "batch_size is {}; at least 1 is needed", batch_size);
  const NoGrad guard;
  const auto outputs = [&](const Tensor& x) {
    return copied_to(model(model.on_its_device(x), evaluation), inputs.device());
  };
  const std::int64_t rows = inputs.shape()[0];
  if (rows <= batch_size) return outputs(inputs);
  Tensors parts;
  for (std::int64_t row = 0; row < rows; row += batch_size)
    parts.push_back(outputs(train::rows_of(inputs, row, std::min(batch_size, rows - row))));
  return concat(parts);
}

bool train::are_classes(const Tensor& logits, const Tensor& labels) {
  return !is_floating(labels.dtype()) && labels.dtype() != DType::boolean && labels.size() > 0 &&
         logits.rank() == labels.rank() + 1;
}

double accuracy_if_classes(const Tensor& logits, const Tensor& labels, const Tensor& weights) {
  if (!train::are_classes(logits, labels) || train::first_nan(logits) >= 0)
    return std::numeric_limits<double>::quiet_NaN();
  return weights.defined() ? accuracy(logits, labels, weights) : accuracy(logits, labels);
}

Loss loss_of(Task task) {
  if (task == Task::multilabel)
    return [](const Tensor& outputs, const Tensor& labels) {
      return mean(binary_cross_entropy_with_logits(outputs, labels, {.reduction = Reduction::none}), 1);
    };
  if (task == Task::regression)
    return [](const Tensor& outputs, const Tensor& labels) {
      return reshape(mse_loss(outputs, labels, {.reduction = Reduction::none}), {labels.shape()[0]});
    };
  return {};
}

Evaluation evaluate(const ConstModelRef& model, const Dataset& rows, const Loss& loss, std::int64_t batch_size) {
  return train::evaluation_of(outputs_of(model, rows.inputs, batch_size), rows, loss);
}

Evaluation train::evaluation_of(Tensor outputs, const Dataset& rows, const Loss& loss) {
  const NoGrad guard;
  if (rows.weights.defined()) (void)all_count("evaluate", rows);  // refuses weights that mean nothing
  const Tensor value = mean_loss("evaluate", loss, outputs, rows.labels, rows.weights);
  return {value.item<double>(), accuracy_if_classes(outputs, rows.labels, rows.weights), std::move(outputs)};
}

}  // namespace logitape::inline v0
