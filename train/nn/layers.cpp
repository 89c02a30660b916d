// Each layer: check the sizes, call one op.
#include "logitape/train/nn/layers.h"

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/nn/detail/first_values.h"
#include "logitape/train/nn/detail/generator.h"

namespace logitape::inline v0 {
Linear::Linear(std::int64_t in, std::int64_t out, const LinearLayerOptions& options)
    : in_(in), out_(out), options_(options) {
  require(in >= 1 && out >= 1, "Linear", "in is {}, out is {}; both need at least 1", in, out);
  train::check_first_values("Linear", options.weight, options.dtype);
}

Tensor Linear::operator()(const Tensor& x, const LinearOptions& fused) const {
  const Tensor& weight = initialised("Linear", weight_);
  return options_.bias ? linear(x, weight, initialised("Linear", bias_), fused) : linear(x, weight, fused);
}

void Linear::initialise(Generator& rng) {
  const Shape shape = {in_, out_};
  Generator moved = rng;  // put back last: if this throws, nothing has changed
  Tensor weight = train::drawn("Linear", weight_.name, options_.weight, shape, moved, options_.dtype);
  if (options_.bias) bias_.value = variable(zeros({out_}, options_.dtype));
  weight_.value = std::move(weight);
  rng = moved;
}

void Linear::visit(const ParameterVisitor& show) {
  show(weight_);
  if (options_.bias) show(bias_);
}

std::string Linear::str() const { return fmt::format("Linear{{{}, {}}}", in_, out_); }

Dropout::Dropout(double rate) : rate_(rate) {
  require(rate >= 0 && rate < 1, ErrorCode::out_of_range, "Dropout", "rate {} is outside [0, 1)", rate);
}

Tensor Dropout::operator()(const Tensor& x) {
  require(generator_.value.defined(), "Dropout", "it has no generator in training: call initialise(rng) first");
  Generator rng = train::generator_of(generator_.value);
  Tensor y = dropout(x, rate_, rng);
  generator_.value = train::tensor_of(rng);
  return y;
}

void Dropout::initialise(Generator& rng) {
  Generator moved = rng;
  generator_.value = train::tensor_of(moved.split());
  rng = moved;
}

std::string Dropout::str() const { return fmt::format("Dropout{{{}}}", rate_); }

Tensor Flatten::operator()(const Tensor& x) const {
  require(x.rank() >= 1, "Flatten", "x is {}; rank 1 or more is needed", x);
  const std::int64_t batch = x.shape()[0];
  std::int64_t rest = 1;
  for (int r = 1; r < x.rank(); ++r) rest *= x.shape()[r];
  return reshape(x, {batch, rest});
}

}  // namespace logitape::inline v0
