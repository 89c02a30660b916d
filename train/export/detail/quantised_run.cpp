// The integers of an exported row: the same arithmetic as the C text of quantised_functions.cpp, which the tests
// compare with it bit by bit.
#include <algorithm>
#include <cmath>

#include "logitape/train/export/detail/quantised.h"

namespace logitape::inline v0::train {
namespace {

std::int8_t clamped(std::int64_t q, int least = -128) {
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(q, least, 127));
}

std::int8_t requantised(std::int32_t sum, const Multiplier& m, const Int8Step& step) {
  const std::int64_t product = std::int64_t{sum} * m.factor + (std::int64_t{1} << (m.shift - 1));
  return clamped((product >> m.shift) + step.zero_out, step.least);
}

// Calls f(place) for what the window sees at i, j; place -1: padding.
template <class F>
void each_seen(const Int8Window& w, std::int64_t i, std::int64_t j, F f) {
  for (std::int64_t a = 0; a < w.size[0]; ++a)
    for (std::int64_t b = 0; b < w.size[1]; ++b) {
      const std::int64_t row = i * w.stride[0] - w.padding[0] + a * w.dilation[0];
      const std::int64_t column = j * w.stride[1] - w.padding[1] + b * w.dilation[1];
      const bool inside = row >= 0 && row < w.height && column >= 0 && column < w.width;
      f(inside ? (row * w.width + column) * w.channels : -1);
    }
}

using Row = std::vector<std::int8_t>;

void product(const Int8Step& s, std::int64_t i, std::int64_t j, const Row& x, Row& y) {
  const Int8Window& w = s.window;
  const std::int8_t* weight = s.weight.data();
  for (std::int64_t f = 0; f < s.features; ++f) {
    std::int32_t sum = s.bias[static_cast<std::size_t>(f)];
    each_seen(w, i, j, [&](std::int64_t at) {
      for (std::int64_t c = 0; c < w.channels; ++c)
        sum += *weight++ * (at < 0 ? s.zero_in : x[static_cast<std::size_t>(at + c)]);
    });
    y.push_back(requantised(sum, s.multiplier[static_cast<std::size_t>(f)], s));
  }
}

void pool(const Int8Step& s, std::int64_t i, std::int64_t j, const Row& x, Row& y) {
  for (std::int64_t c = 0; c < s.window.channels; ++c) {
    std::int32_t sum = 0, most = -128;
    each_seen(s.window, i, j, [&](std::int64_t at) {
      if (at < 0) return;
      const std::int8_t q = x[static_cast<std::size_t>(at + c)];
      sum += q - s.zero_in;
      most = std::max<std::int32_t>(most, q);
    });
    y.push_back(s.kind == Int8Step::Kind::max_pool ? static_cast<std::int8_t>(most)
                                                   : requantised(sum, s.multiplier[0], s));
  }
}

Row run(const Int8Step& s, const Row& x) {
  Row y;
  if (s.kind == Int8Step::Kind::table) {
    for (const std::int8_t q : x) y.push_back(s.table[static_cast<std::size_t>(q + 128)]);
    return y;
  }
  if (s.kind == Int8Step::Kind::scale) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i % s.weight.size();
      y.push_back(requantised(s.bias[c] + s.weight[c] * x[i], s.multiplier[c], s));
    }
    return y;
  }
  for (std::int64_t i = 0; i < s.window.out[0]; ++i)
    for (std::int64_t j = 0; j < s.window.out[1]; ++j)
      s.kind == Int8Step::Kind::product ? product(s, i, j, x, y) : pool(s, i, j, x, y);
  return y;
}

}  // namespace

std::int8_t quantised(const Int8Range& range, double x) {
  if (std::isnan(x)) return static_cast<std::int8_t>(range.zero);
  return clamped(static_cast<std::int64_t>(std::clamp(std::round(x / range.scale) + range.zero, -128.0, 127.0)));
}

std::vector<std::int8_t> int8_logits(const Int8Plan& plan, std::span<const std::int8_t> input) {
  Row x(input.begin(), input.end());
  for (const Int8Step& step : plan.steps) x = run(step, x);
  return x;
}

}  // namespace logitape::inline v0::train
