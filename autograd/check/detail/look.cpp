// One element: the first look, a second before anything is called wrong, and the one in double-double, of f and of its
// rule.
#include "logitape/autograd/check/detail/look.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "logitape/autograd/check/detail/judge.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

// A look in double-double takes a hundred times as long. A check ends such looks after so many elements, or after so
// many confirmed failures in a row.
constexpr int most_doubled = 256, enough_confirmed = 8;

// One element under examination.
struct Look {
  const Subject& subject;
  const Analytic& analytic;
  const Judge& judge;
  std::size_t input, element;
  double a;
  double wanted;  // an error bar that leaves no question

  GradientElement of(const Slope& n) const { return element_of(subject, input, element, a, n, judge); }
};

// A second look before anything is called wrong: other steps have to say the same, and there must be no kink.
GradientElement looked_at_again(const Look& look, const Line& line, Slope& n) {
  GradientElement first = look.of(n);
  if (first.verdict == Verdict::fail) {
    const Slope again = differentiate(line, look.wanted, 0.6);
    const double apart = std::fabs(again.value - n.value);
    const double bar = n.error_bar;
    if (again.error_bar < n.error_bar) n = again;
    if (apart > 2 * (again.error_bar + bar)) n.error_bar = std::max(n.error_bar, apart);
    n.bent = n.bent || again.bent;
    // from steps of many turns sin(1e9*x) looks flat, or like anything
    const Slope close = nearby(line);
    if (const double off = std::fabs(close.value - n.value); off > close.error_bar + 4 * n.error_bar)
      n = differentiate(line, look.wanted, 0x1p-22);
    first = look.of(n);
  }
  if (first.verdict != Verdict::pass && !resolved(line, n.step)) {
    first.verdict = Verdict::inconclusive;
    first.reason = fmt::format(
        "numbers lie too far apart at this input: the next one moves {} as far as a large step. Choose an "
        "input nearer 0",
        look.subject.called);
    return first;
  }
  if (!n.bent && ((first.verdict == Verdict::pass && n.converged) ||
                  (first.verdict == Verdict::fail && n.error_bar <= look.wanted)))
    return first;
  if (!std::isfinite(n.error_bar)) return first;
  const Kink kink = n.stairs      ? look_for_kink(line, 0x1p-24 * n.step)
                    : n.converged ? look_for_kink(line, n.step)
                                  : look_for_kink(line);
  const bool between = look.a >= kink.low && look.a <= kink.high;
  if (!kink.found && n.bent && first.verdict == Verdict::fail)
    first.verdict = Verdict::inconclusive;  // it bends nearby, and fast
  if (!kink.found || (first.verdict == Verdict::pass && !between)) return first;
  first.at_kink = true;
  first.verdict = between ? Verdict::pass : Verdict::fail;
  return first;
}

// The rule is right in f64, at least ten times as near: the arithmetic of its own dtype is at fault.
bool right_in_f64(const Look& look, const GradientElement& found, Slope n) {
  const Subject& s = look.subject;
  if (s.epsilon <= s.reference_epsilon) return false;
  n.value = found.numeric;
  n.error_bar = found.error_bar;
  const double exact = look.analytic.reference[look.input][look.element];
  Judge judge = look.judge;
  judge.tolerances = {1e-9, 1e-6};
  judge.epsilon = s.reference_epsilon;
  judge.roughness = 0;
  return std::fabs(exact - n.value) <= judge.allowed(exact, n) && judge.allowed(exact, n) <= 0.1 * found.absolute;
}

// The gradient of the rule itself with twice the digits; empty where there is none.
const Points& doubled_gradient(const Subject& s, Analytic& a) {
  if (!a.doubled) {
    std::optional<Points> found;
    if (complaint_of([&] { found = s.doubled_gradient(s.at, a.cotangent); }) || !found) found = Points{};
    a.doubled = std::move(*found);
  }
  return *a.doubled;
}

std::string own_arithmetic(const Look& look, const char* wider) {
  return fmt::format(
      "the same rule is right {}: its {} arithmetic loses the digits. A form in which fewer cancel keeps them", wider,
      name(look.subject.inputs[look.input].dtype));
}

// f and its rule agree with twice the digits, or do not.
struct Exact {
  double a = 0;  // the rule's answer
  Slope n;
  Judge judge;
  GradientElement element;
};

std::optional<Exact> exact_of(const Look& look, const Line& line, double a) {
  Exact exact{a, {}, doubled(look.judge), {}};
  const Look wide{look.subject, look.analytic, exact.judge, look.input, look.element, a, 0.05e-9 * std::fabs(a)};
  exact.n = differentiate(line, wide.wanted);
  if (!std::isfinite(exact.n.error_bar)) return std::nullopt;
  exact.element = looked_at_again(wide, line, exact.n);
  if (exact.element.verdict == Verdict::fail && !exact.element.at_kink) {
    Judge rounded = exact.judge;
    rounded.arithmetic = 0x1p-52;  // the constants of a rule are still f64 numbers
    exact.element.verdict = rounded(a, exact.n);
  }
  return exact;
}

// The element as it stands in its own dtype, with the verdict that twice the digits give.
void settle(const Look& look, const Exact& exact, Examined& found) {
  GradientElement& element = found.element;
  element = look.of(exact.n);
  // 0 with twice the digits: in f64 the rounding of the cancelling terms may be left
  const double nothing = 0x1p-88 * look.judge.terms;
  if (std::fabs(exact.a) <= nothing && exact.n.value == 0 && exact.n.error_bar == 0 &&
      std::fabs(look.a) <= 64 * look.judge.arithmetic * look.judge.terms) {
    element.verdict = Verdict::pass;
    return;
  }
  const Verdict own = element.verdict;
  element.at_kink = exact.element.at_kink;
  element.verdict = exact.element.verdict;
  if (element.verdict == Verdict::inconclusive)
    element.reason = exact.judge.reason(exact.a, exact.n, "double-double", true);
  if (element.verdict != Verdict::pass || element.at_kink) return;
  // the rule is right: of its own arithmetic only rounding may be left
  found.seen = exact.judge.seen(exact.a, exact.n);
  const bool rounding = std::fabs(look.a - exact.n.value) <= look.judge.allowed(look.a, exact.n);
  element.verdict = own == Verdict::pass || rounding ? Verdict::pass : Verdict::inconclusive;
  if (element.verdict != Verdict::pass) element.reason = own_arithmetic(look, "with more digits");
}

// Looks with twice the digits, of f and of the rule, at what f64 leaves open or calls wrong. False: they changed
// nothing, or could not be had.
bool look_doubled(Run& run, const Look& look, Analytic& analytic, double typical, Examined& found, Slope& n) {
  const Verdict before = found.element.verdict;
  if (run.tried >= most_doubled || (before == Verdict::fail && run.confirmed >= enough_confirmed)) return false;
  const std::optional<Line> line = doubled_line(look.subject, analytic, look.input, look.element, typical);
  if (!line || (!line->at && before == Verdict::pass)) return false;
  if (!line->at) {
    found.element.verdict = Verdict::inconclusive;
    found.element.reason = fmt::format(
        "{} in f64 is off by more than rounding from the same with twice the digits: something under- or overflows in "
        "it, or cancels. Choose inputs of another scale",
        look.subject.called);
    return true;
  }
  const Points& rule = doubled_gradient(look.subject, analytic);
  if (rule.empty()) return false;
  ++run.tried;
  const std::optional<Exact> exact = exact_of(look, *line, rule[look.input][look.element]);
  if (!exact) return false;
  const bool wrong = exact->element.verdict == Verdict::fail;
  run.confirmed = wrong && before == Verdict::fail ? run.confirmed + 1 : 0;
  // a 0 that passed by its terms is wrong only if more is missing than the rounding of these terms
  const double rounding = 64 * 0x1p-52 * exact->judge.terms;
  if (before == Verdict::pass && (!wrong || std::fabs(exact->a - exact->n.value) <= rounding)) return false;
  run.doubled += before != exact->element.verdict;
  n = exact->n;
  settle(look, *exact, found);
  return true;
}

}  // namespace

Examined examine(Run& run, const Subject& s, Analytic& analytic, std::size_t i, std::size_t e, double typical) {
  const Judge judge = judge_of(s, analytic, i, e, run.options);
  const Line line = line_through(s, analytic, i, e, typical);
  Look look{s,
            analytic,
            judge,
            i,
            e,
            analytic.gradient[i][e],
            0.05 * judge.tolerances.relative * std::fabs(analytic.gradient[i][e])};
  Slope n = differentiate(line, look.wanted);
  Examined found;
  if (!analytic.other_cotangent.empty() && judge(look.a, n) == Verdict::pass &&
      judge(analytic.other_cotangent[i][e], n) == Verdict::fail) {
    look.a = analytic.other_cotangent[i][e];
    found.cotangent_ignored = true;
  }
  found.element = looked_at_again(look, line, n);
  // a 0 that passes by the terms that cancel in it is looked at again as well
  const bool own_size = judge.allowed(look.a, n) <= judge.tolerances.resolution * judge.larger(look.a, n);
  const bool by_terms = !found.element.at_kink && !own_size && n.error_bar > 0 && judge.zero(look.a, n);
  bool doubled = false;
  if ((found.element.verdict != Verdict::pass || by_terms) && !found.cotangent_ignored)
    doubled = look_doubled(run, look, analytic, typical, found, n);
  const bool narrow = s.epsilon > s.reference_epsilon;
  if (narrow && std::isfinite(look.a) && found.element.verdict != Verdict::pass &&
      std::fabs(look.a - n.value) > judge.allowed(look.a, n) && right_in_f64(look, found.element, n)) {
    // where terms as large as the largest element, or as f's results, cancel, only rounding may be left
    const double terms = std::max(largest(analytic.gradient[i]), analytic.terms);
    found.element.verdict =
        found.element.absolute <= 16 * judge.tolerances.relative * terms ? Verdict::inconclusive : Verdict::fail;
    found.element.reason = own_arithmetic(look, "in f64");
    found.narrow = true;
  }
  if (found.element.verdict == Verdict::inconclusive && found.element.reason.empty())
    found.element.reason = judge.reason(look.a, n, std::string(name(s.inputs[i].dtype)).c_str(), doubled);
  if (found.element.verdict != Verdict::inconclusive) found.element.reason.clear();
  if (found.seen == 0) found.seen = judge.seen(look.a, n);
  return found;
}

}  // namespace logitape::inline v0::gradcheck
