// The functions of an exported header, as text. Each does what the kernel of its name does, in the same order: so the
// rounding is the same too. In the texts "@" is the sum of a product, fused or not.
#include <algorithm>
#include <string_view>

#include "logitape/train/export/detail/parts.h"

namespace logitape::inline v0::train {
namespace {

struct Function {
  std::string_view name, needs, text;
};

constexpr Function functions[] = {
    {"window", "", R"(
// A window that moves over an image [height, width, channels]: pairs are {down, across}
struct window {
  int height, width, channels, out[2], size[2], stride[2], padding[2], dilation[2];
};
)"},
    // the kernels' order: chains of fused multiply-adds over 4,096 inputs each; their sums are added, then the bias
    {"linear", "", R"(
// y[out] = x[in] * weight[in, out] + bias[out]; bias may be null
inline void linear(const float* x, int in, int out, const float* weight, const float* bias, float* y) {
  const int tile = 16, block = 4096;
  for (int o = 0; o < out; o += tile) {
    const int some = out - o < tile ? out - o : tile;
    float total[tile] = {0};
    for (int begin = 0; begin < in; begin += block) {
      const int end = in - begin < block ? in : begin + block;
      float sum[tile] = {0};
      for (int i = begin; i < end; ++i)
        for (int j = 0; j < some; ++j) sum[j] = @;
      for (int j = 0; j < some; ++j) total[j] += sum[j];
    }
    for (int j = 0; j < some; ++j) y[o + j] = bias ? total[j] + bias[o + j] : total[j];
  }
}
)"},
    {"convolution", "window linear", R"(
// y[i, j, features] = linear of what the window sees at i, j, laid out in patch[size down, size across, channels]
inline void convolution(const float* x, const window& w, int features, const float* weight, const float* bias,
                        float* patch, float* y) {
  for (int i = 0; i < w.out[0]; ++i)
    for (int j = 0; j < w.out[1]; ++j, y += features) {
      int seen = 0;
      for (int a = 0; a < w.size[0]; ++a)
        for (int b = 0; b < w.size[1]; ++b) {
          const int row = i * w.stride[0] - w.padding[0] + a * w.dilation[0];
          const int column = j * w.stride[1] - w.padding[1] + b * w.dilation[1];
          const bool inside = row >= 0 && row < w.height && column >= 0 && column < w.width;
          for (int c = 0; c < w.channels; ++c)
            patch[seen++] = inside ? x[(row * w.width + column) * w.channels + c] : 0.0f;
        }
      linear(patch, seen, features, weight, bias, y);
    }
}
)"},
    {"max_pool", "window", R"(
// y[i, j, channels] = the largest that the window sees at i, j; a NaN is larger than everything
inline void max_pool(const float* x, const window& w, float* y) {
  for (int i = 0; i < w.out[0]; ++i)
    for (int j = 0; j < w.out[1]; ++j)
      for (int c = 0; c < w.channels; ++c) {
        bool none = true;
        float most = 0;
        for (int row = i * w.stride[0] - w.padding[0]; row < i * w.stride[0] - w.padding[0] + w.size[0]; ++row)
          for (int column = j * w.stride[1] - w.padding[1];
               column < j * w.stride[1] - w.padding[1] + w.size[1]; ++column) {
            if (row < 0 || row >= w.height || column < 0 || column >= w.width) continue;
            const float v = x[(row * w.width + column) * w.channels + c];
            if (none || (most == most && !(v <= most))) most = v;
            none = false;
          }
        *y++ = most;
      }
}
)"},
    {"avg_pool", "window", R"(
// y[i, j, channels] = the sum of what the window sees at i, j, by its size
inline void avg_pool(const float* x, const window& w, float* y) {
  const float share = static_cast<float>(1.0 / (w.size[0] * w.size[1]));
  for (int i = 0; i < w.out[0]; ++i)
    for (int j = 0; j < w.out[1]; ++j)
      for (int c = 0; c < w.channels; ++c) {
        float sum = 0;
        for (int row = i * w.stride[0] - w.padding[0]; row < i * w.stride[0] - w.padding[0] + w.size[0]; ++row)
          for (int column = j * w.stride[1] - w.padding[1];
               column < j * w.stride[1] - w.padding[1] + w.size[1]; ++column)
            if (row >= 0 && row < w.height && column >= 0 && column < w.width)
              sum += x[(row * w.width + column) * w.channels + c];
        *y++ = sum * share;
      }
}
)"},
    // chains in double, 256 numbers each
    {"channel_means", "", R"(
// x[pixels, channels] -> y[channels]
inline void channel_means(const float* x, int pixels, int channels, float* y) {
  const int block = 256;
  for (int c = 0; c < channels; ++c) {
    double total = 0;
    for (int begin = 0; begin < pixels; begin += block) {
      double sum = 0;
      for (int i = begin; i < pixels && i < begin + block; ++i) sum += x[i * channels + c];
      total += sum;
    }
    y[c] = static_cast<float>(total * (1.0 / pixels));
  }
}
)"},
    {"batch_norm", "", R"(
// scale is weight / sqrt(variance + epsilon)
inline void batch_norm(float* x, int size, int channels, const float* mean, const float* scale, const float* bias) {
  for (int i = 0; i < size; ++i) {
    const float scaled = (x[i] - mean[i % channels]) * scale[i % channels];
    x[i] = scaled + bias[i % channels];
  }
}
)"},
    {"layer_norm", "", R"(
// Of every `width` neighbours
inline void layer_norm(float* x, int size, int width, double epsilon, const float* weight, const float* bias) {
  for (float* const end = x + size; x != end; x += width) {
    double mean = 0, variance = 0;
    for (int i = 0; i < width; ++i) mean += x[i];
    mean /= width;
    for (int i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean);
    const double scale = 1 / std::sqrt(variance / width + epsilon);
    for (int i = 0; i < width; ++i) {
      const float scaled = static_cast<float>((x[i] - mean) * scale) * weight[i];
      x[i] = scaled + bias[i];
    }
  }
}
)"},
    {"add", "",
     "\ninline void add(const float* x, int size, float* y) {\n  for (int i = 0; i < size; ++i) y[i] += x[i];\n}\n"},
    {"copy", "",
     "\ninline void copy(const float* x, int size, float* y) {\n  for (int i = 0; i < size; ++i) y[i] = x[i];\n}\n"},
};

struct Activation {
  std::string_view name, formula;
};
constexpr Activation activations[] = {
    {"relu", "x[i] < 0 ? 0 : x[i]"},
    {"tanh", "static_cast<float>(std::tanh(static_cast<double>(x[i])))"},
    {"sigmoid", "static_cast<float>(1 / (1 + std::exp(-static_cast<double>(x[i]))))"},
    {"silu", "static_cast<float>(x[i] / (1 + std::exp(-static_cast<double>(x[i]))))"},
    {"gelu", "static_cast<float>(0.5 * x[i] * std::erfc(-0.70710678118654752440 * x[i]))"},
};

}  // namespace

std::string header_functions(const HeaderPlan& plan, bool fused) {
  const auto called = [&](std::string_view name) {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const HeaderStep& s) { return s.call == name; });
  };
  const auto needed = [&](std::string_view name) {
    return called(name) || std::any_of(std::begin(functions), std::end(functions), [&](const Function& f) {
             return f.needs.find(name) != std::string_view::npos && called(f.name);
           });
  };
  std::string text;
  for (const Function& f : functions)
    if (needed(f.name)) text += f.text;
  if (const std::size_t sum = text.find('@'); sum != std::string::npos)
    text.replace(sum, 1,
                 fused ? "std::fma(x[i], weight[i * out + o + j], sum[j])" : "sum[j] + x[i] * weight[i * out + o + j]");
  for (const Activation& a : activations)
    if (called(a.name))
      text += fmt::format("\ninline void {}(float* x, int size) {{\n  for (int i = 0; i < size; ++i) x[i] = {};\n}}\n",
                          a.name, a.formula);
  return text;
}

}  // namespace logitape::inline v0::train
