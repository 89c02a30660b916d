// Sums of weights of right and wrong decisions, and a quotient at the end.
#include "logitape/train/metrics/multilabel.h"

#include <cmath>
#include <limits>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/data/detail/row_weights.h"

namespace logitape::inline v0 {
namespace {

double part_of(double part, double whole) { return whole == 0 ? 0 : part / whole; }

// The numbers, which are 0 and 1.
std::vector<double> indicators(const char* op, const char* what, const Tensor& x) {
  const std::vector<double> values = x.to_vector<double>();
  const auto labels = static_cast<std::size_t>(x.shape()[1]);
  for (std::size_t i = 0; i < values.size(); ++i)
    require(values[i] == 0 || values[i] == 1, op, "the {} at row {}, label {} is {}; 0 and 1 are needed", what,
            i / labels, i % labels, values[i]);
  return values;
}

void require_pairs(const char* op, const char* what, const Tensor& given, const Tensor& labels) {
  require(given.defined() && labels.defined() && given.rank() == 2 && given.shape() == labels.shape() &&
              given.shape()[0] > 0 && given.shape()[1] > 0,
          op, "the {} are {}, the labels {}; both need one shape [rows, labels], with rows", what, given, labels);
}

ClassScore score_of(double right, double named, double members) {
  return {.precision = part_of(right, named),
          .recall = part_of(right, members),
          .f1 = part_of(2 * right, named + members),
          .members = members,
          .named = named};
}

// Calls use(label, the probabilities of its absence and of it [rows, 2], which rows have it i64 [rows]).
template <class Use>
void each_label(const char* op, const Tensor& probabilities, const Tensor& labels, const Use& use) {
  require_pairs(op, "probabilities", probabilities, labels);
  const std::vector<double> p = probabilities.to_vector<double>(), ones = indicators(op, "label", labels);
  const std::int64_t rows = labels.shape()[0], width = labels.shape()[1];
  for (std::int64_t label = 0; label < width; ++label) {
    std::vector<double> two;
    std::vector<std::int64_t> has;
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto at = static_cast<std::size_t>(row * width + label);
      require(!std::isnan(p[at]), op, "the probability of label {} at row {} is NaN", label, row);
      two.insert(two.end(), {1 - p[at], p[at]});
      has.push_back(ones[at] != 0);
    }
    use(from_span(two, {rows, 2}), from_span(has, {rows}));
  }
}

}  // namespace

MultilabelScores multilabel_scores(const Tensor& decided, const Tensor& labels, const Tensor& weights) {
  const char* const op = "multilabel_scores";
  require_pairs(op, "decisions", decided, labels);
  const std::vector<double> said = indicators(op, "decision", decided), truth = indicators(op, "label", labels),
                            weight = train::checked_weights(op, weights, labels.shape()[0]);
  const auto width = static_cast<std::size_t>(labels.shape()[1]);
  std::vector<double> right(width), named(width), members(width);
  double rows = 0, all_right = 0, wrong = 0;
  for (std::size_t row = 0; row < weight.size(); ++row) {
    std::size_t mistakes = 0;
    for (std::size_t label = 0; label < width; ++label) {
      const double yes = said[row * width + label], has = truth[row * width + label];
      right[label] += weight[row] * yes * has;
      named[label] += weight[row] * yes;
      members[label] += weight[row] * has;
      mistakes += yes != has;
    }
    rows += weight[row];
    all_right += mistakes == 0 ? weight[row] : 0;
    wrong += weight[row] * static_cast<double>(mistakes);
  }
  MultilabelScores scores;
  double sums[3] = {};  // of right, named and members
  for (std::size_t label = 0; label < width; ++label) {
    scores.labels.push_back(score_of(right[label], named[label], members[label]));
    const ClassScore& s = scores.labels.back();
    scores.macro.precision += s.precision / static_cast<double>(width);
    scores.macro.recall += s.recall / static_cast<double>(width);
    scores.macro.f1 += s.f1 / static_cast<double>(width);
    sums[0] += right[label], sums[1] += named[label], sums[2] += members[label];
  }
  scores.micro = score_of(sums[0], sums[1], sums[2]);
  scores.macro.members = sums[2], scores.macro.named = sums[1];
  scores.subset_accuracy = all_right / rows;
  scores.hamming_loss = wrong / (rows * static_cast<double>(width));
  return scores;
}

std::vector<PrecisionRecallCurve> label_curves(const Tensor& probabilities, const Tensor& labels) {
  std::vector<PrecisionRecallCurve> curves;
  each_label("label_curves", probabilities, labels,
             [&](const Tensor& p, const Tensor& has) { curves.push_back(precision_recall_curves(p, has)[1]); });
  return curves;
}

std::vector<Threshold> tune_thresholds(const Tensor& probabilities, const Tensor& labels, const ThresholdGoal& goal) {
  std::vector<Threshold> thresholds;
  each_label("tune_thresholds", probabilities, labels, [&](const Tensor& p, const Tensor& has) {
    std::int64_t members = 0;
    for (const std::int64_t one : has.to_vector<std::int64_t>()) members += one;
    thresholds.push_back(members == 0 || members == has.size() ? Threshold{} : tune_threshold(p, has, goal));
  });
  return thresholds;
}

}  // namespace logitape::inline v0
