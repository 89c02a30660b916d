// A heat map, from the top: the title, the label and names of the columns, then a line of cells for each row.
#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/metrics.h"
#include "logitape/train/see/detail/svg.h"
#include "logitape/train/see/detail/text_canvas.h"
#include "logitape/train/see/figure.h"

namespace logitape::inline v0 {
namespace {

using train::Anchor;

constexpr double cell = 46, most_side = 920;
constexpr std::size_t most_numbers = 24;  // more columns leave no room for numbers

double widest(const std::vector<std::string>& names) {
  double width = 0;
  for (const std::string& name : names) width = std::max(width, train::text_width(name, train::font_size));
  return width;
}

void check(const HeatMap& map) {
  require(map.values.size() == map.rows.size() * map.columns.size(), "HeatMap",
          "\"{}\" has {} values for {} rows and {} columns", map.title, map.values.size(), map.rows.size(),
          map.columns.size());
  for (std::size_t i = 0; i < map.values.size(); ++i)
    require(std::isfinite(map.values[i]) && map.values[i] >= 0, "HeatMap",
            "\"{}\" has value {} at row {}, column {}; 0 and more are shown", map.title, map.values[i],
            i / map.columns.size(), i % map.columns.size());
}

}  // namespace

std::string svg(const HeatMap& map) {
  check(map);
  const std::size_t longer = std::max({map.rows.size(), map.columns.size(), std::size_t{1}});
  const double side = std::min(cell, most_side / static_cast<double>(longer));
  const bool numbers = longer <= most_numbers;
  const bool upright = widest(map.columns) > side - 6;  // column names are upright if they are too long to lie flat
  const double left = 52 + widest(map.rows), top = 88 + (upright ? widest(map.columns) : train::font_size);
  const double across = side * static_cast<double>(map.columns.size()),
               down = side * static_cast<double>(map.rows.size());
  const double needed = std::max(across, train::text_width(map.title, train::title_size));
  train::Svg page(std::ceil(left + needed + 28), std::ceil(top + down + 28), map.title);

  page.text(left, 34, map.title, "title");
  page.text(left + across / 2, 70, map.columns_label, "strong", Anchor::middle);
  page.text_upwards(24, top + down / 2, map.rows_label, "strong", Anchor::middle);
  const double most = map.values.empty() ? 0 : *std::max_element(map.values.begin(), map.values.end());
  const std::size_t names_every = static_cast<std::size_t>(std::ceil(20 / side));
  for (std::size_t c = 0; c < map.columns.size(); c += names_every) {
    const double x = left + (static_cast<double>(c) + 0.5) * side;
    if (upright) page.text_upwards(x + 5, top - 8, map.columns[c], "quiet", Anchor::start);
    else page.text(x, top - 10, map.columns[c], "quiet", Anchor::middle);
  }
  for (std::size_t r = 0; r < map.rows.size(); ++r) {
    const double y = top + static_cast<double>(r) * side;
    if (r % names_every == 0) page.text(left - 10, y + side / 2 + 5, map.rows[r], "quiet", Anchor::end);
    for (std::size_t c = 0; c < map.columns.size(); ++c) {
      const double x = left + static_cast<double>(c) * side, value = map.values[r * map.columns.size() + c];
      if (value == 0) {
        if (numbers) page.dot(x + side / 2, y + side / 2, 1.5, "quiet");
        continue;
      }
      // a square root: one mistake among hundreds is visible too
      const double strength = 0.25 + 0.75 * std::sqrt(value / most);
      const double gap = std::min(1.0, side / 10);
      page.box(x + gap, y + gap, side - 2 * gap, side - 2 * gap, map.diagonal_is_right && r != c ? "f1" : "f0",
               strength);
      if (numbers)
        page.text(x + side / 2, y + side / 2 + 5, fmt::format("{:.6g}", value), strength > 0.55 ? "on" : "",
                  Anchor::middle);
    }
  }
  return std::move(page).str();
}

HeatMap confusion_map(const Tensor& confusion, const std::string& title, std::vector<std::string> names) {
  const std::size_t classes = class_counts(confusion).size();
  if (names.empty())
    for (std::size_t c = 0; c < classes; ++c) names.push_back(std::to_string(c));
  require(names.size() == classes, "confusion_map", "{} names are given for {} classes", names.size(), classes);
  names = train::shortened(names, 24);  // longer names would leave no room for the cells
  return {.title = title,
          .rows_label = "is",
          .columns_label = "read as",
          .rows = names,
          .columns = names,
          .values = confusion.to_vector<double>(),
          .diagonal_is_right = true};
}

}  // namespace logitape::inline v0
