// Inputs for the tests of train/explain: rows as learners type them, and rows that go to the limits.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "logitape.h"

namespace logitape::tests {

// logits, labels and options of one input, and what it was made to try.
struct ExplainCase {
  Tensor logits, labels;
  ExplainOptions options = {};
  std::string what = {};
};

// The n-th of a long list: each has another number of classes, size, kind of label, option and dtype.
inline ExplainCase explain_case(int n) {
  constexpr double nowhere = -std::numeric_limits<double>::infinity();
  constexpr DType dtypes[] = {DType::f64, DType::f32, DType::bf16, DType::f16};
  constexpr double sizes[] = {1, 1e-3, 8, 40, 300, 1e4, 1e30};
  Generator rng{static_cast<std::uint64_t>(n) + 1};
  ExplainCase c;
  c.options.dtype = dtypes[n % 4];
  const double largest = c.options.dtype == DType::f16 ? 1e4 : 1e30;
  const double size = std::min(sizes[(n / 4) % 7], largest);
  const std::int64_t classes = 2 + n % 7 + (n % 50 == 9 ? 10 : 0), rows = n % 5 == 3 ? 3 : 1;
  std::vector<double> x = (randn({rows, classes}, rng, DType::f64) * size).to_vector(),
                      t = uniform({rows, classes}, rng, DType::f64).to_vector();
  const bool one_hot = n % 3 == 0, masked = n % 6 == 1 && classes > 2;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::size_t place = i % static_cast<std::size_t>(classes);
    if (one_hot) t[i] = place == 1 ? 1 : 0;
    else if (place == 0) t[i] = 0;  // a label of 0 among others
    if (masked && place == 0) x[i] = nowhere;
  }
  c.logits = from_span(x, {rows, classes});
  c.labels = from_span(t, {rows, classes});
  if (n % 7 == 2 && !masked) c.options.label_smoothing = 0.1;
  if (n % 7 == 4) c.options.temperature = 2.5;
  if (n % 9 == 5)
    for (std::int64_t i = 0; i < classes; ++i) c.options.class_weights.push_back(0.5 + static_cast<double>(i));
  if (n % 6 == 4) c.options.masked_classes = {0};
  if (c.options.label_smoothing > 0) c.options.masked_classes.clear();
  if (one_hot && n % 2 == 0 && c.options.label_smoothing == 0 && rows == 1)
    c.labels = from_span(std::vector<std::int64_t>{1}, {1});
  c.options.row = rows - 1;
  c.options.reduction = n % 5 == 3 && n % 2 == 0 ? Reduction::sum : Reduction::mean;
  c.options.denominator = n % 10 == 3 ? Denominator::weights : Denominator::count;
  c.what = std::string(name(c.options.dtype)) + ", size " + std::to_string(size) + ", case " + std::to_string(n);
  return c;
}

inline Explanation explained(const ExplainCase& c) { return explain(c.logits, c.labels, c.options); }

inline const ExplainedStep& step_of(const Explanation& e, const std::string& id) {
  for (const ExplainedStep& step : e.steps)
    if (step.id == id) return step;
  static const ExplainedStep none;
  return none;
}

}  // namespace logitape::tests
