// Counts in integers, and a quotient at the end.
#include "logitape/train/metrics/scores.h"

#include <limits>

#include "logitape/train/metrics/detail/quotient.h"
#include "logitape/train/metrics/metrics.h"

namespace logitape::inline v0 {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

using Which = double ClassScore::*;

std::vector<double> by_class(Which which, const Tensor& confusion) {
  std::vector<double> numbers;
  for (const ClassScore& c : class_scores(confusion).classes) numbers.push_back(c.occurs() ? c.*which : nothing);
  return numbers;
}

double on_average(Which which, const Tensor& confusion, Average average) {
  const ClassScores scores = class_scores(confusion);
  const ClassScore& mean = average == Average::macro ? scores.macro : scores.weighted;
  return mean.occurs() ? mean.*which : nothing;
}

}  // namespace

ClassScores class_scores(const Tensor& confusion) {
  ClassScores scores;
  std::int64_t rows = 0, right = 0;
  double occurring = 0;
  for (const ClassCounts& c : class_counts(confusion)) {
    scores.classes.push_back({.precision = quotient(c.right, c.named),
                              .recall = quotient(c.right, c.members),
                              .f1 = quotient(2 * c.right, c.named + c.members),
                              .members = static_cast<double>(c.members),
                              .named = static_cast<double>(c.named)});
    occurring += scores.classes.back().occurs();
    rows += c.members;
    right += c.right;
  }
  scores.accuracy = quotient(right, rows);
  const auto average = [&](auto weight, double of) {
    ClassScore mean{.members = static_cast<double>(rows), .named = static_cast<double>(rows)};
    for (const ClassScore& c : scores.classes) {
      mean.precision += weight(c) * c.precision;
      mean.recall += weight(c) * c.recall;
      mean.f1 += weight(c) * c.f1;
    }
    for (double* const sum : {&mean.precision, &mean.recall, &mean.f1}) *sum = of == 0 ? 0 : *sum / of;
    return mean;
  };
  scores.macro = average([](const ClassScore&) { return 1.0; }, occurring);  // classes that do not occur add 0
  scores.weighted = average([](const ClassScore& c) { return c.members; }, static_cast<double>(rows));
  return scores;
}

std::vector<double> precision(const Tensor& confusion) { return by_class(&ClassScore::precision, confusion); }
std::vector<double> recall(const Tensor& confusion) { return by_class(&ClassScore::recall, confusion); }
std::vector<double> f1(const Tensor& confusion) { return by_class(&ClassScore::f1, confusion); }

double precision(const Tensor& confusion, Average average) {
  return on_average(&ClassScore::precision, confusion, average);
}
double recall(const Tensor& confusion, Average average) { return on_average(&ClassScore::recall, confusion, average); }
double f1(const Tensor& confusion, Average average) { return on_average(&ClassScore::f1, confusion, average); }

}  // namespace logitape::inline v0
