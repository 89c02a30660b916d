// vjp, jvp, hvp, jacobian, hessian and value_and_grad, against formulas, numeric differences and each other.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

using In = std::span<const Tensor>;
using Values = std::vector<double>;
Values values(const Tensor& t) { return t.to_vector<double>(); }
double inner(const Tensor& a, const Tensor& b) { return sum(a * b).item<double>(); }

void check_near(const Values& got, const Values& want,
                double bound = 1e-14) {  // some ten f64 steps on numbers up to 10
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::fabs(got[i] - want[i]) <= bound);
  }
}

// R^[2,3] x R^[3] -> R^[2]
Tensor curved(In in) { return sum(exp(in[0] * 0.5) * in[1], {.axes = {1}}) * tanh(sum(in[1])); }
const Tensor a = tensor({{0.5, -1.0, 0.25}, {1.5, 0.75, -0.5}}), b = tensor({1.25, -0.5, 0.75});
const Tensor da = tensor({{0.3, 1.0, -2.0}, {0.5, -0.25, 0.125}}), db = tensor({-1.0, 0.5, 2.0}),
             u = tensor({0.75, -1.5});

TEST_CASE("value_and_grad gives f and its gradients, and touches no slot") {
  const Tensor w = variable(tensor({2.0, 3.0}));
  const auto [value, gradients] =
      value_and_grad([](In in) { return sum(in[0] * in[0] * in[1]); }, {w, tensor({5.0, 7.0})});
  CHECK(value.item<double>() == 83);
  CHECK(values(gradients[0]) == Values{20, 42});
  CHECK(values(gradients[1]) == Values{4, 9});
  CHECK_FALSE(w.grad());
  CHECK_FALSE(value.requires_grad());
  CHECK_FALSE(gradients[0].requires_grad());
  const auto one = value_and_grad([](const Tensor& x) { return sum(x * x); }, w);
  CHECK(one.value.item<double>() == 13);
  CHECK(values(one.gradient) == Values{4, 6});
}

TEST_CASE("derivatives are partial: an input made of another does not count as such") {
  const Tensor x = variable(tensor(3.0)), y = x * 2;
  for (const bool create_graph : {false, true}) {
    const auto r = value_and_grad([](In in) { return in[0] * in[1]; }, {x, y}, {.create_graph = create_graph});
    CHECK(r.gradients[0].item<double>() == 6);
    CHECK(r.gradients[1].item<double>() == 3);
  }
}

TEST_CASE("jvp and vjp are transposes of each other: <J*v, u> = <v, J'*u>") {
  const ValueAndTangent forward = jvp(curved, {a, b}, {da, db});
  const ValueAndGradients reverse = vjp(curved, {a, b}, u);
  CHECK(values(forward.value) == values(curved(std::vector<Tensor>{a, b})));
  CHECK(values(reverse.value) == values(forward.value));
  check_near({inner(forward.tangent, u)}, {inner(da, reverse.gradients[0]) + inner(db, reverse.gradients[1])});
}

TEST_CASE("jvp is the numeric derivative along the tangents") {
  const double h = 1e-5;
  const Tensor up = curved(std::vector<Tensor>{a + da * h, b + db * h}),
               down = curved(std::vector<Tensor>{a - da * h, b - db * h});
  // central differences: h^2 times a third derivative of some 10, and 1e-16/h of rounding
  check_near(values(jvp(curved, {a, b}, {da, db}).tangent), values((up - down) / (2 * h)), 1e-8);
}

TEST_CASE("jacobian has y's shape and then the input's, and agrees with jvp") {
  const std::vector<Tensor> both = {a, b}, j = jacobian(curved, both);
  REQUIRE(j[0].shape() == Shape{2, 2, 3});
  REQUIRE(j[1].shape() == Shape{2, 3});
  const Tensor moved = matmul(reshape(j[0], {2, 6}), reshape(da, {6, 1})) + matmul(j[1], reshape(db, {3, 1}));
  check_near(values(moved), values(jvp(curved, {a, b}, {da, db}).tangent));
  const Tensor m = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  CHECK(values(jacobian([&](const Tensor& x) { return matmul(m, x); }, tensor({{1.0}, {1.0}, {1.0}}))) == values(m));
  CHECK(jacobian([](const Tensor& x) { return sum(x); }, a).shape() == a.shape());
}

TEST_CASE("the jacobian of a jacobian is the second derivative, and of that one the third") {
  const auto cube = [](const Tensor& x) { return x * x * x; };
  const auto first = [&](const Tensor& x) { return jacobian(cube, x, {.create_graph = true}); };
  const auto second = [&](const Tensor& x) { return jacobian(first, x, {.create_graph = true}); };
  const Values at = {2, -3};
  const Tensor x = from_span(at, {2}), j = first(x), jj = second(x), jjj = jacobian(second, x);
  REQUIRE(jjj.shape() == Shape{2, 2, 2, 2});
  CHECK(values(j) == Values{12, 0, 0, 27});
  CHECK(values(jj) == Values{12, 0, 0, 0, 0, 0, 0, -18});
  Values want(16, 0);
  want[0] = want[15] = 6;
  CHECK(values(jjj) == want);
}

TEST_CASE("hessian has a block for each pair of inputs") {
  // sum(x^2)*sum(y): xx = 2*sum(y)*I, xy = 2*x_i, yy = 0
  const auto f = [](In in) { return sum(in[0] * in[0]) * sum(in[1]); };
  const Tensor x = tensor({2.0, 3.0}), y = tensor({{1.0, 4.0, 5.0}});
  const auto h = hessian(f, {x, y});
  CHECK(values(h[0][0]) == Values{20, 0, 0, 20});
  CHECK(h[0][1].shape() == Shape{2, 1, 3});
  CHECK(values(h[0][1]) == Values{4, 4, 4, 6, 6, 6});
  CHECK(h[1][0].shape() == Shape{1, 3, 2});
  CHECK(values(h[1][0]) == Values{4, 6, 4, 6, 4, 6});
  CHECK(values(h[1][1]) == Values(9, 0));
}

TEST_CASE("the hessian of the softmax cross-entropy is symmetric and diag(p) - p*p', and hvp is its product") {
  const Tensor x = tensor({0.5, -1.25, 2.0, 0.0}), v = tensor({1.0, -2.0, 0.5, 3.0});
  const auto loss = [](const Tensor& logits) { return cross_entropy(reshape(logits, {1, 4}), tensor({2})); };
  const Values p = values(softmax(x)), h = values(hessian(loss, x));
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      CHECK(h[4 * i + j] == doctest::Approx(p[i] * ((i == j) - p[j])).epsilon(1e-13));
      CHECK(h[4 * i + j] == doctest::Approx(h[4 * j + i]).epsilon(1e-14));
    }
  check_near(values(hvp(loss, x, v)), values(matmul(from_span(h, {4, 4}), reshape(v, {4, 1}))));
}

TEST_CASE("hvp of several inputs is the product with all blocks") {
  const auto f = [](In in) { return sum(curved(in) * curved(in)); };
  const std::vector<Tensor> got = hvp(f, {a, b}, {da, db});
  const auto h = hessian(f, {a, b});
  const Tensor v0 = reshape(da, {6, 1}), v1 = reshape(db, {3, 1});
  check_near(values(got[0]), values(matmul(reshape(h[0][0], {6, 6}), v0) + matmul(reshape(h[0][1], {6, 3}), v1)),
             1e-12);  // sums to 100
  check_near(values(got[1]), values(matmul(reshape(h[1][0], {3, 6}), v0) + matmul(reshape(h[1][1], {3, 3}), v1)),
             1e-12);
}

TEST_CASE(
    "with create_graph results are differentiable into inputs on the tape, into tangents, and into what f captures") {
  const Tensor x = variable(tensor({2.0, 3.0})), w = variable(tensor(5.0)), v = variable(tensor({1.0, 4.0}));
  const auto f = [&](const Tensor& in) { return in * in * in * w; };
  const ValueAndTangent r = jvp(f, x, v, {.create_graph = true});  // 3x^2*w*v
  const auto g = grad(sum(r.tangent), {x, w, v});
  CHECK(values(g[0]) == Values{6 * 2 * 5, 6 * 3 * 5 * 4});
  CHECK(values(g[1]) == Values{12 + 27 * 4});
  CHECK(values(g[2]) == Values{60, 135});
  CHECK(values(grad(sum(r.value), {x})[0]) == Values{60, 135});
  const auto scalar = [&](const Tensor& in) { return sum(f(in)); };
  CHECK(values(grad(sum(hvp(scalar, x, v, {.create_graph = true})), {x, w})[0]) == Values{30, 120});  // 6x*w*v
  CHECK(values(grad(sum(hessian(scalar, x, {.create_graph = true})), {w})[0]) == Values{30});         // 6*(2 + 3)
  CHECK(values(grad(sum(value_and_grad(scalar, x, {.create_graph = true}).gradient), {x})[0]) == Values{60, 90});
  CHECK(values(grad(sum(vjp(f, x, v, {.create_graph = true}).gradient), {v})[0]) == Values{60, 135});
}

TEST_CASE("without create_graph results have no past, whatever the inputs have") {
  const Tensor x = variable(a), w = variable(tensor(2.0));
  const auto f = [&](const Tensor& in) { return sum(in * in * w); };
  CHECK_FALSE(jvp(f, x, da).value.requires_grad());
  CHECK_FALSE(jvp(f, x, variable(da)).tangent.requires_grad());
  CHECK_FALSE(vjp(f, x, variable(tensor(1.0))).gradient.requires_grad());
  CHECK_FALSE(hvp(f, x, da).requires_grad());
  CHECK_FALSE(jacobian(f, x).requires_grad());
  CHECK_FALSE(hessian(f, x).requires_grad());
  CHECK(jacobian(f, x).node().get() == nullptr);
}

TEST_CASE("inside a NoGrad derivatives are computed as outside") {
  const NoGrad guard;
  CHECK(values(jacobian([](const Tensor& x) { return x * x; }, tensor({3.0}))) == Values{6});
  CHECK(values(jvp([](const Tensor& x) { return x * x; }, tensor({3.0}), tensor({2.0})).tangent) == Values{12});
  CHECK(values(hessian([](const Tensor& x) { return sum(x * x); }, tensor({3.0}))) == Values{2});
}

TEST_CASE("inputs that f does not use, and functions that use none, have zeros") {
  const auto first_only = [](In in) { return sum(in[0] * 2); };
  CHECK(values(value_and_grad(first_only, {a, b}).gradients[1]) == Values{0, 0, 0});
  CHECK(values(hvp(first_only, {a, b}, {da, db})[0]) == Values(6, 0));
  CHECK(values(hessian(first_only, {a, b})[1][0]) == Values(18, 0));
  const auto constant = [](const Tensor&) { return tensor({1.0, 2.0}); };
  CHECK(values(jvp(constant, b, db).tangent) == Values{0, 0});
  CHECK(values(vjp(constant, b, u).gradient) == Values{0, 0, 0});
  CHECK(jacobian(constant, b).shape() == Shape{2, 3});
}

TEST_CASE("inputs and results without elements have derivatives without elements") {
  const Tensor nothing = zeros({0, 3}, DType::f64);
  CHECK(jacobian([](const Tensor& x) { return sum(x, {.axes = {0}}); }, nothing).shape() == Shape{3, 0, 3});
  CHECK(jacobian([](const Tensor& x) { return x * 2; }, nothing).shape() == Shape{0, 3, 0, 3});
  CHECK(hessian([](const Tensor& x) { return sum(x * x); }, nothing).shape() == Shape{0, 3, 0, 3});
  CHECK(jvp([](const Tensor& x) { return x * 2; }, nothing, nothing).tangent.shape() == Shape{0, 3});
  CHECK(jvp([](const Tensor& x) { return sum(x); }, nothing, nothing).tangent.item<double>() == 0);
  CHECK(hvp([](In) { return tensor(1.0); }, {}, {}).empty());
}

TEST_CASE("inputs that are not of a floating dtype reach f as they are, and have empty tensors for derivatives") {
  const Tensor index = tensor({2, 0}), flags = tensor({true, false});
  const auto f = [](In in) { return where(in[2], gather(in[0], in[1]), 0) * in[3].to(DType::f64); };
  const Tensor scale = variable(tensor(4.f));  // f32 beside f64
  const ValueAndGradients r = vjp(f, {b, index, flags, scale}, tensor({1.0, 1.0}));
  CHECK(values(r.gradients[0]) == Values{0, 0, 4});
  CHECK_FALSE(r.gradients[1].defined());
  CHECK_FALSE(r.gradients[2].defined());
  CHECK(r.gradients[3].dtype() == DType::f32);
  CHECK(r.gradients[3].item<double>() == 0.75);
  CHECK(values(jvp(f, {b, index, flags, scale}, {db, Tensor(), Tensor(), tensor(2.f)}).tangent) ==
        Values{2 * 4 + 0.75 * 2, 0});
  const auto total = [&](In in) { return sum(f(in)); };
  const auto h = hessian(total, {b, index, flags, scale});
  CHECK(values(h[0][3]) == Values{0, 0, 1});
  CHECK(h[3][0].dtype() == DType::f64);
  CHECK_FALSE(h[1][0].defined());
  CHECK_FALSE(h[0][2].defined());
}

TEST_CASE("inputs and results that are halves have derivatives of their dtype") {
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = tensor({1.0, -2.0}).to(half), v = tensor({0.5, 3.0}).to(half);
    const auto squares = [half](const Tensor& t) { return pow(t.to(DType::f32), 2).to(half); };
    const auto total = [&](const Tensor& t) { return sum(squares(t).to(DType::f32)); };
    CHECK(values(value_and_grad(total, x).gradient) == Values{2, -4});
    CHECK(values(vjp(squares, x, v).gradient) == Values{1, -12});
    CHECK(values(jvp(squares, x, v).tangent) == Values{1, -12});
    CHECK(values(hvp(total, x, v)) == Values{1, 6});
    CHECK(values(jacobian(squares, x)) == Values{2, 0, 0, -4});
    CHECK(hessian(total, x).dtype() == half);
    CHECK(values(hessian(total, x)) == Values{2, 0, 0, 2});
  }
}

TEST_CASE("derivatives of derivatives pass the gradient check") {
  const auto tangent = [](In in) {
    return jvp(curved, {in[0], in[1]}, {in[2], in[3]}, {.create_graph = true}).tangent;
  };
  CHECK(check_gradients(tangent, {a, b, da, db}).ok());
  const auto product = [](In in) {
    return hvp([](const Tensor& x) { return sum(exp(x) * x); }, in[0], in[1], {.create_graph = true});
  };
  CHECK(check_gradients(product, {b, db}).ok());
}

TEST_CASE("a function that throws leaves nothing behind") {
  const std::int64_t before = live_nodes();
  CHECK_THROWS_AS(jacobian([](const Tensor& x) { return x + tensor({1.f, 2.f}); }, b), Error);
  CHECK(live_nodes() == before);
  jacobian(curved, {a, b}, {.create_graph = true});
  CHECK(live_nodes() == before);
}

}  // namespace
}  // namespace logitape::tests
