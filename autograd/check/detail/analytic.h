// The rules' answer, how much rounding it and f carry, and lines to take differences on. Not installed.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "logitape/autograd/check/detail/differences.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

// The rules' answer for one subject.
struct Analytic {
  Values y0;                 // the function at its inputs
  Values noise;              // how far rounding moves it: its own, and that of inputs moved by one ULP
  std::vector<bool> stairs;  // results that move by multiples of a number that is far above their rounding
  Values cotangent;          // handed to the engine; empty: its own 1
  Values seed;               // the same as numbers: {1} where it is empty
  Points gradient;           // in the inputs' dtype
  Points reference;          // in the dtype of the differences
  Points other_cotangent;    // the gradient for -1/2 of the cotangent, times -2
  Points sensitivity;  // |d gradient| for x(1 + d*r), over d: what rounding inside of the rule may be multiplied by
  Points reach;        // the same for d of one part in a million alone: the terms that a gradient of 0 is made of
  Points roughness;    // of the gradient as a function of x: what the rule's own arithmetic does to it
  std::optional<Points> doubled;  // the gradient with twice the digits, once it has been asked for
  double terms = 0;  // numbers as large may cancel in the rule: results of f, or of the function whose gradient f is,
                     // times the seed
  bool path = true;
  bool stale = false;  // the same bits at other inputs
};
Analytic analytic_gradients(Run& run, Subject& subject);

Values random_signs(Generator& rng, std::size_t count);  // +-[0.5, 1.5), exact in every dtype
double largest(const Values& values);
double typical_size(const Values& values);  // the median of those that are not 0; 1 if all are 0
// f along the line x + t*d, where d is an axis.
Line line_through(const Subject& subject, const Analytic& analytic, std::size_t input, std::size_t element,
                  double typical);
// The same line with twice the digits; nothing if f cannot be computed with them. `at` is empty if f64 computes
// something else.
std::optional<Line> doubled_line(const Subject& subject, const Analytic& analytic, std::size_t input,
                                 std::size_t element, double typical);
Line line_along(const Subject& subject, const Analytic& analytic, const Points& direction);

}  // namespace logitape::inline v0::gradcheck
