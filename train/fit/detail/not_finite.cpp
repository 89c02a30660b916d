// Searches in the direction of the computation, and stops at the first tensor that is not finite.
#include "logitape/train/fit/detail/not_finite.h"

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/nn/detail/finite.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0::train {
namespace {

template <class... Mode>
std::string first_source(const ModelRef& model, const Batch& batch, const Dataset& whole, Mode... mode) {
  if (!all_finite(batch.inputs))
    return fmt::format("the inputs have {} of the set", first_not_finite(whole.inputs).value_or("one"));
  if (!all_finite(batch.labels))
    return fmt::format("the labels have {} of the set", first_not_finite(whole.labels).value_or("one"));
  std::string found;
  model.visit([&](Parameter& p) {
    if (found.empty() && !all_finite(p.value))
      found = fmt::format("parameter \"{}\" has {}", p.name, *first_not_finite(p.value));
  });
  if (!found.empty()) return found;
  const NoGrad guard;
  const LayerWatch watch([&](const std::string& layer, const Tensor& output) {
    if (found.empty() && !all_finite(output))
      found = fmt::format("{}, put out {} of the batch", layer, *first_not_finite(output));
  });
  const Tensor output = model(batch.inputs, mode...);
  if (!found.empty()) return found;
  if (const auto bad = first_not_finite(output)) return fmt::format("the model put out {} of the batch", *bad);
  return "the model's output is finite, the loss of it is not";
}

}  // namespace

std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole) {
  return first_source(model, batch, whole);
}

std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole, InEvaluation) {
  return first_source(model, batch, whole, evaluation);
}

std::string source_of(std::span<Parameter* const> parameters, TensorList gradients) {
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!all_finite(gradients[i]))
      return fmt::format("the gradient of parameter \"{}\" has {}", parameters[i]->name,
                         *first_not_finite(gradients[i]));
  for (const Parameter* p : parameters)
    if (!all_finite(p->value))
      return fmt::format("the step gave parameter \"{}\" {}, of finite gradients: a smaller learning rate may help",
                         p->name, *first_not_finite(p->value));
  return "no tensor";
}

}  // namespace logitape::inline v0::train
