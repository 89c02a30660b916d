// Layers become steps. Every layer that a header can hold has its line in Planner::add. Rows of numbers are used again
// as soon as nobody reads them any more.
#include "logitape/train/export/detail/plan.h"

#include <algorithm>

#include "logitape/core/detail/require.h"
#include "logitape/train/export/detail/placed.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/models.h"

namespace logitape::inline v0::train {
namespace {

constexpr Export to_header{"export_header", "a header", "HeaderOptions"};

std::string pair_text(const Ints& pair) { return fmt::format("{{{}, {}}}", pair[0], pair[pair.count() - 1]); }

class Planner {
 public:
  explicit Planner(const Shape& input) : shape_(input) { plan_.inputs = input.size(); }

  void add(Placed layer);
  HeaderPlan finish();

 private:
  void elsewhere(const char* call, std::vector<std::string> arguments, const Shape& shape);
  void in_place(const char* call, std::vector<std::string> arguments = {});
  std::string array(const char* name, const Tensor& values);
  std::string window(const Shape& out, const Ints& size, const Ints& stride, const Ints& padding, const Ints& dilation);
  void add_linear(Placed& layer);
  void add_convolution(Placed& layer, const Conv2dLayerOptions& options);
  void add_pool(Placed& layer, const char* call, const PoolOptions& options);
  void add_batch_norm(Placed& layer, double epsilon);
  void add_layer_norm(Placed& layer, double epsilon);
  void add_residual(const Placed& layer, const ResidualBlock& block);

  HeaderPlan plan_;
  Shape shape_;             // the shape of the row after the steps so far
  int at_ = input_row;      // where that row is
  std::vector<int> kept_;   // rows that are read again later
  std::size_t number_ = 0;  // the number of the layer that has arrays
};

// Writes into a row that nobody needs any more.
void Planner::elsewhere(const char* call, std::vector<std::string> arguments, const Shape& shape) {
  int to = 0;
  while (to == at_ || std::find(kept_.begin(), kept_.end(), to) != kept_.end()) ++to;
  plan_.steps.push_back({call, std::move(arguments), at_, to, shape.size()});
  at_ = to;
  shape_ = shape;
}

void Planner::in_place(const char* call, std::vector<std::string> arguments) {
  if (at_ == input_row || std::find(kept_.begin(), kept_.end(), at_) != kept_.end())
    elsewhere("copy", {std::to_string(shape_.size())}, shape_);
  arguments.insert(arguments.begin(), std::to_string(shape_.size()));
  plan_.steps.push_back({call, std::move(arguments), at_, at_, shape_.size()});
}

std::string Planner::array(const char* name, const Tensor& values) {
  const HeaderArray& made =
      plan_.arrays.emplace_back(HeaderArray{fmt::format("{}_{}", name, number_), values.to_vector<float>()});
  return "detail::" + made.name;
}

std::string Planner::window(const Shape& out, const Ints& size, const Ints& stride, const Ints& padding,
                            const Ints& dilation) {
  plan_.windows.push_back(fmt::format("{{{}, {}, {}, {}, {}, {}, {}, {}}}", shape_[0], shape_[1], shape_[2],
                                      pair_text({out[0], out[1]}), pair_text(size), pair_text(stride),
                                      pair_text(padding), pair_text(dilation)));
  return fmt::format("detail::window_{}", plan_.windows.size() - 1);
}

// For inputs of more than one row: a window of one row that moves along them.
void Planner::add_linear(Placed& layer) {
  const Tensors weights = layer_weights(to_header, layer);
  const Shape out = shape_behind(layer, shape_);
  const std::int64_t in = weights[0].shape()[0], features = weights[0].shape()[1];
  const std::string weight = array("weight", weights[0]),
                    bias = weights.size() > 1 ? array("bias", weights[1]) : "nullptr";
  ++number_;
  if (shape_.rank() == 1) return elsewhere("linear", {std::to_string(in), std::to_string(features), weight, bias}, out);
  const std::int64_t rows = shape_.size() / in;
  shape_ = {rows, 1, in};
  plan_.patch = std::max(plan_.patch, in);
  elsewhere("convolution", {window({rows, 1}, 1, 1, 0, 1), std::to_string(features), weight, bias, "patch"}, out);
}

void Planner::add_convolution(Placed& layer, const Conv2dLayerOptions& options) {
  const Tensors weights = layer_weights(to_header, layer);
  const Shape out = shape_behind(layer, shape_), &size = weights[0].shape();
  const std::string weight = array("weight", weights[0]),
                    bias = weights.size() > 1 ? array("bias", weights[1]) : "nullptr";
  ++number_;
  plan_.patch = std::max(plan_.patch, size[0] * size[1] * size[2]);
  const std::string moved = window(out, {size[0], size[1]}, options.stride, options.padding, options.dilation);
  elsewhere("convolution", {moved, std::to_string(size[3]), weight, bias, "patch"}, out);
}

void Planner::add_pool(Placed& layer, const char* call, const PoolOptions& options) {
  const Shape out = shape_behind(layer, shape_);
  const Ints& stride = options.stride.count() == 0 ? options.size : options.stride;
  elsewhere(call, {window(out, options.size, stride, options.padding, 1)}, out);
}

void Planner::add_batch_norm(Placed& layer, double epsilon) {
  const Tensors w = layer_weights(to_header, layer);
  const Tensor scale = norm_scale(to_header, layer, w, epsilon);
  const Shape out = shape_behind(layer, shape_);
  in_place("batch_norm",
           {std::to_string(scale.size()), array("mean", w[2]), array("scale", scale), array("bias", w[1])});
  ++number_;
}

void Planner::add_layer_norm(Placed& layer, double epsilon) {
  const Tensors w = layer_weights(to_header, layer);
  const Shape out = shape_behind(layer, shape_);
  in_place("layer_norm",
           {std::to_string(w[0].size()), fmt::format("{}", epsilon), array("weight", w[0]), array("bias", w[1])});
  ++number_;
}

void Planner::add_residual(const Placed& layer, const ResidualBlock& block) {
  const std::vector<AnyModule> parts = block.modules();
  const int x = at_;
  const Shape x_shape = shape_;
  const auto part = [&](std::size_t i) { add({parts[i], layer.place + "." + std::to_string(i)}); };
  kept_ = {x};
  part(0), part(1), in_place("relu"), part(2), part(3);
  const int y = at_;
  const Shape y_shape = shape_;
  at_ = x;
  shape_ = x_shape;
  kept_ = {x, y};
  if (parts.size() > 4) part(4), part(5);
  plan_.steps.push_back({"add", {std::to_string(y_shape.size())}, at_, y, y_shape.size()});
  at_ = y;
  shape_ = y_shape;
  kept_ = {};
  in_place("relu");
}

void Planner::add(Placed layer) {
  AnyModule& m = layer.module;
  if (m.as<Linear>()) add_linear(layer);
  else if (const auto* conv = m.as<Conv2d>()) add_convolution(layer, conv->options());
  else if (const auto* max = m.as<MaxPool2d>()) add_pool(layer, "max_pool", max->options);
  else if (const auto* average = m.as<AvgPool2d>()) add_pool(layer, "avg_pool", average->options);
  else if (m.as<GlobalAvgPool2d>()) {
    const Shape out = shape_behind(layer, shape_);
    elsewhere("channel_means", {std::to_string(shape_[0] * shape_[1]), std::to_string(shape_[2])}, out);
  } else if (const auto* batch = m.as<BatchNorm>()) add_batch_norm(layer, batch->options().epsilon);
  else if (const auto* norm = m.as<LayerNorm>()) add_layer_norm(layer, norm->options().epsilon);
  else if (const auto* block = m.as<ResidualBlock>()) add_residual(layer, *block);
  else if (m.as<Relu>()) in_place("relu");
  else if (m.as<Gelu>()) in_place("gelu");
  else if (m.as<Silu>()) in_place("silu");
  else if (m.as<Tanh>()) in_place("tanh");
  else if (m.as<Sigmoid>()) in_place("sigmoid");
  else if (m.as<Flatten>() || m.as<Unflatten>()) shape_ = shape_behind(layer, shape_);
  else if (!m.as<Dropout>())  // in evaluation y = x
    fail(ErrorCode::unsupported, to_header.op,
         "{}, cannot be written; Linear, Conv2d, MaxPool2d, AvgPool2d, GlobalAvgPool2d, BatchNorm, LayerNorm, "
         "ResidualBlock, Relu, Gelu, "
         "Silu, Tanh, Sigmoid, Dropout, Flatten, Unflatten and Sequential can",
         layer.name());
}

// The last row becomes the logits: the step that writes it, and the steps after it, write into the logits instead.
HeaderPlan Planner::finish() {
  if (at_ == input_row) elsewhere("copy", {std::to_string(shape_.size())}, shape_);
  require(shape_.rank() == 1, to_header.op, "the model puts out {} for a row; one number a class is needed, [classes]",
          shape_);
  plan_.classes = shape_.size();
  std::vector<HeaderStep>& steps = plan_.steps;
  std::size_t last = steps.size() - 1;
  while (steps[last].to != at_ || steps[last].from == at_ || steps[last].call == "add") --last;
  for (std::size_t i = last; i < steps.size(); ++i) {
    if (i > last && steps[i].from == at_) steps[i].from = logits_row;
    if (steps[i].to == at_) steps[i].to = logits_row;
  }
  for (const HeaderStep& s : steps) {
    if (s.to < 0) continue;
    const auto row = static_cast<std::size_t>(s.to);
    plan_.scratch.resize(std::max(plan_.scratch.size(), row + 1));
    plan_.scratch[row] = std::max(plan_.scratch[row], s.size);
  }
  return std::move(plan_);
}

}  // namespace

HeaderPlan header_plan(const Sequential& model, const Shape& image) {
  std::vector<Placed> layers = placed_layers(model);
  Planner planner(image.rank() > 0 ? image : first_shape(to_header, layers));
  for (const Placed& layer : layers) planner.add(layer);
  HeaderPlan plan = planner.finish();
  for (Placed& layer : layers)
    if (!layer.module.as<Dropout>()) plan.layers.push_back(layer.module.str());
  return plan;
}

}  // namespace logitape::inline v0::train
