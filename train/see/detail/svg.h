// The SVG parts of the figures. Coordinates are pixels from the top left. Not installed.
#pragma once
#include <string>
#include <string_view>

namespace logitape::inline v0::train {

// As XML text: markup is escaped. What XML cannot hold (control characters, bytes that are not UTF-8) becomes U+FFFD.
std::string escaped(std::string_view text);

// Whether it is UTF-8 without control characters, so that escaped() changes only markup.
bool is_plain_text(std::string_view text);

// The approximate width of a text of the given size; fonts differ.
double text_width(std::string_view text, double size);

inline constexpr double font_size = 15, title_size = 19;
inline constexpr std::size_t series_colours = 6;

enum class Anchor { start, middle, end };

class Svg {
 public:
  // description: for whom the picture is read aloud; empty: none.
  Svg(double width, double height, std::string_view title, std::string_view description = "");

  // style: classes of the style sheet in svg.cpp.
  void text(double x, double y, std::string_view text, std::string_view style = "", Anchor anchor = Anchor::start);
  void text_upwards(double x, double y, std::string_view text, std::string_view style, Anchor anchor);
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void box(double x, double y, double width, double height, std::string_view style, double opacity = 1);
  void dot(double x, double y, double radius, std::string_view style);
  void path(std::string_view commands, std::string_view style);

  std::string str() && { return std::move(text_.append("</svg>\n")); }

 private:
  std::string text_;
};

}  // namespace logitape::inline v0::train
