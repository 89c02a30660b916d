// Is a gradient right? Perturb, compare, then the gradient's gradient. From the bottom of this file up:
//   check_gradients   checks its arguments and begins a Run: the options, random numbers and report that all of it
//   shares
//   all_orders        one function, then each of its gradients, a function too: of f's inputs and of the seed
//   check_one         the rules' answer for one function against slopes of the function itself
// A Subject is such a function, and its gradient, on plain doubles. README.md lists the parts that check_one
// calls, in the order in which they read.
#include "logitape/autograd/check/gradcheck.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/directions.h"
#include "logitape/autograd/check/detail/elements.h"
#include "logitape/autograd/check/detail/hints.h"
#include "logitape/autograd/check/detail/judge.h"
#include "logitape/autograd/check/detail/reruns.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

using namespace gradcheck;

// One function and its first derivatives. Every method looks at d sum(seed*f) / dx: `analytic` is the rules' answer,
// the numbers come from f alone.
Analytic check_one(Run& run, Subject& subject) {
  const CheckMethod methods = run.options.methods;
  const auto [relative, resolution] = tolerances_of(subject, run.options);
  if (subject.order == 1) run.report.relative = relative, run.report.resolution = resolution;
  Analytic analytic = analytic_gradients(run, subject);
  if (subject.order == 1 && run.options.reruns) check_reruns(run, subject, analytic);
  std::vector<Compared> compared;
  if (has(methods, CheckMethod::differences))
    compared = check_elements(run, subject, analytic, static_cast<std::size_t>(-1));
  else if (has(methods, CheckMethod::fast))
    compared = check_elements(run, subject, analytic, static_cast<std::size_t>(run.options.samples));
  check_directions(run, subject, analytic);
  find_hint(run, subject, analytic, compared);
  return analytic;
}

// Order n + 1 of f is order n of each gradient of f, as a function of f's inputs and of the cotangent.
Analytic all_orders(Run& run, const TensorCase& c) {
  Subject subject = subject_of(c);
  Analytic analytic = check_one(run, subject);
  if (c.order == 1) run.report.constant = !analytic.path && run.report.failed == 0;
  if (c.order >= run.options.order || run.report.constant) return analytic;
  const Tensor y = c.f(c.inputs);
  const DType dtype = y.dtype() == DType::f64 ? DType::f64 : DType::f32;
  const Tensor cotangent = from_values(random_signs(run.rng, analytic.y0.size()), y.shape(), dtype, y.device());
  std::vector<Points> gradients;
  std::vector<Values> seeds;
  for (const SubjectInput& input : subject.inputs) {
    TensorCase gradient = gradient_case(c, static_cast<std::size_t>(input.number), cotangent);
    gradient.epsilon = subject.epsilon;
    gradient.reference_epsilon = subject.reference_epsilon;
    gradient.forward_error = subject.forward_error;
    gradient.largest_result = subject.largest_result;
    Analytic second = all_orders(run, gradient);
    gradients.push_back(std::move(second.gradient));
    seeds.push_back(std::move(second.seed));
  }
  check_symmetry(run, subject, analytic, gradients, seeds);
  return analytic;
}

}  // namespace

GradientReport check_gradients(const TensorFunction& f, TensorList inputs, const GradcheckOptions& options) {
  check_arguments(inputs, options);
  const MixedPrecision off(false);  // a slope between two roundings is that of a step
  Run run{options, Generator(options.rng_seed), {}};
  const TensorCase c = tensor_case(f, inputs, options);
  run.report.function = c.called;
  describe_precision(run, c);
  if (!c.off_tape.empty()) threw(run, c.called + " throws for plain tensors, and not for variables: " + c.off_tape);
  else if (const auto complaint = complaint_of([&] { all_orders(run, c); }))
    threw(run, c.called + " returns, but its gradient throws: " + *complaint);
  return finished(run);
}

GradientReport detail::check_plain_gradients(const PlainFunction& f, const PlainGradient& gradient,
                                             std::span<const double> x, const GradcheckOptions& options) {
  check_arguments(x.size(), options);
  Run run{options, Generator(options.rng_seed), {}};
  run.report.precision = "f64";
  Subject subject = subject_of(f, gradient, x, options);
  run.report.function = subject.called;
  check_one(run, subject);
  GradientReport report = finished(run);
  report.order = 1;
  return report;
}

}  // namespace logitape::inline v0
