// Scalar twins of the convolution's three kernels and of pooling, each a loop over every output, element of the window
// and channel.
#pragma once
#include <cmath>
#include <vector>

#include "logitape/backends/oracle/oracle.h"

namespace logitape::inline v0::oracle {

// Calls f(output in [images, out], element in [images, height, width], place in the window) for all that lies in an
// image.
template <class F>
void walk_window(const backends::Window& w, F f) {
  for (std::int64_t image = 0; image < w.images; ++image)
    for (std::int64_t i = 0; i < w.out[0]; ++i)
      for (std::int64_t j = 0; j < w.out[1]; ++j)
        for (std::int64_t a = 0; a < w.size[0]; ++a)
          for (std::int64_t b = 0; b < w.size[1]; ++b) {
            const std::int64_t row = i * w.stride[0] - w.padding[0] + a * w.dilation[0];
            const std::int64_t column = j * w.stride[1] - w.padding[1] + b * w.dilation[1];
            if (row < 0 || row >= w.height || column < 0 || column >= w.width) continue;
            f((image * w.out[0] + i) * w.out[1] + j, (image * w.height + row) * w.width + column, a * w.size[1] + b);
          }
}

// Calls f(position in x, in weight, in y) for every product.
template <class F>
void walk_products(const backends::ConvolutionArgs& a, F f) {
  const std::int64_t channels = a.window.channels;
  walk_window(a.window, [&](std::int64_t output, std::int64_t element, std::int64_t place) {
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t o = 0; o < a.features; ++o)
        f(element * channels + c, (place * channels + c) * a.features + o, output * a.features + o);
  });
}

inline std::int64_t outputs(const backends::Window& w) { return w.images * w.out[0] * w.out[1]; }

template <class S>
void conv2d(const backends::ConvolutionArgs& a) {
  std::vector<S> y(static_cast<std::size_t>(outputs(a.window) * a.features));
  walk_products(a, [&](std::int64_t x, std::int64_t weight, std::int64_t at) {
    y[static_cast<std::size_t>(at)] +=
        load_operand<S>(a.dtype, a.bf16, a.x, x) * load_operand<S>(a.dtype, a.bf16, a.weight, weight);
  });
  for (std::size_t at = 0; at < y.size(); ++at) {
    const auto i = static_cast<std::int64_t>(at);
    if (a.bias) y[at] += load<S>(a.dtype, a.bias, i % a.features);
    if (a.relu && y[at] <= S(0)) y[at] = S(0);
    store<S>(a.dtype, a.result, i, y[at]);
  }
}

template <class S>
void conv2d_input(const backends::ConvolutionArgs& a) {
  std::vector<S> sum(static_cast<std::size_t>(a.window.images * a.window.height * a.window.width * a.window.channels));
  walk_products(a, [&](std::int64_t x, std::int64_t weight, std::int64_t y) {
    sum[static_cast<std::size_t>(x)] +=
        load_operand<S>(a.dtype, a.bf16, a.weight, weight) * load_operand<S>(a.dtype, a.bf16, a.y, y);
  });
  for (std::size_t i = 0; i < sum.size(); ++i) store<S>(a.dtype, a.result, static_cast<std::int64_t>(i), sum[i]);
}

template <class S>
void conv2d_weight(const backends::ConvolutionArgs& a) {
  std::vector<S> sum(static_cast<std::size_t>(a.window.size[0] * a.window.size[1] * a.window.channels * a.features));
  walk_products(a, [&](std::int64_t x, std::int64_t weight, std::int64_t y) {
    sum[static_cast<std::size_t>(weight)] +=
        load_operand<S>(a.dtype, a.bf16, a.x, x) * load_operand<S>(a.dtype, a.bf16, a.y, y);
  });
  for (std::size_t i = 0; i < sum.size(); ++i) store<S>(a.dtype, a.result, static_cast<std::int64_t>(i), sum[i]);
}

template <class S>
void max_pool(const backends::PoolArgs& a) {
  const std::int64_t channels = a.window.channels;
  std::vector<bool> begun(static_cast<std::size_t>(outputs(a.window)));
  walk_window(a.window, [&](std::int64_t output, std::int64_t element, std::int64_t) {
    const bool first = !begun[static_cast<std::size_t>(output)];
    begun[static_cast<std::size_t>(output)] = true;
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t at = output * channels + c, place = element % (a.window.height * a.window.width);
      const S x = load<S>(a.dtype, a.x, element * channels + c), largest = first ? x : load<S>(a.dtype, a.y, at);
      if (!first && !(x > largest) && !(isnan(x) && !isnan(largest))) continue;
      store<S>(a.dtype, a.y, at, x);
      if (a.dtype == DType::f32) static_cast<std::int32_t*>(a.places)[at] = static_cast<std::int32_t>(place);
      else static_cast<std::int64_t*>(a.places)[at] = place;
    }
  });
}

// to[.] = scale * the sum of from[.], over the pairs of an output and an element that it sees.
template <class S>
void add_pairs(const backends::PoolArgs& a, bool spread, std::int64_t size) {
  const std::int64_t channels = a.window.channels;
  std::vector<S> sum(static_cast<std::size_t>(size * channels));
  walk_window(a.window, [&](std::int64_t output, std::int64_t element, std::int64_t) {
    for (std::int64_t c = 0; c < channels; ++c)
      sum[static_cast<std::size_t>((spread ? element : output) * channels + c)] +=
          load<S>(a.dtype, a.x, (spread ? output : element) * channels + c);
  });
  for (std::size_t i = 0; i < sum.size(); ++i)
    store<S>(a.dtype, a.y, static_cast<std::int64_t>(i), scale_of<S>(a.scale) * sum[i]);
}

template <class S>
void sum_pool(const backends::PoolArgs& a) {
  add_pairs<S>(a, false, outputs(a.window));
}

template <class S>
void spread_pool(const backends::PoolArgs& a) {
  add_pairs<S>(a, true, a.window.images * a.window.height * a.window.width);
}

template <class S>
void fill_window(backends::Kernels& k) {
  k.conv2d = conv2d<S>;
  k.conv2d_input = conv2d_input<S>;
  k.conv2d_weight = conv2d_weight<S>;
  k.max_pool = max_pool<S>;
  k.sum_pool = sum_pool<S>;
  k.spread_pool = spread_pool<S>;
}

}  // namespace logitape::inline v0::oracle
