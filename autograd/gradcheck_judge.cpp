// The verdict on one element, and the sentence where there is none.
#include "logitape/autograd/gradcheck_judge.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/require.h"

namespace logitape::inline v0::gradcheck {

Judge judge_of(const Subject& s, const Analytic& a, std::size_t input, std::size_t element, const GradcheckOptions& options) {
  Judge j;
  j.tolerances = tolerances_of(s, options);
  j.epsilon = s.epsilon;
  j.arithmetic = s.reference_epsilon;  // a narrow dtype's is seen in its distance to f64
  j.sensitivity = a.sensitivity[input][element];
  j.roughness = a.roughness[input][element];
  j.reach = a.reach[input][element];
  j.tiny = 8 * smallest_of(s.epsilon);
  j.finite = std::all_of(a.y0.begin(), a.y0.end(), [](double y) { return std::isfinite(y); });
  return j;
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
  if (larger(a, n) <= tiny && n.error_bar * std::min(n.step, 1.0) <= 8 * tiny) return true;  // f moves by less than the smallest number
  return allowed(a, n) <= tolerances.resolution * scale(a, n);
}

Verdict Judge::operator()(double a, const Slope& n) const {
  if (std::isnan(a) && std::isnan(n.value)) return Verdict::pass;
  if (a == n.value && n.error_bar == 0) return Verdict::pass;
  if (!std::isfinite(a)) return finite && n.converged && n.error_bar <= 0.05 * std::fabs(n.value) ? Verdict::fail : Verdict::inconclusive;
  if (const double off = std::fabs(a - n.value); !(off <= allowed(a, n)))
    return std::isfinite(n.value) && n.converged && !(off <= 4 * n.hidden) ? Verdict::fail : Verdict::inconclusive;
  return known(a, n) ? Verdict::pass : Verdict::inconclusive;
}

std::string Judge::reason(double a, const Slope& n, const char* dtype, bool more_than_double) const {
  if (!std::isfinite(n.value) || !std::isfinite(n.error_bar))
    return "f is not finite around there: choose inputs further from where its values end";
  const double wanted = tolerances.resolution * scale(a, n) / 2;
  if (rounding(n) > wanted)
    return fmt::format("the rule's own arithmetic in {} leaves it uncertain by {:.1g}: check it in a wider dtype, or where fewer digits cancel",
                       dtype, rounding(n));
  if (n.absorbed > 0.1 * n.error_bar && n.absorbed > 0)
    return fmt::format("f absorbs it: a result of {:.3g} holds no change below its rounding, {:.1g} of slope{}. What decides it: inputs nearer "
                       "0, where f is not saturated, a scale at which no large term hides it, or an f that keeps these digits, as "
                       "log_softmax does for softmax",
                       n.absorbing, n.absorbed, more_than_double ? ", and twice the digits of f64 do not either" : "");
  if (n.rounding > 0.5 * n.error_bar)
    return fmt::format("f's results are rounded by {:.1g} of slope, as much as it is itself: check it in a wider dtype, or at a scale at which "
                       "less cancels in f",
                       n.rounding);
  return "differences disagree from step to step: f turns, bends or ends within them. Choose an input further from there";
}

}  // namespace logitape::inline v0::gradcheck
