// One walk down the sorted rows; the counts on both sides of each gap give the goal's value there.
#include "logitape/train/metrics/threshold.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <vector>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/detail/scored.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* threshold_op = "tune_threshold";

struct Decisions {
  std::int64_t true_positives, false_positives, true_negatives, false_negatives;
};

double value_of(const ThresholdGoal& goal, const Decisions& c) {
  const auto tp = static_cast<double>(c.true_positives), fp = static_cast<double>(c.false_positives),
             tn = static_cast<double>(c.true_negatives), fn = static_cast<double>(c.false_negatives);
  switch (goal.kind) {
    case ThresholdGoal::Kind::f1: return 2 * tp / (2 * tp + fp + fn);
    case ThresholdGoal::Kind::balanced: return (tp / (tp + fn) + tn / (tn + fp)) / 2;
    default: return (fp * goal.false_positive + fn * goal.false_negative) / (tp + fp + tn + fn);
  }
}

bool better(const ThresholdGoal& goal, double a, double b) {
  return goal.kind == ThresholdGoal::Kind::cost ? a < b : a > b;
}

double cost_in(std::string_view text, std::string_view all) {
  double cost = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), cost);
  require(error == std::errc() && rest == text.data() + text.size() && std::isfinite(cost) && cost >= 0,
          "ThresholdGoal", "the costs of \"{}\" are two finite numbers of at least 0, as in cost:1,5", all);
  return cost;
}

}  // namespace

ThresholdGoal ThresholdGoal::named(std::string_view text) {
  if (text == "f1") return {};
  if (text == "balanced") return {.kind = Kind::balanced};
  const std::size_t comma = text.find(',');
  require(text.starts_with("cost:") && comma != std::string_view::npos, "ThresholdGoal",
          "\"{}\" is no goal of a threshold: f1, balanced, or cost:FP,FN, what a wrong yes and a wrong no cost", text);
  ThresholdGoal goal{.kind = Kind::cost,
                     .false_positive = cost_in(text.substr(5, comma - 5), text),
                     .false_negative = cost_in(text.substr(comma + 1), text)};
  require(goal.false_positive + goal.false_negative > 0, "ThresholdGoal",
          "both costs of \"{}\" are 0: every threshold would be as good", text);
  return goal;
}

std::string ThresholdGoal::str() const {
  return kind == Kind::f1         ? "f1"
         : kind == Kind::balanced ? "balanced"
                                  : fmt::format("cost:{},{}", false_positive, false_negative);
}

Threshold tune_threshold(const Tensor& probabilities, const Tensor& labels, const ThresholdGoal& goal) {
  const train::Scored s = train::scored(threshold_op, probabilities, labels);
  require(s.classes == 2, threshold_op, "the probabilities are of {} classes; a threshold parts 2", s.classes);
  const auto members = std::count(s.labels.begin(), s.labels.end(), 1), rows = static_cast<std::ptrdiff_t>(s.rows);
  require(members > 0 && members < rows, threshold_op, "{} of {} labels are class 1: rows of both classes are needed",
          members, rows);
  std::vector<std::size_t> order(s.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto score = [&](std::size_t row) { return s.scores[2 * row + 1]; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) > score(b); });

  Threshold best;
  Decisions now{0, 0, rows - members, members};
  const auto consider = [&](double threshold) {
    const double value = value_of(goal, now);
    const bool nearer = value == best.value && std::fabs(threshold - 0.5) < std::fabs(best.threshold - 0.5);
    if (best.true_positives + best.true_negatives + best.false_positives + best.false_negatives > 0 &&
        !better(goal, value, best.value) && !nearer)
      return;
    best = {threshold,          value, best.at_half, now.true_positives, now.false_positives, now.true_negatives,
            now.false_negatives};
  };
  // nobody is said yes to: above every probability
  consider(std::nextafter(std::max(1.0, score(order[0])), 2 * std::max(1.0, score(order[0]))));
  double at_half = value_of(goal, now);
  for (std::size_t i = 0; i < s.rows; ++i) {
    const bool member = s.labels[order[i]] == 1;
    (member ? now.true_positives : now.false_positives) += 1;
    (member ? now.false_negatives : now.true_negatives) -= 1;
    const double own = score(order[i]);
    if (i + 1 < s.rows && score(order[i + 1]) == own) continue;  // equal scores pass the threshold together
    if (own >= 0.5) at_half = value_of(goal, now);
    const double below = i + 1 < s.rows ? score(order[i + 1]) : std::min(0.0, own);
    const double middle = own / 2 + below / 2;
    consider(middle > below ? middle : own);  // neighbours have no middle
  }
  best.at_half = at_half;
  return best;
}

}  // namespace logitape::inline v0
