// The integers as C99: each function does what its namesake in quantised_run.cpp does. Constants are read by macros, so
// that an AVR may leave them in flash.
#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/export/detail/c_parts.h"
#include "logitape/train/export/detail/parts.h"

namespace logitape::inline v0::train {
namespace {

using Kind = Int8Step::Kind;

constexpr std::string_view requantise_text = R"(
// round(sum * factor / 2^shift) + zero, from `least` to 127
static inline int8_t @_requantise(int32_t sum, int32_t factor, int shift, int zero, int least) {
  const int64_t product = (int64_t)sum * factor + ((int64_t)1 << (shift - 1));
  const int64_t q = (product >= 0 ? product >> shift : -((-product - 1) >> shift) - 1) + zero;
  return (int8_t)(q < least ? least : q > 127 ? 127 : q);
}
)";

constexpr std::string_view dense_text = R"(
// y[out] of x[rows, in] and weight[out, in], row by row
static inline void @_dense(const int8_t* x, int rows, int in, int out, const int8_t* weight, const int32_t* bias,
                           const int32_t* factor, const int8_t* shift, int zero, int least, int8_t* y) {
  for (int r = 0; r < rows; ++r, x += in)
    for (int o = 0; o < out; ++o) {
      const int8_t* const w = weight + o * in;
      int32_t sum = %_I32(bias + o);
      for (int i = 0; i < in; ++i) sum += (int16_t)(%_I8(w + i) * x[i]);
      *y++ = @_requantise(sum, %_I32(factor + o), %_I8(shift + o), zero, least);
    }
}
)";

constexpr std::string_view window_text = R"(
// A window that moves over an image [height, width, channels]: pairs are {down, across}
typedef struct {
  int height, width, channels, out[2], size[2], stride[2], padding[2], dilation[2];
} @_window;
)";

constexpr std::string_view convolution_text = R"(
// y[i, j, features] of weight[features, size down, size across, channels]; beyond the edge is `zero_in`
static inline void @_convolution(const int8_t* x, const @_window* w, int features, int zero_in, const int8_t* weight,
                                 const int32_t* bias, const int32_t* factor, const int8_t* shift, int zero, int least,
                                 int8_t* y) {
  for (int i = 0; i < w->out[0]; ++i)
    for (int j = 0; j < w->out[1]; ++j) {
      const int8_t* k = weight;
      for (int f = 0; f < features; ++f) {
        int32_t sum = %_I32(bias + f);
        for (int a = 0; a < w->size[0]; ++a)
          for (int b = 0; b < w->size[1]; ++b) {
            const int row = i * w->stride[0] - w->padding[0] + a * w->dilation[0];
            const int column = j * w->stride[1] - w->padding[1] + b * w->dilation[1];
            const int inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
            const int8_t* const seen = x + (inside ? (row * w->width + column) * w->channels : 0);
            for (int c = 0; c < w->channels; ++c, ++k) sum += (int16_t)(%_I8(k) * (inside ? seen[c] : zero_in));
          }
        *y++ = @_requantise(sum, %_I32(factor + f), %_I8(shift + f), zero, least);
      }
    }
}
)";

constexpr std::string_view pool_text = R"(
// y[i, j, channels]: the largest that the window sees if factor is 0, else the sum by factor / 2^shift
static inline void @_pool(const int8_t* x, const @_window* w, int zero_in, int32_t factor, int shift, int zero,
                          int8_t* y) {
  for (int i = 0; i < w->out[0]; ++i)
    for (int j = 0; j < w->out[1]; ++j)
      for (int c = 0; c < w->channels; ++c) {
        int32_t sum = 0;
        int8_t most = -128;
        for (int a = 0; a < w->size[0]; ++a)
          for (int b = 0; b < w->size[1]; ++b) {
            const int row = i * w->stride[0] - w->padding[0] + a;
            const int column = j * w->stride[1] - w->padding[1] + b;
            if (row < 0 || row >= w->height || column < 0 || column >= w->width) continue;
            const int8_t q = x[(row * w->width + column) * w->channels + c];
            sum += q - zero_in;
            most = q > most ? q : most;
          }
        *y++ = factor == 0 ? most : @_requantise(sum, factor, shift, zero, -128);
      }
}
)";

constexpr std::string_view scale_text = R"(
// Each channel by its own weight
static inline void @_scale(const int8_t* x, int size, int channels, const int8_t* weight, const int32_t* bias,
                           const int32_t* factor, const int8_t* shift, int zero, int8_t* y) {
  for (int i = 0; i < size; ++i) {
    const int c = i %% channels;
    y[i] = @_requantise(%_I32(bias + c) + (int16_t)(%_I8(weight + c) * x[i]), %_I32(factor + c), %_I8(shift + c), zero,
                        -128);
  }
}
)";

constexpr std::string_view table_text = R"(
static inline void @_look_up(const int8_t* x, int size, const int8_t* table, int8_t* y) {
  for (int i = 0; i < size; ++i) y[i] = %_I8(table + (x[i] + 128));
}
)";

bool is_dense(const Int8Step& s) {
  const Int8Window& w = s.window;
  return s.kind == Kind::product && w.size[0] * w.size[1] * w.width == 1;
}

std::string window_of(const Int8Window& w) {
  const auto pair = [](const std::int64_t* p) { return fmt::format("{{{}, {}}}", p[0], p[1]); };
  return fmt::format("{{{}, {}, {}, {}, {}, {}, {}, {}}}", w.height, w.width, w.channels, pair(w.out), pair(w.size),
                     pair(w.stride), pair(w.padding), pair(w.dilation));
}

// The least int32 has no literal of its own in C.
std::string integer(std::int64_t value) {
  return value == INT32_MIN ? std::string("(-2147483647 - 1)") : std::to_string(value);
}

class Writer {
 public:
  void add(const Int8Step& step, const std::string& from, const std::string& to);
  std::string constants, calls;
  std::int64_t flash = 0;

 private:
  template <class Values, class Write>
  std::string array(const char* type, const char* what, std::int64_t bytes, const Values& values, Write write) {
    flash += bytes * std::ssize(values);
    constants += fmt::format("static const {} @_{}_{}[{}] %_FLASH = {};\n", type, what, number_, values.size(),
                             listed(values, write));
    return fmt::format("@_{}_{}", what, number_);
  }
  std::string features(const Int8Step& s) {
    const auto whole = [](auto q) { return integer(q); };
    std::string names = array("int8_t", "weight", 1, s.weight, whole);
    names += ", " + array("int32_t", "bias", 4, s.bias, whole);
    names += ", " + array("int32_t", "factor", 4, s.multiplier, [](const Multiplier& m) { return integer(m.factor); });
    return names + ", " +
           array("int8_t", "shift", 1, s.multiplier, [](const Multiplier& m) { return integer(m.shift); });
  }
  std::string window(const Int8Window& w) {
    constants += fmt::format("static const @_window @_window_{} = {};\n", number_, window_of(w));
    return fmt::format("&@_window_{}", number_);
  }
  int number_ = 0;
};

void Writer::add(const Int8Step& s, const std::string& from, const std::string& to) {
  const Int8Window& w = s.window;
  switch (s.kind) {
    case Kind::product:
      calls += is_dense(s) ? fmt::format("  @_dense({}, {}, {}, {}, {}, {}, {}, {});\n", from, w.out[0], w.channels,
                                         s.features, features(s), s.zero_out, s.least, to)
                           : fmt::format("  @_convolution({}, {}, {}, {}, {}, {}, {}, {});\n", from, window(w),
                                         s.features, s.zero_in, features(s), s.zero_out, s.least, to);
      break;
    case Kind::scale:
      calls += fmt::format("  @_scale({}, {}, {}, {}, {}, {});\n", from, s.outputs, s.weight.size(), features(s),
                           s.zero_out, to);
      break;
    case Kind::max_pool:
    case Kind::mean_pool: {
      const Multiplier m = s.kind == Kind::max_pool ? Multiplier{} : s.multiplier[0];
      calls += fmt::format("  @_pool({}, {}, {}, {}, {}, {}, {});\n", from, window(w), s.zero_in, m.factor, m.shift,
                           s.zero_out, to);
      break;
    }
    case Kind::table:
      calls += fmt::format("  @_look_up({}, {}, {}, {});\n", from, s.outputs,
                           array("int8_t", "table", 1, s.table, [](auto q) { return integer(q); }), to);
  }
  ++number_;
}

std::string functions_of(const Int8Plan& plan) {
  const auto any = [&](auto holds) { return std::any_of(plan.steps.begin(), plan.steps.end(), holds); };
  const auto is = [&](Kind kind) { return any([kind](const Int8Step& s) { return s.kind == kind; }); };
  const bool dense = any(is_dense), pools = is(Kind::max_pool) || is(Kind::mean_pool);
  const bool convolves = any([](const Int8Step& s) { return s.kind == Kind::product && !is_dense(s); });
  std::string text;
  if (dense || convolves || pools || is(Kind::scale)) text += requantise_text;
  if (convolves || pools) text += window_text;
  if (dense) text += dense_text;
  if (convolves) text += convolution_text;
  if (pools) text += pool_text;
  if (is(Kind::scale)) text += scale_text;
  if (is(Kind::table)) text += table_text;
  return text;
}

}  // namespace

Int8Text int8_score_text(const Int8Plan& plan) {
  Writer writer;
  std::int64_t sizes[2] = {0, 0};
  std::string from = "input";
  int at = -1;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Int8Step& s = plan.steps[i];
    const bool in_place = at >= 0 && (s.kind == Kind::table || s.kind == Kind::scale);
    std::string to = "logits";
    if (i + 1 < plan.steps.size()) {
      at = in_place ? at : at == 0 ? 1 : 0;
      sizes[at] = std::max(sizes[at], s.outputs);
      to = at == 0 ? "a" : "b";
    }
    writer.add(s, from, to);
    from = to;
  }
  if (plan.steps.empty())
    writer.calls = fmt::format("  for (int i = 0; i < {}; ++i) logits[i] = input[i];\n", plan.classes);
  std::string rows;
  for (int r = 0; r < 2; ++r)
    if (sizes[r] > 0) rows += fmt::format("{}{}[{}]", rows.empty() ? "  int8_t " : ", ", r == 0 ? "a" : "b", sizes[r]);
  if (!rows.empty()) rows += ";\n";
  return {functions_of(plan) + "\n" + writer.constants +
              "\n// input[] of a prepared row -> logits[%_CLASSES]\n"
              "static inline void @_score(const int8_t* input, int8_t* logits) {\n" +
              rows + writer.calls + "}\n",
          writer.flash, sizes[0] + sizes[1]};
}

std::string exponentials(double step) {
  std::vector<int> values;
  for (int d = 0; d < 256; ++d) values.push_back(static_cast<int>(std::lround(65535 * std::exp(-d * step))));
  return listed(values, [](int v) { return std::to_string(v); });
}

int least_difference(double threshold, double step) {
  for (int d = -255; d < 256; ++d)
    if (1 / (1 + std::exp(-d * step)) >= threshold) return d;
  return 256;
}

}  // namespace logitape::inline v0::train
