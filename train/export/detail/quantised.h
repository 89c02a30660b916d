// A model in 8-bit integers, step by step, and what it computes: the scheme is that of TensorFlow Lite's "8-bit
// quantization specification" (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference"). A number is scale * (q - zero) with q an int8; weights are symmetric, zero = 0,
// with a scale for each feature; sums are int32; a sum becomes an int8 again by a product with a fixed-point multiplier
// in [2^30, 2^31), an addition of a half and a shift. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0::train {

// x = scale * (q - zero), for what lies in the calibrated range; what lies outside is its nearest end.
struct Int8Range {
  double scale = 1;
  int zero = 0;
};

// round(sum * multiplier / 2^shift), halves upwards.
struct Multiplier {
  std::int32_t factor = 0;
  int shift = 31;
};

// A window over [height, width, channels]; pairs are {down, across}.
struct Int8Window {
  std::int64_t height = 1, width = 1, channels = 1;
  std::int64_t out[2] = {1, 1}, size[2] = {1, 1}, stride[2] = {1, 1}, padding[2] = {0, 0}, dilation[2] = {1, 1};
};

struct Int8Step {
  // product: Linear and Conv2d, a BatchNorm and a Relu behind them included; scale: a BatchNorm by itself; table: what
  // is done to each number by itself
  enum class Kind { product, scale, max_pool, mean_pool, table };
  Kind kind = Kind::product;
  Int8Window window = {};
  std::int64_t features = 0;                // of a product
  int zero_in = 0, zero_out = 0;            // where 0 lies before it and behind it
  int least = -128;                         // the least result: zero_out with a Relu
  std::vector<std::int8_t> weight = {};     // product: [features, size down, size across, channels]; scale: [channels]
  std::vector<std::int32_t> bias = {};      // what a sum begins with: zero_in's part of the products is in it
  std::vector<Multiplier> multiplier = {};  // one for each feature or channel; mean_pool: one
  std::vector<std::int8_t> table = {};      // [256]
  std::int64_t in = 0, outputs = 0;         // how many numbers it reads and writes
};

struct Int8Plan {
  Int8Range input, logits;
  std::vector<Int8Step> steps;
  std::vector<std::string> layers;  // the layers written, as errors name them
  std::int64_t inputs = 0, classes = 0;
};

// rows: prepared inputs f32 [rows, ...], from which every range is taken: from the least to the largest number seen, 0
// included. Errors: no rows, or numbers that are not finite; a layer that has no such form, by name and place; a sum
// that int32 may not hold.
Int8Plan int8_plan(const Sequential& model, const Tensor& rows);

// The nearest int8 to a prepared number; NaN is 0's.
std::int8_t quantised(const Int8Range& range, double x);

// The logits of a row as the exported C computes them.
std::vector<std::int8_t> int8_logits(const Int8Plan& plan, std::span<const std::int8_t> input);

}  // namespace logitape::inline v0::train
