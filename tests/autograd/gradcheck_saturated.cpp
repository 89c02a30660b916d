// Rules where their function is saturated, absorbed by a larger number, or on a jump: a wrong one never passes, a right
// one never fails, whether f is made of ops, which can be evaluated with twice the digits, or of plain numbers, which
// cannot.
#include <doctest/doctest.h>

#include <cmath>

#include "gradcheck_test.h"
#include "logitape/autograd/custom_op.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

using namespace logitape;
using namespace gradcheck_test;

namespace {

Tensor rows_rule(const Tensor& y, const Tensor& g) { return y * (g - sum(g * y, {.axes = {-1}, .keep_dims = true})); }
Tensor sigmoid_rule(const Tensor& y, const Tensor& g) {
  return y * (1.0 - y) * g;
}  // as users write it: 1 - y loses its digits
Tensor tanh_rule(const Tensor& y, const Tensor& g) { return (1.0 - y * y) * g; }

struct Saturated {
  const char* what;
  Tensor (*f)(const Tensor&);
  Tensor (*rule)(const Tensor& y, const Tensor& g);
  std::vector<double> at;  // the largest logit of {x, 0}, or x
  bool row;
};

std::vector<Saturated> saturated() {
  const auto soft = [](const Tensor& x) { return softmax(x); };
  return {{"softmax", soft, rows_rule, {5, 15, 18, 19.5, 20, 21, 22, 23, 24.5, 26, 30, 36, 40}, true},
          {"sigmoid", sigmoid, sigmoid_rule, {5, 15, 18, 20, 22, 25, 30, 36, 40, -20, -40}, false},
          {"tanh", tanh, tanh_rule, {3, 5, 8, 10, 11, 12, 14, 17, 18, 19, -10, -12}, false}};
}

// f, or f on plain numbers, under its rule times k.
TensorFunction op_of(const Saturated& s, double k, bool plain) {
  const auto value = [=](TensorList x) {
    return plain ? from_span(s.f(x[0]).to_vector<double>(), x[0].shape()) : s.f(x[0]);
  };
  const auto op =
      custom_op(s.what, value, [=](TensorList, TensorList y, TensorList g) { return Tensors{s.rule(y[0], g[0]) * k}; });
  return [op](In x) { return op(x); };
}

}  // namespace

TEST_SUITE("gradcheck") {
  TEST_CASE("where softmax, sigmoid and tanh are saturated, no wrong rule passes and no right one fails") {
    int decided = 0, all = 0;
    for (const Saturated& s : saturated())
      for (const double at : s.at)
        for (const double k : {1.0, 2.0, -1.0, 0.0, 10.0, 1 + 1e-3})
          for (const bool plain : {false, true}) {
            const Tensor x = s.row ? tensor({{at, 0.0}}) : tensor({at});
            const GradientReport r = check_gradients(op_of(s, k, plain), {x}, {.order = 1});
            INFO(std::string(s.what), " at ", at, " times ", k, std::string(plain ? " on plain numbers" : ""), "\n",
                 r.str());
            CHECK(r.verdict() != (k == 1 ? Verdict::fail : Verdict::pass));
            if (r.verdict() == Verdict::inconclusive) CHECK_FALSE(r.worst.reason.empty());
            if (k == 1 && r.verdict() == Verdict::pass) CHECK(r.seen_worst <= r.resolution);
            if (!plain) ++all, decided += r.verdict() != Verdict::inconclusive;
          }
    MESSAGE("saturated: ", decided, " of ", all, " checks of functions made of ops are decided");
    CHECK(decided >= 0.8 * all);
  }

  TEST_CASE("the library's own saturated functions never fail, in f64 and f32, to order 2") {
    const auto soft = [](In x) { return softmax(x[0]); };
    const auto loss = [](In x) { return cross_entropy(x[0], tensor({0})); };
    for (const DType dtype : {DType::f64, DType::f32})
      for (const double gap : {5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0}) {
        const Tensor three = tensor({{gap, 0.0, -gap}}).to(dtype), two = tensor({{gap, 0.0}}).to(dtype),
                     one = tensor({gap, 0.1}).to(dtype);
        const auto never_fails = [&](const char* what, const TensorFunction& f, const Tensor& x) {
          const GradientReport r = check_gradients(f, {x});
          INFO(std::string(what), " at ", gap, " in ", std::string(name(dtype)), "\n", r.str());
          CHECK(r.verdict() != Verdict::fail);
        };
        never_fails("softmax of three", soft, three);
        never_fails("softmax of two", soft, two);
        never_fails("cross-entropy of three", loss, three);
        never_fails("cross-entropy of two", loss, two);
        never_fails(
            "tanh", [](In x) { return tanh(x[0]); }, one);
        never_fails(
            "sigmoid", [](In x) { return sigmoid(x[0]); }, one);
        never_fails(
            "sigmoid near 0", [](In x) { return sigmoid(x[0] * 1e-5); }, one);
        never_fails(
            "sum of softmax", [](In x) { return sum(softmax(x[0])); }, three);
      }
  }

  TEST_CASE("an element is judged by its own size, whatever stands beside it") {
    const auto wrong_sign = with_rule([](const Tensor& x) { return exp(x); },
                                      [](const Tensor& x, const Tensor& g) {
                                        return g * exp(x) * tensor({1.0, -1.0});
                                      });
    const auto slightly = with_rule([](const Tensor& x) { return x * x; },
                                    [](const Tensor& x, const Tensor& g) {
                                      return g * x * tensor({2.0, 2.002});
                                    });
    for (const double beside : {3.0, 30.0, 300.0, 700.0})
      CHECK(check_gradients(wrong_sign, {tensor({beside, 0.0})}, {.order = 1}).verdict() == Verdict::fail);
    for (const double beside : {1.0, 1e4, 1e12, 1e100})
      for (const double small : {1e-3, 1e-30, 1e-200}) {
        const GradientReport r = check_gradients(slightly, {tensor({beside, small})}, {.order = 1});
        INFO(beside, " ", small, "\n", r.str());
        CHECK(r.verdict() == (small * small > 0 ? Verdict::fail : Verdict::inconclusive));  // 1e-200 squared is 0
        // summed, the large one absorbs the small one's change
        const auto summed = [&](In x) { return sum(slightly(x)); };
        CHECK(check_gradients(summed, {tensor({beside, small})}, {.order = 1}).verdict() != Verdict::pass);
      }
  }

  TEST_CASE("a rule of a step function is judged on both sides of a jump") {
    const auto floor_ = [](const Tensor& x) {
      std::vector<double> v = x.to_vector<double>();
      for (double& d : v) d = std::floor(d);
      return from_span(v, x.shape());
    };
    for (const double k : {-7.0, -1e-3, 1.0, 1e-8, 0.0}) {
      const auto f = with_rule(floor_, [k](const Tensor&, const Tensor& g) { return g * k; });
      for (const auto& at : {tensor({0.3, 1.2}), tensor({0.3, 1.0}), tensor({1.0, 2.0}), tensor({0.0, 1e6})})
        for (const bool summed : {false, true})
          for (const CheckMethod m : {CheckMethod::differences, CheckMethod::all, CheckMethod::fast}) {
            const auto g = [&](In x) { return summed ? sum(f(x)) : f(x); };
            const GradientReport r = check_gradients(g, {at}, {.order = 1, .methods = m});
            INFO(to_string(at), " times ", k, "\n", r.str());
            CHECK(r.verdict() != (k == 0 ? Verdict::fail : Verdict::pass));
          }
    }
  }
}
