// Layers that normalise: modules (module.h) around ops/normalise.h.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/named.h"
#include "logitape/core/random.h"
#include "logitape/ops/normalise.h"
#include "logitape/train/nn/module.h"

namespace logitape::inline v0 {

// How a LayerNorm divides, and of which dtype it is.
struct LayerNormOptions {
  NamedOnly named_only = NamedOnly();
  double epsilon = 1e-5;     // above 0
  DType dtype = DType::f32;  // f32 or f64
};

// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, over the last axis of each example. The weight begins as
// ones, the bias as zeros.
class LayerNorm {
 public:
  // Errors: a width below 1, another dtype, an epsilon that is not above 0.
  explicit LayerNorm(std::int64_t width, const LayerNormOptions& options = {});

  Tensor operator()(const Tensor& x) const;  // errors: not initialised; x whose last axis is not `width`
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show);
  std::string str() const;
  const LayerNormOptions& options() const { return options_; }

 private:
  std::int64_t width_;
  LayerNormOptions options_;
  Parameter weight_{"weight", {}, ParameterKind::norm_weight}, bias_{"bias", {}, ParameterKind::norm_bias};
};

// How a BatchNorm remembers and divides, and of which dtype it is.
struct BatchNormOptions {
  NamedOnly named_only = NamedOnly();
  double momentum = 0.1;     // in (0, 1]: how much of a batch goes into the running mean and variance
  double epsilon = 1e-5;     // above 0
  DType dtype = DType::f32;  // f32 or f64
};

// The same over all axes but the last, the channels: rows of [batch, channels], or images of [batch, height, width,
// channels]. norm(x), in training, uses the batch's own mean and variance. It also updates the running ones,
// running = (1 - momentum)*running + momentum*batch; there the batch's variance counts n/(n-1) times.
// norm(x, evaluation) uses the running ones and leaves them as they are. They are its buffers "running_mean" and
// "running_variance"; they begin as 0 and 1, and are saved with the parameters.
class BatchNorm {
 public:
  // Errors: channels below 1, another dtype, a momentum outside (0, 1], an epsilon that is not above 0.
  explicit BatchNorm(std::int64_t channels, const BatchNormOptions& options = {});

  // Errors: not initialised; x whose last axis is not `channels`, or in training of fewer than two values a channel.
  Tensor operator()(const Tensor& x);
  Tensor operator()(const Tensor& x, InEvaluation) const;
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show);
  void visit_buffers(const ParameterVisitor& show);
  std::string str() const;
  const BatchNormOptions& options() const { return options_; }

 private:
  std::int64_t channels_;
  BatchNormOptions options_;
  Parameter weight_{"weight", {}, ParameterKind::norm_weight}, bias_{"bias", {}, ParameterKind::norm_bias};
  Parameter mean_{"running_mean", {}, ParameterKind::running_mean};
  Parameter variance_{"running_variance", {}, ParameterKind::running_variance};
};

}  // namespace logitape::inline v0
