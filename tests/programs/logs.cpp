// An ordinary run, for logs.sh to look at what it prints: a training step, a gradient check, an error that is caught.
#include <cstdlib>

#include "logitape.h"

namespace lt = logitape;

int main() {
  lt::Generator rng{7};
  lt::Sequential model{lt::Linear{8, 16}, lt::Relu{}, lt::Linear{16, 3}};
  model.initialise(rng);
  lt::AdamW adam;
  const lt::Tensor x = lt::randn({4, 8}, rng), labels = lt::tensor({0, 1, 2, 0});
  adam.step(model, lt::grad(lt::cross_entropy(model(x), labels), model.parameters()));
  lt::set_num_threads(2);
  lt::sum(lt::exp(lt::ones({1 << 20})));
  const bool right =
      lt::check_gradients([](std::span<const lt::Tensor> in) { return lt::exp(in[0]); }, {lt::tensor({0.5})}).ok();
  try {
    model(labels);
  } catch (const lt::Error&) {
    return right ? 0 : 1;
  }
  return 1;
}
