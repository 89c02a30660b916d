// Tensors as NumPy prints them: nested brackets, columns right-aligned, the middle of long axes left out.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

#include "logitape/core/require.h"
#include "logitape/core/tensor.h"

namespace logitape {
namespace {

constexpr std::int64_t shorten_above = 1000, edge = 3;  // elements; how many stay at each end of a long axis

struct Text { std::string whole, fraction; };  // fraction starts with its point; empty for integers and specials

// The shortest digits that read back as the same number of its dtype, at most `digits` after the point.
template <class T>
Text shortest(T v, int digits) {
  if (!std::isfinite(v)) return {std::isnan(v) ? "nan" : v < 0 ? "-inf" : "inf", ""};
  std::string text = fmt::format("{:.{}f}", v, digits);
  if (const std::string exact = fmt::format("{}", v); exact.find('e') == std::string::npos && exact.size() < text.size()) text = exact;
  if (text.find('.') == std::string::npos) text += '.';
  while (text.back() == '0') text.pop_back();
  const std::size_t point = text.find('.');
  return {text.substr(0, point), text.substr(point)};
}

// How many digits the mantissa needs to read back as v; at most 8.
template <class T>
int digits_after_point(T v) {
  if (!std::isfinite(v)) return 0;
  for (int digits = 0; digits < 8; ++digits) {
    const std::string text = fmt::format("{:.{}e}", v, digits);
    T read = 0;
    std::from_chars(text.data(), text.data() + text.size(), read);
    if (read == v) return digits;
  }
  return 8;
}

struct Printer {
  const Tensor& tensor;
  std::vector<double> values;          // floats and booleans
  std::vector<std::int64_t> integers;  // indices
  bool shortened;
  bool scientific = false;
  int mantissa_digits = 0;
  std::size_t whole = 0, fraction = 0;  // columns before the point, and from it on

  explicit Printer(const Tensor& t) : tensor(t), shortened(t.size() > shorten_above) {
    if (is_index(t.dtype())) integers = t.to_vector<std::int64_t>();
    else values = t.to_vector<double>();
    double largest = 0, smallest = INFINITY;
    each(0, 0, [&](std::int64_t i) {
      const double v = values.empty() ? 0 : std::fabs(values[static_cast<std::size_t>(i)]);
      if (!std::isfinite(v) || v == 0) return;
      largest = std::max(largest, v);
      smallest = std::min(smallest, v);
    });
    scientific = is_floating(t.dtype()) && largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
    if (scientific) each(0, 0, [&](std::int64_t i) {
        const double v = values[static_cast<std::size_t>(i)];
        const bool wide = t.dtype() == DType::f64;
        mantissa_digits = std::max(mantissa_digits, wide ? digits_after_point(v) : digits_after_point(static_cast<float>(v)));
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

  Text element(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    if (is_index(tensor.dtype())) return {fmt::format("{}", integers[at]), ""};
    const double v = values[at];
    if (tensor.dtype() == DType::boolean) return {v != 0 ? "True" : "False", ""};
    if (!scientific || !std::isfinite(v)) return tensor.dtype() == DType::f64 ? shortest(v, 8) : shortest(static_cast<float>(v), 8);
    return {fmt::format("{:#.{}e}", v, mantissa_digits), ""};
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

  void write(std::string& out, int axis, std::int64_t first) const {
    if (axis == tensor.rank()) {
      const Text text = element(first);
      const std::size_t columns = text.fraction.empty() ? whole + fraction : whole;
      out.append(columns - text.whole.size(), ' ').append(text.whole).append(text.fraction);
      if (!text.fraction.empty()) out.append(fraction - text.fraction.size(), ' ');
      return;
    }
    const std::int64_t extent = tensor.shape()[axis];
    const bool last_axis = axis + 1 == tensor.rank();
    std::int64_t below = 1;
    for (int r = axis + 1; r < tensor.rank(); ++r) below *= tensor.shape()[r];
    const std::string gap = last_axis ? " " : std::string(static_cast<std::size_t>(tensor.rank() - axis - 1), '\n') + std::string(static_cast<std::size_t>(axis) + 1, ' ');
    out += '[';
    for (std::int64_t i = 0; i < extent; ++i) {
      if (i > 0) out += gap;
      if (shortened && extent > 2 * edge && i == edge) {
        out += "..." + gap;
        i = extent - edge;
      }
      write(out, axis + 1, first + i * below);
    }
    out += ']';
  }
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "(an empty tensor)";
  std::string out;
  if (tensor.size() == 0 && tensor.rank() > 0) return "[]";
  const Printer printer(tensor);
  printer.write(out, 0, 0);
  return out;
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor); }

}  // namespace logitape
