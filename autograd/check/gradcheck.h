// Is a gradient right? The rules' answer is compared, element by element, with numeric derivatives of the function
// itself; then the gradient, a function too, is checked in the same way.
#pragma once
#include <cstdint>
#include <concepts>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "logitape/autograd/check/gradient_report.h"
#include "logitape/autograd/tensor_function.h"
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// How to check; join them with |.
enum class CheckMethod : unsigned {
  differences = 1,  // every element: central differences extrapolated to step 0 (Ridders), with an error bar
  taylor = 2,       // along a random direction v, (f(x + h*v) - f(x - h*v))/2 - h*<g, v> falls with h^3: no tolerance
  dot_product = 4,  // <Jv, u> = <v, J'u> for random u and v, Jv from differences
  all = 7,
  fast = 8,  // for large inputs: dot products in several directions and a sample of the elements; states its power
};
constexpr CheckMethod operator|(CheckMethod a, CheckMethod b) {
  return static_cast<CheckMethod>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(CheckMethod methods, CheckMethod one) {
  return (static_cast<unsigned>(methods) & static_cast<unsigned>(one)) != 0;
}

// What is checked, how closely, and on which random numbers.
struct GradcheckOptions {
  NamedOnly named_only = NamedOnly();
  int order = 2;  // how many times the function is differentiated
  CheckMethod methods = CheckMethod::differences;
  // What the report calls f. Empty: the op's name if f is one op of its inputs (matmul, a custom_op), else f.
  std::string name = {};
  std::vector<std::string> names = {};  // of the inputs, for the report; x0, x1, ... where there are none
  double relative = 0;    // what rounding may do to an element; 0: 1e-9 for f64, 32 ULP for f32, 4 for halves
  double resolution = 0;  // a relative error of this size has to be visible in each element, else: inconclusive; 0:
                          // 1e-6 for f64, 1e-3 for f32
  std::uint64_t rng_seed = 17;  // of the cotangents the outputs are projected on, and of random directions
  int projections = 8;          // fast: random directions
  int samples = 64;             // fast: elements of each gradient that are looked at one by one
  bool reruns = true;           // run f again, on other numbers of threads too: the same bits are expected
};

// Checks d sum(seed*f(inputs)) / d input for every floating input, element by element, with a random seed (1 where f is
// a scalar) and -1/2 of it; with order > 1 the same for every gradient as a function of the inputs and the seed, for
// every ordered pair of inputs, and that mixed derivatives do not depend on their order. Integer and boolean inputs are
// handed through. f16, bf16 and f32 functions are compared with differences of f at f64 inputs, if it takes them. Where
// f64 does not decide, f and its rules are computed in double-double, if they are made of ops. At a kink (the slopes on
// both sides differ) any value between both slopes is right; beside a jump, between those next to it. Errors: no
// inputs, none that is floating, an empty one, more or fewer names than inputs, order < 1, relative or resolution
// outside [0, 1), a result that is empty, not floating or on another device, and whatever f throws for plain tensors.
GradientReport check_gradients(const TensorFunction& f, TensorList inputs, const GradcheckOptions& options = {});

// The same for one tensor, f(x).
template <class F, std::same_as<Tensor> X>
GradientReport check_gradients(F f, const X& x, const GradcheckOptions& options = {}) {
  return check_gradients(detail::of_one_tensor(f), {x}, options);
}

using PlainFunction = std::function<double(std::span<const double>)>;
using PlainGradient = std::function<void(std::span<const double> x, std::span<double> gradient)>;
namespace detail {
GradientReport check_plain_gradients(const PlainFunction& f, const PlainGradient& gradient, std::span<const double> x,
                                     const GradcheckOptions& options);
}

// The same for code that knows no tensors: f(x) and its gradient, written to a span of x's size. Of order 1, whatever
// the options say: there is no second derivative to look at. Errors: x is empty, several names, order < 1.
template <class F, std::invocable<std::span<const double>, std::span<double>> G>
GradientReport check_gradients(const F& f, const G& gradient, std::span<const double> x,
                               const GradcheckOptions& options = {}) {
  return detail::check_plain_gradients(f, gradient, x, options);
}

}  // namespace logitape::inline v0
