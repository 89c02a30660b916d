// From layers to steps. A layer that a header can hold has its line in add_layer.
#include "logitape/train/header_plan.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/require.h"
#include "logitape/train/layers.h"

namespace logitape::inline v0::train {
namespace {

constexpr const char* op = "export_header";

std::vector<float> values_of(const Parameter& p, const std::string& layer) {
  const Tensor& t = initialised(op, p);
  require(t.dtype() == DType::f32, ErrorCode::unsupported, op, "{} has \"{}\" as {}; f32 is needed", layer, p.name, t);
  std::vector<float> values = t.to_vector<float>();
  const auto wrong = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  require(wrong == values.end(), op, "{} has {} as element {} of \"{}\"; a header holds finite numbers", layer,
          wrong == values.end() ? 0 : *wrong, wrong - values.begin(), p.name);
  return values;
}

HeaderStep linear_step(Linear& linear, const std::string& layer) {
  std::vector<Parameter> shown;
  linear.visit([&](Parameter& p) { shown.push_back(p); });
  HeaderStep step{.call = "linear", .layer = linear.str(), .weight = values_of(shown[0], layer)};
  step.in = shown[0].value.shape()[0];
  step.out = shown[0].value.shape()[1];
  if (shown.size() > 1) step.bias = values_of(shown[1], layer);
  return step;
}

void add_layers(HeaderPlan& plan, const Sequential& model, const std::string& outer);

void add_layer(HeaderPlan& plan, AnyModule& module, const std::string& place) {
  const std::string layer = fmt::format("layer {} of the model, {},", place, module.str());
  const auto activation = [&](const char* call) { plan.steps.push_back({.call = call, .layer = module.str()}); };
  if (auto* nested = module.as<Sequential>()) add_layers(plan, *nested, place + ".");
  else if (auto* linear = module.as<Linear>()) plan.steps.push_back(linear_step(*linear, layer));
  else if (module.as<Relu>()) activation("relu");
  else if (module.as<Gelu>()) activation("gelu");
  else if (module.as<Silu>()) activation("silu");
  else if (module.as<Tanh>()) activation("tanh");
  else if (module.as<Sigmoid>()) activation("sigmoid");
  else if (module.as<Dropout>() || module.as<Flatten>()) return;  // y = x, for a row in evaluation
  else
    fail(ErrorCode::unsupported, op, "{} cannot be written; Linear, Relu, Gelu, Silu, Tanh, Sigmoid, Dropout, Flatten and Sequential can",
         layer);
}

void add_layers(HeaderPlan& plan, const Sequential& model, const std::string& outer) {
  std::vector<AnyModule> modules = model.modules();
  for (std::size_t i = 0; i < modules.size(); ++i) add_layer(plan, modules[i], outer + std::to_string(i));
}

}  // namespace

HeaderPlan header_plan(const Sequential& model) {
  HeaderPlan plan;
  add_layers(plan, model, "");
  for (HeaderStep& step : plan.steps) {
    if (step.in == 0) continue;
    if (plan.inputs == 0) plan.inputs = step.in;
    else require(step.in == plan.classes, op, "{} takes {} numbers, the layers before it give {}", step.layer, step.in, plan.classes);
    plan.classes = step.out;
    plan.widest = std::max({plan.widest, step.in, step.out});
  }
  require(plan.inputs != 0, op, "the model has no Linear: how many inputs it takes is not known");
  std::int64_t width = plan.inputs;  // of what an activation gets and gives
  for (HeaderStep& step : plan.steps) {
    if (step.in == 0) step.in = step.out = width;
    width = step.out;
  }
  return plan;
}

}  // namespace logitape::inline v0::train
