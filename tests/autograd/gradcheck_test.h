// What the tests of the gradient checker share.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/core/random.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/elementwise.h"

namespace gradcheck_test {

using In = std::span<const logitape::Tensor>;

inline logitape::Tensor random_of(const logitape::Shape& shape, double low = -2, double high = 2,
                                  std::uint64_t seed = 3) {
  logitape::Generator rng(seed);
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& v : values) v = low + (high - low) * rng.next_uniform();
  return logitape::from_span(values, shape);
}

// f's values, f a function of one tensor, under another rule: rule(x, cotangent).
template <class F, class R>
logitape::TensorFunction with_rule(F f, R rule) {
  namespace lt = logitape;
  return [f, rule](In x) {
    return lt::Tensor(
        lt::record("planted", {x[0]}, {f(lt::stop_gradient(x[0]))}, lt::keep::input(0),
                   [rule](const lt::Node& n, const lt::Cotangents& g) { return lt::Tensors{rule(n.input(0), g[0])}; }));
  };
}

// A function whose rule is wrong, and the hint that says how.
struct Planted {
  std::string what;
  logitape::TensorFunction f;
  std::vector<logitape::Tensor> inputs;
  logitape::Hint hint = logitape::Hint::none;
  logitape::GradcheckOptions options = {};
};
std::vector<Planted> planted_rules();
logitape::Tensor planted_matrix();   // what some of them multiply by
logitape::Tensor planted_summand();  // and add

// One whose rules are right.
struct Right {
  std::string what;
  logitape::TensorFunction f;
  std::vector<logitape::Tensor> inputs;
};
std::vector<Right> right_functions();

}  // namespace gradcheck_test
