// What the figures of an explanation share: arrows, and numbers as short as a figure needs. Not installed.
#pragma once
#include <string>
#include <string_view>

#include "logitape/train/see/detail/svg.h"

namespace logitape::inline v0::train {

// At most 7 characters: "0.125", "-1e-05", "0", "NaN", "-inf".
std::string short_number(double value);
// The same with its sign: "+0.125".
std::string signed_number(double value);

// A line with a head at its end; `style` is a class of svg.cpp that fills. Nothing if it is shorter than a pixel.
void draw_arrow(Svg& page, double x1, double y1, double x2, double y2, std::string_view style, double width = 3);

// The width of a title or of another strong text, whose letters are wider.
inline double strong_width(std::string_view text, double size) { return 1.16 * text_width(text, size); }

}  // namespace logitape::inline v0::train
