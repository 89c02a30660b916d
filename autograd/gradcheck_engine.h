// The parts of a gradient check and what they hand to each other. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/autograd/gradcheck_differences.h"
#include "logitape/autograd/gradcheck_subject.h"
#include "logitape/core/random.h"

namespace logitape::inline v0::gradcheck {

// What all orders of one check share.
struct Run {
  const GradcheckOptions& options;
  Generator rng;
  GradientReport report = {};
  int tried = 0, doubled = 0,
      confirmed = 0;  // elements that were looked at with twice the digits, and failures that they confirmed in a row
  std::vector<double> seen = {};  // relative errors that would have been seen, one an element that matters
};

// The rules' answer for one subject.
struct Analytic {
  Values y0;                 // the function at its inputs
  Values noise;              // what rounding makes of it: its own, and that of inputs moved by one ULP
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
  double terms = 0;  // numbers as large may cancel in the rule: f's results, or those of what it is the gradient of,
                     // times the seed
  bool path = true;
  bool stale = false;  // the same bits at other inputs
};
Analytic analytic_gradients(Run& run, Subject& subject);

// One input's gradient, element by element; what the hint is read from.
struct Compared {
  const SubjectInput* input = nullptr;
  std::size_t number = 0;           // in the subject
  std::vector<std::size_t> chosen;  // the elements, flat
  Values numeric, bar;              // of the chosen ones; what is allowed, of the wrong ones
  std::vector<bool> wrong;
  bool any_cotangent_ignored = false, any_narrow = false;
  std::int64_t wrong_at_kinks = 0;
};
// Every element of every input, or the chosen number of each.
std::vector<Compared> check_elements(Run& run, const Subject& subject, Analytic& analytic, std::size_t most);

void check_directions(Run& run, const Subject& subject, const Analytic& analytic);
// <u_i, d(df/dx_i)/dx_j u_j> is the same for (i, j) and (j, i). gradients[i][j], seeds[i]: of the gradient by input i.
void check_symmetry(Run& run, const Subject& subject, const Analytic& analytic, const std::vector<Points>& gradients,
                    const std::vector<Values>& seeds);
void check_reruns(Run& run, const Subject& subject, const Analytic& analytic);
// Sets the report's hint, once.
void find_hint(Run& run, const Subject& subject, const Analytic& analytic, const std::vector<Compared>& compared);
void add_test(Run& run, GradientTest test);

// Before and after a check.
void check_arguments(std::span<const Tensor> inputs, const GradcheckOptions& options);
void check_arguments(std::size_t size, const GradcheckOptions& options);
void describe_precision(Run& run, const TensorCase& c);
void threw(Run& run, const std::string& sentence);  // f or a rule, on the tape only or off it only
GradientReport finished(Run& run);

// Tolerances for this subject; see GradcheckOptions.
struct Tolerances {
  double relative = 0, resolution = 0;
};
Tolerances tolerances_of(const Subject& subject, const GradcheckOptions& options);

Values random_signs(Generator& rng, std::size_t count);  // +-[0.5, 1.5), exact in every dtype
double largest(const Values& values);
double typical_size(const Values& values);  // the median of what is not 0; 1 where everything is
// f along the line x + t*d; d has one entry where it is an axis.
Line line_through(const Subject& subject, const Analytic& analytic, std::size_t input, std::size_t element,
                  double typical);
// The first, with twice the digits; nothing where f cannot be computed so. Without `at` where f64 computes something
// else.
std::optional<Line> doubled_line(const Subject& subject, const Analytic& analytic, std::size_t input,
                                 std::size_t element, double typical);
Line line_along(const Subject& subject, const Analytic& analytic, const Points& direction);

}  // namespace logitape::inline v0::gradcheck
