// Ranges are those that the calibration rows give, layer by layer; then each layer becomes integers. A layer that a
// plan can hold has its line in Int8Planner::add.
#include "logitape/train/export/detail/quantised.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/index.h"
#include "logitape/train/export/detail/placed.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/models.h"

namespace logitape::inline v0::train {
namespace {

constexpr Export to_int8{"export_c", "a C file", "COptions"};
constexpr std::int64_t most_rows = 2048;  // of the calibration rows so many are looked at, evenly spread

Int8Range range_of(const std::string& where, const Tensor& x) {
  double low = 0, high = 0;
  for (const float v : x.to_vector<float>()) {
    require(std::isfinite(v), to_int8.op, "the calibration rows give {} in {}; finite numbers are needed", v, where);
    low = std::min<double>(low, v);
    high = std::max<double>(high, v);
  }
  if (low == high) return {};
  const double scale = (high - low) / 255;
  return {scale, static_cast<int>(std::clamp(std::round(-128 - low / scale), -128.0, 127.0))};
}

Multiplier fixed_point(const std::string& where, double ratio) {
  int exponent = 0;
  auto factor = std::llround(std::ldexp(std::frexp(ratio, &exponent), 31));
  if (factor == std::int64_t{1} << 31) factor /= 2, ++exponent;
  const int shift = 31 - exponent;
  require(shift >= 1, ErrorCode::unsupported, to_int8.op,
          "{} multiplies by {} between its ranges, more than a fixed-point number holds", where, ratio);
  return shift > 62 ? Multiplier{} : Multiplier{static_cast<std::int32_t>(factor), shift};
}

// One feature: the weights that its sum has, w[k * step], as symmetric integers; what the sum begins with; what it is
// multiplied by.
void add_feature(const std::string& where, Int8Step& s, const Int8Range& in, const Int8Range& out, const float* w,
                 std::int64_t count, std::int64_t step, double bias) {
  double most = 0;
  for (std::int64_t k = 0; k < count; ++k) most = std::max<double>(most, std::abs(w[k * step]));
  double scale = std::max(most / 127, std::abs(bias) / (in.scale * 0x1p29));  // so that the bias is an int32 as well
  if (scale == 0) scale = 1;
  std::int64_t sum = 0, size = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const auto q = static_cast<int>(std::lround(w[k * step] / scale));
    s.weight.push_back(static_cast<std::int8_t>(q));
    sum += q;
    size += std::abs(q);
  }
  const std::int64_t begin = std::llround(bias / (in.scale * scale)) - in.zero * sum;
  require(std::abs(begin) + 128 * size < std::int64_t{1} << 31, ErrorCode::unsupported, to_int8.op,
          "{} adds {} products, and their sum may not fit in 32 bits", where, count);
  s.bias.push_back(static_cast<std::int32_t>(begin));
  s.multiplier.push_back(fixed_point(where, in.scale * scale / out.scale));
}

class Int8Planner {
 public:
  Int8Planner(const Sequential& model, const Tensor& rows);
  Int8Plan plan();

 private:
  Int8Range run(Placed& layer);
  std::int64_t extent(int axis) const { return x_.shape()[axis + 1]; }
  template <class M>
  const M* next() {
    return at_ < layers_.size() ? layers_[at_].module.as<M>() : nullptr;
  }
  void add(Placed& layer);
  void add_product(Placed& layer, const Int8Window& window);
  void add_scale(Placed& layer, double epsilon);
  void add_pool(Placed& layer, Int8Step::Kind kind, const PoolOptions& options);
  void add_means(Placed& layer);
  void add_table(Placed& layer);
  void put(Int8Step step, const Int8Range& out);

  std::vector<Placed> layers_;
  std::size_t at_ = 0;  // the layer that comes next
  Int8Plan plan_;
  Tensor x_;         // the rows behind the layers so far
  Int8Range range_;  // of these
};

Int8Planner::Int8Planner(const Sequential& model, const Tensor& rows) : layers_(placed_layers(model)) {
  require(rows.defined() && rows.rank() >= 2 && rows.shape()[0] >= 1 && rows.size() > 0, to_int8.op,
          "the calibration rows are {}; at least one row is needed", rows);
  require(rows.dtype() == DType::f32, ErrorCode::unsupported, to_int8.op,
          "the model reads {}, ids of words or others; 8-bit integers stand for f32 numbers", rows);
  const std::int64_t step = (rows.shape()[0] + most_rows - 1) / most_rows;
  x_ = step == 1 ? rows : rows[range(none, none, step)];
  range_ = plan_.input = range_of("the prepared rows", x_);
  plan_.inputs = x_.size() / x_.shape()[0];
}

// Lets the calibration rows go through a layer; the range of what it gives.
Int8Range Int8Planner::run(Placed& layer) {
  try {
    x_ = layer.module(x_, evaluation);
  } catch (const Error& e) {
    throw e.within(layer.name());
  }
  return range_of(layer.name(), x_);
}

void Int8Planner::put(Int8Step step, const Int8Range& out) {
  step.outputs = x_.size() / x_.shape()[0];
  plan_.steps.push_back(std::move(step));
  range_ = out;
}

void Int8Planner::add_product(Placed& layer, const Int8Window& window) {
  const Tensors w = layer_weights(to_int8, layer);
  Int8Step s{.kind = Int8Step::Kind::product, .window = window};
  s.features = w[0].shape()[w[0].rank() - 1];
  s.zero_in = range_.zero;
  s.in = x_.size() / x_.shape()[0];
  std::vector<float> weight = w[0].to_vector<float>();
  std::vector<double> bias(static_cast<std::size_t>(s.features));
  if (w.size() > 1) bias = w[1].to_vector<double>();
  Int8Range out = run(layer);
  const auto features = static_cast<std::size_t>(s.features);
  if (const auto* norm = next<BatchNorm>()) {  // y * scale + shift: in the weights and the bias
    Placed& folded = layers_[at_++];
    const Tensors n = layer_weights(to_int8, folded);
    const auto scale = norm_scale(to_int8, folded, n, norm->options().epsilon).to_vector<double>();
    const auto shift = n[1].to_vector<double>(), mean = n[2].to_vector<double>();
    out = run(folded);
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(weight[i] * scale[i % features]);
    for (std::size_t f = 0; f < features; ++f) bias[f] = (bias[f] - mean[f]) * scale[f] + shift[f];
  }
  if (next<Relu>()) {
    out = run(layers_[at_++]);
    s.least = out.zero;
  }
  const auto count = static_cast<std::int64_t>(weight.size() / features);
  for (std::int64_t f = 0; f < s.features; ++f)
    add_feature(layer.name(), s, range_, out, weight.data() + f, count, s.features, bias[static_cast<std::size_t>(f)]);
  s.zero_out = out.zero;
  put(std::move(s), out);
}

void Int8Planner::add_scale(Placed& layer, double epsilon) {
  const Tensors n = layer_weights(to_int8, layer);
  const std::vector<float> scale = norm_scale(to_int8, layer, n, epsilon).to_vector<float>();
  const auto shift = n[1].to_vector<double>(), mean = n[2].to_vector<double>();
  Int8Step s{.kind = Int8Step::Kind::scale};
  s.zero_in = range_.zero;
  s.in = x_.size() / x_.shape()[0];
  const Int8Range out = run(layer);
  for (std::size_t c = 0; c < scale.size(); ++c)
    add_feature(layer.name(), s, range_, out, &scale[c], 1, 1, shift[c] - mean[c] * scale[c]);
  s.zero_out = out.zero;
  put(std::move(s), out);
}

void Int8Planner::add_pool(Placed& layer, Int8Step::Kind kind, const PoolOptions& options) {
  require(x_.rank() == 4, to_int8.op, "{}, is given rows of {}; images are needed", layer.name(), x_.shape());
  Int8Step s{.kind = kind};
  Int8Window& w = s.window;
  w.height = extent(0), w.width = extent(1), w.channels = extent(2);
  const auto of = [](const Ints& pair, int i) { return pair[pair.count() == 1 ? 0 : i]; };
  const Ints& stride = options.stride.count() == 0 ? options.size : options.stride;
  for (int i = 0; i < 2; ++i) {
    w.size[i] = of(options.size, i);
    w.stride[i] = of(stride, i);
    w.padding[i] = of(options.padding, i);
  }
  s.in = x_.size() / x_.shape()[0];
  s.zero_in = range_.zero;
  Int8Range out = run(layer);
  w.out[0] = extent(0), w.out[1] = extent(1);
  if (kind == Int8Step::Kind::max_pool) out = range_;  // of numbers that are there already
  else
    s.multiplier = {fixed_point(layer.name(), range_.scale / out.scale / static_cast<double>(w.size[0] * w.size[1]))};
  s.zero_out = out.zero;
  put(std::move(s), out);
}

void Int8Planner::add_means(Placed& layer) {
  require(x_.rank() == 4, to_int8.op, "{}, is given rows of {}; images are needed", layer.name(), x_.shape());
  Int8Step s{.kind = Int8Step::Kind::mean_pool};
  Int8Window& w = s.window;
  w.height = w.size[0] = extent(0), w.width = w.size[1] = extent(1), w.channels = extent(2);
  s.in = x_.size() / x_.shape()[0];
  s.zero_in = range_.zero;
  const Int8Range out = run(layer);
  s.multiplier = {fixed_point(layer.name(), range_.scale / out.scale / static_cast<double>(w.height * w.width))};
  s.zero_out = out.zero;
  put(std::move(s), out);
}

// The layer's own results for all 256 numbers.
void Int8Planner::add_table(Placed& layer) {
  std::vector<float> numbers;
  for (int q = -128; q < 128; ++q) numbers.push_back(static_cast<float>(range_.scale * (q - range_.zero)));
  Int8Step s{.kind = Int8Step::Kind::table};
  s.in = x_.size() / x_.shape()[0];
  const std::vector<float> results = layer.module(from_span(numbers, {1, 256}), evaluation).to_vector<float>();
  const Int8Range out = run(layer);
  for (const float y : results) s.table.push_back(quantised(out, y));
  put(std::move(s), out);
}

void Int8Planner::add(Placed& layer) {
  AnyModule& m = layer.module;
  if (m.as<Linear>()) {
    Int8Window w;  // of one row that moves along the rows
    w.channels = x_.shape()[x_.rank() - 1];
    w.height = w.out[0] = x_.size() / x_.shape()[0] / w.channels;
    add_product(layer, w);
  } else if (const auto* conv = m.as<Conv2d>()) {
    require(x_.rank() == 4, to_int8.op, "{}, is given rows of {}; images are needed", layer.name(), x_.shape());
    const Conv2dLayerOptions o = conv->options();
    const Shape size = layer_weights(to_int8, layer)[0].shape(),
                out = shape_behind(layer, {extent(0), extent(1), extent(2)});
    Int8Window w{.height = extent(0), .width = extent(1), .channels = extent(2)};
    const auto of = [](const Ints& pair, int i) { return pair[pair.count() == 1 ? 0 : i]; };
    for (int i = 0; i < 2; ++i) {
      w.out[i] = out[i], w.size[i] = size[i];
      w.stride[i] = of(o.stride, i), w.padding[i] = of(o.padding, i), w.dilation[i] = of(o.dilation, i);
    }
    add_product(layer, w);
  } else if (const auto* max = m.as<MaxPool2d>()) add_pool(layer, Int8Step::Kind::max_pool, max->options);
  else if (const auto* mean = m.as<AvgPool2d>()) add_pool(layer, Int8Step::Kind::mean_pool, mean->options);
  else if (m.as<GlobalAvgPool2d>()) add_means(layer);
  else if (const auto* norm = m.as<BatchNorm>()) add_scale(layer, norm->options().epsilon);
  else if (m.as<Relu>() || m.as<Gelu>() || m.as<Silu>() || m.as<Tanh>() || m.as<Sigmoid>()) add_table(layer);
  else if (m.as<Flatten>() || m.as<Unflatten>() || m.as<Dropout>()) run(layer);
  else
    fail(ErrorCode::unsupported, to_int8.op,
         "{}, has no form in 8-bit integers; Linear, Conv2d, MaxPool2d, AvgPool2d, GlobalAvgPool2d, BatchNorm, Relu, "
         "Gelu, Silu, Tanh, Sigmoid, Dropout, Flatten, Unflatten and Sequential have",
         layer.name());
}

Int8Plan Int8Planner::plan() {
  const NoGrad guard;
  for (const Placed& layer : layers_)
    if (!layer.module.as<Dropout>()) plan_.layers.push_back(layer.module.str());
  while (at_ < layers_.size()) {
    Placed& layer = layers_[at_++];
    add(layer);
  }
  require(x_.rank() == 2, to_int8.op, "the model puts out {} for its rows; [rows, classes] is needed", x_);
  plan_.classes = x_.shape()[1];
  plan_.logits = range_;
  return std::move(plan_);
}

}  // namespace

Int8Plan int8_plan(const Sequential& model, const Tensor& rows) { return Int8Planner(model, rows).plan(); }

}  // namespace logitape::inline v0::train
