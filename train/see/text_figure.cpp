// A chart: for each panel its name and legend, then its rows behind the numbers of the y axis; below, the numbers of
// the x axis.
#include "logitape/train/see/text_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/see/detail/scale.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0 {
namespace {

using train::percent;
using train::right_aligned;
using train::Scale;

constexpr int panel_rows = 12, label_columns = 8;
constexpr std::string_view marks[2][6] = {{"*", "o", "+", "x", "=", "~"}, {"●", "○", "▲", "△", "■", "□"}};

int columns_for(const Terminal& terminal) { return std::clamp(terminal.columns, 40, 80); }

std::string without_spaces_behind(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// The scale of the drawn values of one axis: from 1 to 10 if there are none.
Scale scale_of(const LineChart::Axis& axis, const std::vector<const std::vector<double>*>& values, bool tight) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* some : values)
    for (const double v : *some)
      if (train::is_drawn(axis, v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
  if (low > high) return train::scale_for(axis, 1, 10, tight);
  return train::scale_for(axis, low, high, tight);
}

void draw(train::Canvas& canvas, const LineChart& chart, const LineChart::Panel& panel, const LineChart::Series& s,
          const Scale& x, const Scale& y, std::string_view mark) {
  const auto drawn = [&](std::size_t i) {
    return train::is_drawn(chart.x, s.x[i]) && train::is_drawn(panel.y, s.y[i]);
  };
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    if (!drawn(i)) continue;
    const std::size_t from =
        i > 0 && drawn(i - 1) && !s.points ? i - 1 : i;  // a single point is drawn as a line to itself
    const double x1 = x.at(s.x[from]), y1 = y.at(s.y[from]), x2 = x.at(s.x[i]), y2 = y.at(s.y[i]);
    if (mark.empty()) canvas.dotted_line(x1, y1, x2, y2);
    else canvas.line(x1, y1, x2, y2, mark);
  }
}

std::string panel_text(const LineChart& chart, const LineChart::Panel& panel, const Scale& x,
                       const Terminal& terminal) {
  const int columns = columns_for(terminal);
  std::vector<const std::vector<double>*> values;
  for (const LineChart::Series& s : panel.series) values.push_back(&s.y);
  const Scale y = scale_of(panel.y, values, false);
  const bool dots = terminal.unicode && panel.series.size() == 1;
  train::Canvas canvas(columns - label_columns - 2, panel_rows);
  std::string legend = panel.y.label;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const std::string_view mark = dots ? "" : marks[terminal.unicode][i % std::size(marks[0])];
    draw(canvas, chart, panel, panel.series[i], x, y, mark);
    legend += fmt::format("   {}{}{}", mark, dots ? "" : " ", panel.series[i].name);
  }
  std::string text = without_spaces_behind(train::first_columns(legend, columns));
  std::vector<std::string> labels(panel_rows);
  for (const train::Tick& t : y.ticks)
    if (const auto row = std::lround((1 - y.at(t.value)) * (panel_rows - 1)); !t.label.empty())
      labels[static_cast<std::size_t>(row)] = t.label;
  for (int row = 0; row < panel_rows; ++row)
    text += without_spaces_behind(right_aligned(labels[static_cast<std::size_t>(row)], label_columns) +
                                  (terminal.unicode ? " │" : " |") + canvas.row(row));
  return text;
}

// Numbers below their places; each is left out if the one before it leaves no room.
std::string numbers_below(const Scale& x, int columns) {
  std::string line(label_columns + 2, ' ');
  int used = label_columns + 2;
  for (const train::Tick& t : x.ticks) {
    const int wide = train::columns_of(t.label);
    const int at =
        label_columns + 2 + static_cast<int>(std::lround(x.at(t.value) * (columns - label_columns - 3))) - wide / 2;
    const int place = std::min(at, columns - wide);
    if (wide == 0 || place < used) continue;
    line += std::string(static_cast<std::size_t>(place - used), ' ') + t.label;
    used = place + wide + 1;
    line += ' ';
  }
  return without_spaces_behind(line);
}

}  // namespace

std::string chart_text(const LineChart& chart, const Terminal& terminal) {
  require(!chart.panels.empty(), "chart_text", "\"{}\" has no panel", chart.title);
  std::vector<const std::vector<double>*> values;
  for (const LineChart::Panel& panel : chart.panels)
    for (const LineChart::Series& s : panel.series) {
      require(s.x.size() == s.y.size(), "chart_text", "series \"{}\" has {} x and {} y", s.name, s.x.size(),
              s.y.size());
      values.push_back(&s.x);
    }
  const Scale x = scale_of(chart.x, values, true);
  const int columns = columns_for(terminal);
  std::string text = without_spaces_behind(train::first_columns(chart.title, columns));
  for (const LineChart::Panel& panel : chart.panels) text += panel_text(chart, panel, x, terminal);
  text += numbers_below(x, columns);
  const int middle = label_columns + 2 + (columns - label_columns - 2 + train::columns_of(chart.x.label)) / 2;
  return text + without_spaces_behind(right_aligned(chart.x.label, std::min(middle, columns)));
}

std::string reliability_text(const ReliabilityDiagram& diagram, const Terminal& terminal) {
  const int wide = columns_for(terminal) - 28;
  std::string text = without_spaces_behind(train::first_columns(diagram.title, columns_for(terminal)));
  text += fmt::format("{:>12}{:>7}{:>8} calibration error {}\n", "sure, %", "rows", "right",
                      percent(expected_calibration_error(diagram)));
  for (const ReliabilityDiagram::Bin& bin : diagram.bins) {
    if (bin.rows == 0) continue;
    const int stroke = static_cast<int>(std::lround(bin.confidence * (wide - 1)));
    const std::string whole = train::bar(bin.accuracy, wide, terminal.unicode),
                      before = train::first_columns(whole, stroke);
    const std::string behind = whole.substr(train::first_columns(whole, stroke + 1).size());
    text += without_spaces_behind(fmt::format("{:>5.0f} to {:>3.0f}{:>7}{:>8} {}{}{}", 100 * bin.low, 100 * bin.high,
                                              bin.rows, percent(bin.accuracy), before, terminal.unicode ? "│" : "|",
                                              behind));
  }
  return text;
}

namespace {

// A row of scores for each name, of many the `most` with the lowest F1, and behind it the area under a curve.
std::string score_rows(const std::vector<ClassScore>& scores, const std::vector<double>& areas, const char* what,
                       const char* area_name, std::span<const std::string> names, std::size_t most,
                       const std::vector<std::pair<const char*, ClassScore>>& means) {
  std::vector<std::size_t> shown(scores.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (scores.size() > most) {
    std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
      const auto rank = [&](std::size_t c) { return scores[c].occurs() ? scores[c].f1 : 2; };
      return rank(a) < rank(b);
    });
    shown.resize(most);
  }
  std::vector<std::string> called;
  int wide = train::columns_of("weighted mean");
  for (const std::size_t c : shown) {
    called.push_back(names.empty() ? std::to_string(c) : printable(names[c]));
    wide = std::clamp(train::columns_of(called.back()), wide, 24);
  }
  called = train::shortened(called, wide);
  const auto row = [&](const std::string& name, const ClassScore& s, const std::string& area) {
    const auto part = [&](double fraction) { return s.occurs() ? percent(fraction) : "-"; };
    return without_spaces_behind(fmt::format("{}{:>11}{:>9}{:>9}{:>9.6g}{:>9}", right_aligned(name, wide + 2),
                                             part(s.precision), part(s.recall), part(s.f1), s.members, area));
  };
  std::string text =
      without_spaces_behind(fmt::format("{}{:>11}{:>9}{:>9}{:>9}{:>9}", right_aligned(what, wide + 2), "precision",
                                        "recall", "F1", "rows", areas.empty() ? "" : area_name));
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const double area = areas.empty() ? 0 : areas[shown[i]];
    text += row(called[i], scores[shown[i]], areas.empty() ? "" : std::isnan(area) ? "-" : fmt::format("{:.4f}", area));
  }
  if (shown.size() < scores.size())
    text += fmt::format("{:>{}} more {}, none of a lower F1\n", scores.size() - shown.size(), wide + 2,
                        std::string_view(what) == "class" ? "classes" : "labels");
  for (const auto& [name, mean] : means) text += row(name, mean, "");
  return text;
}

}  // namespace

std::string scores_text(const ClassScores& scores, std::span<const RocCurve> curves, std::span<const std::string> names,
                        std::size_t most) {
  const std::size_t classes = scores.classes.size();
  require(names.empty() || names.size() == classes, "scores_text", "{} names are given for {} classes", names.size(),
          classes);
  require(curves.empty() || curves.size() == classes, "scores_text", "{} curves are given for {} classes",
          curves.size(), classes);
  std::vector<double> areas;
  for (const RocCurve& c : curves) areas.push_back(c.area);
  return score_rows(scores.classes, areas, "class", "area", names, most,
                    {{"mean", scores.macro}, {"weighted mean", scores.weighted}});
}

std::string labels_text(const MultilabelScores& scores, std::span<const PrecisionRecallCurve> curves,
                        std::span<const std::string> names, std::size_t most) {
  const std::size_t labels = scores.labels.size();
  require(names.empty() || names.size() == labels, "labels_text", "{} names are given for {} labels", names.size(),
          labels);
  require(curves.empty() || curves.size() == labels, "labels_text", "{} curves are given for {} labels", curves.size(),
          labels);
  std::vector<double> areas;
  for (const PrecisionRecallCurve& c : curves) areas.push_back(c.average_precision);
  return score_rows(scores.labels, areas, "label", "AP", names, most,
                    {{"mean", scores.macro}, {"all together", scores.micro}});
}

}  // namespace logitape::inline v0
