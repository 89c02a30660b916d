// The V-curve of one derivative: the error of differences against their step, as text and as a figure.
#pragma once
#include <logitape.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

struct StepCurve {
  std::string element;                         // "logits[0,2]"
  double derivative = 0;                       // the rule's
  std::vector<double> step, central, forward;  // errors of (f(x+h) - f(x-h))/2h and (f(x+h) - f(x))/h
};

// sum(w*f(inputs)) with w between 1/2 and 3/2, so that no two results cancel; 1 where f is a scalar.
inline double weighed(const logitape::Tensor& y) {
  const std::vector<double> values = y.to_vector<double>();
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    sum += values.size() == 1 ? values[0] : values[i] * (0.5 + static_cast<double>(i % 7) / 7);
  return sum;
}
inline logitape::Tensor weights_like(const logitape::Tensor& y) {
  std::vector<double> w(static_cast<std::size_t>(y.size()), 1);
  for (std::size_t i = 0; w.size() > 1 && i < w.size(); ++i) w[i] = 0.5 + static_cast<double>(i % 7) / 7;
  return logitape::from_span(w, y.shape()).to(y.dtype());
}

// The derivative by element `at` of input `number`, at steps 1e-1 to 1e-12, three a decade; f computes in its inputs' dtype.
inline StepCurve step_curve(const logitape::TensorFunction& f, std::vector<logitape::Tensor> inputs, std::size_t number, std::size_t at) {
  namespace lt = logitape;
  const lt::Tensor x = inputs[number];
  StepCurve curve;
  inputs[number] = lt::variable(x);
  const lt::Tensor y = f(inputs);
  curve.derivative = lt::grad(y, {inputs[number]}, {.seed = weights_like(y), .unreached = lt::Unreached::zero})[0].to_vector<double>()[at];
  const auto value_at = [&](double h) {
    std::vector<double> moved = x.to_vector<double>();
    moved[at] += h;
    inputs[number] = lt::from_span(moved, x.shape()).to(x.dtype());
    return weighed(f(inputs));
  };
  const double here = value_at(0);
  for (int third = 3; third <= 36; ++third) {
    const double h = std::pow(10.0, -third / 3.0), above = value_at(h);
    curve.step.push_back(h);
    curve.central.push_back(std::fabs((above - value_at(-h)) / (2 * h) - curve.derivative));
    curve.forward.push_back(std::fabs((above - here) / h - curve.derivative));
  }
  return curve;
}

// Where an element stands among all of a shape, row-major; 0 for no index.
inline std::size_t position(const std::vector<std::int64_t>& index, const logitape::Shape& shape) {
  std::int64_t at = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis) at = at * shape[static_cast<int>(axis)] + index[axis];
  return static_cast<std::size_t>(at);
}

// "logits[0,2]"; of a scalar, its name.
inline std::string element_name(const std::string& input, const std::vector<std::int64_t>& index) {
  return index.empty() ? input : input + to_string(logitape::Ints(index));
}

// The lowest point of the central differences' curve, and its step; an error of exactly 0 counts.
inline std::size_t lowest_point(const StepCurve& curve) {
  const auto& e = curve.central;
  return static_cast<std::size_t>(std::min_element(e.begin(), e.end(), [](double a, double b) { return a < b || (a == a && b != b); }) -
                                  e.begin());
}

// 19 lines of at most 80 columns: o central, . one-sided; a row a decade or two, two columns a step.
inline void print_curve(std::FILE* out, const StepCurve& curve) {
  constexpr int rows = 13;
  double low = 300, high = -300;
  for (const auto* errors : {&curve.central, &curve.forward})
    for (const double e : *errors)
      if (e > 0 && std::isfinite(e)) low = std::min(low, std::log10(e)), high = std::max(high, std::log10(e));
  std::fprintf(out,
               "The V-curve: error of the derivative by %s, which the rule says is %.6g,\nagainst the step h (o central differences, . "
               "one-sided)\n\n",
               curve.element.c_str(), curve.derivative);
  if (low > high) {
    std::fprintf(out, "No step has any error at all: there is no curve to draw.\n");
    return;
  }
  const double bottom = std::floor(low), a_row = std::max(1.0, std::ceil((std::ceil(high) - bottom) / (rows - 1)));
  const int used = static_cast<int>(std::ceil((high - bottom) / a_row)) + 1;
  std::vector<std::string> lines(static_cast<std::size_t>(used), std::string(2 * curve.step.size(), ' '));
  const auto mark = [&](const std::vector<double>& errors, char sign) {
    for (std::size_t i = 0; i < errors.size(); ++i) {
      if (!std::isfinite(errors[i])) continue;
      const double row = errors[i] > 0 ? std::round((std::log10(errors[i]) - bottom) / a_row) : 0;
      lines[static_cast<std::size_t>(row)][2 * (errors.size() - 1 - i)] = sign;
    }
  };
  mark(curve.forward, '.');
  mark(curve.central, 'o');
  for (int row = used - 1; row >= 0; --row) {
    std::string& line = lines[static_cast<std::size_t>(row)];
    line.erase(line.find_last_not_of(' ') + 1);
    std::fprintf(out, "  1e%+03d |%s\n", static_cast<int>(bottom + row * a_row), line.c_str());
  }
  std::fprintf(out, "        +%s\n         ", std::string(2 * curve.step.size(), '-').c_str());
  for (int power = -12; power <= -1; power += 2) std::fprintf(out, "1e%-10d", power);
  const std::size_t best = lowest_point(curve);
  std::fprintf(out, "  h\n\nleast error of a central difference: %.2g, at h = %.1g\n", curve.central[best], curve.step[best]);
}

inline std::string curve_figure(const std::string& op, logitape::DType dtype, const StepCurve& curve) {
  logitape::LineChart chart{
      .title = op + ", " + std::string(logitape::name(dtype)) + ": error of d/d " + curve.element + " against the step",
      .x = {.label = "step h", .log = true}};
  chart.panel({.label = "error", .log = true}, {{"central", curve.step, curve.central}, {"one-sided", curve.step, curve.forward}});
  return logitape::svg(chart);
}
