// What a gradient check has to say to people.
#include "logitape/autograd/check/gradient_report.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* hint_names[] = {
    "none",       "nondeterministic", "throws",       "not_reduced",      "cotangent_ignored",
    "not_finite", "missing_path",     "sign",         "factor",           "transposed",
    "shifted",    "label_mass",       "row_sum",      "constant_per_row", "wrong_axis",
    "stale",      "overwritten",      "narrow_dtype", "higher_order",     "kink",
    "asymmetric", "large_values",     "few_elements"};
static_assert(std::size(hint_names) == static_cast<std::size_t>(Hint::few_elements) + 1);

// "d f[0] / d logits[1,2]"
std::string derivative(const GradientElement& e) {
  const auto place = [](const std::vector<std::int64_t>& index) {
    return index.empty() ? "" : fmt::format("[{}]", fmt::join(index, ","));
  };
  return fmt::format("d {}{} / d {}{}", e.order == 1 ? e.function : "(" + e.function + ")", place(e.result),
                     e.input_name, place(e.index));
}

std::string element_lines(const GradientElement& e, const std::string& called) {
  const double analytic = std::isnan(e.analytic) ? std::fabs(e.analytic) : e.analytic;  // no -nan
  std::string text = fmt::format("    analytic  {:.12g}\n", analytic);
  if (!std::isfinite(e.numeric) || !std::isfinite(e.error_bar))
    return text + fmt::format("    numeric   unknown: {} is not finite around there\n", called);
  text +=
      fmt::format("    numeric   {:.12g} +- {:.1g}   (differences from step {:.2g})\n", e.numeric, e.error_bar, e.step);
  if (!std::isfinite(analytic)) return text;
  return text + fmt::format("    off by    {:.3g}: relative {:.3g}, {:.3g} ULP; {:.2g} is allowed\n", e.absolute,
                            e.relative, e.ulp, e.allowed);
}

std::string plural(std::int64_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

std::string_view name(Verdict v) { return v == Verdict::pass ? "pass" : v == Verdict::fail ? "fail" : "inconclusive"; }
std::string_view name(Hint hint) { return hint_names[static_cast<std::size_t>(hint)]; }

Verdict GradientReport::verdict() const {
  const auto any = [&](Verdict v) {
    return std::any_of(tests.begin(), tests.end(), [&](const GradientTest& t) { return t.verdict == v; });
  };
  if (failed > 0 || any(Verdict::fail)) return Verdict::fail;
  // a test along a direction says nothing that the elements, looked at one by one, do not
  const bool each = checked > 0 && std::all_of(blocks.begin(), blocks.end(),
                                               [](const GradientBlock& b) { return b.checked == b.size; });
  return inconclusive > 0 || constant || (!each && any(Verdict::inconclusive)) ? Verdict::inconclusive : Verdict::pass;
}

std::string GradientReport::str() const {
  const char* word = verdict() == Verdict::pass ? "pass" : verdict() == Verdict::fail ? "FAIL" : "INCONCLUSIVE";
  std::string text = fmt::format("gradient check: {}  ({}, order {}: {} wrong, {} inconclusive, {} at kinks)\n", word,
                                 plural(checked, "derivative"), order, failed, inconclusive, kinks);
  if (constant)
    return text +
           fmt::format(
               "  {0}'s result depends on none of its inputs, nor do differences show that it does: does {0} use its "
               "argument?\n",
               function);
  const bool shown = worst.verdict != Verdict::pass;
  if (shown)
    text += fmt::format("  {}: {}\n", worst.verdict == Verdict::fail ? "worst" : "cannot tell", derivative(worst)) +
            element_lines(worst, function);
  if (shown && !worst.reason.empty()) text += "    why       " + worst.reason + "\n";
  if (!hint_text.empty()) text += "  hint: " + hint_text + "\n";
  for (int n = 1; n <= order; ++n) {
    GradientBlock sum;
    for (const GradientBlock& b : blocks) {
      if (b.order != n) continue;
      sum.checked += b.checked, sum.failed += b.failed, sum.inconclusive += b.inconclusive, sum.kinks += b.kinks;
      sum.largest_ratio = std::max(sum.largest_ratio, b.largest_ratio);
      if (b.failed > 0)
        text +=
            fmt::format("  order {}: d {} / d {}: {} of {} wrong\n", n, n == 1 ? b.function : "(" + b.function + ")",
                        b.input_name, b.failed, plural(b.checked, "element"));
    }
    if (sum.checked > 0 && sum.failed == 0 && (sum.inconclusive > 0 || !std::isfinite(sum.largest_ratio)))
      text += fmt::format("  order {}: {}, {} inconclusive\n", n, plural(sum.checked, "derivative"), sum.inconclusive);
    else if (sum.checked > 0 && sum.failed == 0)
      text += fmt::format("  order {}: {}, the worst off by {:.2g} of what is allowed\n", n,
                          plural(sum.checked, "derivative"), sum.largest_ratio);
  }
  for (const GradientTest& t : tests)
    if (t.what != "symmetry" && t.what != "rerun" ? true : t.verdict != Verdict::pass)
      text += fmt::format("  {} (order {}, {}): {}: {}\n", t.what, t.order, t.function, name(t.verdict), t.text);
  if (kinks > 0)
    text += fmt::format("  at a kink, where slopes left and right differ: {}{}\n", derivative(kink),
                        kinks > 1 ? " and others" : "");
  if (seen_worst > 0)
    text += std::isfinite(seen_worst)
                ? fmt::format(
                      "  computed in {}; an error of {:.1g} would have been seen in half of the elements, of {:.1g} in "
                      "all\n",
                      precision, seen_median, seen_worst)
                : fmt::format("  computed in {}; in some elements no error would have been seen\n", precision);
  if (doubled > 0)
    text += fmt::format("  {} looked at again with twice the digits of f64\n",
                        doubled == 1 ? "1 derivative was" : fmt::format("{} derivatives were", doubled));
  for (const std::string& note : notes) text += "  note: " + note + "\n";
  return text;
}

std::ostream& operator<<(std::ostream& out, const GradientReport& report) { return out << report.str(); }

}  // namespace logitape::inline v0
