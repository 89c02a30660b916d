// Wrong rules, planted on purpose, each with the hint that names its fault: what the gradient checker has to catch. The
// tests take this table, and so does tests/peers, which plants the same faults in PyTorch and JAX.
#include <cmath>

#include "gradcheck_test.h"
#include "logitape/autograd/backward.h"
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
namespace {

// 1 everywhere but at element `at`.
Tensor ones_but(const Tensor& like, std::int64_t at, double value) {
  std::vector<double> v(static_cast<std::size_t>(like.size()), 1);
  v[static_cast<std::size_t>(at)] = value;
  return from_span(v, like.shape()).to(like.dtype());
}

Tensor cube(const Tensor& x) { return x * x * x; }
Tensor cube_rule(const Tensor& x, const Tensor& g) { return g * x * x * 3; }

// Losses per row, with a rule of our own for logits and labels.
template <class X, class T>
TensorFunction loss(X logits_rule, T labels_rule) {
  return [=](In x) {
    const Tensor y = cross_entropy(stop_gradient(x[0]), stop_gradient(x[1]), {.reduction = Reduction::none});
    return Tensor(
        record("planted", {x[0], x[1]}, {y}, keep::input(0) | keep::input(1), [=](const Node& n, const Cotangents& g) {
          const Tensor c = reshape(g[0], {g[0].size(), 1});
          return Tensors{logits_rule(n.input(0), n.input(1)) * c, labels_rule(n.input(0), n.input(1)) * c};
        }));
  };
}
Tensor mass(const Tensor& t) { return sum(t, {.axes = {-1}, .keep_dims = true}); }
Tensor right_logits(const Tensor& x, const Tensor& t) { return softmax(x) * mass(t) - t; }
Tensor right_labels(const Tensor& x, const Tensor&) { return -log_softmax(x); }

}  // namespace

Tensor planted_matrix() { return random_of({3, 3}, -2, 2, 11); }
Tensor planted_summand() { return random_of({3, 4}); }

// long: a table
std::vector<Planted> planted_rules() {
  const Tensor m = planted_summand(), positive = random_of({3, 4}, 0.1, 1, 7), square = random_of({3, 3});
  const auto scaled = [](double s) {
    return with_rule(cube, [s](const Tensor& x, const Tensor& g) { return cube_rule(x, g) * s; });
  };
  const auto one_off = [](std::int64_t at, double s) {
    return with_rule(cube, [=](const Tensor& x, const Tensor& g) { return cube_rule(x, g) * ones_but(x, at, s); });
  };
  static int calls = 0;
  static Tensor saved;
  const auto matmul_rule = [](bool transposed) {
    return [transposed](In x) {
      const Tensor w = planted_matrix();
      return Tensor(record("planted", {x[0]}, {matmul(stop_gradient(x[0]), w)}, keep::nothing,
                           [=](const Node&, const Cotangents& g) {
                             const Tensor right = matmul(g[0], w, {.transpose_b = true});
                             return Tensors{transposed ? transpose(right) : right};
                           }));
    };
  };
  return {
      {"sign", scaled(-1), {m}, Hint::sign},
      {"factor 2", scaled(2), {m}, Hint::factor},
      {"factor N", scaled(12), {m}, Hint::factor},
      {"1/N", scaled(1.0 / 12), {m}, Hint::factor},
      {"all by 1e-6", scaled(1 + 1e-6), {m}, Hint::factor},
      {"one element by 1e-6", one_off(5, 1 + 1e-6), {m}, Hint::few_elements},
      {"one element by 2%", one_off(5, 1.02), {m}, Hint::few_elements},
      {"stale",
       [](In x) {
         if (!saved.defined() || !(saved.shape() == x[0].shape())) saved = x[0].without_node();
         return with_rule(cube,
                          [](const Tensor& at, const Tensor& g) { return cube_rule(saved + 0.5, g) + at * 0; })(x);
       },
       {m},
       Hint::stale},
      {"saved after overwrite",
       with_rule(cube, [](const Tensor& x, const Tensor& g) { return cube_rule(cube(x), g); }),
       {m},
       Hint::overwritten},
      {"missing label mass",
       loss([](const Tensor& x, const Tensor& t) { return softmax(x) - t; }, right_labels),
       {m, positive},
       Hint::label_mass},
      {"missing log-sum-exp",
       loss(right_logits, [](const Tensor& x, const Tensor&) { return -x; }),
       {m, positive},
       Hint::constant_per_row},
      {"off by one class",
       loss(
           [](const Tensor& x, const Tensor& t) {
             return softmax(x) * mass(t) - concat({slice(t, {0, 1}, {3, 3}), slice(t, {0, 0}, {3, 1})}, 1);
           },
           right_labels),
       {m, tensor({{1.0, 0.0, 0.0, 0.0}, {0.0, 0.0, 1.0, 0.0}, {0.0, 1.0, 0.0, 0.0}})},
       Hint::shifted},
      {"the wrong axis",
       with_rule([](const Tensor& x) { return log_softmax(x); },
                 [](const Tensor& x, const Tensor& g) {
                   return g - softmax(x, {.axis = 0}) * sum(g, {.axes = {0}, .keep_dims = true});
                 }),
       {m},
       Hint::wrong_axis},
      {"transposed", matmul_rule(true), {square}, Hint::transposed},
      {"unreduced broadcast",
       [](In x) {
         return Tensor(record("planted", {x[0]}, {stop_gradient(x[0]) + planted_summand()}, keep::nothing,
                              [](const Node&, const Cotangents& g) { return Tensors{g[0]}; }));
       },
       {random_of({4})},
       Hint::not_reduced},
      {"averaged broadcast",
       [](In x) {
         return Tensor(record("planted", {x[0]}, {stop_gradient(x[0]) + planted_summand()}, keep::nothing,
                              [](const Node&, const Cotangents& g) { return Tensors{mean(g[0], {.axes = {0}})}; }));
       },
       {random_of({4})},
       Hint::factor},
      {"second derivative only",
       with_rule(cube, [](const Tensor& x, const Tensor& g) { return stop_gradient(x * x) * g * 3; }),
       {m},
       Hint::higher_order},
      {"f32 only",
       with_rule(cube, [](const Tensor& x,
                          const Tensor& g) { return cube_rule(x, g) * (x.dtype() == DType::f32 ? 1.001 : 1); }),
       {m.to(DType::f32)},
       Hint::narrow_dtype},
      {"not deterministic", [](In x) { return x[0] * (1 + 1e-9 * (calls++ % 7)); }, {m}, Hint::nondeterministic},
      {"missing path", [](In x) { return stop_gradient(x[0]) * x[1]; }, {m, positive}, Hint::missing_path},
      {"off the tape",
       [](In x) {
         const NoGrad guard;
         return x[0] * x[0];
       },
       {m},
       Hint::missing_path},
      {"large values only",
       with_rule(cube, [](const Tensor& x, const Tensor& g) { return cube_rule(clamp(x, -1, 1), g); }),
       {m},
       Hint::large_values},
      {"a kink taken for another",
       with_rule([](const Tensor& x) { return relu(x); },
                 [](const Tensor& x, const Tensor& g) {
                   return g * where(greater(x, 0.0), ones({3}, DType::f64),
                                    where(equal(x, 0.0), full({3}, 2, DType::f64), zeros({3}, DType::f64)));
                 }),
       {tensor({0.0, 1.0, -1.0})},
       Hint::kink},
      {"cotangent ignored",
       with_rule([](const Tensor& x) { return sum(x * x); }, [](const Tensor& x, const Tensor&) { return x * 2; }),
       {m},
       Hint::cotangent_ignored,
       {.order = 1}},
      {"cotangent squared",
       with_rule(cube, [](const Tensor& x, const Tensor& g) { return cube_rule(x, g) * g; }),
       {m},
       Hint::cotangent_ignored},
      {"a rule that throws",
       with_rule(cube, [](const Tensor&, const Tensor&) -> Tensor { throw std::runtime_error("not today"); }),
       {m},
       Hint::throws},
      {"throws off the tape only",
       [](In x) {
         if (!x[0].requires_grad()) throw std::runtime_error("variables only");
         return x[0];
       },
       {m},
       Hint::throws},
      {"a zero block, as TensorFlow's",
       [](In x) {
         return loss([](const Tensor& a, const Tensor& t) { return softmax(a) * mass(t) - stop_gradient(t); },
                     right_labels)(x);
       },
       {m, positive},
       Hint::higher_order},
      {"the smallest element by 1%", one_off(0, 1.01), {tensor({1e-3, 1.0, 2.0})}, Hint::few_elements},
  };
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): loses sight of a std::function in an initializer_list

}  // namespace gradcheck_test
