// Counts in integers, and a quotient for each point.
#include "logitape/train/metrics/precision_recall.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "logitape/train/metrics/detail/quotient.h"
#include "logitape/train/metrics/detail/scored.h"

namespace logitape::inline v0 {
namespace {

PrecisionRecallCurve precision_recall_curve(const train::Scored& s, std::size_t of) {
  std::vector<std::size_t> order(s.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto score = [&](std::size_t row) { return s.scores[row * s.classes + of]; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) > score(b); });
  const auto members = std::count(s.labels.begin(), s.labels.end(), static_cast<std::int64_t>(of));
  PrecisionRecallCurve curve;
  if (members == 0) {
    curve.average_precision = std::numeric_limits<double>::quiet_NaN();
    return curve;
  }
  std::int64_t right = 0, before = 0;
  for (std::size_t i = 0; i < s.rows; ++i) {
    right += static_cast<std::size_t>(s.labels[order[i]]) == of;
    if (i + 1 < s.rows && score(order[i]) == score(order[i + 1])) continue;  // equal scores pass the threshold together
    curve.thresholds.push_back(score(order[i]));
    curve.precision.push_back(quotient(right, static_cast<std::int64_t>(i) + 1));
    curve.recall.push_back(quotient(right, members));
    curve.average_precision += static_cast<double>(right - before) * curve.precision.back();
    before = right;
  }
  curve.average_precision /= static_cast<double>(members);
  return curve;
}

}  // namespace

std::vector<PrecisionRecallCurve> precision_recall_curves(const Tensor& probabilities, const Tensor& labels) {
  const train::Scored s = train::scored("precision_recall_curves", probabilities, labels);
  std::vector<PrecisionRecallCurve> curves;
  for (std::size_t c = 0; c < s.classes; ++c) curves.push_back(precision_recall_curve(s, c));
  return curves;
}

}  // namespace logitape::inline v0
