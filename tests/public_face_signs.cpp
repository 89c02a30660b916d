// What people type first: lists of tensors in every form, logic on booleans, functions of one tensor and of several,
// and streams that are told how many digits to print.
#include <doctest/doctest.h>
#include <logitape.h>

#include <array>
#include <iomanip>
#include <span>
#include <sstream>
#include <vector>

namespace lt = logitape;

namespace {

lt::Tensor first() { return lt::variable(lt::tensor({1.0, -2.0})); }
lt::Tensor second() { return lt::variable(lt::tensor({3.0, 4.0})); }
using Doubles = std::vector<double>;

TEST_CASE("several tensors are taken from braces, vectors, arrays and spans") {
  const lt::Tensor a = first(), b = second();
  const std::vector<lt::Tensor> vector{a, b};
  const std::array<lt::Tensor, 2> array{a, b};
  const lt::Tensor plain[] = {a, b};
  for (const lt::Tensor& joined : {lt::concat({a, b}), lt::concat(vector), lt::concat(array), lt::concat(plain),
                                   lt::concat(std::span<const lt::Tensor>(vector)), lt::concat(lt::Tensors{a, b})})
    CHECK(joined.to_vector() == Doubles{1, -2, 3, 4});
  CHECK(lt::stack({a, b}).shape() == lt::Shape{2, 2});
  CHECK(lt::global_norm({lt::tensor({3.0}), lt::tensor({4.0})}) == 5);
  CHECK(lt::global_norm({b}) == 5);
  const std::vector<lt::Tensor> clipped = lt::clip_by_global_norm({lt::tensor({3.0}), lt::tensor({4.0})}, 1.0);
  CHECK(clipped[1].item() == doctest::Approx(0.8).epsilon(1e-15));  // a product and a quotient, rounded
  CHECK(lt::clip_by_value(vector, 1)[0].to_vector() == Doubles{1, -1});
}

TEST_CASE("grad of one tensor is a tensor, of braces a list") {
  const lt::Tensor a = first(), b = second();
  const lt::Tensor y = lt::sum(a * a * b);
  const lt::Tensor into_a = lt::grad(y, a);
  CHECK(into_a.to_vector() == Doubles{6, -16});
  CHECK(lt::grad(y, a, {.seed = lt::tensor(2.0)}).to_vector() == Doubles{12, -32});
  const std::vector<lt::Tensor> both = lt::grad(y, {a, b});
  CHECK(both[1].to_vector() == Doubles{1, 4});
  const lt::Tensors one = lt::grad(y, {b});
  CHECK(one.size() == 1);
  CHECK(lt::grad(y, {}).empty());
}

TEST_CASE("functions take the list, the tensors one by one, or the one tensor, generic lambdas too") {
  const lt::Tensor a = first(), b = second();
  const lt::Tensor into = lt::value_and_grad([](auto x) { return lt::sum(x * x); }, a).gradient;
  CHECK(into.to_vector() == Doubles{2, -4});
  CHECK(lt::hessian([](auto x) { return lt::sum(x * x); }, a).to_vector() == Doubles{2, 0, 0, 2});
  CHECK(lt::hessian([](const auto& x) { return lt::sum(x * x); }, a).shape() == lt::Shape{2, 2});
  CHECK(lt::jacobian([](auto x) { return x * x; }, a).to_vector() == Doubles{2, 0, 0, -4});
  CHECK(lt::hvp([](auto x) { return lt::sum(x * x); }, a, b).to_vector() == Doubles{6, 8});
  CHECK(lt::jvp([](auto x) { return x * x; }, a, b).tangent.to_vector() == Doubles{6, -16});
  CHECK(lt::vjp([](auto x) { return x * x; }, a, b).gradient.to_vector() == Doubles{6, -16});
  CHECK(lt::check_gradients([](auto x) { return lt::exp(x); }, lt::tensor({0.5, 1.0})).ok());
  CHECK(lt::check_gradients([](auto x) { return lt::exp(x); }, lt::tensor({0.5, 1.0}), {.order = 1}).ok());
  CHECK(lt::check_gradients([](auto in) { return in[0] * in[1]; }, {a, b}, {.order = 1}).ok());
  const auto square_sum = [](auto x) { return x[0] * x[0] + x[1] * x[1]; };
  const auto its_gradient = [](auto x, auto g) { g[0] = 2 * x[0], g[1] = 2 * x[1]; };
  CHECK(lt::check_gradients(square_sum, its_gradient, Doubles{1, 2}).ok());

  const auto of_list = [](lt::TensorList in) { return lt::sum(in[0] * in[1]); };
  const auto of_vector = [](const std::vector<lt::Tensor>& in) { return lt::sum(in[0] * in[1]); };
  const auto of_two = [](const lt::Tensor& x, const lt::Tensor& y) { return lt::sum(x * y); };
  const auto of_auto = [](auto x, auto y) { return lt::sum(x * y); };
  const auto check = [&](const auto& f) {
    const auto [value, gradients] = lt::value_and_grad(f, {a, b});
    CHECK(value.item() == -5);
    CHECK(gradients[0].to_vector() == Doubles{3, 4});
    CHECK(lt::jvp(f, {a, b}, {b, a}).tangent.item() == 30);
    CHECK(lt::hessian(f, {a, b})[0][1].to_vector() == Doubles{1, 0, 0, 1});
    CHECK(lt::check_gradients(f, {a, b}).ok());
  };
  check(of_list);
  check(of_vector);
  check(of_two);
  check(of_auto);
  CHECK(lt::jacobian(lt::exp, {a})[0].shape() == lt::Shape{2, 2});  // braces: a list comes back
  CHECK_THROWS_WITH_AS(lt::jacobian(of_two, {a}), "TensorFunction: f takes 2 tensors, and is given 1", lt::Error);
}

TEST_CASE("a rule with one input may return its tensor, an op is called with tensors or a list") {
  const lt::Tensor a = first(), b = second();
  const auto square = lt::custom_op(
      "square", [](auto x) { return x[0] * x[0]; }, [](auto x, auto, auto g) { return g[0] * (x[0] * 2); });
  CHECK(lt::grad(lt::sum(square(a)), a).to_vector() == Doubles{2, -4});
  CHECK(square({a}).to_vector() == Doubles{1, 4});
  CHECK(lt::check_gradients(square, a).ok());
  const auto product = lt::custom_op(
      "product", [](lt::TensorList x) { return x[0] * x[1]; },
      [](lt::TensorList x, lt::TensorList, lt::TensorList g) {
        return std::vector<lt::Tensor>{g[0] * x[1], g[0] * x[0]};
      });
  CHECK(lt::check_gradients(product, {a, b}).ok());
  const auto short_rule = lt::custom_op(
      "short", [](lt::TensorList x) { return x[0] * x[1]; }, [](auto, auto, auto g) { return g[0]; });
  CHECK_THROWS_AS(lt::grad(lt::sum(short_rule(a, b)), a), lt::Error);  // one cotangent for two inputs
}

TEST_CASE("booleans are joined by & and |, and turned by ! and ~") {
  const lt::Tensor x = lt::tensor({-1.f, 0.5f, 2.f});
  using Truth = std::vector<int>;
  CHECK(((x > 0) & (x < 1)).to_vector<int>() == Truth{0, 1, 0});
  CHECK(((x < 0) | (x > 1)).to_vector<int>() == Truth{1, 0, 1});
  CHECK((!(x > 0)).to_vector<int>() == Truth{1, 0, 0});
  CHECK((~(x > 0)).to_vector<int>() == Truth{1, 0, 0});
  CHECK((lt::tensor(true) & (x > 0)).shape() == lt::Shape{3});
  CHECK_THROWS_WITH_AS(lt::tensor({1, 2}) & lt::tensor({1, 2}), "logical_and: a is i32 [2]; it has to be boolean",
                       lt::Error);
  CHECK_THROWS_AS(!x, lt::Error);
  CHECK_THROWS_AS(lt::Tensor() | (x > 0), lt::Error);
}

TEST_CASE("item and to_vector give doubles where no type is named") {
  static_assert(std::is_same_v<decltype(first().item()), double>);
  CHECK(lt::tensor(0.1f).item() == static_cast<double>(0.1f));
  CHECK(lt::tensor(7).item() == 7);
  CHECK(lt::tensor(true).item() == 1);
  CHECK(lt::tensor({1, 2}).to_vector() == Doubles{1, 2});
}

TEST_CASE("std::setprecision is heeded, and the stream is left as it was") {
  std::ostringstream out;
  out << std::setprecision(3) << lt::tensor({1.0 / 3, 2.0}) << " " << lt::tensor(2.0 / 3) << " " << 2.0 / 3;
  CHECK(out.str() == "[0.333 2.   ] 0.667 0.667");
  CHECK(out.precision() == 3);
  std::ostringstream fixed;
  fixed << std::fixed << std::setprecision(2) << lt::tensor({1.0, 1e-9, 123.456}) << lt::tensor(1.f) << 1.5;
  CHECK(fixed.str() == "[  1.00   0.00 123.46]1.001.50");
}

}  // namespace
