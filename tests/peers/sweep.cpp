// What check_gradients says of functions that every library has, at the places of gradcheck_places.h, under its faults
// in the gradient into the first input; and inputs and faults, as one JSON object: the peers are handed the same
// numbers.
#include <logitape.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "../autograd/gradcheck_places.h"
#include "inputs.h"

namespace lt = logitape;

namespace {

struct Swept {
  const char* what;
  lt::TensorFunction f;
  double low = -2, high = 2;       // where the first input lies, before it is moved
  std::vector<lt::Tensor> more{};  // the other inputs, which stay where they are
};

template <lt::Tensor (*f)(const lt::Tensor&)>
lt::Tensor of_one(std::span<const lt::Tensor> x) {
  return f(x[0]);
}

lt::Tensor rounded_down(const lt::Tensor& x) {
  std::vector<double> v = x.to_vector<double>();
  for (double& d : v) d = std::floor(d);
  return lt::from_span(v, x.shape());
}

std::vector<Swept> functions() {
  const auto losses = [](auto x) { return lt::cross_entropy(x[0], x[1], {.reduction = lt::Reduction::none}); };
  const auto other = [](const lt::Shape& shape) { return gradcheck_test::random_of(shape, 0.5, 2, 5); };
  return {
      {"exp", of_one<lt::exp>},
      {"expm1", of_one<lt::expm1>},
      {"log", of_one<lt::log>, 0.5, 2},
      {"log1p", of_one<lt::log1p>, 0.5, 2},
      {"sqrt", of_one<lt::sqrt>, 0.5, 2},
      {"sin", of_one<lt::sin>},
      {"cos", of_one<lt::cos>},
      {"tanh", of_one<lt::tanh>},
      {"sigmoid", of_one<lt::sigmoid>},
      {"erf", of_one<lt::erf>},
      {"gelu", of_one<lt::gelu>},
      {"silu", of_one<lt::silu>},
      {"relu", of_one<lt::relu>},
      {"abs", of_one<lt::abs>},
      {"floor", gradcheck_test::with_rule(rounded_down, [](auto&, const lt::Tensor& g) { return g * 0; })},
      {"softmax", [](auto x) { return lt::softmax(x[0]); }},
      {"log_softmax", [](auto x) { return lt::log_softmax(x[0]); }},
      {"logsumexp", [](auto x) { return lt::logsumexp(x[0], {.axes = {-1}}); }},
      {"layer_norm", [](auto x) { return lt::normalise(x[0]).y; }},
      {"binary cross entropy",
       [](auto x) { return lt::binary_cross_entropy_with_logits(x[0], x[1], {.reduction = lt::Reduction::none}); },
       -2,
       2,
       {lt::sigmoid(other({2, 3}))}},
      {"cross entropy, indices", losses, -2, 2, {lt::tensor({2, 0})}},
      {"cross entropy, probabilities", losses, -2, 2, {lt::softmax(other({2, 3}))}},
      {"multiply", [](auto x) { return x[0] * x[1]; }, -2, 2, {other({2, 3})}},
      {"matmul", [](auto x) { return lt::matmul(x[0], x[1]); }, -2, 2, {other({3, 2})}},
  };
}

}  // namespace

int main() {
  std::printf("{\"faults\":{");
  for (const auto& fault : gradcheck_test::faults) {
    const char* comma = &fault == gradcheck_test::faults ? "" : ",";
    std::printf("%s\"%s\":%s", comma, fault.what, json_of(factors(fault, {2, 3})).c_str());
  }
  std::printf("},\"cases\":[\n");
  for (const Swept& s : functions())
    for (const auto& place : gradcheck_test::places)
      for (const std::uint64_t seed : {3u, 4u}) {
        std::vector<lt::Tensor> inputs{moved(gradcheck_test::random_of({2, 3}, s.low, s.high, seed), place)};
        inputs.insert(inputs.end(), s.more.begin(), s.more.end());
        std::string verdicts;
        for (const auto& fault : gradcheck_test::faults) {
          const bool right = &fault == gradcheck_test::faults;
          const auto report = lt::check_gradients(right ? s.f : with_fault(s.f, 0, fault), inputs, {.order = 1});
          const std::string verdict(name(report.verdict()));
          verdicts += std::string(right ? "" : ",") + "\"" + fault.what + "\":\"" + verdict + "\"";
        }
        std::printf("{\"function\":\"%s\",\"place\":\"%s\",\"inputs\":%s,\"verdicts\":{%s}},\n", s.what, place.what,
                    json_of(inputs).c_str(), verdicts.c_str());
      }
  std::printf("null]}\n");
}
