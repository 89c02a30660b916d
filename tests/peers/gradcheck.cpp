// Who notices a wrong derivative? y = exp(x), x f64 [20,20], whose rule is wrong in one of three ways; 20 tries each.
// Prints how many tries were not passed: nothing planted, every element off by 9e-4, one element off by 2%.
#include <logitape.h>

#include <cstdio>

namespace lt = logitape;

namespace {

// exp with a rule that multiplies its true answer by `factor`.
lt::Tensor planted(const lt::Tensor& x, const lt::Tensor& factor) {
  return lt::record("planted", {x}, {lt::exp(lt::stop_gradient(x))}, lt::keep::input(0),
                    [factor](const lt::Node& n, const lt::Cotangents& g) {
                      return lt::Tensors{g[0] * lt::exp(n.input(0)) * factor};
                    });
}

int noticed(double everywhere, double at_one) {
  int count = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    lt::Generator rng{static_cast<std::uint64_t>(attempt)};
    const lt::Tensor x = lt::randn({20, 20}, rng, lt::DType::f64);
    std::vector<double> factors(400, 1 + everywhere);
    factors[rng.next_u64() % 400] += at_one;
    const lt::Tensor factor = lt::from_span(factors, {20, 20});
    count += !lt::check_gradients([&](std::span<const lt::Tensor> in) { return planted(in[0], factor); }, {x}).ok();
  }
  return count;
}

}  // namespace

int main() { std::printf("check_gradients|%d|%d|%d\n", noticed(0, 0), noticed(9e-4, 0), noticed(0, 0.02)); }
