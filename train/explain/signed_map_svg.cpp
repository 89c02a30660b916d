// A matrix whose entries have signs, from the top: the title, the label and names of the columns, a line of cells for
// each row, the legend of the two colours.
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
using train::text_width;

constexpr std::size_t most_numbered = 24, most_cells = 64;
constexpr int longest_name = 12;
constexpr double strongest = 0.55;  // ink can be read on it, by day and by night

const char* colour_of(bool above) { return above ? "f1" : "f0"; }

double widest_of(const std::vector<std::string>& texts) {
  double width = 0;
  for (const std::string& t : texts) width = std::max(width, text_width(t, train::font_size));
  return width;
}

void check_map(const SignedMap& map) {
  require(map.values.size() == map.rows.size() * map.columns.size(), "SignedMap",
          "\"{}\" has {} values for {} rows and {} columns", map.title, map.values.size(), map.rows.size(),
          map.columns.size());
  require(map.rows.size() <= most_cells && map.columns.size() <= most_cells, "SignedMap",
          "\"{}\" has {} rows and {} columns; at most {} can be told apart", map.title, map.rows.size(),
          map.columns.size(), most_cells);
}

struct MapPlan {
  std::vector<std::string> rows = {}, columns = {}, numbers = {};  // numbers: empty if there are none
  double wide = 0, high = 0, left = 0, top = 0;                    // of a cell; where the cells begin
  bool upright = false;                                            // the columns' names
  double largest = 0;                                              // of the finite values, in size

  double right() const { return left + wide * static_cast<double>(columns.size()); }
  double bottom() const { return top + high * static_cast<double>(rows.size()); }
};

MapPlan plan_of_map(const SignedMap& map) {
  MapPlan p{.rows = train::shortened(map.rows, longest_name), .columns = train::shortened(map.columns, longest_name)};
  if (std::max(map.rows.size(), map.columns.size()) <= most_numbered)
    for (const double v : map.values) p.numbers.push_back(train::short_number(v));
  for (const double v : map.values)
    if (std::isfinite(v)) p.largest = std::max(p.largest, std::fabs(v));
  p.wide = p.numbers.empty() ? 20 : std::max(52.0, widest_of(p.numbers) + 12);
  p.high = p.numbers.empty() ? 20 : 40;
  p.upright = widest_of(p.columns) > p.wide - 6;
  p.left = 50 + widest_of(p.rows);
  p.top = 88 + (p.upright ? widest_of(p.columns) : train::font_size);
  return p;
}

void draw_cells(Svg& page, const SignedMap& map, const MapPlan& p) {
  for (std::size_t r = 0; r < p.rows.size(); ++r)
    for (std::size_t c = 0; c < p.columns.size(); ++c) {
      const std::size_t i = r * p.columns.size() + c;
      const double value = map.values[i];
      const double x = p.left + static_cast<double>(c) * p.wide, y = p.top + static_cast<double>(r) * p.high;
      if (value != 0 && !std::isnan(value)) {
        // a square root, as in HeatMap: small entries are seen too
        const double part = std::isfinite(value) ? std::sqrt(std::fabs(value) / p.largest) : 1;
        page.box(x + 1, y + 1, p.wide - 2, p.high - 2, colour_of(value > 0), strongest * (0.15 + 0.85 * part));
      }
      if (!p.numbers.empty())
        page.text(x + p.wide / 2, y + p.high / 2 + 5, p.numbers[i], value == 0 ? "quiet" : "", Anchor::middle);
    }
}

std::string map_in_words(const SignedMap& map, const MapPlan& p) {
  std::string text = fmt::format("A table of {} rows, {}, and {} columns, {}.", p.rows.size(), map.rows_label,
                                 p.columns.size(), map.columns_label);
  if (!p.numbers.empty() && p.numbers.size() <= 64)
    for (std::size_t r = 0; r < p.rows.size(); ++r) {
      text += " " + p.rows[r] + ":";
      for (std::size_t c = 0; c < p.columns.size(); ++c) text += " " + p.numbers[r * p.columns.size() + c];
      text += ".";
    }
  return text;
}

}  // namespace

std::string svg(const SignedMap& map) {
  check_map(map);
  const MapPlan p = plan_of_map(map);
  const double across = p.right() - p.left, down = p.bottom() - p.top;
  const double most = std::max({across, train::strong_width(map.title, train::title_size), 190.0,
                                train::strong_width(map.columns_label, train::font_size)});
  const double rows_label = train::strong_width(map.rows_label, train::font_size);
  const double high = std::max(p.bottom() + 44, p.top + down / 2 + rows_label / 2 + 12);
  Svg page(std::ceil(p.left + most + 20), std::ceil(high), map.title, map_in_words(map, p));
  page.text(p.left, 34, map.title, "title");
  page.text(p.left, 68, map.columns_label, "strong");
  page.text_upwards(24, std::max(p.top + down / 2, rows_label / 2 + 44), map.rows_label, "strong", Anchor::middle);
  for (std::size_t c = 0; c < p.columns.size(); ++c) {
    const double x = p.left + (static_cast<double>(c) + 0.5) * p.wide;
    if (p.upright) page.text_upwards(x + 5, p.top - 8, p.columns[c], "quiet", Anchor::start);
    else page.text(x, p.top - 8, p.columns[c], "quiet", Anchor::middle);
  }
  for (std::size_t r = 0; r < p.rows.size(); ++r)
    page.text(p.left - 10, p.top + (static_cast<double>(r) + 0.5) * p.high + 5, p.rows[r], "quiet", Anchor::end);
  draw_cells(page, map, p);
  double x = p.left;
  for (const bool above : {false, true}) {
    page.box(x, p.bottom() + 17, 14, 14, colour_of(above), strongest);
    page.text(x + 20, p.bottom() + 29, above ? "above 0" : "below 0", "quiet");
    x += 100;
  }
  return std::move(page).str();
}

}  // namespace logitape::inline v0
