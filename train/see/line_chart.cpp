// A line chart, from the top: the title; for each panel a line with the y axis' name and the legend, then the plot; the
// numbers and the name of the x axis.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "logitape/core/detail/require.h"
#include "logitape/train/see/detail/scale.h"
#include "logitape/train/see/detail/svg.h"
#include "logitape/train/see/figure.h"

namespace logitape::inline v0 {
namespace {

using train::Anchor;
using train::Scale;
using train::Svg;

constexpr double left = 76, right_margin = 28;
constexpr double line_height = 24, head_gap = 12;
constexpr std::size_t most_dots = 40;  // more of them hide the line

struct AxisRange {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  // with no values: from 1 to 10, which both kinds of axis can show
  AxisRange shown() const { return low <= high ? *this : AxisRange{1, 10}; }
};

// The values of one axis that are drawn.
template <class Values>
AxisRange range_of(const LineChart::Axis& axis, const LineChart::Axis& other, std::span<const LineChart::Series> series,
                   Values along, Values across) {
  AxisRange range;
  for (const LineChart::Series& s : series)
    for (std::size_t i = 0; i < s.x.size(); ++i)
      if (train::is_drawn(axis, (s.*along)[i]) && train::is_drawn(other, (s.*across)[i])) range.take((s.*along)[i]);
  return range;
}

// The place of a panel on the page; y grows downwards.
struct Plot {
  double top, height, right;
  Scale x, y;

  double across(double value) const { return left + x.at(value) * (right - left); }
  double down(double value) const { return top + (1 - y.at(value)) * height; }
};

void draw_grid(Svg& page, const Plot& plot, bool numbers_below) {
  const double bottom = plot.top + plot.height;
  for (const bool fine : {true, false}) {  // fine lines first: the others cover them
    const char* const style = fine ? "fine" : "grid";
    for (const train::Tick& t : plot.y.ticks)
      if (t.label.empty() == fine) page.line(left, plot.down(t.value), plot.right, plot.down(t.value), style);
    for (const train::Tick& t : plot.x.ticks)
      if (t.label.empty() == fine) page.line(plot.across(t.value), plot.top, plot.across(t.value), bottom, style);
  }
  for (const train::Tick& t : plot.y.ticks) page.text(left - 10, plot.down(t.value) + 5, t.label, "quiet", Anchor::end);
  if (numbers_below)
    for (const train::Tick& t : plot.x.ticks)
      page.text(plot.across(t.value), bottom + 22, t.label, "quiet", Anchor::middle);
  page.line(left, bottom, plot.right, bottom, "axis");
  page.line(left, plot.top, left, bottom, "axis");
}

// If there are more series than colours, colours repeat with dashes.
std::string style_of(const LineChart::Series& s, std::size_t number) {
  if (s.dashed) return "axis dashed";
  return fmt::format("line s{}{}", number % train::series_colours,
                     number / train::series_colours % 2 == 1 ? " dashed" : "");
}

void draw_series(Svg& page, const Plot& plot, const LineChart::Axis& x, const LineChart::Axis& y,
                 const LineChart::Series& s, std::size_t number) {
  std::string commands;
  bool pen_down = false;
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    if (!train::is_drawn(x, s.x[i]) || !train::is_drawn(y, s.y[i])) {
      pen_down = false;
      continue;
    }
    commands += fmt::format("{}{:.1f} {:.1f} ", pen_down ? 'L' : 'M', plot.across(s.x[i]), plot.down(s.y[i]));
    pen_down = true;
    if (s.points || (s.x.size() <= most_dots && !s.dashed))
      page.dot(plot.across(s.x[i]), plot.down(s.y[i]), 3, fmt::format("f{}", number % train::series_colours));
  }
  if (!commands.empty() && !s.points) page.path(commands, style_of(s, number));
}

// The y axis' name, then a stroke and a name for each series, in as many lines as they need. If `page` is null, it only
// counts the lines.
int draw_legend(Svg* page, double top, double right, const LineChart::Panel& panel) {
  int lines = 1;
  double x = left;
  if (page) page->text(x, top, panel.y.label, "strong");
  x += train::text_width(panel.y.label, train::font_size) + 30;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const double wide = 32 + train::text_width(panel.series[i].name, train::font_size);
    if (x + wide > right && x > left) {
      x = left;
      ++lines;
    }
    const double y = top + (lines - 1) * line_height;
    if (page) page->path(fmt::format("M{:.1f} {:.1f} h22", x, y - 5), style_of(panel.series[i], i));
    if (page) page->text(x + 30, y, panel.series[i].name);
    x += wide + 24;
  }
  return lines;
}

}  // namespace

LineChart& LineChart::panel(Axis y_axis, std::vector<Series> series) {
  panels.push_back({std::move(y_axis), std::move(series)});
  return *this;
}

std::string svg(const LineChart& chart) {
  require(!chart.panels.empty(), "LineChart", "\"{}\" has no panel", chart.title);
  require(chart.width >= 320, "LineChart", "\"{}\" has a width of {}; at least 320 is needed", chart.title,
          chart.width);
  AxisRange all;
  for (const LineChart::Panel& panel : chart.panels) {
    for (const LineChart::Series& s : panel.series)
      require(s.x.size() == s.y.size(), "LineChart", "series \"{}\" has {} x and {} y", s.name, s.x.size(), s.y.size());
    const AxisRange range = range_of(chart.x, panel.y, panel.series, &LineChart::Series::x, &LineChart::Series::y);
    all = {std::min(all.low, range.low), std::max(all.high, range.high)};
  }
  const Scale x = train::scale_for(chart.x, all.shown().low, all.shown().high, true);

  std::vector<Plot> plots;
  const double right = chart.width - right_margin;
  double bottom = 44;  // of what is above so far
  for (const LineChart::Panel& panel : chart.panels) {
    const AxisRange range =
        range_of(panel.y, chart.x, panel.series, &LineChart::Series::y, &LineChart::Series::x).shown();
    const double top = bottom + draw_legend(nullptr, 0, right, panel) * line_height + head_gap;
    const double height = chart.panels.size() == 1 ? 340 : 190;
    plots.push_back({top, height, right, x, train::scale_for(panel.y, range.low, range.high, false)});
    bottom = top + height + 20;
  }

  Svg page(chart.width, bottom + 46, chart.title);
  page.text(left, 34, chart.title, "title");
  for (std::size_t p = 0; p < plots.size(); ++p) {
    const LineChart::Panel& panel = chart.panels[p];
    draw_legend(&page, plots[p].top - head_gap - (draw_legend(nullptr, 0, right, panel) - 1) * line_height, right,
                panel);
    draw_grid(page, plots[p], p + 1 == plots.size());
    for (std::size_t i = 0; i < panel.series.size(); ++i)
      draw_series(page, plots[p], chart.x, panel.y, panel.series[i], i);
  }
  page.text((left + right) / 2, bottom + 28, chart.x.label, "strong", Anchor::middle);
  return std::move(page).str();
}

}  // namespace logitape::inline v0
