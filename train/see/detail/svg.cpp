// Shapes and text as SVG. Numbers have as few digits as the drawing needs; text is escaped.
#include "logitape/train/see/detail/svg.h"

#include <algorithm>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"

namespace logitape::inline v0::train {
namespace {

// s0 to s5: colours that colour-blind readers can tell apart (Okabe, Ito, "Color universal design", 2008), lighter on a
// dark background
constexpr std::string_view figure_style = R"(<style>
svg { background: #ffffff }
.paper { fill: #ffffff }
text { font: 15px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 19px; font-weight: 600 }
.strong { font-weight: 600 }
.quiet { fill: #59636e }
.on { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.fine { stroke: #eaeef2; stroke-width: 1 }
.axis { fill: none; stroke: #59636e; stroke-width: 1.5 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
.dashed { stroke-dasharray: 5 5; stroke-linecap: butt }
.s0 { stroke: #0072b2 } .s1 { stroke: #d55e00 } .s2 { stroke: #009e73 }
.s3 { stroke: #aa4499 } .s4 { stroke: #b8860b } .s5 { stroke: #56b4e9 }
.f0 { fill: #0072b2 } .f1 { fill: #d55e00 } .f2 { fill: #009e73 }
.f3 { fill: #aa4499 } .f4 { fill: #b8860b } .f5 { fill: #56b4e9 }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 }
.paper { fill: #0d1117 }
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.grid { stroke: #3d444d }
.fine { stroke: #262c36 }
.axis { stroke: #9198a1 }
.s0 { stroke: #58a6ff } .s1 { stroke: #f0883e } .s2 { stroke: #3fb950 }
.s3 { stroke: #d2a8ff } .s4 { stroke: #e3b341 } .s5 { stroke: #79c0ff }
.f0 { fill: #1f6feb } .f1 { fill: #db6d28 } .f2 { fill: #3fb950 }
.f3 { fill: #d2a8ff } .f4 { fill: #e3b341 } .f5 { fill: #79c0ff }
}
</style>
)";

constexpr const char* anchors[] = {"start", "middle", "end"};

// The length of the UTF-8 character at the front; 0 if it is none that XML can hold.
std::size_t character(std::string_view text) {
  const auto [code, bytes] = first_character(text);
  const bool control = code < 0x20 || code == 0x7f, none = (code & 0xfffe) == 0xfffe;
  return control || none ? 0 : bytes;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string xml;
  while (!text.empty()) {
    const std::size_t length = character(text);
    if (length == 0) xml += "\uFFFD";
    else if (text[0] == '&') xml += "&amp;";
    else if (text[0] == '<') xml += "&lt;";
    else if (text[0] == '>') xml += "&gt;";
    else if (text[0] == '"') xml += "&quot;";
    else xml += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return xml;
}

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

double text_width(std::string_view text, double size) {
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return 0.6 * size * static_cast<double>(characters);
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  const std::string name = escaped(title), more = escaped(description);
  text_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
      "aria-label=\"{2}\">\n"
      "<title>{2}</title>\n{4}{3}<rect class=\"paper\" width=\"{0}\" height=\"{1}\"/>\n",
      width, height, name, figure_style, more.empty() ? more : "<desc>" + more + "</desc>\n");
}

void Svg::text(double x, double y, std::string_view text, std::string_view style, Anchor anchor) {
  text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, style,
                       anchors[static_cast<int>(anchor)], escaped(text));
}

void Svg::text_upwards(double x, double y, std::string_view text, std::string_view style, Anchor anchor) {
  text_ += fmt::format(
      "<text transform=\"translate({:.1f} {:.1f}) rotate(-90)\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y,
      style, anchors[static_cast<int>(anchor)], escaped(text));
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view style) {
  text_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2, y2,
                       style);
}

void Svg::box(double x, double y, double width, double height, std::string_view style, double opacity) {
  text_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\" fill-opacity=\"{:.2f}\"/>\n", x,
      y, width, height, style, opacity);
}

void Svg::dot(double x, double y, double radius, std::string_view style) {
  text_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"/>\n", x, y, radius, style);
}

void Svg::path(std::string_view commands, std::string_view style) {
  text_ += fmt::format("<path d=\"{}\" class=\"{}\"/>\n", commands, style);
}

}  // namespace logitape::inline v0::train
