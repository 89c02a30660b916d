// What a wrong derivative looks like, and what usually causes that: the patterns of single elements, those of rows from
// picture_rows.cpp, and the first of all that fits.
#include "logitape/autograd/check/detail/hints.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/check/detail/picture.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::gradcheck {
namespace {

Maybe narrow(const Picture& p) {
  if (!p.compared.any_narrow) return {};
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (p.wrong[e] && !p.near(p.reference[e], p.n[e])) return {};
  return Finding{Hint::narrow_dtype,
                 fmt::format("the same rule is right in f64: it is its {} arithmetic that loses the digits",
                             name(p.compared.input->dtype))};
}

Maybe not_finite(const Picture& p) {
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (p.wrong[e] && !std::isfinite(p.a[e]))
      return Finding{
          Hint::not_finite,
          fmt::format(
              "it is not finite, though {} is smooth there: 0 times infinity, as in the branch that where() does "
              "not take? Select among the inputs, then compute",
              p.subject.called)};
  return {};
}

Maybe cotangent(const Picture& p) {
  const Points& other = p.analytic.other_cotangent;
  bool linear = !p.compared.any_cotangent_ignored;
  for (std::size_t e = 0; e < p.a.size() && !other.empty(); ++e)
    linear = linear && (!p.wrong[e] || p.near(other[p.compared.number][p.compared.chosen[e]], p.gradient[e]));
  if (linear) return {};
  return Finding{Hint::cotangent_ignored,
                 "half of the cotangent does not give half of the gradient: the rule does not "
                 "multiply by its cotangent, or more than once"};
}

Maybe kink(const Picture& p) {
  if (p.compared.wrong_at_kinks == 0 || p.compared.wrong_at_kinks < p.wrong_count) return {};
  return Finding{
      Hint::kink,
      p.subject.called + " has a kink or a jump there, and the gradient is not between the slopes on its two sides"};
}

Maybe missing(const Picture& p) {
  if (largest(p.a) != 0) return {};
  return Finding{
      Hint::missing_path,
      p.analytic.path
          ? "every element is 0: a path is missing (a stop_gradient, or a rule that returns nothing for it)"
          : fmt::format("every element is 0: {}'s result is not on the tape (a NoGrad, or values taken out of "
                        "tensors)",
                        p.subject.called)};
}

// "every element" if all are wrong; else what sets the others apart: they agree with the pattern too.
std::string every_element(const Picture& p) {
  if (p.wrong_count == static_cast<std::int64_t>(p.a.size()))
    return p.whole ? "every element" : "every element that was looked at";
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (!p.wrong[e] && p.a[e] != 0) return "every element but the smallest";
  return "every element that is not 0";
}

// The multiple of n that a is, if it is the same in all elements, or in all wrong ones; else 0.
double common_ratio(const Picture& p, bool of_wrong) {
  double ratio = 0, largest_n = 0;
  const auto counts = [&](std::size_t e) { return p.wrong[e] || !of_wrong; };
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (counts(e) && std::fabs(p.n[e]) > largest_n) largest_n = std::fabs(p.n[e]), ratio = p.a[e] / p.n[e];
  if (ratio == 0 || !std::isfinite(ratio)) return 0;
  for (std::size_t e = 0; e < p.a.size(); ++e)
    if (counts(e) && !p.near(p.a[e] / ratio, p.n[e])) return 0;
  return ratio;
}

// v to the digits that a ratio has, if it is a whole number from `least` on; else 0.
double whole_number(const Picture& p, double v, double least) {
  const double whole = std::round(v);
  return whole >= least && std::fabs(v / whole - 1) < std::max(1e-6, 64 * p.subject.epsilon) ? whole : 0;
}

Maybe sign(const Picture& p) {
  if (!p.explains([&](std::size_t e) { return -p.a[e]; })) return {};
  return Finding{Hint::sign, every_element(p) + " has the wrong sign"};
}

std::string extents_of(const Picture& p, double count) {
  std::string text;
  for (int r = 0; r < p.shape.rank(); ++r)
    if (static_cast<double>(p.shape[r]) == count)
      text += fmt::format("; {:g} is also the extent of axis {} of {}", count, r, p.compared.input->name);
  if (text.empty() && static_cast<double>(p.shape.size()) == count)
    text = fmt::format("; {:g} is also the size of {}", count, p.compared.input->name);
  if (text.empty() && static_cast<double>(p.analytic.y0.size()) == count)
    text = fmt::format("; {:g} is also the size of {}'s result", count, p.subject.called);
  if (text.empty() && static_cast<double>(p.analytic.y0.size()) == count * static_cast<double>(p.shape.size()))
    text = fmt::format("; so often is {} repeated by broadcasting", p.compared.input->name);
  return text;
}

Maybe factor(const Picture& p) {
  const double ratio = common_ratio(p, false);
  if (ratio == 0) return {};
  const std::string every = every_element(p);
  const char* minus = ratio < 0 ? ", and with the wrong sign" : "";
  if (const double whole = whole_number(p, std::fabs(ratio), 2); whole > 0)
    return Finding{
        Hint::factor,
        fmt::format("{0} is {1:g} times too large{2}: a factor 1/{1:g} is missing, or one of {1:g} too many{3}", every,
                    whole, minus, extents_of(p, whole))};
  if (const double part = whole_number(p, 1 / std::fabs(ratio), 2); part > 0)
    return Finding{Hint::factor,
                   fmt::format("{0} is 1/{1:g} of what it should be{2}: a factor {1:g} is missing, or one "
                               "of 1/{1:g} too many{3}",
                               every, part, minus, extents_of(p, part))};
  const auto different = std::count_if(p.n.begin(), p.n.end(), [&](double v) { return !p.negligible(v); });
  if (different < 2) return {};
  return Finding{Hint::factor, fmt::format("{} is {:.9g} times what it should be", every, ratio)};
}

Maybe stale(const Picture& p) {
  if (!p.analytic.stale) return {};
  return Finding{
      Hint::stale,
      "the gradient has the same bits at other inputs: it is made from values saved earlier, or overwritten"};
}

// Right for another input, f's own result: a rule that reads its input after it was overwritten gives this.
Maybe overwritten(const Picture& p) {
  const Values& y = p.analytic.y0;
  if (!(p.subject.result == p.shape) || p.a.empty()) return {};
  Subject there = p.subject;
  there.at[p.compared.number] = y;
  Analytic around = p.analytic;
  if (complaint_of([&] { around.y0 = there.value(there.at); })) return {};
  for (std::size_t k = 0; k < y.size(); ++k) around.noise[k] = p.subject.reference_epsilon * std::fabs(around.y0[k]);
  const double typical = typical_size(y);
  for (std::size_t e = 0; e < p.a.size(); ++e) {
    const Line line = line_through(there, around, p.compared.number, p.compared.chosen[e], typical);
    if (!p.near(differentiate(line, 1e-9 * std::fabs(p.a[e])).value, p.a[e])) return {};
  }
  return Finding{Hint::overwritten,
                 fmt::format("the gradient is what it should be at {}'s result: the rule reads an input that was "
                             "overwritten, or its output instead",
                             p.subject.called)};
}

std::string index_of(const Picture& p, std::size_t flat) {
  std::string text;
  auto rest = static_cast<std::int64_t>(p.compared.chosen[flat]);
  for (int r = p.shape.rank(); r-- > 0; rest /= p.shape[r])
    text = fmt::format("{}{}{}", rest % p.shape[r], text.empty() ? "" : ",", text);
  return fmt::format("{}[{}]", p.compared.input->name, text);
}

// What the wrong elements have in common, where the others are right: "; they have the wrong sign".
std::string in_common(const Picture& p) {
  const bool one = p.wrong_count == 1;
  const char *they = one ? "it" : "they", *are = one ? "is" : "are";
  bool zero = true;
  for (std::size_t e = 0; e < p.a.size(); ++e) zero = zero && (!p.wrong[e] || p.a[e] == 0);
  if (zero) return fmt::format("; {} {} 0", they, are);
  const double ratio = common_ratio(p, true), size = std::fabs(ratio);
  if (ratio == 0) return "";
  const double whole = whole_number(p, size, 1), part = whole_number(p, 1 / size, 2);
  if (whole == 1 && ratio < 0) return fmt::format("; {} {} the wrong sign", they, one ? "has" : "have");
  if (part > 0)
    return fmt::format("; {} {} {}1/{:g} of what {} should be", they, are, ratio < 0 ? "-" : "", part, they);
  if (whole < 2 && one) return "";  // any number is a multiple of another
  return fmt::format("; {} {} {:.9g} times what {} should be", they, are,
                     whole < 2 ? ratio : std::copysign(whole, ratio), they);
}

Maybe places(const Picture& p) {
  double smallest_wrong = 0, largest_right = 0;
  std::int64_t wrong = 0;
  std::string where;
  for (std::size_t e = 0; e < p.a.size(); ++e) {
    const double size = std::fabs(p.x[e]);
    if (!p.wrong[e]) largest_right = std::max(largest_right, size);
    else {
      smallest_wrong = wrong == 0 ? size : std::min(smallest_wrong, size);
      if (wrong++ < 4) where += (where.empty() ? "" : ", ") + index_of(p, e);
    }
  }
  const auto all = static_cast<std::int64_t>(p.a.size());
  if (wrong == all || wrong == 0) return {};
  const std::string common = in_common(p);
  if (wrong > 1 && smallest_wrong > largest_right)
    return Finding{Hint::large_values, fmt::format("wrong where |{}| is {:.3g} or more, right where it is {:.3g} or "
                                                   "less{}",
                                                   p.compared.input->name, smallest_wrong, largest_right, common)};
  return Finding{Hint::few_elements, fmt::format("{} of {} elements {} wrong: {}{}{}", wrong, all,
                                                 wrong == 1 ? "is" : "are", where, wrong > 4 ? ", ..." : "", common)};
}

Finding best(const Picture& p) {
  for (const auto pattern : {not_finite, kink, cotangent, missing, narrow, sign, factor, transposed, shifted, constant,
                             wrong_axis, label_mass, stale, overwritten, row_sum, places})
    if (const Maybe found = pattern(p)) return *found;
  return {};
}

// Names what cuts a path in f, as grad does. Of order 1 only: rules of the library cut paths on purpose.
Finding with_cuts(const Subject& s, Finding found) {
  if (s.order > 1 || !s.cuts || found.hint == Hint::kink || found.hint == Hint::narrow_dtype) return found;
  const std::string cuts = s.cuts();
  if (cuts.empty()) return found;
  if (found.hint == Hint::missing_path) return {found.hint, fmt::format("every element is 0: {} cuts the path", cuts)};
  if (found.hint == Hint::none) return {Hint::missing_path, fmt::format("{} cuts a path in {}", cuts, s.called)};
  return {found.hint, fmt::format("{}; {} cuts a path in {}", found.text, cuts, s.called)};
}

}  // namespace

void find_hint(Run& run, const Subject& s, const Analytic& analytic, const std::vector<Compared>& compared) {
  GradientReport& r = run.report;
  if (r.hint != Hint::none) return;
  for (const GradientTest& test : r.tests)
    if (test.what == "rerun" && test.verdict == Verdict::fail) {
      r.hint = Hint::nondeterministic;
      r.hint_text = "the same inputs do not give the same result (" + test.text + "): no derivative can be checked";
      return;
    }
  for (const Compared& c : compared) {
    if (!c.any_narrow && std::find(c.wrong.begin(), c.wrong.end(), true) == c.wrong.end()) continue;
    const Finding found = with_cuts(s, best(Picture(s, analytic, c)));
    if (r.hint != Hint::none && found.hint == Hint::none) continue;
    r.hint = found.hint;
    r.hint_text = found.text;
    if (s.order > 1) {
      r.hint = Hint::higher_order;
      r.hint_text = fmt::format(
          "derivatives of order {} are right, those of order {} are not: a rule that is not written with "
          "differentiable ops, or reads values off the tape{}{}",
          s.order - 1, s.order, found.text.empty() ? "" : "; ", found.text);
    }
    if (r.hint != Hint::none) return;
  }
}

}  // namespace logitape::inline v0::gradcheck
