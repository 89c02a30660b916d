// Each layer: check the sizes, call one op.
#include "logitape/train/nn/image_layers.h"

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/nn/detail/first_values.h"

namespace logitape::inline v0 {

Conv2d::Conv2d(std::int64_t in, std::int64_t out, const Ints& size, const Conv2dLayerOptions& options)
    : in_(in), out_(out), size_(size), options_(options) {
  require(size.count() == 1 || size.count() == 2, "Conv2d",
          "size {} is given: one number serves both axes, two are {{down, across}}", size);
  if (size_.count() == 1) size_.push(size_[0]);
  require(in >= 1 && out >= 1 && size_[0] >= 1 && size_[1] >= 1, "Conv2d",
          "in is {}, out is {}, size is {}; all need at least 1", in, out, size);
  train::check_first_values("Conv2d", options.weight, options.dtype);
}

Tensor Conv2d::operator()(const Tensor& x, const Conv2dFused& fused) const {
  const Conv2dOptions options{
      .stride = options_.stride, .padding = options_.padding, .dilation = options_.dilation, .relu = fused.relu};
  const Tensor& weight = initialised("Conv2d", weight_);
  return options_.bias ? conv2d(x, weight, initialised("Conv2d", bias_), options) : conv2d(x, weight, options);
}

void Conv2d::initialise(Generator& rng) {
  Generator moved = rng;  // put back last: if this throws, nothing has changed
  Tensor weight =
      train::drawn("Conv2d", weight_.name, options_.weight, {size_[0], size_[1], in_, out_}, moved, options_.dtype);
  if (options_.bias) bias_.value = variable(zeros({out_}, options_.dtype));
  weight_.value = std::move(weight);
  rng = moved;
}

void Conv2d::visit(const ParameterVisitor& show) {
  show(weight_);
  if (options_.bias) show(bias_);
}

std::string Conv2d::str() const { return fmt::format("Conv2d{{{}, {}, {{{}, {}}}}}", in_, out_, size_[0], size_[1]); }

Tensor GlobalAvgPool2d::operator()(const Tensor& x) const {
  require(x.rank() == 4, "GlobalAvgPool2d", "x is {}; images are [batch, height, width, channels]", x);
  return mean(x, {.axes = {1, 2}});
}

Tensor Unflatten::operator()(const Tensor& x) const {
  require(x.rank() >= 1, "Unflatten", "x is {}; rank 1 or more is needed", x);
  Ints extents{x.shape()[0]};
  for (const std::int64_t extent : shape) extents.push(extent);
  require(x.shape()[0] * shape.size() == x.size(), "Unflatten", "x is {}; it has {} elements an example, {} has {}", x,
          x.shape()[0] == 0 ? 0 : x.size() / x.shape()[0], shape, shape.size());
  return reshape(x, extents);
}

}  // namespace logitape::inline v0
