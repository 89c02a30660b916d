// A convolution is linear in x, in the weight, and in the cotangent of its result. Take the sum over all products of
// the three: each of the three kernels is its derivative by one of them. So one function is op and rule to every order.
#include "logitape/ops/convolution.h"

#include <array>

#include "logitape/ops/detail/row_sums.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/detail/window.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

enum Part { image, kernel, result };  // x, weight, y

struct ConvolutionPlan {
  backends::Window window;
  std::int64_t features;
};

backends::ConvolutionArgs arguments(const ConvolutionPlan& p, const std::array<Tensor, 3>& parts, Tensor& wanted) {
  return {.dtype = wanted.dtype(),
          .window = p.window,
          .features = p.features,
          .relu = false,
          .bf16 = ops::in_bf16(wanted.dtype()),
          .x = parts[image].data(),
          .weight = parts[kernel].data(),
          .bias = nullptr,
          .y = parts[result].data(),
          .result = wanted.writable(),
          .tf32 = ops::in_tf32(wanted.dtype())};
}

// The derivative, by the part that is left empty, of the sum of all products x * weight * y.
Tensor contract(const ConvolutionPlan& p, Part wanted, const std::array<Tensor, 3>& parts) {
  static constexpr backends::Kernel<backends::ConvolutionArgs> Kernels::*slots[] = {
      &Kernels::conv2d_input, &Kernels::conv2d_weight, &Kernels::conv2d};
  const backends::Window& w = p.window;
  const Part first = wanted == image ? kernel : image, second = wanted == result ? kernel : result;
  const Tensor &a = parts[first], &b = parts[second];
  const Shape shape = wanted == image    ? Shape{w.images, w.height, w.width, w.channels}
                      : wanted == kernel ? Shape{w.size[0], w.size[1], w.channels, p.features}
                                         : ops::outputs_of(w, p.features);
  const auto of_images = [&](std::int64_t first_image, std::int64_t count) {
    Tensor made = Tensor::uninitialised(shape, a.dtype(), a.device());
    backends::ConvolutionArgs args = arguments(p, parts, made);
    args.window.images = count;
    args.x = ops::from_element(args.x, first_image * (w.height * w.width * w.channels), a.dtype());
    args.y = ops::from_element(args.y, first_image * (w.out[0] * w.out[1] * p.features), a.dtype());
    backends::run("conv2d", a.device(), slots[wanted], args);
    return made;
  };
  const ops::RowCuts cuts(wanted == kernel ? w.images : 0);
  const Tensor y = cuts ? ops::sum_of_blocks("conv2d", cuts, of_images) : of_images(0, w.images);
  return record("conv2d", {a, b}, {y}, keep::input(0, b.requires_grad()) | keep::input(1, a.requires_grad()),
                [p, wanted, first, second](const Node& n, const Cotangents& g) {
                  const auto into = [&](int input, Part of, Part other) {
                    if (!n.needs(input)) return Tensor();
                    std::array<Tensor, 3> known;
                    known[wanted] = g[0];
                    known[other] = n.input(1 - input);
                    return contract(p, of, known);
                  };
                  return Tensors{into(0, first, second), into(1, second, first)};
                });
}

ConvolutionPlan plan(const Tensor& x, const Tensor& weight, const Conv2dOptions& o) {
  require(weight.rank() == 4, "conv2d", "weight is {}; it has to be [size down, size across, channels, features]",
          weight.shape());
  const Shape& s = weight.shape();
  const ConvolutionPlan p{ops::window_over("conv2d", x, {{s[0], s[1]}, o.stride, o.padding, o.dilation}), s[3]};
  const std::int64_t channels = p.window.channels;
  require(s[2] == channels, "conv2d", "x {} has {} channels, weight {} takes {}{}", x.shape(), channels, s, s[2],
          x.shape()[1] == s[2] ? ": images are [batch, height, width, channels], permute(x, {0, 2, 3, 1}) makes them"
          : s[1] == channels
              ? ": weights are [down, across, channels, features], permute(weight, {2, 3, 1, 0}) makes them"
              : "");
  return p;
}

// With a bias, with ReLU, or both: one pass over y.
Tensor fused(const ConvolutionPlan& p, const Tensor& x, const Tensor& weight, const Tensor& bias, bool relu) {
  Tensor y = Tensor::uninitialised(ops::outputs_of(p.window, p.features), x.dtype(), x.device());
  backends::ConvolutionArgs args = arguments(p, {x, weight, Tensor()}, y);
  args.bias = bias.data();
  args.relu = relu;
  backends::run("conv2d", x.device(), &Kernels::conv2d, args);
  return record("conv2d", {x, weight, bias}, {y},
                keep::input(0, weight.requires_grad()) | keep::input(1, x.requires_grad()) | keep::output(0, relu),
                [p, relu](const Node& n, const Cotangents& g) {
                  const Tensor into = relu ? where_positive(n.output(0), g[0]) : g[0];
                  return Tensors{n.needs(0) ? contract(p, image, {Tensor(), n.input(1), into}) : Tensor(),
                                 n.needs(1) ? contract(p, kernel, {n.input(0), Tensor(), into}) : Tensor(),
                                 n.needs(2) ? sum(into, {.axes = {0, 1, 2}}) : Tensor()};
                });
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  ops::check_arithmetic("conv2d",
                        {{"weight", weight}, {"x", x}, {"bias", bias}});  // weight first: x is what a caller can cast
  const ConvolutionPlan p = plan(x, weight, options);
  require(bias.shape() == Shape{p.features}, "conv2d", "bias is {}, weight {} needs [{}]", bias.shape(), weight.shape(),
          p.features);
  return fused(p, x, weight, bias, options.relu);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Conv2dOptions& options) {
  ops::check_arithmetic("conv2d", {{"weight", weight}, {"x", x}});
  const ConvolutionPlan p = plan(x, weight, options);
  return options.relu ? fused(p, x, weight, {}, true) : contract(p, result, {x, weight, Tensor()});
}

}  // namespace logitape::inline v0
