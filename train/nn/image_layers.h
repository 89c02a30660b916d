// Layers for images [batch, height, width, channels]: modules (module.h) around ops/convolution.h and ops/pooling.h.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/named.h"
#include "logitape/ops/convolution.h"
#include "logitape/ops/pooling.h"
#include "logitape/train/nn/initialise.h"
#include "logitape/train/nn/parameter.h"

namespace logitape::inline v0 {

// How a Conv2d moves and begins. One number serves both axes, two are {down, across}.
struct Conv2dLayerOptions {
  NamedOnly named_only = NamedOnly();
  Ints stride = 1;
  Ints padding = 0;
  Ints dilation = 1;
  bool bias = true;
  Initialiser weight = kaiming_uniform;  // called as weight({down, across, in, out}, rng, dtype)
  DType dtype = DType::f32;              // f32 or f64
};

// What a Conv2d does in the pass that stores y.
struct Conv2dFused {
  bool relu = false;
};

// y = conv2d(x, weight[down, across, in, out], bias[out]): in channels become out channels. The bias begins as zeros.
class Conv2d {
 public:
  // Errors: an extent below 1, a size that is not one number or two, another dtype, no initialiser.
  Conv2d(std::int64_t in, std::int64_t out, const Ints& size, const Conv2dLayerOptions& options = {});

  // Error: not initialised; the parameter is named. Those of conv2d().
  Tensor operator()(const Tensor& x, const Conv2dFused& fused = {}) const;
  // Error: the initialiser returned another shape or dtype.
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show);
  std::string str() const;
  const Conv2dLayerOptions& options() const { return options_; }

 private:
  std::int64_t in_, out_;
  Ints size_;
  Conv2dLayerOptions options_;
  Parameter weight_{"weight", {}, ParameterKind::convolution_weight}, bias_{"bias", {}, ParameterKind::bias};
};

// max_pool2d and avg_pool2d as modules without parameters: MaxPool2d{2}, or MaxPool2d{{.size = 3, .stride = 2}}.
struct MaxPool2d {
  MaxPool2d(const PoolOptions& o = {}) : options(o) {}
  explicit MaxPool2d(const Ints& size) : options{.size = size} {}
  Tensor operator()(const Tensor& x) const { return max_pool2d(x, options); }
  PoolOptions options;
};
struct AvgPool2d {
  AvgPool2d(const PoolOptions& o = {}) : options(o) {}
  explicit AvgPool2d(const Ints& size) : options{.size = size} {}
  Tensor operator()(const Tensor& x) const { return avg_pool2d(x, options); }
  PoolOptions options;
};

// [batch, height, width, channels] -> [batch, channels]: the mean of each channel. Error: x not of rank 4.
struct GlobalAvgPool2d {
  Tensor operator()(const Tensor& x) const;
};

// [batch, ...] -> [batch, shape...]: rows of a table as images, Unflatten{{28, 28, 1}}. Error: another number of
// elements.
struct Unflatten {
  Shape shape;
  Tensor operator()(const Tensor& x) const;
};

}  // namespace logitape::inline v0
