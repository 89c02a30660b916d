// A model taken apart. What is asked of weights here is what text and other runtimes can hold.
#include "logitape/train/export/detail/placed.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/model_ref.h"
#include "logitape/train/nn/models.h"

namespace logitape::inline v0::train {
namespace {

void collect(const Sequential& model, const std::string& outer, std::vector<Placed>& layers) {
  std::vector<AnyModule> modules = model.modules();
  for (std::size_t i = 0; i < modules.size(); ++i) {
    const std::string place = outer + std::to_string(i);
    if (auto* nested = modules[i].as<Sequential>()) collect(*nested, place + ".", layers);
    else layers.push_back({named(place, modules[i]), place});
  }
}

}  // namespace

std::string Placed::name() const { return fmt::format("layer {} of the model, {}", place, module.str()); }

std::vector<Placed> placed_layers(const Sequential& model) {
  std::vector<Placed> layers;
  collect(model, "", layers);
  return layers;
}

Tensors layer_weights(const Export& who, Placed& layer) {
  Tensors weights;
  const auto show = [&](const Parameter& p) {
    const Tensor& t = initialised(who.op, p);
    require(t.dtype() == DType::f32, ErrorCode::unsupported, who.op, "{}, has \"{}\" as {}; f32 is needed",
            layer.name(), p.name, t);
    const std::vector<float> values = t.to_vector<float>();
    const auto wrong = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
    require(wrong == values.end(), who.op, "{}, has {} as element {} of \"{}\"; {} holds finite numbers", layer.name(),
            wrong == values.end() ? 0 : *wrong, wrong - values.begin(), p.name, who.what);
    weights.push_back(t);
  };
  layer.module.visit(show);
  layer.module.visit_buffers(show);
  return weights;
}

// Computed with the ops that batch_norm calls.
Tensor norm_scale(const Export& who, const Placed& layer, const Tensors& weights, double epsilon) {
  const NoGrad guard;
  Tensor scale = weights[0] / sqrt(weights[3] + epsilon);
  for (const float s : scale.to_vector<float>())
    require(std::isfinite(s), who.op, "{}, multiplies a channel by {}; {} holds finite numbers", layer.name(), s,
            who.what);
  return scale;
}

Shape first_shape(const Export& who, std::vector<Placed>& layers) {
  for (Placed& layer : layers) {
    AnyModule& m = layer.module;
    if (auto* unflatten = m.as<Unflatten>()) return {unflatten->shape.size()};
    if (m.as<Linear>() || m.as<LayerNorm>() || m.as<BatchNorm>()) return {layer_weights(who, layer)[0].shape()[0]};
    const bool needs_image =
        m.as<Conv2d>() || m.as<MaxPool2d>() || m.as<AvgPool2d>() || m.as<GlobalAvgPool2d>() || m.as<ResidualBlock>();
    require(!needs_image, who.op, "{}, takes images of an unknown size: give it as {}::image", layer.name(),
            who.options);
  }
  fail(ErrorCode::invalid_argument, who.op,
       "the model has no layer that tells how many inputs it takes: give their shape as {}::image", who.options);
}

Shape shape_behind(Placed& layer, const Shape& row, DType dtype) {
  Ints extents{1};
  for (const std::int64_t extent : row) extents.push(extent);
  try {
    const NoGrad guard;
    const ConstModelRef module(layer.module);
    const Tensor y = module(module.on_its_device(zeros(Shape(extents), dtype)), evaluation);
    return Shape(std::vector<std::int64_t>(y.shape().begin() + 1, y.shape().end()));
  } catch (const Error& e) {
    throw e.within(layer.name());
  }
}

bool needs_double(const PreparedColumn& c) {
  const double size = std::abs(c.offset) + c.scale;
  return c.categories.empty() && std::ldexp(size, -24) > 1e-3 * c.scale;
}

float float_from(double x) {
  const auto near = static_cast<float>(x);
  return static_cast<double>(near) >= x ? near : std::nextafter(near, std::numeric_limits<float>::infinity());
}

}  // namespace logitape::inline v0::train
