// Names by the kind of a parameter and by the map of the options; and where a Sequential flattens images.
#include "logitape/train/files/detail/weight_names.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"
#include "logitape/train/nn/image_layers.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/models.h"
#include "logitape/train/nn/norm_layers.h"

namespace logitape::inline v0::train {
namespace {

const char* keras_name(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::linear_weight:
    case ParameterKind::convolution_weight: return "kernel";
    case ParameterKind::embedding_weight: return "embeddings";
    case ParameterKind::norm_weight: return "gamma";
    case ParameterKind::norm_bias: return "beta";
    case ParameterKind::running_mean: return "moving_mean";
    case ParameterKind::running_variance: return "moving_variance";
    default: return nullptr;
  }
}

// The last part of a name in the file; `own` is that of ours.
std::string last_part(const std::string& own, ParameterKind kind, WeightLayout layout) {
  if (layout == WeightLayout::torch) return kind == ParameterKind::running_variance ? "running_var" : own;
  const char* const name = keras_name(kind);
  return name ? name : own;
}

// The map of the options, and which of its rows were used.
class Names {
 public:
  explicit Names(const TorchWeightsOptions& options) : options_(options) {}

  // The name in the file of what is `own` here; `last` is its last part there.
  std::string of(const std::string& own, const std::string& last) {
    if (const auto whole = options_.names.find(own); whole != options_.names.end()) return used(whole->first);
    const char separator = options_.layout == WeightLayout::torch ? '.' : '/';
    const std::size_t dot = own.rfind('.');
    std::string place = dot == std::string::npos ? "" : own.substr(0, dot), behind = last;
    for (;;) {
      if (const auto found = options_.names.find(place); found != options_.names.end()) {
        const std::string& there = used(found->first);
        return there.empty() ? behind : fmt::format("{}{}{}", there, separator, behind);
      }
      if (place.empty()) return behind;
      const std::size_t at = place.rfind('.');
      behind = fmt::format("{}{}{}", place.substr(at == std::string::npos ? 0 : at + 1), separator, behind);
      place.resize(at == std::string::npos ? 0 : at);
    }
  }

  void check(const char* op, std::span<Parameter* const> boxes) const {
    std::vector<std::string> own;
    for (const Parameter* box : boxes) own.push_back(box->name);
    for (const auto& [name, there] : options_.names)
      require(used_.contains(name), op, "names has \"{}\", which is no parameter or layer of the model: it has {}",
              name, fmt::format("{}", fmt::join(own, ", ")));
  }

 private:
  const std::string& used(const std::string& own) {
    used_.insert(own);
    return options_.names.at(own);
  }

  const TorchWeightsOptions& options_;
  std::set<std::string> used_;
};

bool can_be_flattened(const Parameter& p) {
  return p.kind == ParameterKind::linear_weight || p.kind == ParameterKind::norm_weight ||
         p.kind == ParameterKind::norm_bias || p.kind == ParameterKind::running_mean ||
         p.kind == ParameterKind::running_variance;
}

// Puts the options' channels, by layer, among those that were found, by parameter.
void add_options(const char* op, std::span<Parameter* const> boxes, const TorchWeightsOptions& options,
                 FlattenedChannels& channels) {
  for (const auto& [layer, count] : options.flattened) {
    bool found = false;
    for (const Parameter* box : boxes) {
      if (box->name.substr(0, box->name.rfind('.')) != layer || !can_be_flattened(*box)) continue;
      require(count >= 1 && box->value.shape()[0] % count == 0, op,
              "flattened has {} channels for \"{}\", which does not divide the {} inputs of \"{}\"", count, layer,
              box->value.shape()[0], box->name);
      channels[box->name] = count;
      found = true;
    }
    require(found, op, "flattened has \"{}\", which is no Linear and no norm of the model", layer);
  }
}

// Follows an image through the layers of a Sequential. Nobody knows what a layer of another type makes, unless it has
// no parameters: then it is taken for one that changes numbers alone.
class Images {
 public:
  void walk(const Sequential& model);
  FlattenedChannels found;

 private:
  void layer(AnyModule module);

  std::int64_t image_ = 0, flat_ = 0;  // the channels of the image, or of the image that was flattened; 0: none
};

void Images::walk(const Sequential& model) {
  for (std::size_t i = 0; i < model.size(); ++i) {
    const AnyModule& module = model[static_cast<std::int64_t>(i)];
    if (const auto* nested = module.as<Sequential>()) walk(*nested);
    else layer(module);
  }
}

void Images::layer(AnyModule module) {
  std::vector<Parameter> parameters;
  const ParameterVisitor show = [&](Parameter& p) {
    if (p.value.defined() && p.kind != ParameterKind::other) parameters.push_back(p);
  };
  module.visit(show);
  module.visit_buffers(show);
  const auto extent = [&](std::size_t i, int axis) {
    return i < parameters.size() ? parameters[i].value.shape()[axis] : 0;
  };
  if (const auto* unflatten = module.as<Unflatten>()) {
    image_ = unflatten->shape.rank() == 3 ? unflatten->shape[2] : 0;
    flat_ = 0;
  } else if (module.as<Conv2d>() || module.as<ResidualBlock>()) image_ = extent(0, 3);
  else if (module.as<Flatten>()) flat_ = std::exchange(image_, 0);
  else if (module.as<Linear>() || module.as<BatchNorm>() || module.as<LayerNorm>()) {
    for (const Parameter& p : parameters)
      if (flat_ > 1 && can_be_flattened(p) && p.value.shape()[0] % flat_ == 0) found[p.name] = flat_;
    if (!module.as<Linear>()) return;
    flat_ = 0;
    if (image_ > 0) image_ = extent(0, 1);
  } else if (module.as<GlobalAvgPool2d>() || !parameters.empty()) image_ = flat_ = 0;
}

}  // namespace

FlattenedChannels flattened_channels(const Sequential& model) {
  Images images;
  images.walk(model);
  return std::move(images.found);
}

std::vector<FileWeight> file_weights(const char* op, std::span<Parameter* const> boxes, FlattenedChannels channels,
                                     const TorchWeightsOptions& options) {
  for (const Parameter* box : boxes) initialised(op, *box);
  add_options(op, boxes, options, channels);
  Names names(options);
  std::vector<FileWeight> weights;
  std::set<std::string> taken;
  for (Parameter* box : boxes) {
    const std::size_t dot = box->name.rfind('.'), begin = dot == std::string::npos ? 0 : dot + 1;
    FileWeight w{.box = box,
                 .name = names.of(box->name, last_part(box->name.substr(begin), box->kind, options.layout)),
                 .counter = {},
                 .layout = options.layout};
    if (options.layout == WeightLayout::torch) {
      if (box->kind == ParameterKind::running_mean)
        w.counter = names.of(box->name.substr(0, begin) + "num_batches_tracked", "num_batches_tracked");
      if (const auto found = channels.find(box->name); found != channels.end()) w.channels = found->second;
    }
    require(taken.insert(w.name).second && (w.counter.empty() || taken.insert(w.counter).second), op,
            "two tensors would be named \"{}\" in the file", w.name);
    weights.push_back(std::move(w));
  }
  names.check(op, boxes);
  return weights;
}

}  // namespace logitape::inline v0::train
