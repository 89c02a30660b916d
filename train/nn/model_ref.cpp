// Taking a model's values, and putting them back.
#include "logitape/train/nn/model_ref.h"

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {

Parameters buffers_of(const ModelRef& model) {
  Parameters boxes;
  model.visit_buffers([&](Parameter& p) { boxes.push_back(&p); });
  return boxes;
}

ModelValues values_of(const ModelRef& model) {
  ModelValues values;
  model.visit([&](Parameter& p) { values.parameters.push_back(initialised("values_of", p)); });
  model.visit_buffers([&](Parameter& p) { values.buffers.push_back(p.value); });
  return values;
}

void set_values(const ModelRef& model, const ModelValues& values) {
  const Parameters parameters = parameters_of(model), buffers = buffers_of(model);
  require(parameters.size() == values.parameters.size() && buffers.size() == values.buffers.size(), "set_values",
          "{} parameters and {} buffers are given, the model has {} and {}", values.parameters.size(),
          values.buffers.size(), parameters.size(), buffers.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i]->value = values.parameters[i];
  for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i]->value = values.buffers[i];
}

}  // namespace logitape::inline v0
