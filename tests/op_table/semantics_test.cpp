// What no table of smooth rows can say: ties and kinks, labels of any mass, masked classes, and which overload is
// which. Expected numbers are formulas written here.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <utility>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/core/error.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/ops/tensorflow.h"

using namespace logitape;

namespace {

struct Values : std::vector<double> {
  using std::vector<double>::vector;
  Values(std::vector<double> v) : std::vector<double>(std::move(v)) {}
  friend std::ostream& operator<<(std::ostream& out, const Values& v) {
    for (const double x : v) out << x << ' ';
    return out;
  }
};
constexpr double inf = std::numeric_limits<double>::infinity();

Values values(const Tensor& t) { return t.to_vector<double>(); }

// d sum(seed * y) / dx.
Values gradient(const Tensor& y, const Tensor& x, const Tensor& seed = {}) {
  return values(grad(y, {x}, {.seed = seed.defined() ? seed : ones_like(y)})[0]);
}

// d2 sum(y) / dx2 along v: the gradient of (dy/dx).v into x.
Values second(const Tensor& y, const Tensor& x, const Tensor& v, const Tensor& into) {
  const Tensor first = grad(y, {x}, {.seed = ones_like(y), .create_graph = true})[0];
  return values(grad(first, {into}, {.seed = v, .unreached = Unreached::zero})[0]);
}

void check_close(const Values& got, const Values& want, double relative = 1e-14) {  // f64 formulas of a few steps
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i] == doctest::Approx(want[i]).epsilon(relative));
  }
}

double lse(const Values& x) {
  double sum = 0;
  for (const double v : x) sum += std::exp(v);
  return std::log(sum);
}

Values probabilities(const Values& x) {
  Values p;
  for (const double v : x) p.push_back(std::exp(v - lse(x)));
  return p;
}

double sum_of(const Values& x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return sum;
}

const Values logit_values = {0.5, -1.25, 2}, label_values = {0.7, 0.4, 0.9};  // mass 2
Tensor row(const Values& x) { return variable(from_span(x, {1, static_cast<std::int64_t>(x.size())})); }

}  // namespace

TEST_CASE("equal maxima share the gradient equally, equal minima too") {
  const Tensor x = variable(tensor({{3.0, 1.0, 3.0, 3.0}, {2.0, 2.0, 0.0, 0.0}}));
  CHECK(gradient(max(x, {.axes = {1}}), x) == Values{1.0 / 3, 0, 1.0 / 3, 1.0 / 3, 0.5, 0.5, 0, 0});
  CHECK(gradient(min(x, {.axes = {1}}), x) == Values{0, 1, 0, 0, 0, 0, 0.5, 0.5});
  CHECK(gradient(max(x), x) == Values{1.0 / 3, 0, 1.0 / 3, 1.0 / 3, 0, 0, 0, 0});
}

TEST_CASE("maximum and minimum of equal numbers give one half to each") {
  const Tensor a = variable(tensor({1.0, 2.0, -0.0})), b = variable(tensor({1.0, 3.0, 0.0}));
  CHECK(gradient(maximum(a, b), a) == Values{0.5, 0, 0.5});
  CHECK(gradient(maximum(a, b), b) == Values{0.5, 1, 0.5});
  CHECK(gradient(minimum(a, b), a) == Values{0.5, 1, 0.5});
  CHECK(gradient(minimum(a, b), b) == Values{0.5, 0, 0.5});
  CHECK(gradient(maximum(a, 2), a) == Values{0, 0.5, 0});
}

TEST_CASE("relu, abs and sign have derivative 0 at 0, of either sign") {
  const Tensor x = variable(tensor({0.0, -0.0, 1.0, -1.0}));
  CHECK(gradient(relu(x), x) == Values{0, 0, 1, 0});
  CHECK(gradient(abs(x), x) == Values{0, 0, 1, -1});
  CHECK(gradient(sign(x), x) == Values{0, 0, 0, 0});
  CHECK(gradient(linear(reshape(x, {4, 1}), tensor({{1.0}}), {.relu = true}), x) == Values{0, 0, 1, 0});
}

TEST_CASE("clamp passes the gradient at its bounds") {
  const Tensor x = variable(tensor({-2.0, -1.0, 0.0, 1.0, 2.0}));
  CHECK(gradient(clamp(x, -1, 1), x) == Values{0, 1, 1, 1, 0});
  CHECK(gradient(clamp(x, 1, 1), x) == Values{0, 0, 0, 1, 0});
}

TEST_CASE("x^0 is 1 with derivative 0 at x = 0, to every order") {
  const Tensor x = variable(tensor({0.0, 0.0, 0.0, 0.0, 2.0})), e = tensor({0.0, 1.0, 2.0, 3.0, 0.0});
  CHECK(values(pow(x, e)) == Values{1, 0, 0, 0, 1});
  CHECK(gradient(pow(x, e), x) == Values{0, 1, 0, 0, 0});
  CHECK(second(pow(x, e), x, ones_like(x), x) == Values{0, 0, 2, 0, 0});
  CHECK(gradient(pow(x, 0), x) == Values{0, 0, 0, 0, 0});
  const Tensor exponent = variable(e);
  check_close(gradient(pow(x, exponent), exponent), {0, 0, 0, 0, std::log(2.0)});
}

TEST_CASE("the gradient into an exponent is 0 where the base is 0, of a negative exponent too") {
  const Tensor e = variable(tensor({-1.0, 0.0, 0.5}));
  CHECK(gradient(pow(0, e), e) == Values{0, 0, 0});
}

TEST_CASE("a tensor used twice in one op gets both gradients") {
  const Tensor x = variable(tensor({3.0, -2.0}));
  CHECK(gradient(x * x, x) == Values{6, -4});
  CHECK(gradient(x - x, x) == Values{0, 0});
  CHECK(gradient(x / x, x) == Values{0, 0});
  CHECK(gradient(maximum(x, x), x) == Values{1, 1});
  CHECK(gradient(concat({x, x}), x) == Values{2, 2});
  CHECK(gradient(where(tensor({true, false}), x, x), x) == Values{1, 1});
}

TEST_CASE("a number takes the tensor's dtype, on either side") {
  CHECK((tensor({1.f}) + 1e-9).dtype() == DType::f32);
  CHECK((2.5f * tensor({1.0})).dtype() == DType::f64);
  CHECK((1 - tensor({0.25})).item<double>() == 0.75);
  CHECK((1 / tensor({4.f})).item<float>() == 0.25f);
}

TEST_CASE("a gradient comes back through a cast in the input's own dtype, rounded to it") {
  const Tensor x = variable(tensor({1.f, 2.f}));
  const Tensor seed = tensor({0.1, 1.0 / 3});
  const Tensor g = grad(cast(x, DType::f64), {x}, {.seed = seed})[0];
  CHECK(g.dtype() == DType::f32);
  CHECK(g.to_vector<float>() == std::vector<float>{0.1f, 1.0f / 3});
  const Tensor y = variable(tensor({1.5, -300.0}));
  CHECK(gradient(cast(cast(y, DType::bf16), DType::f64), y) == Values{1, 1});
  CHECK_FALSE(cast(y, DType::i32).requires_grad());
}

TEST_CASE("dropout zeroes values and gradients in the same places, and scales both by 1/(1 - rate)") {
  Generator rng{7};
  const Tensor x = variable(ones({10000}, DType::f64));
  const Tensor y = dropout(x, 0.25, rng);
  const Values kept = values(y);
  CHECK(gradient(y, x) == kept);
  int zeros = 0;
  for (const double v : kept) {
    CHECK((v == 0 || v == 1 / 0.75));
    zeros += v == 0;
  }
  CHECK(std::abs(zeros - 2500) < 5 * 44);  // five standard deviations of sqrt(10000 * 0.25 * 0.75) = 43.3
  CHECK(values(dropout(x, 0.25, rng)) != kept);
}

TEST_CASE("arange of integers is i64, of other numbers f32, in whichever form it is written") {
  for (const Tensor& t : {arange(4), arange(4u), arange(std::size_t{4}), arange(0, 4), arange(0, 4, 1), arange(0l, 4u),
                          arange(std::int8_t{0}, 4)}) {
    CHECK(t.dtype() == DType::i64);
    CHECK(values(t) == Values{0, 1, 2, 3});
  }
  for (const Tensor& t :
       {arange(4.0), arange(4.f), arange(3.5), arange(0, 4.0), arange(0.0, 4), arange(0, 4, 1.0), arange(0.f, 4.f)}) {
    CHECK(t.dtype() == DType::f32);
    CHECK(values(t) == Values{0, 1, 2, 3});
  }
  CHECK(arange(0, 4, 1, DType::f64).dtype() == DType::f64);
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                         least = std::numeric_limits<std::int64_t>::min();
  CHECK(arange(most - 2, most).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{most - 2, most - 1});  // beyond 2^53
  CHECK(arange(least, most, most).to_vector<std::int64_t>() == std::vector<std::int64_t>{least, -1, most - 1});
  CHECK(arange(most, least, least).to_vector<std::int64_t>() == std::vector<std::int64_t>{most, -1});
}

TEST_CASE("arange never reaches stop, whatever the rounding of its numbers, and leaves out nothing before it") {
  // k steps of i/j from s: stop is written as the nearest number to s + k*i/j, which lies on either side of it
  for (int j : {1, 3, 7, 10, 100, 1000})
    for (int i : {1, 2, 3})
      for (int s : {-1000, -7, 0, 1, 5, 123456})
        for (int k : {1, 2, 3, 10, 99, 1000})
          for (int sign : {1, -1}) {
            const long double step = sign * static_cast<long double>(i) / j, stop = s + k * step;
            CHECK(arange(s, static_cast<double>(stop), static_cast<double>(step)).size() == k);
            CHECK(arange(s, static_cast<double>(stop + step / 4), static_cast<double>(step)).size() == k + 1);
            CHECK(arange(s, static_cast<double>(stop - step / 4), static_cast<double>(step)).size() == k);
            if (std::abs(s) < 10 && k * i / j < 10) {
              CHECK(arange(s, static_cast<float>(stop), static_cast<float>(step)).size() == k);
              CHECK(
                  arange(static_cast<float>(s), static_cast<float>(stop + step / 4), static_cast<float>(step)).size() ==
                  k + 1);
            }
          }
  CHECK(values(arange(1, 1.3, 0.1, DType::f64)) == Values{1, 1.1, 1 + 2 * 0.1});
  CHECK(values(arange(1.3, 1, -0.1)).size() == 3);
}

TEST_CASE("arange counts what lies before stop") {
  CHECK(values(arange(1, 2, 0.25, DType::f64)) == Values{1, 1.25, 1.5, 1.75});
  CHECK(values(arange(3, 0, -1, DType::i8)) == Values{3, 2, 1});
  CHECK(arange(3, 0).size() == 0);
  try {
    arange(0, 1e300);
    FAIL("there is no such tensor");
  } catch (const Error& e) {
    CHECK(e.op() == "arange");
  }
}

TEST_CASE("a max over elements of which one is NaN is NaN, and argmax points at it") {
  const Tensor x = tensor({1.0, std::nan(""), 3.0});
  CHECK(std::isnan(max(x).item<double>()));
  CHECK(std::isnan(min(x).item<double>()));
  CHECK(std::isnan(maximum(x, 2).to_vector<double>()[1]));
  CHECK(argmax(x, 0).item<std::int64_t>() == 1);
  CHECK(argmax(tensor({2.0, 5.0, 5.0}), 0).item<std::int64_t>() == 1);
}

TEST_CASE("logsumexp of nothing but -inf is -inf") {
  CHECK(logsumexp(tensor({-inf, -inf})).item<double>() == -inf);
  CHECK(logsumexp(tensor({-inf, 2.0})).item<double>() == 2);
}

TEST_CASE("the labels' gradient is minus log softmax, scaled by the cotangent") {
  const Tensor x = row(logit_values), t = row(label_values);
  const double g = -1.75;
  Values want;
  for (const double v : logit_values) want.push_back(g * (lse(logit_values) - v));
  const Tensor seed = tensor({g});
  check_close(gradient(nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x}), t, seed), want);
  check_close(gradient(raw_ops::SoftmaxCrossEntropyWithLogits({.features = x, .labels = t}).loss, t, seed), want);
  check_close(gradient(cross_entropy(x, t, {.reduction = Reduction::none}), t, seed), want);
  check_close(gradient(cross_entropy(x, t), t, tensor(g)), want);
}

TEST_CASE("the logits' gradient is S*p - t for labels whose mass S is not 1, from every entry of the family") {
  const Tensor x = row(logit_values), t = row(label_values);
  Values want;
  for (std::size_t c = 0; c < 3; ++c)
    want.push_back(sum_of(label_values) * probabilities(logit_values)[c] - label_values[c]);
  check_close(gradient(nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x}), x), want);
  check_close(gradient(raw_ops::SoftmaxCrossEntropyWithLogits({.features = x, .labels = t}).loss, x), want);
  check_close(gradient(cross_entropy(x, t), x), want);
}

TEST_CASE("raw backprop is p - t whatever the labels' mass, and its derivative into the labels is -v") {
  const Tensor x = row(logit_values), t = row(label_values), v = tensor({{0.3, -2.0, 0.7}});
  const Tensor backprop = raw_ops::SoftmaxCrossEntropyWithLogits({.features = x, .labels = t}).backprop;
  const Values p = probabilities(logit_values);
  check_close(values(backprop), {p[0] - 0.7, p[1] - 0.4, p[2] - 0.9});
  CHECK(gradient(backprop, t, v) == Values{-0.3, 2, -0.7});
  const double pv = p[0] * 0.3 + p[1] * -2 + p[2] * 0.7;
  check_close(gradient(backprop, x, v), {p[0] * (0.3 - pv), p[1] * (-2 - pv), p[2] * (0.7 - pv)},
              1e-13);  // p - p.v cancels a digit
}

TEST_CASE("raw backprop of class indices is p - onehot(label), and differentiable into the features") {
  const Tensor x = row(logit_values), label = tensor({2});
  const Values p = probabilities(logit_values);
  const Tensor backprop = raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = x, .labels = label}).backprop;
  check_close(values(backprop), {p[0], p[1], p[2] - 1});
  check_close(gradient(backprop, x, tensor({{1.0, 0.0, 0.0}})), {p[0] * (1 - p[0]), -p[0] * p[1], -p[0] * p[2]}, 1e-13);
}

TEST_CASE(
    "the second derivatives of the loss are symmetric: labels then logits is the transpose of logits then labels") {
  const Tensor x = row(logit_values), t = row(label_values);
  const Values p = probabilities(logit_values);
  const auto loss = [&](int entry) {
    if (entry == 0) return nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x});
    if (entry == 1) return raw_ops::SoftmaxCrossEntropyWithLogits({.features = x, .labels = t}).loss;
    return cross_entropy(x, t);
  };
  for (int entry = 0; entry < 3; ++entry) {
    CAPTURE(entry);
    double logits_labels[3][3], labels_logits[3][3], logits_logits[3][3];
    for (std::size_t i = 0; i < 3; ++i) {
      Values unit(3, 0);
      unit[i] = 1;
      const Tensor e = from_span(unit, {1, 3});
      const Values a = second(loss(entry), x, e, t), b = second(loss(entry), t, e, x), c = second(loss(entry), x, e, x);
      for (std::size_t j = 0; j < 3; ++j)
        logits_labels[i][j] = a[j], labels_logits[i][j] = b[j], logits_logits[i][j] = c[j];
      for (const double zero : second(loss(entry), t, e, t)) CHECK(zero == 0);
    }
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        const double same = i == j ? 1 : 0;
        CHECK(logits_labels[i][j] == doctest::Approx(p[i] - same).epsilon(1e-14));
        CHECK(labels_logits[i][j] == doctest::Approx(p[j] - same).epsilon(1e-14));
        CHECK(logits_logits[i][j] == doctest::Approx(2 * p[i] * (same - p[j])).epsilon(1e-13));
      }
  }
}

TEST_CASE("a logit of -inf with label 0 is a class masked out: finite loss, gradient 0, label gradient +inf") {
  const Values kept = {0.5, 2};
  const double want = -0.25 * 0.5 - 0.75 * 2 + lse(kept);
  const Tensor x = row({0.5, -inf, 2}), t = row({0.25, 0, 0.75});
  for (int entry = 0; entry < 3; ++entry) {
    CAPTURE(entry);
    const Tensor loss = entry == 0   ? nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x})
                        : entry == 1 ? raw_ops::SoftmaxCrossEntropyWithLogits({.features = x, .labels = t}).loss
                                     : cross_entropy(x, t);
    CHECK(loss.item<double>() == doctest::Approx(want).epsilon(1e-14));
    const Values into_x = gradient(loss, x), into_t = gradient(loss, t);
    CHECK(into_x[1] == 0);
    CHECK(into_x[0] == doctest::Approx(probabilities(kept)[0] - 0.25).epsilon(1e-14));
    CHECK(into_t[1] == inf);
    CHECK(into_t[0] == doctest::Approx(lse(kept) - 0.5).epsilon(1e-14));
    CHECK(gradient(loss, t, zeros_like(loss)) == Values{0, 0, 0});
    CHECK(second(loss, x, tensor({{1.0, 1.0, 1.0}}), x)[1] == 0);
    CHECK(std::isfinite(second(loss, x, tensor({{1.0, 0.0, -1.0}}), x)[0]));
  }
}

TEST_CASE("a masked class has second derivatives 0 through the labels' gradient, where its own cotangent is 0") {
  const Tensor x = row({0.5, -inf, 2}), t = row({0.25, 0, 0.75});
  const Values into_x = second(cross_entropy(x, t), t, tensor({{1.0, 0.0, 1.0}}), x);
  const Values p = probabilities({0.5, 2});
  check_close(into_x, {2 * p[0] - 1, 0, 2 * p[1] - 1});
}

TEST_CASE("a row with a NaN or +inf logit, or with -inf only, is NaN, and no other row is") {
  for (const Values& bad : {Values{1, std::nan("")}, Values{inf, 0}, Values{-inf, -inf}}) {
    const Tensor x = variable(concat({tensor({{1.0, 2.0}}), from_span(bad, {1, 2}), tensor({{0.0, 0.0}})}));
    const Tensor loss = cross_entropy(x, tensor({0, 1, 0}), {.reduction = Reduction::none});
    const Values losses = values(loss), g = gradient(loss, x);
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(std::isnan(losses[i / 2]) == (i / 2 == 1));
      CHECK(std::isnan(g[i]) == (i / 2 == 1));
    }
  }
}

TEST_CASE("cross_entropy's mean is the mean of none, its sum the sum; gradients too") {
  const Tensor x = variable(tensor({{0.5, -1.25, 2.0}, {3.0, 0.0, -1.0}, {0.25, 0.5, 0.75}})), t = tensor({2, 0, 1});
  const Tensor none = cross_entropy(x, t, {.reduction = Reduction::none});
  CHECK(none.shape() == Shape{3});
  const Tensor mean = cross_entropy(x, t), total = cross_entropy(x, t, {.reduction = Reduction::sum});
  CHECK(mean.item<double>() == doctest::Approx(sum_of(values(none)) / 3).epsilon(1e-15));
  CHECK(total.item<double>() == doctest::Approx(sum_of(values(none))).epsilon(1e-15));
  Values third = gradient(none, x);
  check_close(gradient(total, x), third);
  for (double& v : third) v /= 3;
  check_close(gradient(mean, x), third);
}

TEST_CASE("the mean of no rows is 0, with a gradient of no rows") {
  const Tensor x = variable(zeros({0, 3}, DType::f64));
  const Tensor loss = cross_entropy(x, zeros({0}, DType::i64));
  CHECK(loss.item<double>() == 0);
  CHECK(grad(loss, {x})[0].shape() == Shape{0, 3});
}

TEST_CASE("class indices and one-hot probabilities have the same bits, of loss and gradient") {
  const Tensor x = variable(tensor({{0.5f, -1.25f, 2.f}, {3.f, 0.f, -1.f}}));
  const Tensor index = cross_entropy(x, tensor({1, 0})),
               dense = cross_entropy(x, tensor({{0.f, 1.f, 0.f}, {1.f, 0.f, 0.f}}));
  CHECK(index.item<float>() == dense.item<float>());
  CHECK(gradient(index, x) == gradient(dense, x));
}

TEST_CASE("broadcast labels and logits get gradients of their own shape: the sum over what was repeated") {
  const Tensor x = variable(tensor({{0.5, -1.25, 2.0}, {3.0, 0.0, -1.0}})), t = variable(from_span(label_values, {3}));
  const Tensor loss = nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x});
  const Values first = logit_values, other = {3, 0, -1};
  Values want;
  for (std::size_t c = 0; c < 3; ++c) want.push_back(lse(first) - first[c] + lse(other) - other[c]);
  check_close(gradient(loss, t), want);
}

TEST_CASE("the labels' gradient has the labels' dtype where it differs from the logits'") {
  const Tensor x = row(logit_values), t = variable(tensor({{0.5f, 0.25f, 0.25f}}));
  const Tensor g =
      grad(nn::softmax_cross_entropy_with_logits({.labels = t, .logits = x}), {t}, {.seed = tensor({1.0})})[0];
  CHECK(g.dtype() == DType::f32);
  CHECK(g.to_vector<float>()[2] == static_cast<float>(lse(logit_values) - 2));
}

TEST_CASE("integer targets of logits' own shape are refused, the same numbers as floats are not") {
  const Tensor x = row(logit_values);
  CHECK_THROWS_AS(cross_entropy(x, tensor({{0, 0, 1}})), Error);
  CHECK(cross_entropy(x, tensor({{0.0, 0.0, 1.0}})).item<double>() ==
        doctest::Approx(lse(logit_values) - 2).epsilon(1e-14));
}
