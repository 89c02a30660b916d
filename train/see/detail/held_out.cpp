// A report's probabilities and labels: checks them, computes the scores, finds the hardest rows.
#include "logitape/train/see/detail/held_out.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/metrics/metrics.h"

namespace logitape::inline v0::train {
namespace {

constexpr std::size_t most_beliefs = 3;

void check(const char* op, const TrainingReport& r) {
  const auto rows = static_cast<std::size_t>(r.labels.size());
  const auto classes = static_cast<std::size_t>(r.probabilities.shape()[1]);
  require(r.classes.empty() || r.classes.size() == classes, op, "{} names are given for {} classes", r.classes.size(),
          classes);
  require(r.training_counts.empty() || r.training_counts.size() == classes, op,
          "{} counts of training rows are given for {} classes", r.training_counts.size(), classes);
  require(r.numbers.empty() || r.numbers.size() == rows, op, "{} numbers are given for {} rows", r.numbers.size(),
          rows);
  require(r.names.empty() || r.names.size() == rows, op, "{} names are given for {} rows", r.names.size(), rows);
  require(r.predicted.empty() || r.predicted.size() == rows, op, "{} predicted classes are given for {} rows",
          r.predicted.size(), rows);
  for (const std::int64_t p : r.predicted)
    require(p >= 0 && static_cast<std::size_t>(p) < classes, ErrorCode::out_of_range, op,
            "a row is named class {}; there are {}", p, classes);
  if (!r.inputs.defined()) return;
  require(r.inputs.rank() >= 2 && static_cast<std::size_t>(r.inputs.shape()[0]) == rows, op,
          "inputs are {}; [rows, ...] is needed, with the {} rows of the labels", r.inputs, rows);
  require(r.features.empty() ||
              (r.inputs.rank() == 2 && r.features.size() == static_cast<std::size_t>(r.inputs.shape()[1])),
          op, "{} names of features are given for inputs {}", r.features.size(), r.inputs);
}

HardRow hard_row(const std::vector<double>& probabilities, std::size_t classes, std::size_t row, std::size_t truth) {
  const double* const of = probabilities.data() + row * classes;
  std::vector<std::size_t> order(classes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t kept = std::min(most_beliefs, classes);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    [&](std::size_t a, std::size_t b) { return of[a] != of[b] ? of[a] > of[b] : a < b; });
  order.resize(kept);
  if (std::find(order.begin(), order.end(), truth) == order.end()) order.push_back(truth);
  HardRow hard{.row = row, .truth = truth, .beliefs = {}};
  for (const std::size_t c : order) hard.beliefs.push_back({c, of[c]});
  return hard;
}

std::vector<HardRow> hardest_of(const TrainingReport& r) {
  const auto probabilities = r.probabilities.to_vector<double>();
  const auto labels = r.labels.to_vector<std::int64_t>();
  const auto classes = static_cast<std::size_t>(r.probabilities.shape()[1]);
  const auto truth = [&](std::size_t row) { return static_cast<std::size_t>(labels[row]); };
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return probabilities[a * classes + truth(a)] < probabilities[b * classes + truth(b)];
  });
  order.resize(std::min(order.size(), r.hardest));
  std::vector<HardRow> rows;
  rows.reserve(order.size());
  for (const std::size_t row : order) rows.push_back(hard_row(probabilities, classes, row, truth(row)));
  return rows;
}

// As if the class that each row is named had all of the probability.
Tensor decided(const TrainingReport& r) {
  const auto classes = static_cast<std::size_t>(r.probabilities.shape()[1]);
  std::vector<float> one(r.predicted.size() * classes);
  for (std::size_t row = 0; row < r.predicted.size(); ++row)
    one[row * classes + static_cast<std::size_t>(r.predicted[row])] = 1;
  return from_span(one, r.probabilities.shape());
}

}  // namespace

double HeldOut::mean_area() const {
  double sum = 0;
  int count = 0;
  for (const RocCurve& c : curves)
    if (!std::isnan(c.area)) {
      sum += c.area;
      ++count;
    }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / count;
}

std::optional<HeldOut> held_out(const char* op, const TrainingReport& r) {
  require(r.probabilities.defined() == r.labels.defined(), op, "it has {}; both are needed, or none",
          std::string_view(r.labels.defined() ? "labels without probabilities" : "probabilities without labels"));
  if (!r.labels.defined()) return std::nullopt;
  HeldOut h;
  h.curves = roc_curves(r.probabilities, r.labels);
  h.reliability = reliability_diagram(r.probabilities, r.labels);
  check(op, r);
  h.precision_recall = precision_recall_curves(r.probabilities, r.labels);
  h.confusion = confusion_matrix(r.predicted.empty() ? r.probabilities : decided(r), r.labels);
  h.scores = class_scores(h.confusion);
  h.names = r.classes;
  if (h.names.empty())
    for (std::size_t c = 0; c < h.curves.size(); ++c) h.names.push_back(std::to_string(c));
  h.hardest = hardest_of(r);
  return h;
}

}  // namespace logitape::inline v0::train
