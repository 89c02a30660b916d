// Right functions that are hard to check: scaled badly, ill-conditioned, at kinks, empty. The tests take this table,
// and so does tests/peers, which hands the same functions to PyTorch and JAX.
#include <cmath>

#include "gradcheck_test.h"
#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

using namespace logitape;

namespace gradcheck_test {

// long: a table
std::vector<Right> right_functions() {
  const Tensor m = random_of({3, 4}), n = random_of({3, 4}, -2, 2, 5), positive = random_of({3, 4}, 0.1, 3);
  const auto unary = [](Tensor (*f)(const Tensor&)) { return [f](In x) { return f(x[0]); }; };
  const auto scaled = [](double s) { return random_of({5}) * s; };
  const auto cubes = [](In x) { return sum(x[0] * x[0] * x[0]); };
  std::vector<Right> all = {
      {"identity", [](In x) { return x[0]; }, {m}},
      {"a straight line", [](In x) { return x[0] * 3 + 1; }, {m}},
      {"a sum", [](In x) { return sum(x[0]); }, {m}},
      {"a mean of 4,000", [](In x) { return mean(x[0] * x[0]); }, {random_of({40, 25})}},
      {"a product", [](In x) { return x[0] * x[1]; }, {m, n}},
      {"rank 0", [](In x) { return x[0] * x[0]; }, {tensor(1.5)}},
      {"size 0", [](In x) { return x[0] * x[0]; }, {from_span(std::vector<double>{}, {0, 3})}},
      {"size 0, summed", [](In x) { return sum(x[0] * x[0]); }, {from_span(std::vector<double>{}, {0, 3})}},
      {"an index handed through", [](In x) { return gather(x[0], x[1]); }, {random_of({5}), tensor({0, 3, 3})}},
      {"cubes near 1e-8", cubes, {scaled(1e-8)}},
      {"cubes near 1e8", cubes, {scaled(1e8)}},
      {"cubes from 1e-8 to 1e8", cubes, {tensor({1e-8, -1e-3, 1.0, -1e4, 1e8})}},
      {"exp near 1e-8", unary(exp), {scaled(1e-8)}},
      {"exp near 1e-8, summed", [](In x) { return sum(exp(x[0])); }, {scaled(1e-8)}},
      {"log near 1e-8", unary(log), {random_of({5}, 1e-9, 1e-8)}},
      {"log near 1e8", unary(log), {random_of({5}, 1e7, 1e8)}},
      {"log near 0, among others", unary(log), {tensor({1e-12, 1e-3, 1.0, 2.0, 3.0})}},
      {"exp of 30 and more", [](In x) { return exp(x[0] * 30); }, {random_of({5}, 0.5, 1.5)}},
      {"exp of 30 and more, summed", [](In x) { return sum(exp(x[0] * 30)); }, {random_of({5}, 0.5, 1.5)}},
      {"sin of many turns", [](In x) { return tanh(x[0] * 100 - 99); }, {tensor({0.99, 1.0, 1.01})}},
      {"cancellation", [](In x) { return (x[0] + 1e8) - 1e8; }, {m}},
      {"cancellation of squares", [](In x) { return (x[0] + 1000) * (x[0] + 1000) - x[0] * x[0]; }, {m}},
      {"saturated tanh", unary(tanh), {tensor({20.0, -30.0, 0.1})}},
      {"saturated sigmoid", unary(sigmoid), {tensor({40.0, -40.0, 0.1, 700.0})}},
      {"a large constant beside", [](In x) { return sum(x[0] * x[0]) + 1e6; }, {m}},
      {"softmax", [](In x) { return softmax(x[0]); }, {m}},
      {"softmax of confident rows", [](In x) { return softmax(x[0] * 20); }, {m}},
      {"log softmax of logits near 1000", [](In x) { return log_softmax(x[0] + 1000); }, {m}},
      {"cross-entropy", [](In x) { return cross_entropy(x[0], x[1]); }, {m, softmax(n)}},
      {"cross-entropy where p is t", [](In x) { return cross_entropy(x[0], x[1]); }, {m, softmax(m)}},
      {"cross-entropy of a mass of 3", [](In x) { return cross_entropy(x[0], x[1]); }, {m, positive}},
      {"cross-entropy of indices", [](In x) { return cross_entropy(x[0], x[1]); }, {m, tensor({0, 3, 1})}},
      {"cross-entropy of confident logits",
       [](In x) { return cross_entropy(x[0] * 30, x[1]); },
       {m, tensor({0, 3, 1})}},
      {"matmul", [](In x) { return matmul(x[0], x[1], {.transpose_b = true}); }, {m, n}},
      {"a network of two layers",
       [](In x) { return cross_entropy(matmul(tanh(matmul(x[0], x[1])), x[2]), x[3]); },
       {random_of({4, 5}), random_of({5, 6}), random_of({6, 3}, -1, 1), tensor({0, 1, 2, 0})}},
      {"layer normalisation",
       [](In x) {
         const Tensor centred = x[0] - mean(x[0], {.axes = {1}, .keep_dims = true});
         return centred / sqrt(mean(centred * centred, {.axes = {1}, .keep_dims = true}) + 1e-5);
       },
       {m}},
      {"dropout with a fixed key",
       [](In x) {
         Generator rng{5};
         return dropout(x[0] * x[0], 0.5, rng);
       },
       {m}},
      {"rounded down", [](In x) { return x[0].to(DType::i64).to(x[0].dtype()) * x[0]; }, {m}},
      {"relu", unary(relu), {m}},
      {"relu at 0", unary(relu), {tensor({0.0, 1.0, -1.0, 0.0})}},
      {"relu near 0", unary(relu), {tensor({1e-5, -1e-5, 1e-7, 1.0, -1.0})}},
      {"abs at 0", unary(abs), {tensor({0.0, 1.0, -1.0})}},
      {"abs at 0, summed", [](In x) { return sum(abs(x[0])); }, {tensor({0.0, 1.0, -1.0})}},
      {"ties of max", [](In x) { return max(x[0], {.axes = {1}}); }, {tensor({{1.0, 1.0, 0.0}, {2.0, 1.0, 2.0}})}},
      {"ties of maximum", [](In x) { return maximum(x[0], x[1]); }, {tensor({1.0, 2.0}), tensor({1.0, 0.0})}},
      {"clamp at its bounds", [](In x) { return clamp(x[0], -1, 1); }, {tensor({-1.0, 1.0, 0.5, 2.0})}},
      {"sqrt near 0", unary(sqrt), {tensor({1e-10, 1e-4, 1.0})}},
      {"a power", [](In x) { return pow(x[0], x[1]); }, {positive, n}},
      {"abs cubed at 0", [](In x) { return abs(x[0]) * x[0] * x[0]; }, {tensor({0.0, 1.0})}},
  };
  return all;
}

}  // namespace gradcheck_test
