// Layers become nodes; each has its line in Layers::add. ONNX has images as [batch, channels, height, width]: they are
// turned where a layer needs it, and turned back where one reads rows.
#include "logitape/train/export/detail/onnx_layers.h"

#include <algorithm>
#include <numbers>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/nn/embedding_layers.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/models.h"

namespace logitape::inline v0::onnx {
namespace {

using train::Placed;

std::vector<std::int64_t> pair_of(const Ints& pair) { return {pair[0], pair[pair.count() - 1]}; }
// ONNX pads the beginnings of all axes, then their ends.
std::vector<std::int64_t> pads_of(const Ints& padding) {
  const std::vector<std::int64_t> p = pair_of(padding);
  return {p[0], p[1], p[0], p[1]};
}

class Layers {
 public:
  Layers(Graph& graph, Value input, Shape row) : graph_(graph), at_(std::move(input)), shape_(std::move(row)) {}

  void add(Placed layer);
  Logits finish();

 private:
  void apply(const char* type, std::vector<Value> more = {}, const std::vector<Attribute>& attributes = {});
  void turn(bool channels_first);
  void reshape_to(const Shape& shape);
  Value weight(const Placed& layer, const char* name, const Tensor& value);
  Value number(const char* name, float value);
  void add_linear(Placed& layer);
  void add_convolution(Placed& layer, const Conv2dLayerOptions& options);
  void add_pool(Placed& layer, const char* type, const PoolOptions& options);
  void add_channel_means(Placed& layer);
  void add_batch_norm(Placed& layer, double epsilon);
  void add_layer_norm(Placed& layer, double epsilon);
  void add_residual(const Placed& layer, const ResidualBlock& block);
  void add_embedding(Placed& layer);
  void add_bag(Placed& layer, bool mean);
  void add_silu();
  void add_gelu();

  Graph& graph_;
  Value at_;
  Shape shape_;                  // of a row, in our order of axes
  bool channels_first_ = false;  // at_ is [batch, channels, height, width]
};

void Layers::apply(const char* type, std::vector<Value> more, const std::vector<Attribute>& attributes) {
  more.insert(more.begin(), at_);
  at_ = graph_.node(type, more, attributes);
}

void Layers::turn(bool channels_first) {
  if (channels_first == channels_first_ || shape_.rank() != 3) return;
  const std::vector<std::int64_t> order =
      channels_first ? std::vector<std::int64_t>{0, 3, 1, 2} : std::vector<std::int64_t>{0, 2, 3, 1};
  apply("Transpose", {}, {{"perm", order}});
  channels_first_ = channels_first;
}

// An extent of 0 is that of the input: the batch, which may have no rows.
void Layers::reshape_to(const Shape& shape) {
  turn(false);
  if (shape == shape_) return;
  std::vector<std::int64_t> extents = {0};
  extents.insert(extents.end(), shape.begin(), shape.end());
  const auto rank = static_cast<std::int64_t>(extents.size());
  apply("Reshape", {graph_.constant("row_shape", from_span(extents, {rank}))});
  shape_ = shape;
}

Value Layers::weight(const Placed& layer, const char* name, const Tensor& value) {
  return graph_.constant(fmt::format("{}.{}", layer.place, name), value);
}

Value Layers::number(const char* name, float value) { return graph_.constant(name, tensor(value)); }

void Layers::add_linear(Placed& layer) {
  turn(false);
  const Tensors w = train::layer_weights(to_onnx, layer);
  const Shape out = train::shape_behind(layer, shape_);
  std::vector<Value> weights = {weight(layer, "weight", w[0])};
  if (w.size() > 1) weights.push_back(weight(layer, "bias", w[1]));
  if (shape_.rank() == 1) apply("Gemm", weights);
  else {
    apply("MatMul", {weights[0]});
    if (w.size() > 1) apply("Add", {weights[1]});
  }
  shape_ = out;
}

void Layers::add_convolution(Placed& layer, const Conv2dLayerOptions& options) {
  const NoGrad guard;
  const Tensors w = train::layer_weights(to_onnx, layer);
  const Shape out = train::shape_behind(layer, shape_), &size = w[0].shape();
  turn(true);
  std::vector<Value> weights = {weight(layer, "weight", permute(w[0], {3, 2, 0, 1}))};
  if (w.size() > 1) weights.push_back(weight(layer, "bias", w[1]));
  apply("Conv", weights,
        {{"dilations", pair_of(options.dilation)},
         {"kernel_shape", pair_of({size[0], size[1]})},
         {"pads", pads_of(options.padding)},
         {"strides", pair_of(options.stride)}});
  shape_ = out;
}

void Layers::add_pool(Placed& layer, const char* type, const PoolOptions& options) {
  const Shape out = train::shape_behind(layer, shape_);
  turn(true);
  std::vector<Attribute> attributes = {
      {"kernel_shape", pair_of(options.size)},
      {"pads", pads_of(options.padding)},
      {"strides", pair_of(options.stride.count() == 0 ? options.size : options.stride)}};
  if (layer.module.as<AvgPool2d>()) attributes.push_back({"count_include_pad", std::int64_t{1}});
  apply(type, {}, attributes);
  shape_ = out;
}

void Layers::add_channel_means(Placed& layer) {
  const Shape out = train::shape_behind(layer, shape_);
  turn(true);
  apply("GlobalAveragePool");
  apply("Flatten");
  channels_first_ = false;
  shape_ = out;
}

// ONNX's own has the channels as axis 1; rows of another rank are scaled as our kernel does it.
void Layers::add_batch_norm(Placed& layer, double epsilon) {
  const NoGrad guard;
  const Tensors w = train::layer_weights(to_onnx, layer);
  const Tensor scale = train::norm_scale(to_onnx, layer, w, epsilon);
  const Shape out = train::shape_behind(layer, shape_);
  if (shape_.rank() == 1 || shape_.rank() == 3) {
    turn(true);
    apply("BatchNormalization",
          {weight(layer, "weight", w[0]), weight(layer, "bias", w[1]), weight(layer, "running_mean", w[2]),
           weight(layer, "running_var", w[3])},
          {{"epsilon", static_cast<float>(epsilon)}});
  } else {
    apply("Sub", {weight(layer, "running_mean", w[2])});
    apply("Mul", {weight(layer, "scale", scale)});
    apply("Add", {weight(layer, "bias", w[1])});
  }
  shape_ = out;
}

void Layers::add_layer_norm(Placed& layer, double epsilon) {
  turn(false);
  const Tensors w = train::layer_weights(to_onnx, layer);
  const Shape out = train::shape_behind(layer, shape_);
  apply("LayerNormalization", {weight(layer, "weight", w[0]), weight(layer, "bias", w[1])},
        {{"axis", std::int64_t{-1}}, {"epsilon", static_cast<float>(epsilon)}});
  shape_ = out;
}

void Layers::add_residual(const Placed& layer, const ResidualBlock& block) {
  turn(true);
  const std::vector<AnyModule> parts = block.modules();
  const Value x = at_;
  const Shape x_shape = shape_;
  const auto part = [&](std::size_t i) { add({parts[i], fmt::format("{}.{}", layer.place, i)}); };
  part(0), part(1), apply("Relu"), part(2), part(3);
  const Value y = std::exchange(at_, x);
  shape_ = x_shape;
  if (parts.size() > 4) part(4), part(5);
  apply("Add", {y});
  apply("Relu");
}

void Layers::add_embedding(Placed& layer) {
  const Tensors w = train::layer_weights(to_onnx, layer);
  const Shape out = train::shape_behind(layer, shape_, DType::i64);
  at_ = graph_.node("Gather", {weight(layer, "weight", w[0]), at_});
  shape_ = out;
}

// The table gets a row of zeros behind its last, and -1, which is padding, is that row's number: ONNX counts from the
// end. The count of the others is at least 1: a bag of padding alone is 0.
void Layers::add_bag(Placed& layer, bool mean) {
  const NoGrad guard;
  const Tensor table = train::layer_weights(to_onnx, layer)[0];
  const std::int64_t width = table.shape()[1];
  const Value axis = graph_.constant("ids_axis", tensor({std::int64_t{1}}));
  const Value rows =
      graph_.node("Gather", {weight(layer, "weight", concat({table.to(Device::cpu()), zeros({1, width})}, 0)), at_});
  const Value sums = graph_.node("ReduceSum", {rows, axis}, {{"keepdims", std::int64_t{0}}});
  if (mean) {
    const Value is_id = graph_.node("GreaterOrEqual", {at_, graph_.constant("first_id", tensor(std::int64_t{0}))});
    const Value ones = graph_.node("Cast", {is_id}, {{"to", static_cast<std::int64_t>(Element::f32)}});
    const Value count = graph_.node("ReduceSum", {ones, axis}, {{"keepdims", std::int64_t{1}}});
    at_ = graph_.node("Div", {sums, graph_.node("Max", {count, number("one", 1)})});
  } else at_ = sums;
  shape_ = {width};
}

void Layers::add_silu() { at_ = graph_.node("Mul", {at_, graph_.node("Sigmoid", {at_})}); }

// x/2 * (1 + erf(x / sqrt(2)))
void Layers::add_gelu() {
  const Value x = at_;
  apply("Mul", {number("sqrt_half", static_cast<float>(1 / std::numbers::sqrt2))});
  apply("Erf");
  apply("Add", {number("one", 1)});
  const Value half = graph_.node("Mul", {x, number("half", 0.5f)});
  at_ = graph_.node("Mul", {half, at_});
}

void Layers::add(Placed layer) {
  AnyModule& m = layer.module;
  if (m.as<Linear>()) add_linear(layer);
  else if (const auto* conv = m.as<Conv2d>()) add_convolution(layer, conv->options());
  else if (const auto* max = m.as<MaxPool2d>()) add_pool(layer, "MaxPool", max->options);
  else if (const auto* average = m.as<AvgPool2d>()) add_pool(layer, "AveragePool", average->options);
  else if (m.as<GlobalAvgPool2d>()) add_channel_means(layer);
  else if (const auto* batch = m.as<BatchNorm>()) add_batch_norm(layer, batch->options().epsilon);
  else if (const auto* norm = m.as<LayerNorm>()) add_layer_norm(layer, norm->options().epsilon);
  else if (const auto* block = m.as<ResidualBlock>()) add_residual(layer, *block);
  else if (m.as<Embedding>()) add_embedding(layer);
  else if (const auto* bag = m.as<EmbeddingBag>()) add_bag(layer, bag->options().mean);
  else if (m.as<Relu>()) apply("Relu");
  else if (m.as<Tanh>()) apply("Tanh");
  else if (m.as<Sigmoid>()) apply("Sigmoid");
  else if (m.as<Silu>()) add_silu();
  else if (m.as<Gelu>()) add_gelu();
  else if (m.as<Flatten>() || m.as<Unflatten>()) reshape_to(train::shape_behind(layer, shape_));
  else if (!m.as<Dropout>())  // in evaluation y = x
    fail(ErrorCode::unsupported, to_onnx.op,
         "{}, cannot be written; Linear, Conv2d, MaxPool2d, AvgPool2d, GlobalAvgPool2d, BatchNorm, LayerNorm, "
         "ResidualBlock, Embedding, EmbeddingBag, Relu, Gelu, Silu, Tanh, Sigmoid, Dropout, Flatten, Unflatten and "
         "Sequential can",
         layer.name());
}

Logits Layers::finish() {
  turn(false);
  require(shape_.rank() == 1, to_onnx.op, "the model puts out {} for a row; one number a class is needed, [classes]",
          shape_);
  return {at_, shape_[0]};
}

}  // namespace

bool takes_ids(const std::vector<Placed>& layers) {
  const auto first =
      std::find_if(layers.begin(), layers.end(), [](const Placed& p) { return !p.module.as<Dropout>(); });
  return first != layers.end() && (first->module.as<Embedding>() || first->module.as<EmbeddingBag>());
}

Logits add_layers(Graph& graph, std::vector<Placed>& layers, const Value& input, const Shape& row) {
  Layers nodes(graph, input, row);
  for (const Placed& layer : layers) nodes.add(layer);
  return nodes.finish();
}

}  // namespace logitape::inline v0::onnx
