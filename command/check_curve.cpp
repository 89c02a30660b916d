// (f(x+h) - f(x-h)) / 2h beside the rule's derivative, for every h.
#include "check_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace command {
namespace {

// The derivative is that of sum(w*f), with w from 1/2 to 3/2 so that results do not cancel; w is 1 if there is one
// result.
std::vector<double> seed_of(std::int64_t results) {
  std::vector<double> w(static_cast<std::size_t>(results), 1);
  for (std::size_t i = 0; results > 1 && i < w.size(); ++i) w[i] = 0.5 + static_cast<double>(i % 7) / 6;
  return w;
}
double weighed(const lt::Tensor& y) {
  const std::vector<double> values = y.to_vector<double>(), w = seed_of(y.size());
  return std::inner_product(values.begin(), values.end(), w.begin(), 0.0);
}

// The derivatives of that sum by an input, from the rules.
std::vector<double> derivatives(const lt::TensorFunction& f, std::vector<lt::Tensor> inputs, std::size_t number) {
  inputs[number] = lt::variable(inputs[number]);
  const lt::Tensor y = f(inputs);
  const lt::Tensor weights = lt::from_span(seed_of(y.size()), y.shape()).to(y.dtype()).to(y.device());
  return lt::grad(y, {inputs[number]}, {.seed = weights, .unreached = lt::Unreached::zero})[0].to_vector<double>();
}

// The lowest point of the central differences' curve, and its step; an error of exactly 0 counts.
std::size_t lowest_point(const StepCurve& curve) {
  const auto& e = curve.central;
  return static_cast<std::size_t>(
      std::min_element(e.begin(), e.end(), [](double a, double b) { return a < b || (a == a && b != b); }) - e.begin());
}

}  // namespace

std::vector<std::int64_t> steepest(const lt::TensorFunction& f, const std::vector<lt::Tensor>& inputs) {
  const std::vector<double> slopes = derivatives(f, inputs, 0);
  const auto less = [](double a, double b) { return std::fabs(a) < std::fabs(b); };
  std::int64_t at = std::max_element(slopes.begin(), slopes.end(), less) - slopes.begin();
  std::vector<std::int64_t> index(static_cast<std::size_t>(inputs[0].rank()));
  for (int axis = inputs[0].rank() - 1; axis >= 0; --axis) {
    const std::int64_t extent = inputs[0].shape()[axis];
    index[static_cast<std::size_t>(axis)] = at % extent;
    at /= extent;
  }
  return index;
}

StepCurve step_curve(const lt::TensorFunction& f, std::vector<lt::Tensor> inputs, const Place& place) {
  const lt::Tensor x = inputs[place.input];
  std::int64_t row_major = 0;
  for (std::size_t axis = 0; axis < place.index.size(); ++axis)
    row_major = row_major * x.shape()[static_cast<int>(axis)] + place.index[axis];
  const std::size_t at = static_cast<std::size_t>(row_major);
  const auto value_at = [&](double h) {
    std::vector<double> moved = x.to_vector<double>();
    moved[at] += h;
    inputs[place.input] = lt::from_span(moved, x.shape()).to(x.dtype()).to(x.device());
    return weighed(f(inputs));
  };
  StepCurve curve{
      .element = place.index.empty() ? place.input_name : place.input_name + to_string(lt::Ints(place.index)),
      .derivative = derivatives(f, inputs, place.input)[at]};
  const double here = value_at(0);
  for (int third = 3; third <= 36; ++third) {
    const double h = std::pow(10.0, -third / 3.0), above = value_at(h);
    curve.step.push_back(h);
    curve.central.push_back(std::fabs((above - value_at(-h)) / (2 * h) - curve.derivative));
    curve.forward.push_back(std::fabs((above - here) / h - curve.derivative));
  }
  return curve;
}

void print_curve(std::FILE* out, const StepCurve& curve) {
  double low = 300, high = -300;
  bool zero = false;
  for (const auto* errors : {&curve.central, &curve.forward})
    for (const double e : *errors) {
      zero = zero || e == 0;
      if (e > 0 && std::isfinite(e)) low = std::min(low, std::log10(e)), high = std::max(high, std::log10(e));
    }
  if (low > high) low = high = 0;  // only zeros
  constexpr int rows = 13;
  const double bottom = std::floor(low), a_row = std::max(1.0, std::ceil((high - bottom) / (rows - 2)));
  std::vector<std::string> lines(static_cast<std::size_t>(std::round((high - bottom) / a_row)) + 2,
                                 std::string(2 * curve.step.size(), ' '));
  const auto mark = [&](const std::vector<double>& errors, char sign) {
    for (std::size_t i = 0; i < errors.size(); ++i) {
      if (!std::isfinite(errors[i])) continue;
      const double row = errors[i] > 0 ? 1 + std::round((std::log10(errors[i]) - bottom) / a_row) : 0;
      lines[static_cast<std::size_t>(row)][2 * (errors.size() - 1 - i)] = sign;
    }
  };
  mark(curve.forward, '.');
  mark(curve.central, 'o');

  std::fprintf(out, "The V-curve of the derivative by %s, by the rule %.6g:\n", curve.element.c_str(),
               curve.derivative);
  std::fprintf(out, "errors of central (o) and one-sided (.) differences of step h\n\n");
  for (std::size_t row = lines.size(); row-- > (zero ? 0u : 1u);) {
    std::string& line = lines[row];
    line.erase(line.find_last_not_of(' ') + 1);
    if (row == 0) std::fprintf(out, "      0 |%s\n", line.c_str());
    else
      std::fprintf(out, "  1e%+03d |%s\n", static_cast<int>(bottom + static_cast<double>(row - 1) * a_row),
                   line.c_str());
  }
  std::fprintf(out, "        +%s\n         ", std::string(2 * curve.step.size(), '-').c_str());
  for (int power = -12; power <= -4; power += 2) std::fprintf(out, "1e%-10d", power);
  const std::size_t best = lowest_point(curve);
  std::fprintf(out, "1e-2    h\nleast error of a central difference: %.2g, at h = %.1g\n", curve.central[best],
               curve.step[best]);
}

std::string curve_figure(const std::string& op, lt::DType dtype, const StepCurve& curve) {
  lt::LineChart chart{
      .title = op + ", " + std::string(lt::name(dtype)) + ": error of d/d " + curve.element + " against the step",
      .x = {.label = "step h", .log = true}};
  chart.panel({.label = "error", .log = true},
              {{"central", curve.step, curve.central}, {"one-sided", curve.step, curve.forward}});
  return lt::svg(chart);
}

}  // namespace command
