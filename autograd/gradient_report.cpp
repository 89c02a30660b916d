// What a gradient check has to say, for people and for machines.
#include <cmath>
#include <ostream>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/autograd/gradcheck.h"
#include "logitape/core/require.h"

namespace logitape::inline v0 {
namespace {

const char* word(Verdict v) { return v == Verdict::pass ? "pass" : v == Verdict::fail ? "fail" : "inconclusive"; }

std::string element_name(const GradientElement& e) {
  return fmt::format("d{}/dx{}[{}]", e.function == "f" ? "f" : "(" + e.function + ")", e.input, fmt::join(e.index, ","));
}

// JSON has no infinities and no NaN.
std::string number(double v) { return std::isfinite(v) ? fmt::format("{}", v) : fmt::format("\"{}\"", v); }

}  // namespace

Verdict GradientReport::verdict() const {
  return failed > 0 ? Verdict::fail : inconclusive > 0 || constant ? Verdict::inconclusive : Verdict::pass;
}

std::string GradientReport::str() const {
  std::string text =
      fmt::format("gradient check: {} ({} elements checked, {} wrong, {} inconclusive)\n", word(verdict()), checked, failed, inconclusive);
  if (constant) return text + "f's result depends on none of its inputs: does f use its argument?\n";
  if (checked == 0) return text;
  const double off = std::fabs(worst.analytic - worst.numeric);
  text += fmt::format("worst element: {} (order {})\n", element_name(worst), worst.order);
  text += fmt::format("  analytic  {:.12g}\n  numeric   {:.12g} +- {:.2g}\n", worst.analytic, worst.numeric, worst.error_bar);
  text += fmt::format("  difference {:.3g}, relative {:.3g}, allowed {:.3g}\n", off, off / std::max(std::fabs(worst.numeric), 1e-300),
                      worst.allowed);
  return text;
}

std::ostream& operator<<(std::ostream& out, const GradientReport& report) { return out << report.str(); }

std::string GradientReport::json() const {
  return fmt::format(
      R"({{"verdict": "{}", "checked": {}, "failed": {}, "inconclusive": {}, "worst": {{"order": {}, "function": "{}", "input": {}, "index": [{}], "analytic": {}, "numeric": {}, "error_bar": {}, "allowed": {}}}}})",
      word(verdict()), checked, failed, inconclusive, worst.order, worst.function, worst.input, fmt::join(worst.index, ", "),
      number(worst.analytic), number(worst.numeric), number(worst.error_bar), number(worst.allowed));
}

}  // namespace logitape::inline v0
