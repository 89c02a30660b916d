// Numbers: the errors, predicted against true, the residuals, and the rows that are furthest off.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/regression.h"
#include "logitape/train/see/detail/html.h"
#include "logitape/train/see/detail/task_parts.h"
#include "logitape/train/see/detail/text_canvas.h"
#include "logitape/train/see/figure.h"
#include "logitape/train/see/text_figure.h"

namespace logitape::inline v0::train {
namespace {

std::string short_text(double x) { return fmt::format("{:.5g}", x); }

// Row, true, predicted, off by: the rows that are furthest off.
std::vector<std::vector<std::string>> furthest(const TrainingReport& r) {
  const std::vector<double> said = r.values.to_vector<double>(), y = r.labels.to_vector<double>();
  std::vector<std::size_t> order(y.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return std::abs(y[a] - said[a]) > std::abs(y[b] - said[b]); });
  order.resize(std::min(order.size(), r.hardest));
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t row : order)
    rows.push_back({std::to_string(r.numbers.empty() ? static_cast<std::int64_t>(row) : r.numbers[row]),
                    short_text(y[row]), short_text(said[row]), short_text(y[row] - said[row])});
  return rows;
}

}  // namespace

TaskParts parts_of_numbers(const char* op, const TrainingReport& r, const Terminal& terminal) {
  const RegressionScores scores = regression_scores(r.values, r.labels, r.weights);
  require(r.numbers.empty() || static_cast<std::int64_t>(r.numbers.size()) == r.labels.shape()[0], op,
          "{} numbers are given for {} rows", r.numbers.size(), r.labels.shape()[0]);
  LineChart predictions = prediction_chart(r.values, r.labels, "Predicted against true"),
            residuals = residual_chart(r.values, r.labels, "Residuals");
  TaskParts parts;
  parts.headline = {{"RMSE", short_text(scores.root_mean_squared_error)},
                    {"MAE", short_text(scores.mean_absolute_error)},
                    {"R2", fmt::format("{:.4f}", scores.r2)},
                    {"rows held out", std::to_string(r.labels.shape()[0])}};
  parts.text = chart_text(predictions, terminal) + "\n" + chart_text(residuals, terminal) + "\n";
  predictions.width = residuals.width = 470;
  parts.html =
      section("Numbers", figures({figure(svg(predictions), "A dot a row; on the dashed line it is right."),
                                  figure(svg(residuals),
                                         "What is true less what was predicted. A bend, or a spread that grows "
                                         "to one side, is something that it has not learnt.")})) +
      section("Furthest off", table({"row", "true", "predicted", "off by"}, furthest(r), 0));
  return parts;
}

}  // namespace logitape::inline v0::train
