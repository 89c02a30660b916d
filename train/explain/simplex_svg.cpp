// The simplex as a triangle, from the top: the title, the first class at its corner, the triangle with its arrows, the
// second and third class below their corners, the legend.
#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/explain/detail/drawing.h"
#include "logitape/train/explain/figures.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0 {
namespace {

using train::Anchor;
using train::Svg;

constexpr double triangle_left = 40, triangle_top = 84, triangle_side = 360;
constexpr double triangle_height = triangle_side * 0.8660254;  // sqrt(3) / 2

struct Place {
  double x, y;
};

Place place_of(const Simplex::Point& p) {
  return {triangle_left + triangle_side * (p[0] / 2 + p[2]), triangle_top + triangle_height * (1 - p[0])};
}

bool in_triangle(const Simplex::Point& p) {
  return std::all_of(p.begin(), p.end(), [](double share) { return share >= 0 && share <= 1; });
}

void draw_triangle(Svg& page) {
  const Place a = place_of({1, 0, 0}), b = place_of({0, 1, 0}), c = place_of({0, 0, 1});
  for (const double share : {0.25, 0.5, 0.75})  // lines on which one class has this share
    for (int corner = 0; corner < 3; ++corner) {
      Simplex::Point from{}, to{};
      const auto at = [&](int offset) { return static_cast<std::size_t>((corner + offset) % 3); };
      from[at(0)] = to[at(0)] = share;
      from[at(1)] = to[at(2)] = 1 - share;
      page.line(place_of(from).x, place_of(from).y, place_of(to).x, place_of(to).y, "fine");
    }
  page.path(fmt::format("M{:.1f} {:.1f} L{:.1f} {:.1f} L{:.1f} {:.1f} Z", a.x, a.y, b.x, b.y, c.x, c.y), "axis");
}

// Arrows as long as the room between them for the fastest; of the others a square root, so that slow places show.
void draw_field(Svg& page, const Simplex& s) {
  double fastest = 0;
  const auto size = [](const Simplex::Point& m) { return std::hypot(m[0], m[1], m[2]); };
  for (const Simplex::Point& m : s.moves) fastest = std::max(fastest, size(m));
  if (!(fastest > 0)) return;
  for (std::size_t i = 0; i < s.places.size(); ++i) {
    const double length = 28 * std::sqrt(size(s.moves[i]) / fastest);
    const Place from = place_of(s.places[i]);
    double x = triangle_side * (s.moves[i][0] / 2 + s.moves[i][2]), y = -triangle_height * s.moves[i][0];
    const double norm = std::hypot(x, y);
    if (!(norm > 0)) continue;
    x *= length / norm, y *= length / norm;
    draw_arrow(page, from.x - x / 2, from.y - y / 2, from.x + x / 2, from.y + y / 2, "quiet", 2);
  }
}

void draw_diamond(Svg& page, double x, double y) {
  page.path(fmt::format("M{:.1f} {:.1f} l9 9 l-9 9 l-9 -9 Z", x, y - 9), "f1");
}

void draw_path(Svg& page, const Simplex& s) {
  std::string commands;
  for (const Simplex::Point& p : s.path) {
    if (!in_triangle(p)) break;
    commands += fmt::format("{}{:.1f} {:.1f} ", commands.empty() ? 'M' : 'L', place_of(p).x, place_of(p).y);
  }
  if (s.path.size() > 1 && !commands.empty()) page.path(commands, "line s2");
  for (const Simplex::Point& p : s.path)
    if (in_triangle(p)) page.dot(place_of(p).x, place_of(p).y, 3, "f2");
  if (in_triangle(s.label)) draw_diamond(page, place_of(s.label).x, place_of(s.label).y);
  if (in_triangle(s.path[0])) page.dot(place_of(s.path[0]).x, place_of(s.path[0]).y, 7, "f0");
}

std::string shares(const Simplex::Point& p) {
  return fmt::format("{}, {}, {}", train::short_number(p[0]), train::short_number(p[1]), train::short_number(p[2]));
}

}  // namespace

std::string svg(const Simplex& s) {
  require(s.places.size() == s.moves.size(), "Simplex", "\"{}\" has {} places and {} moves", s.title, s.places.size(),
          s.moves.size());
  require(!s.path.empty(), "Simplex", "\"{}\" has no path; its first point is where the model is now", s.title);
  const std::vector<std::string> names = train::shortened({s.classes.begin(), s.classes.end()}, 16);
  const double bottom = triangle_top + triangle_height, right = triangle_left + triangle_side;
  const std::size_t steps = s.path.size() - 1;
  const bool labelled = in_triangle(s.label);
  std::vector<std::string> legend = {"p, now: " + shares(s.path[0])};
  if (labelled) legend.push_back("the label: " + shares(s.label));
  if (steps > 0) legend.push_back(fmt::format("{} steps of size {:.3g}: {}", steps, s.step, shares(s.path.back())));
  if (!s.places.empty()) legend.push_back("where a small step moves p");
  double wide = std::max(right + 40, 20 + train::strong_width(s.title, train::title_size) + 20);
  for (const std::string& l : legend) wide = std::max(wide, 46 + train::text_width(l, train::font_size) + 16);

  std::string words = fmt::format("A triangle: each corner is one class for sure: {} above, {} left, {} right.",
                                  names[0], names[1], names[2]);
  for (const std::string& l : legend) words += " " + l + ".";
  Svg page(std::ceil(wide), std::ceil(bottom + 44 + 26 * static_cast<double>(legend.size())), s.title, words);
  page.text(20, 34, s.title, "title");
  draw_triangle(page);
  draw_field(page, s);
  draw_path(page, s);
  page.text(triangle_left + triangle_side / 2, triangle_top - 16, names[0], "strong", Anchor::middle);
  page.text(triangle_left - 20, bottom + 26, names[1], "strong");
  page.text(right + 20, bottom + 26, names[2], "strong", Anchor::end);

  double y = bottom + 58;
  for (std::size_t i = 0; i < legend.size(); ++i, y += 26) {
    page.text(46, y, legend[i]);
    if (i == 0) page.dot(26, y - 5, 7, "f0");
    else if (i == 1 && labelled) draw_diamond(page, 26, y - 5);
    else if (legend[i].starts_with("where")) draw_arrow(page, 14, y - 5, 38, y - 5, "quiet", 2);
    else page.path(fmt::format("M14 {:.1f} h24", y - 5), "line s2");
  }
  return std::move(page).str();
}

}  // namespace logitape::inline v0
