// Tests along random directions v: <g, v> against the slope of f (the dot-product test <Jv, u> = <v, J'u>), the
// Taylor remainder (f(x + h*v) - f(x - h*v))/2 - h*<g, v>, which falls with h^3 where g is right and with h where it is
// not, and the symmetry of mixed derivatives.
#include "logitape/autograd/check/detail/directions.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "logitape/autograd/check/detail/judge.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

// Every input moves by about its own size.
Points random_direction(Run& run, const Subject& s) {
  Points v;
  for (const Values& x : s.at) {
    const double typical = typical_size(x);
    v.push_back(random_signs(run.rng, x.size()));
    for (std::size_t e = 0; e < x.size(); ++e) v.back()[e] *= std::max(std::fabs(x[e]), typical / 8);
  }
  return v;
}

struct Dot {
  double value = 0, magnitude = 0, norm = 0;  // sum, sum of absolute values, root of the sum of squares
};
Dot dot(const Points& g, const Points& v) {
  Dot d;
  long double squares = 0;  // which overflow a double at 1e155
  for (std::size_t i = 0; i < g.size(); ++i)
    for (std::size_t e = 0; e < g[i].size(); ++e) {
      const double term = g[i][e] * v[i][e];
      d.value += term;
      d.magnitude += std::fabs(term);
      squares += static_cast<long double>(term) * term;
    }
  d.norm = static_cast<double>(std::sqrt(squares));
  return d;
}

// What underflow may take from gradients of this dtype, along v. f16 ends soonest.
double underflow_along(const Subject& s, const Points& v) {
  double lengths = 0;
  for (const Values& of_input : v)
    for (const double part : of_input) lengths += std::fabs(part);
  return (s.epsilon == epsilon_of(DType::f16) ? 0x1p-24 : smallest_of(s.epsilon)) * lengths;
}

double allowed_along(const Subject& s, const Analytic& a, const Tolerances& t, const Points& v, const Dot& d,
                     const Slope& n) {
  return t.relative * d.norm + 4 * s.epsilon * (d.magnitude + dot(a.sensitivity, v).magnitude + n.magnitude) +
         8 * dot(a.roughness, v).magnitude + 3 * n.error_bar + 8 * underflow_along(s, v);
}

GradientTest dot_product(const Subject& s, const Analytic& a, const Tolerances& t, const Points& v, double& allowed) {
  const Line line = line_along(s, a, v);
  const Dot d = dot(a.gradient, v);
  const Slope n = differentiate(line, 0.05 * t.relative * d.norm);
  allowed = allowed_along(s, a, t, v, d, n);
  GradientTest test{"dot product", s.name, s.order, Verdict::pass, d.value, n.value, allowed, ""};
  const bool agrees = std::fabs(d.value - n.value) <= allowed;
  const double size = std::max(d.norm, std::fabs(n.value));
  const bool known = allowed <= t.resolution * size || size <= underflow_along(s, v);
  if (!agrees)
    test.verdict =
        std::isfinite(n.value) && std::isfinite(n.error_bar) && !n.stairs ? Verdict::fail : Verdict::inconclusive;
  else if (!known) test.verdict = Verdict::inconclusive;
  if (test.verdict != Verdict::pass && look_for_kink(line).found) {
    test.verdict = Verdict::inconclusive;
    test.text = "there is a kink at these inputs: check by differences, which set the elements at kinks aside";
  } else {
    test.text = fmt::format("<v, J'u> is {:.12g}, <Jv, u> {:.12g} +- {:.1g}", d.value, n.value, n.error_bar);
  }
  return test;
}

// The order in h with which the remainder falls, from the last steps at which it stands out of the rounding. Central,
// so that a right gradient leaves h^3 and the two orders are far apart.
GradientTest taylor(const Subject& s, const Analytic& a, const Tolerances& t, const Points& v) {
  const Line line = line_along(s, a, v);
  const Dot d = dot(a.gradient, v);
  GradientTest test{"taylor", s.name, s.order, Verdict::pass, 3, 3, 0, ""};
  double noise = 0;
  for (std::size_t k = 0; k < a.seed.size(); ++k) noise += std::pow(a.seed[k] * a.noise[k], 2);
  // a gradient may be what is left of terms as large as the function itself
  noise = std::hypot(std::sqrt(noise), s.reference_epsilon * s.below * largest(a.seed));
  const double underflow = 8 * underflow_along(s, v);
  const double own_rounding =
      4 * s.epsilon * (d.magnitude + dot(a.sensitivity, v).magnitude) + 8 * dot(a.roughness, v).magnitude + underflow;
  std::vector<double> remainders;
  bool unseen_before = false;
  double seen = 0;  // by how much the gradient's own part stands out of the rounding
  // NOLINTNEXTLINE(clang-analyzer-security.FloatLoopCounter): halves are exact
  for (double h = 0.125; h > 1e-9; h /= 2) {
    const Sample up = line.at(h), down = line.at(-h);
    double remainder = -h * d.value;
    for (std::size_t k = 0; k < a.seed.size(); ++k) remainder += a.seed[k] * (up.y[k] - down.y[k]) / 2;
    if (!std::isfinite(remainder)) continue;
    const double unseen = 64 * noise + 4 * h * own_rounding;
    seen = std::max(seen, unseen > 0 ? h * d.norm / unseen : 0);
    if (std::fabs(remainder) <= unseen) {
      // it vanished at once instead of falling: once h is below the distance to a kink, there is no remainder
      if (!remainders.empty() && remainders.back() > 100 * unseen) remainders.clear();
      unseen_before = true;
      continue;
    }
    // h^1 and h^3 of opposite signs may cancel at one step: the remainders nearer to x count
    if (std::exchange(unseen_before, false)) remainders.clear();
    remainders.push_back(std::fabs(remainder));
  }
  const std::size_t n = remainders.size(), over = std::min<std::size_t>(3, n < 2 ? 0 : n - 1);
  if (over == 0) {
    // where no gradient would stand out either, nothing is known
    const bool known = d.norm == 0 ? differentiate(line, 0).error_bar == 0 : seen * t.resolution >= 1;
    test.verdict = n == 0 && known ? Verdict::pass : Verdict::inconclusive;
    test.text = n != 0  ? "too few remainders stand out of the rounding"
                : known ? "no remainder stands out of the rounding"
                        : "neither the gradient nor a remainder stands out of the rounding";
    return test;
  }
  test.found = std::log2(remainders[n - 1 - over] / remainders[n - 1]) / static_cast<double>(over);
  test.verdict = test.found > 2.2 ? Verdict::pass
                 : test.found < 1.5 && std::none_of(line.stairs.begin(), line.stairs.end(), std::identity())
                     ? Verdict::fail
                     : Verdict::inconclusive;
  test.text = fmt::format("the remainder falls with h^{:.2f}: h^3 is a right gradient, h^1 a wrong one", test.found);
  if (test.verdict != Verdict::pass && look_for_kink(line).found) {
    test.verdict = Verdict::inconclusive;
    test.text = "there is a kink at these inputs: check by differences, which set the elements at kinks aside";
  }
  return test;
}

// The part of all elements in which an error of 2% would have been seen by one of the projections.
GradientTest power_of(const Subject& s, const Analytic& a, const std::vector<Points>& directions,
                      const Values& allowed) {
  std::int64_t all = 0, visible = 0;
  for (std::size_t i = 0; i < s.inputs.size(); ++i)
    for (std::size_t e = 0; e < s.at[i].size(); ++e, ++all)
      for (std::size_t p = 0; p < directions.size(); ++p)
        if (std::fabs(0.02 * a.gradient[i][e] * directions[p][i][e]) > 2 * allowed[p]) {
          ++visible;
          break;
        }
  GradientTest test{
      "power", s.name, s.order, Verdict::pass, all ? static_cast<double>(visible) / static_cast<double>(all) : 1,
      1,       0,      ""};
  test.text = fmt::format("one wrong element of {}, 2% off, would be seen with probability {:.3g}", all, test.found);
  return test;
}

}  // namespace

void check_directions(Run& run, const Subject& s, const Analytic& a) {
  const CheckMethod methods = run.options.methods;
  const Tolerances t = tolerances_of(s, run.options);
  const bool fast = has(methods, CheckMethod::fast);
  if (has(methods, CheckMethod::taylor)) {
    // where the gradient's terms cancel along v, a wrong factor hardly shows
    Points v = random_direction(run, s);
    for (int tries = 0; tries < 8 && 2 * std::fabs(dot(a.gradient, v).value) < dot(a.gradient, v).norm; ++tries)
      v = random_direction(run, s);
    add_test(run, taylor(s, a, t, v));
  }
  std::vector<Points> directions;
  Values allowed;
  const int count = fast ? run.options.projections : has(methods, CheckMethod::dot_product) ? 1 : 0;
  for (int p = 0; p < count; ++p) {
    directions.push_back(random_direction(run, s));
    allowed.push_back(0);
    add_test(run, dot_product(s, a, t, directions.back(), allowed.back()));
  }
  if (fast) add_test(run, power_of(s, a, directions, allowed));
}

void check_symmetry(Run& run, const Subject& s, const Analytic& a, const std::vector<Points>& gradients,
                    const std::vector<Values>& seeds) {
  const Tolerances t = tolerances_of(s, run.options);
  const double y = largest(a.y0) * largest(a.seed);
  for (std::size_t i = 0; i < seeds.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const Dot ij = dot({gradients[i][j]}, {seeds[j]}), ji = dot({gradients[j][i]}, {seeds[i]});
      // terms that cancel to 0 may be as large as f or its inputs, divided once by each of the two inputs
      const double xi = typical_size(s.at[i]), xj = typical_size(s.at[j]);
      const double rounding =
          s.epsilon * (y + xi + xj) / (xi * xj) * static_cast<double>(seeds[i].size() + seeds[j].size());
      const double allowed =
          t.relative * std::max(ij.norm, ji.norm) + 64 * (s.epsilon * std::max(ij.magnitude, ji.magnitude) + rounding);
      const bool same =
          !(std::fabs(ij.value - ji.value) > allowed) || !std::isfinite(ij.value) || !std::isfinite(ji.value);
      const std::string &by_i = s.inputs[i].name, &by_j = s.inputs[j].name;
      add_test(run, {"symmetry", s.name, s.order + 1, same ? Verdict::pass : Verdict::fail, ij.value, ji.value, allowed,
                     fmt::format("by {0}, then {1}: {2:.12g} along random directions; by {1}, then {0}: {3:.12g}", by_i,
                                 by_j, ij.value, ji.value)});
    }
}

}  // namespace logitape::inline v0::gradcheck
