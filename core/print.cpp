// Tensors as NumPy prints them: nested brackets, columns right-aligned, the middle of long axes left out. Only what is
// shown is read.
#include <algorithm>
#include <cmath>
#include <ostream>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {
namespace {

constexpr std::int64_t shorten_above = 1000, edge = 3;  // elements; how many stay at each end of a long axis
constexpr std::size_t line_width = 75;

struct Text {
  std::string whole, fraction;
};  // fraction starts with its point; empty for integers and specials

// Whether two numbers become the same number of the dtype.
bool same(DType dtype, double a, double b) {
  switch (dtype) {
    case DType::f16: return f16(a).bits == f16(b).bits;
    case DType::bf16: return bf16(a).bits == bf16(b).bits;
    case DType::f32: return static_cast<float>(a) == static_cast<float>(b);
    default: return a == b;
  }
}

// The fewest digits after the point, at most `most`, with which v reads back as the same number of its dtype.
int digits_after_point(DType dtype, double v, int most, bool scientific) {
  for (int digits = 0; digits < most; ++digits) {
    const std::string text = scientific ? fmt::format("{:.{}e}", v, digits) : fmt::format("{:.{}f}", v, digits);
    if (same(dtype, *number_in<double>(text), v)) return digits;
  }
  return most;
}

// What a stream asks for. If it asks for nothing: the fewest digits that read back as the same number, as in NumPy.
struct Format {
  int digits = -1;                         // after the point, at most
  bool fixed = false, scientific = false;  // this form, and exactly so many digits
};

Format format_of(const std::ostream& out) {
  const std::ios_base::fmtflags form = out.flags() & std::ios_base::floatfield;
  const bool fixed = form == std::ios_base::fixed, scientific = form == std::ios_base::scientific;
  constexpr std::streamsize unasked = 6, most = 60;  // a stream's precision before anyone sets it
  if (!fixed && !scientific && out.precision() == unasked) return {};
  return {static_cast<int>(std::clamp<std::streamsize>(out.precision(), 0, most)), fixed, scientific};
}

struct Printer {
  const Tensor& tensor;
  Format format;
  bool shortened, scalar;
  bool scientific = false;
  int mantissa_digits = 0;
  std::size_t whole = 0, fraction = 0;  // columns before the point, and from it on

  Printer(const Tensor& t, const Format& f)
      : tensor(t), format(f), shortened(t.size() > shorten_above), scalar(t.rank() == 0) {
    double largest = 0, smallest = INFINITY;
    each(0, 0, [&](std::int64_t i) {
      const double v = std::fabs(at<double>(i));
      if (!std::isfinite(v) || v == 0) return;
      largest = std::max(largest, v);
      smallest = std::min(smallest, v);
    });
    // a scalar is written as Python writes a number: with more digits, and further before an exponent is used
    const double longest = scalar ? 1e16 : 1e8, widest = scalar ? INFINITY : 1000;
    scientific =
        is_floating(t.dtype()) && largest > 0 && (largest >= longest || smallest < 1e-4 || largest / smallest > widest);
    if (format.fixed || format.scientific) scientific = format.scientific;
    if (format.scientific) mantissa_digits = format.digits;
    else if (scientific)
      each(0, 0, [&](std::int64_t i) {
        const double v = at<double>(i);
        if (std::isfinite(v))
          mantissa_digits = std::max(mantissa_digits, digits_after_point(t.dtype(), v, most_digits(), true));
      });
    std::size_t pointless = 0;  // integers, and inf and nan among numbers, end where the others' fractions end
    each(0, 0, [&](std::int64_t i) {
      const Text text = element(i);
      std::size_t& columns = text.fraction.empty() ? pointless : whole;
      columns = std::max(columns, text.whole.size());
      fraction = std::max(fraction, text.fraction.size());
    });
    whole = std::max(whole + fraction, pointless) - fraction;
  }

  // Element i, converted.
  template <class T>
  T at(std::int64_t i) const {
    T value;
    const auto* bytes = static_cast<const std::byte*>(tensor.data());
    convert(tensor.dtype(), bytes + static_cast<std::size_t>(i) * byte_size(tensor.dtype()), dtype_of<T>(), &value, 1);
    return value;
  }

  int most_digits() const { return format.digits >= 0 ? format.digits : scalar ? 17 : 8; }

  Text element(std::int64_t i) const {
    if (is_index(tensor.dtype())) return {fmt::format("{}", at<std::int64_t>(i)), ""};
    const double v = at<double>(i);
    if (tensor.dtype() == DType::boolean) return {v != 0 ? "True" : "False", ""};
    if (!std::isfinite(v)) return {std::isnan(v) ? "nan" : v < 0 ? "-inf" : "inf", ""};
    if (scientific && scalar) return {fmt::format("{:.{}e}", v, mantissa_digits), ""};
    if (scientific) return {fmt::format("{:#.{}e}", v, mantissa_digits), ""};
    if (format.fixed) return {fmt::format("{:.{}f}", v, format.digits), ""};
    const int digits = digits_after_point(tensor.dtype(), v, most_digits(), false);
    std::string text = fmt::format("{:#.{}f}", v, digits);
    while (text.back() == '0') text.pop_back();  // where the most digits were not enough
    if (scalar && most_digits() > 0 && text.back() == '.') text += '0';
    const std::size_t point = text.find('.');
    return {text.substr(0, point), text.substr(point)};
  }

  // Calls f on the elements that are shown.
  template <class F>
  void each(int axis, std::int64_t first, F f) const {
    if (axis == tensor.rank()) return f(first);
    const std::int64_t extent = tensor.shape()[axis];
    std::int64_t below = 1;
    for (int r = axis + 1; r < tensor.rank(); ++r) below *= tensor.shape()[r];
    for (std::int64_t i = 0; i < extent; ++i) {
      if (shortened && extent > 2 * edge && i == edge) i = extent - edge;
      each(axis + 1, first + i * below, f);
    }
  }

  std::string padded(std::int64_t i) const {
    const Text text = element(i);
    const std::size_t columns = text.fraction.empty() ? whole + fraction : whole;
    std::string out = std::string(columns - text.whole.size(), ' ') + text.whole + text.fraction;
    if (!text.fraction.empty()) out.append(fraction - text.fraction.size(), ' ');
    return out;
  }

  // The last axis: words side by side, broken where a line would pass the width; the brackets take as many columns as
  // the rank.
  void write_row(std::string& out, std::int64_t first) const {
    const auto indent = static_cast<std::size_t>(tensor.rank());
    const std::int64_t extent = tensor.shape()[tensor.rank() - 1];
    std::size_t column = indent;
    const auto word = [&](const std::string& text) {
      if (column > indent && column + text.size() > line_width - indent) {
        out.back() = '\n';
        out.append(indent, ' ');
        column = indent;
      }
      out.append(text) += ' ';
      column += text.size() + 1;
    };
    for (std::int64_t i = 0; i < extent; ++i) {
      if (shortened && extent > 2 * edge && i == edge) {
        word("...");
        i = extent - edge;
      }
      word(padded(first + i));
    }
    if (extent > 0) out.pop_back();
  }

  void write(std::string& out, int axis, std::int64_t first) const {
    if (axis == tensor.rank()) {
      out += padded(first);
      return;
    }
    out += '[';
    if (axis + 1 == tensor.rank()) {
      write_row(out, first);
    } else {
      const std::int64_t extent = tensor.shape()[axis];
      std::int64_t below = 1;
      for (int r = axis + 1; r < tensor.rank(); ++r) below *= tensor.shape()[r];
      const std::string gap = std::string(static_cast<std::size_t>(tensor.rank() - axis - 1), '\n') +
                              std::string(static_cast<std::size_t>(axis) + 1, ' ');
      for (std::int64_t i = 0; i < extent; ++i) {
        if (i > 0) out += gap;
        if (shortened && extent > 2 * edge && i == edge) {
          out += "..." + gap;
          i = extent - edge;
        }
        write(out, axis + 1, first + i * below);
      }
    }
    out += ']';
  }
};

std::string printed(const Tensor& tensor, const Format& format) {
  if (!tensor.defined()) return "(an empty tensor)";
  std::string out;
  if (tensor.size() == 0 && tensor.rank() > 0) return "[]";
  const Tensor here = on_host(tensor);
  const Printer printer(here, format);
  printer.write(out, 0, 0);
  return out;
}

}  // namespace

std::string to_string(const Tensor& tensor) { return printed(tensor, {}); }

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << printed(tensor, format_of(out)); }

}  // namespace logitape::inline v0
