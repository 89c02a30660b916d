// The verdict on one element, and the sentence where there is none.
#include "logitape/autograd/check/detail/judge.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {

Judge judge_of(const Subject& s, const Analytic& a, std::size_t input, std::size_t element,
               const GradcheckOptions& options) {
  Judge j;
  j.called = s.called;
  j.tolerances = tolerances_of(s, options);
  j.epsilon = s.epsilon;
  j.arithmetic = s.reference_epsilon;  // a narrow dtype's is seen in its distance to f64
  j.sensitivity = a.sensitivity[input][element];
  j.roughness = a.roughness[input][element];
  j.reach = a.reach[input][element];
  j.terms = a.terms / std::max({std::fabs(s.at[input][element]), typical_size(s.at[input]), 1.0});
  j.tiny = 8 * smallest_of(s.epsilon);
  j.finite = std::all_of(a.y0.begin(), a.y0.end(), [](double y) { return std::isfinite(y); });
  return j;
}

Tolerances tolerances_of(const Subject& s, const GradcheckOptions& options) {
  const bool f64 = s.epsilon <= 0x1p-52, half = s.epsilon > 0x1p-20;
  Tolerances t;
  t.relative = f64 ? 1e-9 : std::max(half ? 4.0 : 32.0, 8 * s.forward_error) * s.epsilon;
  if (s.reference_epsilon > 0x1p-52)
    t.relative = std::max(t.relative, std::sqrt(s.reference_epsilon));  // narrow differences
  t.resolution = f64 ? 1e-6 : std::max(1e-3, 16 * t.relative);
  if (s.reference_epsilon > 0x1p-52) t.resolution = std::max(t.resolution, 100 * t.relative);
  t.resolution = std::min(t.resolution, 0.5);  // where rounding does more, nothing is known
  if (options.relative > 0) t.relative = options.relative;
  if (options.resolution > 0) t.resolution = options.resolution;
  if (options.relative > 0) t.resolution = std::max(t.resolution, 2 * t.relative);
  return t;
}

Judge doubled(Judge judge) {
  judge.tolerances = {1e-9, 1e-6};
  judge.epsilon = 0x1p-52;
  judge.arithmetic = 0x1p-96;
  judge.roughness = 0;
  return judge;
}

bool Judge::overflows(double a, const Slope& n) const {
  const double most = epsilon <= 0x1p-52 ? 0x1p1023 : epsilon == epsilon_of(DType::f16) ? 0x1p15 : 0x1p127;
  return std::isinf(a) && a * n.value > 0 && std::fabs(n.value) >= most;
}

double Judge::larger(double a, const Slope& n) const {
  const double most = std::max(std::fabs(a), std::fabs(n.value));
  return std::isfinite(most) ? most : std::fabs(n.value);
}

double Judge::allowed(double a, const Slope& n) const {
  return tolerances.relative * larger(a, n) + rounding(n) + 3 * n.error_bar + tiny;
}

bool Judge::zero(double a, const Slope& n) const {
  return std::fabs(a) <= rounding(n) + tiny && std::fabs(n.value) <= allowed(a, n);
}

double Judge::scale(double a, const Slope& n) const {
  return zero(a, n) ? std::max({larger(a, n), n.magnitude, n.turning, n.natural, reach}) : larger(a, n);
}

bool Judge::known(double a, const Slope& n) const {
  if (larger(a, n) <= tiny && n.error_bar * std::min(n.step, 1.0) <= 8 * tiny)
    return true;  // f moves by less than the smallest number
  return allowed(a, n) <= tolerances.resolution * scale(a, n);
}

double Judge::seen(double a, const Slope& n) const { return scale(a, n) > tiny ? allowed(a, n) / scale(a, n) : 0; }

Verdict Judge::operator()(double a, const Slope& n) const {
  if (std::isnan(a) && std::isnan(n.value)) return Verdict::pass;
  if (a == n.value && n.error_bar == 0) return Verdict::pass;
  if (overflows(a, n)) return Verdict::inconclusive;
  if (!std::isfinite(a))
    return finite && n.converged && n.error_bar <= 1e-6 * std::fabs(n.value) ? Verdict::fail : Verdict::inconclusive;
  if (!std::isfinite(allowed(a, n))) return Verdict::inconclusive;
  if (const double off = std::fabs(a - n.value); !(off <= allowed(a, n))) {
    // the value is known to a twentieth of the distance or better; a 0 may hide what is below the rounding of f, or of
    // the terms that cancel in the rule
    const bool sure = std::isfinite(n.value) && n.converged && n.error_bar <= 0.05 * off && !n.stairs;
    // numbers so small lose digits in every product
    const bool below =
        larger(a, n) < 0x1p-1000 || (n.value == 0 && (off <= 4 * n.hidden || off <= 64 * arithmetic * terms));
    return sure && !below ? Verdict::fail : Verdict::inconclusive;
  }
  return known(a, n) && !n.stairs ? Verdict::pass : Verdict::inconclusive;
}

std::string Judge::reason(double a, const Slope& n, const char* dtype, bool more_than_double) const {
  if (!std::isfinite(n.value) || !std::isfinite(n.error_bar))
    return fmt::format("{} is not finite around there: choose inputs further from where its values end", called);
  if (overflows(a, n))
    return fmt::format("it is about {:.3g}, above the largest number of {}: choose another scale", n.value, dtype);
  if (n.stairs)
    return fmt::format(
        "{0} moves in steps, as a cast to a narrower dtype makes it: from afar they look like a slope, between them it "
        "is 0. Choose that dtype, or inputs of a scale at which {0} is smooth",
        called);
  const double wanted = tolerances.resolution * scale(a, n) / 2;
  if (rounding(n) > wanted)
    return fmt::format(
        "the rule's own arithmetic in {} leaves it uncertain by {:.1g}: check it in a wider dtype, or where fewer "
        "digits cancel",
        dtype, rounding(n));
  if (n.absorbed > 0.1 * n.error_bar && n.absorbed > 0)
    return fmt::format(
        "{0} absorbs it: a result of {1:.3g} holds no change below its rounding, {2:.1g} of slope{3}. What decides it: "
        "inputs nearer 0, where {0} is not saturated, a scale at which no large term hides it, or a function that "
        "keeps "
        "these digits, as log_softmax does for softmax",
        called, n.absorbing, n.absorbed, more_than_double ? ", and twice the digits of f64 do not either" : "");
  if (n.rounding > 0.5 * n.error_bar)
    return fmt::format(
        "{0}'s results are rounded by {1:.1g} of slope, and it is {2:.1g} itself, of which {3:.1g} has to be visible: "
        "check it in a wider dtype, or at a scale at which less cancels in {0}",
        called, n.rounding, larger(a, n), tolerances.resolution * scale(a, n));
  return fmt::format(
      "differences disagree from step to step: {} turns, bends or ends within them. Choose an input further from there",
      called);
}

std::vector<std::int64_t> multi_index(std::size_t flat, const Shape& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  auto rest = static_cast<std::int64_t>(flat);
  for (int r = shape.rank() - 1; r >= 0; --r) {
    index[static_cast<std::size_t>(r)] = rest % shape[r];
    rest /= shape[r];
  }
  return index;
}

GradientElement element_of(const Subject& s, std::size_t i, std::size_t e, double a, const Slope& n,
                           const Judge& judge) {
  GradientElement found;
  found.verdict = judge(a, n);
  found.order = s.order;
  found.function = s.name;
  found.input = s.inputs[i].number;
  found.input_name = s.inputs[i].name;
  found.index = multi_index(e, s.inputs[i].shape);
  found.analytic = a;
  found.numeric = n.value;
  found.error_bar = n.error_bar;
  found.step = n.step;
  found.allowed = judge.allowed(a, n);
  found.absolute = std::fabs(a - n.value);
  const double larger = judge.larger(a, n);
  found.relative = found.absolute == 0 ? 0 : found.absolute / larger;
  found.ulp = larger > 0 && std::isfinite(larger)
                  ? found.absolute / (judge.epsilon * std::exp2(std::floor(std::log2(larger))))
                  : 0;
  return found;
}

}  // namespace logitape::inline v0::gradcheck
