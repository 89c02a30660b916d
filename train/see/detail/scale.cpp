// Ticks stand at 1, 2 or 5 times a power of ten, or, on a log axis of more than a decade, at the powers.
#include "logitape/train/see/detail/scale.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {
namespace {

// 10^-2 as "10⁻²"
std::string power_of_ten(int exponent) {
  constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char digit : std::to_string(std::abs(exponent))) text += digits[digit - '0'];
  return text;
}

// m * 10^exponent, the nearest f64
double decimal(int m, int exponent) { return m * std::pow(10.0, exponent); }

Scale linear_scale(const LineChart::Axis& axis, double low, double high, bool tight) {
  if (!(high - low > 1e-9 * std::max(std::abs(low), std::abs(high)))) {  // a single value: some room on both sides
    const double room = axis.whole ? 0.5 : low == 0 ? 1 : 0.1 * std::abs(low);
    low -= room;
    high += room;
  }
  const double rough = high / 6 - low / 6;
  const int exponent = static_cast<int>(std::floor(std::log10(rough)));
  const double part = rough / std::pow(10.0, exponent);
  double step = decimal(part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10, exponent);
  if (axis.whole) step = std::max(step, 1.0);
  const double first = tight ? std::ceil(low / step) : std::floor(low / step);
  const double last = tight ? std::floor(high / step) : std::ceil(high / step);

  Scale scale{.log = false, .low = tight ? low : first * step, .high = tight ? high : last * step, .ticks = {}};
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  const bool plain = decimals <= 4 && std::max(std::abs(low), std::abs(high)) < 1e6;
  for (int i = 0; i <= std::min(last - first, 20.0); ++i) {
    const double value = (first + i) * step + 0.0;  // + 0.0: never -0
    scale.ticks.push_back({value, plain ? fmt::format("{:.{}f}", value, decimals) : fmt::format("{:.6g}", value)});
  }
  return scale;
}

Scale log_scale(double low, double high, bool tight) {
  if (!(std::log10(high) - std::log10(low) > 1e-9)) {
    low /= 2;
    high *= 2;
  }
  const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9)),
            last = static_cast<int>(std::ceil(std::log10(high) - 1e-9));
  const double decades = std::log10(high) - std::log10(low);
  const int every = std::max(1, (last - first + 7) / 8);  // at most nine powers get a number
  const bool all_numbered = decades <= 1.3;               // 1, 2 and 5 get one too
  const bool plain = first >= -4 && last <= 5;
  if (!tight) {  // extends to the next 1, 2 or 5; to the next power if those have no ticks
    const double most = high * (1 - 1e-9), least = low * (1 + 1e-9);
    low = decimal(1, first);
    high = decimal(1, last);
    if (every == 1) {
      for (const int m : {2, 5}) low = decimal(m, first) <= least ? decimal(m, first) : low;
      for (const int m : {5, 2}) high = decimal(m, last - 1) >= most ? decimal(m, last - 1) : high;
    }
  }
  Scale scale{.log = true, .low = low, .high = high, .ticks = {}};
  for (int exponent = first; exponent <= last; ++exponent) {
    for (const int m : {1, 2, 5}) {
      const double value = decimal(m, exponent);
      if (value < low * (1 - 1e-9) || value > high * (1 + 1e-9) || (m > 1 && every > 1)) continue;
      const bool numbered = m == 1 ? (exponent - first) % every == 0 : all_numbered;
      const std::string number = plain ? fmt::format("{:.{}f}", value, std::max(0, -exponent))
                                       : (m == 1 ? "" : fmt::format("{}·", m)) + power_of_ten(exponent);
      scale.ticks.push_back({value, numbered ? number : ""});
    }
  }
  return scale;
}

}  // namespace

double Scale::at(double value) const {
  if (log) return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
  return (value / 2 - low / 2) / (high / 2 - low / 2);  // halves, because the difference of two extremes is beyond f64
}

// values at the ends of f64's range are not drawn: the ticks around them would overflow
bool is_drawn(const LineChart::Axis& axis, double value) {
  return std::abs(value) <= 1e300 && (!axis.log || value >= 1e-300);
}

Scale scale_for(const LineChart::Axis& axis, double low, double high, bool tight) {
  return axis.log ? log_scale(low, high, tight) : linear_scale(axis, low, high, tight);
}

}  // namespace logitape::inline v0::train
