// The layers: modules (module.h says what that means) of a few lines each.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/named.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/train/nn/initialise.h"
#include "logitape/train/nn/module.h"

namespace logitape::inline v0 {

// How a Linear begins.
struct LinearLayerOptions {
  NamedOnly named_only = NamedOnly();
  bool bias = true;
  Initialiser weight = kaiming_uniform;  // called as weight({in, out}, rng, dtype)
  DType dtype = DType::f32;              // f32 or f64
};

// y = x * weight[in, out] + bias[out]. The bias begins as zeros.
class Linear {
 public:
  // Errors: an extent below 1, another dtype, no initialiser.
  Linear(std::int64_t in, std::int64_t out, const LinearLayerOptions& options = {});

  // fused.relu: max(0, .) in the same kernel. Error: not initialised; the parameter is named.
  Tensor operator()(const Tensor& x, const LinearOptions& fused = {}) const;
  // Error: the initialiser returned another shape or dtype.
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show);
  std::string str() const;

 private:
  std::int64_t in_, out_;
  LinearLayerOptions options_;
  Parameter weight_{"weight", {}, ParameterKind::linear_weight}, bias_{"bias", {}, ParameterKind::bias};
};

// The activations of ops/elementwise.h as modules without parameters.
struct Relu {
  Tensor operator()(const Tensor& x) const { return relu(x); }
};
struct Gelu {
  Tensor operator()(const Tensor& x) const { return gelu(x); }
};
struct Silu {
  Tensor operator()(const Tensor& x) const { return silu(x); }
};
struct Tanh {
  Tensor operator()(const Tensor& x) const { return tanh(x); }
};
struct Sigmoid {
  Tensor operator()(const Tensor& x) const { return sigmoid(x); }
};

// dropout(x): in training, each element is 0 with probability `rate`, else divided by 1 - rate.
// dropout(x, evaluation): y = x. Only the argument decides: dropout(x) drops under NoGrad and in a trained model too.
// initialise() splits off a generator for its random numbers. The place of that generator is the buffer "generator",
// i64 [2]: key and position. A copy draws the same numbers.
class Dropout {
 public:
  explicit Dropout(double rate);  // error: outside [0, 1)

  Tensor operator()(const Tensor& x);  // error: not initialised
  Tensor operator()(const Tensor& x, InEvaluation) const { return x; }
  void initialise(Generator& rng);
  void visit_buffers(const ParameterVisitor& show) { show(generator_); }
  std::string str() const;

 private:
  double rate_;
  Parameter generator_{"generator", {}};
};

// [batch, ...] -> [batch, everything else]. Error: x of rank 0.
struct Flatten {
  Tensor operator()(const Tensor& x) const;
};

}  // namespace logitape::inline v0
