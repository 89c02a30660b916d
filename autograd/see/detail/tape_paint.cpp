// Colours and type are those of the training report's figures (train/see/detail/svg.cpp), so that pages may hold both.
#include "logitape/autograd/see/detail/tape_paint.h"

#include <algorithm>

#include "logitape/autograd/see/detail/tape_text.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"

namespace logitape::inline v0::see {
namespace {

// Colours that colour-blind readers can tell apart (Okabe, Ito, "Color universal design", 2008), lighter on a dark
// background. Each kind of box has a shape of its own too: pictures are printed in grey.
constexpr std::string_view style = R"(<style>
.logitape-tape { background: #ffffff; color-scheme: light dark }
.logitape-tape .paper { fill: #ffffff }
.logitape-tape text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.logitape-tape .heading { font-size: 18px; font-weight: 600 }
.logitape-tape .what { font-size: 14px; font-weight: 600 }
.logitape-tape .quiet { fill: #59636e }
.logitape-tape .back { fill: #b34700 }
.logitape-tape .box { fill: #f6f8fa; stroke: #59636e; stroke-width: 1.2 }
.logitape-tape .variable .box { fill: #ddf4ff; stroke: #0072b2; stroke-width: 2 }
.logitape-tape .constant .box { fill: #ffffff; stroke: #818b98; stroke-dasharray: 4 3 }
.logitape-tape .cut .box { fill: #ffebe9; stroke: #cf222e; stroke-width: 2; stroke-dasharray: 9 3 2 3 }
.logitape-tape .fold .box, .logitape-tape .fold .behind { fill: #fff8e1; stroke: #8a6d00 }
.logitape-tape .edge { fill: none; stroke: #59636e; stroke-width: 1.5 }
.logitape-tape .still { stroke: #818b98; stroke-dasharray: 4 3 }
.logitape-tape .head { fill: #59636e }
@media (prefers-color-scheme: dark) {
.logitape-tape { background: #0d1117 }
.logitape-tape .paper { fill: #0d1117 }
.logitape-tape text { fill: #e6edf3 }
.logitape-tape .quiet { fill: #9198a1 }
.logitape-tape .back { fill: #f0883e }
.logitape-tape .box { fill: #161b22; stroke: #9198a1 }
.logitape-tape .variable .box { fill: #0c2d4d; stroke: #58a6ff }
.logitape-tape .constant .box { fill: #0d1117; stroke: #9198a1 }
.logitape-tape .cut .box { fill: #3d1214; stroke: #ff7b72 }
.logitape-tape .fold .box, .logitape-tape .fold .behind { fill: #2b2410; stroke: #e3b341 }
.logitape-tape .edge { stroke: #9198a1 }
.logitape-tape .head { fill: #9198a1 }
}
</style>
)";

std::string at(Point p, Point by) { return fmt::format("{:.1f} {:.1f}", p.x + by.x, p.y + by.y); }

}  // namespace

std::string tape_style() { return std::string(style); }

std::string escaped_xml(std::string_view text) {
  std::string xml;
  for (const char c : plain(text)) {
    if (c == '&') xml += "&amp;";
    else if (c == '<') xml += "&lt;";
    else if (c == '>') xml += "&gt;";
    else if (c == '"') xml += "&quot;";
    else xml += c;
  }
  return xml;
}

double width_of(std::string_view text, double size) {
  constexpr std::uint32_t wide_from = 0x2e80;  // where East Asian characters begin, as wide as high
  double width = 0;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    width += code >= wide_from ? size : 0.6 * size;
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return width;
}

std::string as_id(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  std::string id(text);
  for (char& c : id)
    if (!fits(c)) c = '_';
  return id.empty() || (id[0] >= '0' && id[0] <= '9') || id[0] == '-' ? "t" + id : id;
}

std::string curve(const std::vector<Point>& points, Point by) {
  std::string path = "M" + at(points.front(), by);
  for (std::size_t i = 1; i + 1 < points.size(); i += 2) {
    const Point &from = points[i], &to = points[i + 1];
    if (from.y - points[i - 1].y > 0.05) path += "L" + at(from, by);
    const double half = (from.y + to.y) / 2;
    path += "C" + at({from.x, half}, by) + " " + at({to.x, half}, by) + " " + at(to, by);
  }
  if (points.back().y - points[points.size() - 2].y > 0.05) path += "L" + at(points.back(), by);
  return path;
}

}  // namespace logitape::inline v0::see
