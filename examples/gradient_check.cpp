// Checks gradients: a right loss, a wrong rule, plain C++ code; or any op of ours, by `logitape check`.
#include <logitape.h>

#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "command.h"

namespace lt = logitape;

namespace {

// A student's logits against a teacher's, both softened by a temperature of 2: gradients flow into both.
lt::Tensor distillation(lt::TensorList inputs) {
  const lt::Tensor& student = inputs[0];
  const lt::Tensor& teacher = inputs[1];
  return lt::cross_entropy(student / 2, lt::softmax(teacher / 2));
}

// y = x^3, with a rule that forgets the factor 3: its gradient is x^2.
lt::Tensor wrong_cube(lt::TensorList inputs) {
  const lt::Tensor& x = inputs[0];
  const lt::Tensor y = lt::pow(lt::stop_gradient(x), 3);
  return lt::record("wrong_cube", {x}, {y}, lt::keep::input(0),
                    [](const lt::Node& node, const lt::Cotangents& cotangents) {
                      return lt::Tensors{cotangents[0] * lt::pow(node.input(0), 2)};
                    });
}

// Your own C++ code is checked as well: a function and its gradient on plain doubles.
double log_sum_exp(std::span<const double> x) {
  double sum = 0;
  for (const double v : x) sum += std::exp(v);
  return std::log(sum);
}
void its_gradient(std::span<const double> x, std::span<double> gradient) {
  for (std::size_t i = 0; i < x.size(); ++i) gradient[i] = std::exp(x[i] - log_sum_exp(x));
}

int show() {
  lt::Generator rng{7};
  const lt::Tensor student = lt::randn({2, 3}, rng, lt::DType::f64);
  const lt::Tensor teacher = lt::randn({2, 3}, rng, lt::DType::f64);

  // every derivative of both orders, then along random directions
  const lt::GradientReport right = lt::check_gradients(
      distillation, {student, teacher}, {.order = 2, .methods = lt::CheckMethod::all, .names = {"student", "teacher"}});
  std::cout << "distillation: " << right.str() << "\n";

  const lt::GradientReport wrong = lt::check_gradients(wrong_cube, {student}, {.names = {"student"}});
  std::cout << "wrong_cube, whose rule forgets a factor, has to fail: " << wrong.str() << "\n";

  const std::vector<double> weights = {0.3, -1.2, 2.0};
  const lt::GradientReport plain = lt::check_gradients(log_sum_exp, its_gradient, weights, {.names = {"weights"}});
  std::cout << "code without tensors: " << plain.str();

  return right.ok() && !wrong.ok() && plain.ok() ? 0 : 1;  // all three as expected
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return show();
  std::vector<std::string> words(argv + 1, argv + argc);
  words.insert(words.begin(), "check");
  return command::run("gradient_check", std::move(words));
}
