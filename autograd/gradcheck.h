// Is a gradient right? The rules' answer is compared, element by element, with numeric derivatives of the function
// itself; then the gradient, a function too, is checked in the same way.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

using TensorFunction = std::function<Tensor(std::span<const Tensor>)>;

struct GradcheckOptions {
  int order = 2;                // how many times the function is differentiated
  double relative = 0;          // tolerances; 0: 1e-7 where the inputs are f64, 1e-4 for f32
  double absolute = 0;          // against the largest element of that gradient; 0: a hundredth of the relative one
  std::uint64_t rng_seed = 17;  // of the cotangents the outputs are projected on
};

enum class Verdict { pass, fail, inconclusive };

// One element of one gradient, where the rules and the numbers differ most against what is allowed.
struct GradientElement {
  int order = 0;                    // 1: of the function, 2: of its gradient, ...
  std::string function;             // "f", "df/dx0", "d(df/dx0)/dx1"
  int input = 0;                    // which input it is differentiated by
  std::vector<std::int64_t> index;  // of the element
  double analytic = 0, numeric = 0;
  double error_bar = 0;  // of the numeric value, from the extrapolation
  double allowed = 0;
};

class GradientReport {
 public:
  bool ok() const { return verdict() == Verdict::pass; }
  // fail: some element differs by more than is allowed and than the error bar explains; inconclusive: the numeric value
  // is not known well enough to tell, or f's result depends on none of its inputs.
  Verdict verdict() const;
  std::string str() const;   // for people; names the worst element
  std::string json() const;  // for machines

  std::int64_t checked = 0, failed = 0, inconclusive = 0;  // elements
  bool constant = false;                                   // f's result depends on none of its inputs: nothing was checked
  GradientElement worst;
};

std::ostream& operator<<(std::ostream& out, const GradientReport& report);  // str()

// Checks d sum(seed*f(inputs)) / d input for every input, element by element, by central differences extrapolated to
// step 0 (Ridders), with a random seed; with order > 1 the same for every gradient as a function of the inputs and the
// seed. inputs: f32 or f64 values. f32 functions are differenced with their inputs in f64 where they accept that.
// Errors: no inputs, an empty or non-floating input, order < 1, and whatever f throws.
GradientReport check_gradients(const TensorFunction& f, std::span<const Tensor> inputs, const GradcheckOptions& options = {});
GradientReport check_gradients(const TensorFunction& f, std::initializer_list<Tensor> inputs, const GradcheckOptions& options = {});

}  // namespace logitape::inline v0
