// Counts in integers, and a quotient at the end.
#include "logitape/train/metrics/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/detail/quotient.h"
#include "logitape/train/metrics/detail/scored.h"
#include "logitape/train/metrics/metrics.h"

namespace logitape::inline v0 {
namespace {

using train::Scored;
using train::scored;

// Counts of rows above a threshold.
struct Point {
  std::int64_t others, members;
};

// Whether b lies on the way from a to c.
bool on_line(const Point& a, const Point& b, const Point& c) {
  return (b.others - a.others) * (c.members - b.members) == (c.others - b.others) * (b.members - a.members);
}

RocCurve roc_curve(const Scored& s, std::size_t of) {
  std::vector<std::size_t> order(s.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto score = [&](std::size_t row) { return s.scores[row * s.classes + of]; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) > score(b); });

  std::vector<Point> points = {{0, 0}};
  Point now{0, 0}, before{0, 0};
  std::int64_t twice_area = 0;  // in pairs of a member and another; rows^2 / 2 at most
  for (std::size_t i = 0; i < s.rows; ++i) {
    (static_cast<std::size_t>(s.labels[order[i]]) == of ? now.members : now.others) += 1;
    if (i + 1 < s.rows && score(order[i]) == score(order[i + 1])) continue;  // equal scores pass the threshold together
    twice_area += (now.others - before.others) * (now.members + before.members);
    if (points.size() >= 2 && on_line(points[points.size() - 2], points.back(), now)) points.back() = now;
    else points.push_back(now);
    before = now;
  }
  if (now.members == 0 || now.others == 0) return {{}, {}, std::numeric_limits<double>::quiet_NaN()};
  RocCurve curve;
  curve.area = static_cast<double>(twice_area) / static_cast<double>(2 * now.members * now.others);
  for (const Point& p : points) {
    curve.false_positives.push_back(quotient(p.others, now.others));
    curve.true_positives.push_back(quotient(p.members, now.members));
  }
  return curve;
}

}  // namespace

std::vector<RocCurve> roc_curves(const Tensor& probabilities, const Tensor& labels) {
  const Scored s = scored("roc_curves", probabilities, labels);
  std::vector<RocCurve> curves;
  for (std::size_t c = 0; c < s.classes; ++c) curves.push_back(roc_curve(s, c));
  return curves;
}

ReliabilityDiagram reliability_diagram(const Tensor& probabilities, const Tensor& labels, int bins) {
  const char* const op = "reliability_diagram";
  require(bins >= 1, op, "{} bins are asked for; at least 1 is needed", bins);
  const Scored s = scored(op, probabilities, labels);
  ReliabilityDiagram diagram;
  for (int b = 0; b < bins; ++b) diagram.bins.push_back({.low = quotient(b, bins), .high = quotient(b + 1, bins)});
  std::vector<std::int64_t> right(diagram.bins.size());
  for (std::size_t r = 0; r < s.rows; ++r) {
    const auto row = s.row(r);
    const auto named = std::max_element(row.begin(), row.end());
    require(*named >= 0 && *named <= 1 + 1e-6, op, "the largest probability at row {} is {}; [0, 1] is needed", r,
            *named);  // 1e-6: rounded to f32
    const auto bin =
        std::find_if(diagram.bins.begin(), diagram.bins.end() - 1, [&](const auto& b) { return *named <= b.high; });
    ++bin->rows;
    bin->confidence += *named;
    right[static_cast<std::size_t>(bin - diagram.bins.begin())] += named - row.begin() == s.labels[r];
  }
  for (std::size_t b = 0; b < right.size(); ++b) {
    ReliabilityDiagram::Bin& bin = diagram.bins[b];
    bin.confidence = bin.rows == 0 ? 0 : bin.confidence / static_cast<double>(bin.rows);
    bin.accuracy = quotient(right[b], bin.rows);
  }
  return diagram;
}

double expected_calibration_error(const ReliabilityDiagram& diagram) {
  double error = 0, rows = 0;
  for (const ReliabilityDiagram::Bin& bin : diagram.bins) {
    error += static_cast<double>(bin.rows) * std::abs(bin.accuracy - bin.confidence);
    rows += static_cast<double>(bin.rows);
  }
  return rows == 0 ? 0 : error / rows;
}

}  // namespace logitape::inline v0
