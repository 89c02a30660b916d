// Line charts of a training and its outcome: loss, accuracy, and the curves of each class against the rest.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/regression.h"
#include "logitape/train/see/figure.h"

namespace logitape::inline v0 {
namespace {

constexpr std::size_t most_curves = 8;

// Adds the line of one number of the epochs; no line if no epoch has that number.
void add_series(LineChart::Panel& panel, std::span<const Epoch> history, const std::string& name, double Epoch::*number,
                double scale) {
  LineChart::Series line{.name = name};
  for (const Epoch& e : history) {
    line.x.push_back(e.number);
    line.y.push_back(scale * (e.*number));
  }
  if (!std::all_of(line.y.begin(), line.y.end(), [](double y) { return std::isnan(y); })) panel.series.push_back(line);
}

LineChart of_history(std::span<const Epoch> history, const std::string& title, const LineChart::Axis& y,
                     double Epoch::*seen, double Epoch::*held_out, double scale) {
  LineChart chart{.title = title, .x = {.label = "epoch", .whole = true}};
  chart.panel(y, {});
  add_series(chart.panels[0], history, "training", seen, scale);
  add_series(chart.panels[0], history, "held out", held_out, scale);
  return chart;
}

// Which curves are shown: those that exist; of many the ones whose number is least.
template <class Curve>
std::vector<std::size_t> least_of(std::span<const Curve> curves, std::vector<double> Curve::*points,
                                  double Curve::*number) {
  std::vector<std::size_t> shown;
  for (std::size_t c = 0; c < curves.size(); ++c)
    if (!(curves[c].*points).empty()) shown.push_back(c);
  if (shown.size() <= most_curves) return shown;
  std::stable_sort(shown.begin(), shown.end(),
                   [&](std::size_t a, std::size_t b) { return curves[a].*number < curves[b].*number; });
  shown.resize(most_curves);
  std::sort(shown.begin(), shown.end());
  return shown;
}

// Of many numbers 2000, spread over all.
std::vector<double> spread_over(const Tensor& numbers) {
  constexpr std::size_t most_rows = 2000;
  const std::vector<double> all = numbers.to_vector<double>();
  if (all.size() <= most_rows) return all;
  std::vector<double> some;
  for (std::size_t i = 0; i < most_rows; ++i) some.push_back(all[i * all.size() / most_rows]);
  return some;
}

std::string called(std::span<const std::string> names, std::size_t c, double number) {
  return fmt::format("{} {:.4f}", names.empty() ? std::to_string(c) : names[c], number);
}

}  // namespace

LineChart loss_chart(std::span<const Epoch> history, const std::string& title) {
  return of_history(history, title, {.label = "loss", .log = true}, &Epoch::loss, &Epoch::held_out_loss, 1);
}

LineChart accuracy_chart(std::span<const Epoch> history, const std::string& title) {
  return of_history(history, title, {.label = "accuracy, %"}, &Epoch::accuracy, &Epoch::held_out_accuracy, 100);
}

LineChart roc_chart(std::span<const RocCurve> curves, const std::string& title, std::span<const std::string> names) {
  require(names.empty() || names.size() == curves.size(), "roc_chart", "{} names are given for {} curves", names.size(),
          curves.size());
  std::vector<LineChart::Series> lines;
  for (const std::size_t c : least_of(curves, &RocCurve::true_positives, &RocCurve::area))
    lines.push_back(
        {.name = called(names, c, curves[c].area), .x = curves[c].false_positives, .y = curves[c].true_positives});
  lines.push_back({.name = "chance", .x = {0, 1}, .y = {0, 1}, .dashed = true});
  LineChart chart{.title = title, .x = {.label = "of the others, the fraction taken for it"}};
  chart.panel({.label = "of its rows, the fraction found"}, lines);
  return chart;
}

LineChart prediction_chart(const Tensor& values, const Tensor& targets, const std::string& title) {
  (void)regression_scores(values, targets);  // refuses what cannot be drawn
  LineChart::Series rows = {.name = "rows", .x = spread_over(targets), .y = spread_over(values), .points = true};
  const auto [low, high] = std::minmax_element(rows.x.begin(), rows.x.end());
  const LineChart::Series right = {.name = "right", .x = {*low, *high}, .y = {*low, *high}, .dashed = true};
  LineChart chart{.title = title, .x = {.label = "true"}};
  chart.panel({.label = "predicted"}, {rows, right});
  return chart;
}

LineChart residual_chart(const Tensor& values, const Tensor& targets, const std::string& title) {
  (void)regression_scores(values, targets);
  LineChart::Series rows = {.name = "rows", .x = spread_over(values), .y = spread_over(targets), .points = true};
  for (std::size_t i = 0; i < rows.y.size(); ++i) rows.y[i] -= rows.x[i];
  const auto [low, high] = std::minmax_element(rows.x.begin(), rows.x.end());
  const LineChart::Series none = {.name = "none", .x = {*low, *high}, .y = {0, 0}, .dashed = true};
  LineChart chart{.title = title, .x = {.label = "predicted"}};
  chart.panel({.label = "residual: true less predicted"}, {rows, none});
  return chart;
}

LineChart precision_recall_chart(std::span<const PrecisionRecallCurve> curves, const std::string& title,
                                 std::span<const std::string> names) {
  require(names.empty() || names.size() == curves.size(), "precision_recall_chart", "{} names are given for {} curves",
          names.size(), curves.size());
  std::vector<LineChart::Series> lines;
  for (const std::size_t c : least_of(curves, &PrecisionRecallCurve::recall, &PrecisionRecallCurve::average_precision))
    lines.push_back(
        {.name = called(names, c, curves[c].average_precision), .x = curves[c].recall, .y = curves[c].precision});
  LineChart chart{.title = title, .x = {.label = "recall: the fraction found"}};
  chart.panel({.label = "precision: the fraction right"}, lines);
  return chart;
}

}  // namespace logitape::inline v0
