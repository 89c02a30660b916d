// When is an element right, when wrong, and when does nobody know? Not installed.
#pragma once
#include <string>
#include <string_view>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/differences.h"

namespace logitape::inline v0::gradcheck {

// Tolerances for this subject; see GradcheckOptions.
struct Tolerances {
  double relative = 0, resolution = 0;
};
Tolerances tolerances_of(const Subject& subject, const GradcheckOptions& options);

// a is the rule's answer, n the numeric one. It is wrong only where they differ by more than rounding and three times
// the error bar explain; it is right only where an error of the size `resolution`, as part of this very element, would
// have been seen.
struct Judge {
  std::string_view called;  // f, in sentences
  Tolerances tolerances;
  double epsilon = 0;                                           // of the gradient's dtype
  double arithmetic = 0;                                        // of what is not in `roughness` already
  double sensitivity = 0, roughness = 0, reach = 0, terms = 0;  // see Analytic
  double tiny = 0;                                              // what underflow may take from a gradient of this dtype
  bool finite = true;                                           // whether f is finite at x

  bool overflows(double a, const Slope& n) const;  // infinite where the derivative is larger than its dtype's numbers
  double larger(double a, const Slope& n) const;
  double rounding(const Slope& n) const {
    return 8 * roughness + 4 * (arithmetic * sensitivity + arithmetic * n.magnitude);
  }  // of the rule
  double allowed(double a, const Slope& n) const;
  // The answer is 0, or nothing but rounding, where 0 is expected: it is measured by the terms that cancel in it.
  bool zero(double a, const Slope& n) const;
  double scale(double a, const Slope& n) const;
  bool known(double a, const Slope& n) const;
  double seen(double a, const Slope& n)
      const;  // a relative error of this size would have been seen; 0 if it is as small as numbers are
  Verdict operator()(double a, const Slope& n) const;
  // Why it is neither right nor wrong, and what would decide it.
  std::string reason(double a, const Slope& n, const char* dtype, bool more_than_double) const;
};
// For two answers with twice the digits of f64.
Judge doubled(Judge judge);
Judge judge_of(const Subject& s, const Analytic& a, std::size_t input, std::size_t element,
               const GradcheckOptions& options);

std::vector<std::int64_t> multi_index(std::size_t flat, const Shape& shape);
GradientElement element_of(const Subject& s, std::size_t input, std::size_t element, double a, const Slope& n,
                           const Judge& judge);

}  // namespace logitape::inline v0::gradcheck
