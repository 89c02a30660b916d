// A tape's SVG, taken apart: boxes, edges and texts with their places.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace tape_picture {

struct Point {
  double x = 0, y = 0;
};

struct Text {
  Point at;
  std::string words, style;
  bool ends = false;  // the point is where it ends, not where it begins

  // As the widest of common sans-serif fonts has it; entities are one character.
  double width() const {
    double count = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == '&') i = words.find(';', i);
      count += (words[i] & 0xc0) != 0x80;
    }
    return count * (style == "what" ? 0.67 * 14 : 0.6 * 13);
  }
  double left() const { return ends ? at.x - width() : at.x; }
  double right() const { return left() + width(); }
};

struct Box {
  std::string id, kind, tick;
  double x = 0, y = 0, width = 0, height = 0;
  std::vector<Text> texts;
};

struct Edge {
  std::string from, to;
  std::vector<Point> points;  // on the curve, from its beginning to its end
};

struct Picture {
  std::vector<Box> boxes;
  std::vector<Edge> edges;

  const Box* box(const std::string& id) const {
    for (const Box& b : boxes)
      if (b.id == id) return &b;
    return nullptr;
  }
};

inline std::string attribute(const std::string& tag, const std::string& name) {
  const std::size_t at = tag.find(" " + name + "=\"");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 3;
  return tag.substr(begin, tag.find('"', begin) - begin);
}

inline double number(const std::string& tag, const std::string& name) {
  return std::strtod(attribute(tag, name).c_str(), nullptr);
}

inline std::vector<Point> points_on(const std::string& path) {
  std::vector<Point> points;
  const char* at = path.c_str();
  const auto read = [&] {
    char* end = nullptr;
    Point p;
    p.x = std::strtod(at, &end);
    p.y = std::strtod(end, &end);
    at = end;
    return p;
  };
  while (*at) {
    const char command = *at++;
    if (command == 'M' || command == 'L') points.push_back(read());
    if (command != 'C') continue;
    const Point a = points.back(), b = read(), c = read(), d = read();
    for (int k = 1; k <= 16; ++k) {
      const double t = k / 16.0, s = 1 - t;
      const auto mix = [&](double p, double q, double r, double u) {
        return s * s * s * p + 3 * s * s * t * q + 3 * s * t * t * r + t * t * t * u;
      };
      points.push_back({mix(a.x, b.x, c.x, d.x), mix(a.y, b.y, c.y, d.y)});
    }
  }
  return points;
}

inline Box read_box(const std::string& group) {
  Box box;
  box.id = attribute(group, "id");
  box.tick = attribute(group, "data-tick");
  box.kind = attribute(group, "class").substr(5);
  for (std::size_t at = group.find("<"); at != std::string::npos; at = group.find("<", at + 1)) {
    const std::string tag = group.substr(at, group.find('>', at) - at);
    if (tag.rfind("<rect class=\"box\"", 0) == 0) {
      box.x = number(tag, "x");
      box.y = number(tag, "y");
      box.width = number(tag, "width");
      box.height = number(tag, "height");
    } else if (tag.rfind("<path class=\"box\"", 0) == 0) {  // a cut: M x y h w l 9 9 v h ...
      const std::string d = attribute(tag, "d");
      box.x = std::strtod(d.c_str() + 1, nullptr) - 9;
      box.y = std::strtod(d.c_str() + d.find(' '), nullptr);
      box.width = std::strtod(d.c_str() + d.find('h') + 1, nullptr) + 18;
      box.height = std::strtod(d.c_str() + d.find('v') + 1, nullptr) + 18;
    } else if (tag.rfind("<text", 0) == 0) {
      const std::size_t begin = group.find('>', at) + 1;
      box.texts.push_back({{number(tag, "x"), number(tag, "y")},
                           group.substr(begin, group.find('<', begin) - begin),
                           attribute(tag, "class"),
                           attribute(tag, "text-anchor") == "end"});
    }
  }
  return box;
}

// id: the prefix of ids.
inline Picture read_picture(const std::string& svg, const std::string& id = "tape") {
  Picture picture;
  for (std::size_t at = svg.find("<g id="); at != std::string::npos; at = svg.find("<g id=", at + 1))
    picture.boxes.push_back(read_box(svg.substr(at, svg.find("</g>", at) - at)));
  for (std::size_t at = svg.find("<path class=\"edge"); at != std::string::npos;
       at = svg.find("<path class=\"edge", at + 1)) {
    const std::string tag = svg.substr(at, svg.find('>', at) - at);
    picture.edges.push_back(
        {id + "-" + attribute(tag, "data-from"), id + "-" + attribute(tag, "data-to"), points_on(attribute(tag, "d"))});
  }
  return picture;
}

}  // namespace tape_picture
