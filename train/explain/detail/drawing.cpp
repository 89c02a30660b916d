// Arrows and short numbers.
#include "logitape/train/explain/detail/drawing.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {

std::string short_number(double value) {
  const double size = std::fabs(value);
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+inf" : "-inf";
  if (value == 0) return "0";
  if (size < 0.0005 || size >= 99999.5) return fmt::format("{:.0e}", value);
  return fmt::format("{:.{}f}", value, size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0);
}

std::string signed_number(double value) { return (value > 0 && std::isfinite(value) ? "+" : "") + short_number(value); }

void draw_arrow(Svg& page, double x1, double y1, double x2, double y2, std::string_view style, double width) {
  const double across = x2 - x1, down = y2 - y1, length = std::hypot(across, down);
  if (!(length >= 1)) return;
  const double head = std::min(length, 3.2 * width), half = head / 1.7;
  const double ux = across / length, uy = down / length, bx = x2 - head * ux, by = y2 - head * uy;
  page.path(fmt::format("M{:.1f} {:.1f} L{:.1f} {:.1f} L{:.1f} {:.1f} Z M{:.1f} {:.1f} L{:.1f} {:.1f} L{:.1f} {:.1f} "
                        "L{:.1f} {:.1f} Z",
                        x2, y2, bx - half * uy, by + half * ux, bx + half * uy, by - half * ux,  // the head
                        x1 - width / 2 * uy, y1 + width / 2 * ux, bx - width / 2 * uy, by + width / 2 * ux,
                        bx + width / 2 * uy, by - width / 2 * ux, x1 + width / 2 * uy, y1 - width / 2 * ux),
            style);
}

}  // namespace logitape::inline v0::train
