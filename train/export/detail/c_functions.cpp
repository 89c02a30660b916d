// The layers' functions in C99, in floats: what functions.cpp has for C++, with the same order of sums.
#include <algorithm>

#include "logitape/core/detail/require.h"
#include "logitape/train/export/detail/c_parts.h"

namespace logitape::inline v0::train {
namespace {

struct CFunction {
  std::string_view name, needs, text;
};

constexpr CFunction c_texts[] = {
    {"window", "", R"(
// A window that moves over an image [height, width, channels]: pairs are {down, across}
typedef struct {
  int height, width, channels, out[2], size[2], stride[2], padding[2], dilation[2];
} @_window;
)"},
    {"linear", "", R"(
// y[out] = x[in] * weight[in, out] + bias[out]; bias may be 0. Chains of 4,096 inputs; their sums are added
static inline void @_linear(const float* x, int in, int out, const float* weight, const float* bias, float* y) {
  for (int o = 0; o < out; ++o) {
    float total = 0;
    for (int begin = 0; begin < in; begin += 4096) {
      const int end = in - begin < 4096 ? in : begin + 4096;
      float sum = 0;
      for (int i = begin; i < end; ++i) sum += x[i] * weight[(long)i * out + o];
      total += sum;
    }
    y[o] = bias ? total + bias[o] : total;
  }
}
)"},
    {"convolution", "window linear", R"(
// y[i, j, features] = linear of what the window sees at i, j, laid out in patch[size down, size across, channels]
static inline void @_convolution(const float* x, const @_window* w, int features, const float* weight,
                                 const float* bias, float* patch, float* y) {
  for (int i = 0; i < w->out[0]; ++i)
    for (int j = 0; j < w->out[1]; ++j, y += features) {
      int seen = 0;
      for (int a = 0; a < w->size[0]; ++a)
        for (int b = 0; b < w->size[1]; ++b) {
          const int row = i * w->stride[0] - w->padding[0] + a * w->dilation[0];
          const int column = j * w->stride[1] - w->padding[1] + b * w->dilation[1];
          const int inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
          for (int c = 0; c < w->channels; ++c)
            patch[seen++] = inside ? x[(row * w->width + column) * w->channels + c] : 0.0f;
        }
      @_linear(patch, seen, features, weight, bias, y);
    }
}
)"},
    {"max_pool", "window", R"(
// y[i, j, channels] = the largest that the window sees at i, j; a NaN is larger than everything
static inline void @_max_pool(const float* x, const @_window* w, float* y) {
  for (int i = 0; i < w->out[0]; ++i)
    for (int j = 0; j < w->out[1]; ++j)
      for (int c = 0; c < w->channels; ++c) {
        int none = 1;
        float most = 0;
        for (int a = 0; a < w->size[0]; ++a)
          for (int b = 0; b < w->size[1]; ++b) {
            const int row = i * w->stride[0] - w->padding[0] + a, column = j * w->stride[1] - w->padding[1] + b;
            if (row < 0 || row >= w->height || column < 0 || column >= w->width) continue;
            const float v = x[(row * w->width + column) * w->channels + c];
            if (none || (most == most && !(v <= most))) most = v;
            none = 0;
          }
        *y++ = most;
      }
}
)"},
    {"avg_pool", "window", R"(
// y[i, j, channels] = the sum of what the window sees at i, j, by its size
static inline void @_avg_pool(const float* x, const @_window* w, float* y) {
  const float share = (float)(1.0 / (w->size[0] * w->size[1]));
  for (int i = 0; i < w->out[0]; ++i)
    for (int j = 0; j < w->out[1]; ++j)
      for (int c = 0; c < w->channels; ++c) {
        float sum = 0;
        for (int a = 0; a < w->size[0]; ++a)
          for (int b = 0; b < w->size[1]; ++b) {
            const int row = i * w->stride[0] - w->padding[0] + a, column = j * w->stride[1] - w->padding[1] + b;
            if (row >= 0 && row < w->height && column >= 0 && column < w->width)
              sum += x[(row * w->width + column) * w->channels + c];
          }
        *y++ = sum * share;
      }
}
)"},
    {"channel_means", "", R"(
// x[pixels, channels] -> y[channels]; chains in double, 256 numbers each
static inline void @_channel_means(const float* x, int pixels, int channels, float* y) {
  for (int c = 0; c < channels; ++c) {
    double total = 0;
    for (int begin = 0; begin < pixels; begin += 256) {
      double sum = 0;
      for (int i = begin; i < pixels && i < begin + 256; ++i) sum += x[i * channels + c];
      total += sum;
    }
    y[c] = (float)(total * (1.0 / pixels));
  }
}
)"},
    {"batch_norm", "", R"(
// scale is weight / sqrt(variance + epsilon)
static inline void @_batch_norm(float* x, int size, int channels, const float* mean, const float* scale,
                                const float* bias) {
  for (int i = 0; i < size; ++i) {
    const float scaled = (x[i] - mean[i %% channels]) * scale[i %% channels];
    x[i] = scaled + bias[i %% channels];
  }
}
)"},
    {"layer_norm", "", R"(
// Of every `width` neighbours
static inline void @_layer_norm(float* x, int size, int width, double epsilon, const float* weight,
                                const float* bias) {
  for (float* const end = x + size; x != end; x += width) {
    double mean = 0, variance = 0;
    for (int i = 0; i < width; ++i) mean += x[i];
    mean /= width;
    for (int i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean);
    const double scale = 1 / sqrt(variance / width + epsilon);
    for (int i = 0; i < width; ++i) {
      const float scaled = (float)((x[i] - mean) * scale) * weight[i];
      x[i] = scaled + bias[i];
    }
  }
}
)"},
    {"add", "", R"(
static inline void @_add(const float* x, int size, float* y) {
  for (int i = 0; i < size; ++i) y[i] += x[i];
}
)"},
    {"copy", "", R"(
static inline void @_copy(const float* x, int size, float* y) {
  for (int i = 0; i < size; ++i) y[i] = x[i];
}
)"},
};

struct CActivation {
  std::string_view name, formula;
};
constexpr CActivation c_activations[] = {
    {"relu", "x[i] < 0 ? 0 : x[i]"},
    {"tanh", "(float)tanh((double)x[i])"},
    {"sigmoid", "(float)(1 / (1 + exp(-(double)x[i])))"},
    {"silu", "(float)(x[i] / (1 + exp(-(double)x[i])))"},
    {"gelu", "(float)(0.5 * x[i] * erfc(-0.70710678118654752440 * x[i]))"},
};

}  // namespace

std::string c_functions(const HeaderPlan& plan) {
  const auto called = [&](std::string_view name) {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const HeaderStep& s) { return s.call == name; });
  };
  const auto needed = [&](std::string_view name) {
    return called(name) || std::any_of(std::begin(c_texts), std::end(c_texts), [&](const CFunction& f) {
             return f.needs.find(name) != std::string_view::npos && called(f.name);
           });
  };
  std::string text;
  for (const CFunction& f : c_texts)
    if (needed(f.name)) text += f.text;
  for (const CActivation& a : c_activations)
    if (called(a.name))
      text += fmt::format(
          "\nstatic inline void @_{}(float* x, int size) {{\n  for (int i = 0; i < size; ++i) x[i] = {};\n}}\n", a.name,
          a.formula);
  return text;
}

}  // namespace logitape::inline v0::train
