// The SVG of a tape's picture: its style, shapes and text. Not installed.
#pragma once
#include <string>
#include <string_view>

#include "logitape/autograd/see/detail/layers.h"

namespace logitape::inline v0::see {

inline constexpr double text_size = 13, title_size = 14, heading_size = 18;

// As XML text: markup is escaped, what XML cannot hold becomes "?".
std::string escaped_xml(std::string_view text);
// About how wide a text of this size is, or a little less; fonts differ.
double width_of(std::string_view text, double size);
// An id that XML and CSS take: letters, digits, - and _ stay, others become _.
std::string as_id(std::string_view text);
std::string tape_style();
// A path through the points of a LayeredDrawing: straight within a layer, a curve from layer to layer.
std::string curve(const std::vector<Point>& points, Point by);

}  // namespace logitape::inline v0::see
