// Shows check_gradients prove a loss to second order, and catch a derivative rule that is wrong.
#include <logitape.h>

#include <iostream>

namespace lt = logitape;

namespace {

// A student's logits against a teacher's, both softened by a temperature of 2: gradients flow into both.
lt::Tensor distillation(std::span<const lt::Tensor> inputs) {
  const lt::Tensor& student = inputs[0];
  const lt::Tensor& teacher = inputs[1];
  return lt::cross_entropy(student / 2, lt::softmax(teacher / 2));
}

// y = x^3, with a rule that forgets the factor 3: its gradient is x^2.
lt::Tensor wrong_cube(std::span<const lt::Tensor> inputs) {
  const lt::Tensor& x = inputs[0];
  const lt::Tensor y = lt::pow(lt::stop_gradient(x), 3);
  return lt::record("wrong_cube", {x}, {y}, lt::keep::input(0), [](const lt::Node& node, const lt::Cotangents& cotangents) {
    return lt::Tensors{cotangents[0] * lt::pow(node.input(0), 2)};
  });
}

}  // namespace

int main() {
  lt::Generator rng{7};
  const lt::Tensor student = lt::randn({2, 3}, rng, lt::DType::f64);
  const lt::Tensor teacher = lt::randn({2, 3}, rng, lt::DType::f64);

  const lt::GradientReport right = lt::check_gradients(distillation, {student, teacher}, {.order = 2});
  std::cout << "distillation: " << right.str() << "\n";

  const lt::GradientReport wrong = lt::check_gradients(wrong_cube, {student});
  std::cout << "wrong_cube, whose rule forgets a factor, has to fail: " << wrong.str();

  return right.ok() && !wrong.ok() ? 0 : 1;  // as it should be
}
