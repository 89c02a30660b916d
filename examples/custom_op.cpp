// Writes an op of its own; its rule is checked, and a slip in it caught.
#include <logitape/tape.h>

#include <iostream>

#include "device_flag.h"

namespace lt = logitape;

namespace {

// softplus(x) = log(1 + exp(x)), written so that exp never overflows.
lt::Tensor softplus_of(lt::TensorList inputs) {
  const lt::Tensor& x = inputs[0];
  return lt::relu(x) + lt::log1p(lt::exp(-lt::abs(x)));
}

// Its derivative is sigmoid(x), times what comes back through the result. It is made of ops, so it has derivatives too.
lt::Tensor softplus_rule(lt::TensorList inputs, lt::TensorList /*results*/, lt::TensorList cotangents) {
  return cotangents[0] * lt::sigmoid(inputs[0]);
}

// The same with a slip: sigmoid(-x).
lt::Tensor slipped_rule(lt::TensorList inputs, lt::TensorList, lt::TensorList cotangents) {
  return cotangents[0] * lt::sigmoid(-inputs[0]);
}

int show(lt::Device device) {
  const auto softplus = lt::custom_op("softplus", softplus_of, softplus_rule);
  const auto slipped = lt::custom_op("slipped", softplus_of, slipped_rule);

  // it is called, recorded and differentiated like any other op
  const lt::Tensor x = lt::variable(lt::tensor({-2.0, 0.5, 800.0}).to(device));
  const lt::Tensor y = softplus(x);
  lt::sum(y).backward();
  std::cout << "softplus(x)  " << y << "\nd/dx         " << *x.grad() << "\n\n";

  // points where a wrong rule shows: at 800 the second derivative is 0 to 340 digits
  const lt::Tensor near = lt::tensor({-2.0, 0.5, 8.0}).to(device);
  const lt::GradientReport right = lt::check_gradients(softplus, {near});
  std::cout << "softplus: " << right << "\n";
  const lt::GradientReport wrong = lt::check_gradients(slipped, {near});
  std::cout << "with a slip in the rule, it has to fail: " << wrong;
  return right.ok() && !wrong.ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return run_on_device(argc, argv, "custom_op",
                       "writes an op of its own, checks its rule, and catches a slip in another.", show);
}
