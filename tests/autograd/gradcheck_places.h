// Where gradient checks go wrong, and known errors of a gradient: our sweep tries every op with both, and so does the
// peers' sweep.
#pragma once
#include <cmath>
#include <cstddef>
#include <vector>

#include "gradcheck_test.h"

namespace gradcheck_test {

// Where: a function's own inputs, and what people's numbers do to them.
struct Place {
  const char* what;
  double (*moved)(double x, std::size_t element);
};
constexpr Place places[] = {
    {"ordinary", [](double x, std::size_t) { return x; }},
    {"saturated", [](double x, std::size_t) { return x * 12; }},
    {"subnormal", [](double x, std::size_t) { return x * 1e-310; }},
    {"huge", [](double x, std::size_t) { return x * 1e100; }},
    {"mixed scales", [](double x, std::size_t e) { return x * std::pow(10, static_cast<double>(e * 7 % 25) - 12); }},
    {"kinks, jumps", [](double x, std::size_t) { return std::round(x); }},
};

// What the gradient is multiplied by at element e of n.
struct Fault {
  const char* what;
  double (*factor)(std::size_t e, std::size_t n);
};
constexpr Fault faults[] = {
    {"right", [](std::size_t, std::size_t) { return 1.0; }},
    {"0", [](std::size_t, std::size_t) { return 0.0; }},
    {"-1", [](std::size_t, std::size_t) { return -1.0; }},
    {"2", [](std::size_t, std::size_t) { return 2.0; }},
    {"1+1e-3", [](std::size_t, std::size_t) { return 1 + 1e-3; }},
    {"1+1e-6", [](std::size_t, std::size_t) { return 1 + 2e-6; }},  // what the report calls visible, twice
    {"one element", [](std::size_t e, std::size_t n) { return e == n / 2 ? -1.0 : 1.0; }},
    {"one row", [](std::size_t e, std::size_t n) { return e < (n + 1) / 2 ? 2.0 : 1.0; }},
};

inline logitape::Tensor factors(const Fault& error, const logitape::Shape& shape) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (std::size_t e = 0; e < v.size(); ++e) v[e] = error.factor(e, v.size());
  return logitape::from_span(v, shape);
}

// x, whose gradient is multiplied.
inline logitape::Tensor planted(const logitape::Tensor& x, const Fault& error) {
  namespace lt = logitape;
  return lt::record(
      "planted", {x}, {lt::stop_gradient(x)}, lt::keep::nothing,
      [f = factors(error, x.shape())](const lt::Node&, const lt::Cotangents& g) { return lt::Tensors{g[0] * f}; });
}

inline logitape::Tensor moved(const logitape::Tensor& x, const Place& place) {
  std::vector<double> v = x.to_vector<double>();
  for (std::size_t e = 0; e < v.size(); ++e) v[e] = place.moved(v[e], e);
  return logitape::from_span(v, x.shape());
}

// f, but the gradient into one of its inputs is multiplied.
inline logitape::TensorFunction with_fault(const logitape::TensorFunction& f, std::size_t input, const Fault& error) {
  return [f, input, &error](In x) {
    std::vector<logitape::Tensor> at(x.begin(), x.end());
    at[input] = planted(at[input], error);
    return f(at);
  };
}

}  // namespace gradcheck_test
