// Where the texts of a figure stand: what tests ask of pictures drawn by train::Svg.
#pragma once
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "logitape/train/see/detail/svg.h"

namespace logitape::tests {

struct TextBox {
  std::string text;
  double left, top, right, bottom;
};

inline double attribute(const std::string& tag, const std::string& name) {
  const std::size_t at = tag.find(" " + name + "=\"");
  return at == std::string::npos ? 0 : std::strtod(tag.c_str() + at + name.size() + 3, nullptr);
}

// Without the entities of markup, for their width.
inline std::string unescaped(std::string text) {
  for (const auto& [entity, sign] :
       {std::pair<std::string, std::string>{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}})
    for (std::size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1))
      text.replace(at, entity.size(), sign);
  return text;
}

// By the widths that train::text_width knows.
inline std::vector<TextBox> text_boxes(const std::string& svg) {
  std::vector<TextBox> all;
  for (std::size_t at = svg.find("<text "); at != std::string::npos; at = svg.find("<text ", at + 1)) {
    const std::size_t end = svg.find('>', at), close = svg.find("</text>", end);
    const std::string tag = svg.substr(at, end - at), text = unescaped(svg.substr(end + 1, close - end - 1));
    const bool title = tag.find("class=\"title\"") != std::string::npos;
    const double size = title ? train::title_size : train::font_size, wide = train::text_width(text, size);
    const double back = tag.find("\"middle\"") != std::string::npos ? wide / 2
                        : tag.find("\"end\"") != std::string::npos  ? wide
                                                                    : 0;
    const std::size_t turned = tag.find("translate(");
    if (turned == std::string::npos) {
      const double x = attribute(tag, "x") - back, y = attribute(tag, "y");
      all.push_back({text, x, y - 0.75 * size, x + wide, y + 0.2 * size});
    } else {
      char* rest = nullptr;
      const double x = std::strtod(tag.c_str() + turned + 10, &rest), y = std::strtod(rest, nullptr) + back;
      all.push_back({text, x - 0.75 * size, y - wide, x + 0.2 * size, y});
    }
  }
  return all;
}

// The first text that leaves the picture or lies on another; empty if there is none.
inline std::string misplaced(const std::string& svg) {
  const double width = attribute(svg, "width"), height = attribute(svg, "height");
  const std::vector<TextBox> all = text_boxes(svg);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const TextBox& a = all[i];
    if (a.left < 0 || a.top < 0 || a.right > width || a.bottom > height) return a.text + " leaves the picture";
    for (std::size_t j = 0; j < i; ++j) {
      const TextBox& b = all[j];
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        return a.text + " lies on " + b.text;
    }
  }
  return "";
}

}  // namespace logitape::tests
