// The running mean and variance are plain tensors in boxes: no gradient flows into them, and no optimiser sees them.
#include "logitape/train/nn/norm_layers.h"

#include <algorithm>

#include "logitape/autograd/record.h"
#include "logitape/autograd/row_blocks.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/nn/detail/ranges.h"

namespace logitape::inline v0 {
namespace {

void check_options(const char* op, const char* extent_name, std::int64_t extent, double epsilon, DType dtype) {
  require(extent >= 1, op, "{} is {}; at least 1 is needed", extent_name, extent);
  require(is_arithmetic(dtype), ErrorCode::unsupported, op, "dtype {} is asked for; f32 or f64 is needed", dtype);
  train::require_above_0(op, "epsilon", epsilon);
}

// Makes both before it puts either in its box: if this throws, nothing has changed.
void begin(Parameter& weight, Parameter& bias, std::int64_t extent, DType dtype) {
  Tensor first = variable(ones({extent}, dtype)), second = variable(zeros({extent}, dtype));
  weight.value = std::move(first);
  bias.value = std::move(second);
}

}  // namespace

LayerNorm::LayerNorm(std::int64_t width, const LayerNormOptions& options) : width_(width), options_(options) {
  check_options("LayerNorm", "width", width, options.epsilon, options.dtype);
}

Tensor LayerNorm::operator()(const Tensor& x) const {
  return layer_norm(x, initialised("LayerNorm", weight_), initialised("LayerNorm", bias_),
                    {.epsilon = options_.epsilon});
}

void LayerNorm::initialise(Generator&) { begin(weight_, bias_, width_, options_.dtype); }

void LayerNorm::visit(const ParameterVisitor& show) {
  show(weight_);
  show(bias_);
}

std::string LayerNorm::str() const { return fmt::format("LayerNorm{{{}}}", width_); }

BatchNorm::BatchNorm(std::int64_t channels, const BatchNormOptions& options) : channels_(channels), options_(options) {
  check_options("BatchNorm", "channels", channels, options.epsilon, options.dtype);
  require(options.momentum > 0 && options.momentum <= 1, ErrorCode::out_of_range, "BatchNorm",
          "momentum {} is outside (0, 1]", options.momentum);
}

Tensor BatchNorm::operator()(const Tensor& x) {
  const Tensor &weight = initialised("BatchNorm", weight_), &bias = initialised("BatchNorm", bias_);
  const Tensor &mean = initialised("BatchNorm", mean_), &variance = initialised("BatchNorm", variance_);
  require(x.rank() >= 2 && x.shape()[x.rank() - 1] == channels_, "BatchNorm", "x is {}; [batch, ..., {}] is needed", x,
          channels_);
  const std::int64_t count =
      x.size() / channels_ / std::max<std::int64_t>(x.shape()[0], 1) * RowBlocks::in_batch(x.shape()[0]);
  require(count >= 2, "BatchNorm",
          "x is {}, {} to a channel; in training at least 2 are needed; model(x, evaluation) takes fewer", x, count);
  Normalised n = batch_norm(x, weight, bias, {.epsilon = options_.epsilon});

  const NoGrad guard;
  const auto moved = [&](const Tensor& running, const Tensor& batch, double scale) {
    return running * (1 - options_.momentum) + reshape(stop_gradient(batch), {channels_}) * (options_.momentum * scale);
  };
  const auto size = static_cast<double>(count);
  Tensor new_mean = moved(mean, n.mean, 1), new_variance = moved(variance, n.variance, size / (size - 1));
  mean_.value = std::move(new_mean);
  variance_.value = std::move(new_variance);
  return std::move(n.y);
}

Tensor BatchNorm::operator()(const Tensor& x, InEvaluation) const {
  const Tensor &weight = initialised("BatchNorm", weight_), &bias = initialised("BatchNorm", bias_);
  const Tensor &mean = initialised("BatchNorm", mean_), &variance = initialised("BatchNorm", variance_);
  return batch_norm(x, mean, variance, weight, bias, {.epsilon = options_.epsilon});
}

void BatchNorm::initialise(Generator&) {
  Tensor mean = zeros({channels_}, options_.dtype), variance = ones({channels_}, options_.dtype);
  begin(weight_, bias_, channels_, options_.dtype);
  mean_.value = std::move(mean);
  variance_.value = std::move(variance);
}

void BatchNorm::visit(const ParameterVisitor& show) {
  show(weight_);
  show(bias_);
}

void BatchNorm::visit_buffers(const ParameterVisitor& show) {
  show(mean_);
  show(variance_);
}

std::string BatchNorm::str() const { return fmt::format("BatchNorm{{{}}}", channels_); }

}  // namespace logitape::inline v0
