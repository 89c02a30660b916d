// What the relatives of the cross-entropy do where formulas have kinks, poles, 0 * inf and overflow.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

using Values = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr Reduction none = Reduction::none;

Values values(const Tensor& t) { return t.to_vector<double>(); }
Values gradient(const Tensor& y, const Tensor& x) { return values(grad(sum(y), {x})[0]); }
// The gradient of the gradient's sum.
Values second(const Tensor& y, const Tensor& x) {
  return values(grad(sum(grad(sum(y), {x}, {.create_graph = true})[0]), {x}, {.unreached = Unreached::zero})[0]);
}

void check_near(const Values& got, const Values& want, double bound = 4e-15) {  // some ten f64 steps on numbers up to 4
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::fabs(got[i] - want[i]) <= bound);
  }
}

const Tensor logits = variable(tensor({{0.5, -1.25, 2.0}, {3.0, 0.0, -1.0}})), targets = tensor({2, 1});

TEST_CASE("the mean of no losses is 0") {
  const Tensor x = variable(zeros({0, 3}));
  CHECK(mse_loss(x, x).item<float>() == 0);
  CHECK(focal_loss(x, zeros({0}, DType::i64)).item<float>() == 0);
  CHECK(binary_cross_entropy_with_logits(x, x).item<float>() == 0);
  CHECK(grad(huber_loss(x, x), {x})[0].shape() == Shape{0, 3});
}

TEST_CASE("nll_loss of log_softmax is the cross-entropy, of indices and of probabilities, gradients too") {
  const Tensor t = tensor({{0.2, 0.5, 0.3}, {0.0, 1.0, 0.0}});
  for (const Tensor& any : {targets, t}) {
    const Tensor a = nll_loss(log_softmax(logits), any), b = cross_entropy(logits, any);
    check_near(values(a), values(b));
    check_near(gradient(a, logits), gradient(b, logits));
  }
}

TEST_CASE("a class without probability adds nothing to nll_loss or kl_divergence, though its log is -inf") {
  const Tensor l = variable(tensor({{-inf, -0.5, -1.0}})), t = variable(tensor({{0.0, 0.75, 0.25}}));
  const Tensor loss = nll_loss(l, t);
  CHECK(loss.item<double>() == 0.625);
  CHECK(gradient(loss, l) == Values{0, -0.75, -0.25});
  CHECK(gradient(loss, t) == Values{inf, 0.5, 1});
  const Tensor divergence = kl_divergence({.labels = t, .log_probabilities = l});
  check_near(values(divergence), {0.75 * std::log(0.75) + 0.25 * std::log(0.25) + 0.625});
  CHECK(gradient(divergence, l) == Values{0, -0.75, -0.25});
  CHECK(gradient(divergence, t)[0] == -inf);
  check_near({gradient(divergence, t)[1]}, {std::log(0.75) + 0.5 + 1});
  const Tensor logs = variable(tensor({{-inf, std::log(0.75), std::log(0.25)}}));
  const Tensor of_logs = kl_divergence({.labels = logs, .log_probabilities = l, .log_labels = true});
  check_near(values(of_logs), values(divergence));
  CHECK(gradient(of_logs, logs)[0] == 0);
  CHECK(second(of_logs, logs)[0] == 0);
}

TEST_CASE("kl_divergence is 0 between equal distributions, and moves the logits by q - p") {
  const Tensor x = variable(tensor({{0.3, -0.7, 1.1}})), l = log_softmax(x);
  check_near(values(kl_divergence({.labels = softmax(x), .log_probabilities = l})), {0});
  const Tensor p = tensor({{0.1, 0.6, 0.3}});
  const Values q = values(softmax(x)), got = gradient(kl_divergence({.labels = p, .log_probabilities = l}), x);
  check_near(got, {q[0] - 0.1, q[1] - 0.6, q[2] - 0.3});
}

TEST_CASE("jensen_shannon_divergence is symmetric, 0 where logits differ by a number, log 2 where nothing is shared") {
  const Tensor a = tensor({{0.5, -1.0, 2.0}}), b = tensor({{1.0, 0.0, -0.5}});
  check_near(values(jensen_shannon_divergence(a, b)), values(jensen_shannon_divergence(b, a)));
  CHECK(jensen_shannon_divergence(a, a).item<double>() == 0);
  check_near(values(jensen_shannon_divergence(a, a + 4)), {0}, 1e-30);  // the square of some 1e-16
  for (const double far : {1e3, 1e30, inf}) {
    const Tensor x = variable(tensor({{0.0, -far}})), y = variable(tensor({{-far, 0.0}}));
    const Tensor loss = jensen_shannon_divergence(x, y);
    check_near(values(loss), {std::log(2.0)});
    CHECK(gradient(loss, x) == Values{0, 0});
    CHECK(second(loss, x) == Values{0, 0});
  }
  const Tensor x = variable(tensor({{0.5, -inf, 1.0}})), y = tensor({{0.0, -inf, 0.0}});  // masked in both
  CHECK(std::isfinite(jensen_shannon_divergence(x, y).item<double>()));
  CHECK(gradient(jensen_shannon_divergence(x, y), x)[1] == 0);
}

TEST_CASE("focal_loss with gamma 0 and poly1_loss with epsilon 0 are the cross-entropy, to the second derivative") {
  const Tensor want = cross_entropy(logits, targets, {.reduction = none});
  for (const Tensor& got : {focal_loss(logits, targets, {.gamma = 0, .reduction = none}),
                            poly1_loss(logits, targets, {.epsilon = 0, .reduction = none})}) {
    check_near(values(got), values(want));
    check_near(gradient(got, logits), gradient(want, logits));
  }
  const Tensor t = tensor({1.0, 0.0, 0.25}), x = variable(tensor({0.3, -2.0, 1.5}));
  check_near(values(sigmoid_focal_loss(x, t, {.gamma = 0, .reduction = none})),
             values(binary_cross_entropy_with_logits(x, t, {.reduction = none})));
}

TEST_CASE(
    "focal losses of a certain and of a hopeless target are exact, with finite derivatives for gamma below 1 too") {
  for (const double gamma : {0.0, 0.5, 1.0, 2.0}) {
    CAPTURE(gamma);
    const Tensor x = variable(tensor({{1e30f, 0.f, -1e30f}, {-1e30f, 0.f, 1e30f}}));
    const Tensor loss = focal_loss(x, tensor({0, 0}), {.gamma = gamma, .reduction = none});
    CHECK(loss.to_vector<float>() == std::vector<float>{0, 1e30f + 1e30f});
    CHECK(gradient(loss, x) == Values{0, 0, 0, -1, 0, 1});
    CHECK(second(loss, x) == Values{0, 0, 0, 0, 0, 0});
    const Tensor z = variable(tensor({1e30f, -1e30f}));
    const Tensor binary = sigmoid_focal_loss(z, tensor({1.f, 1.f}), {.gamma = gamma, .reduction = none});
    CHECK(binary.to_vector<float>() == std::vector<float>{0, 1e30f});
    CHECK(gradient(binary, z) == Values{0, -1});
    CHECK(second(binary, z) == Values{0, 0});
  }
}

TEST_CASE("a row of one class has no loss and no gradient") {
  const Tensor x = variable(tensor({{-3.f}, {1e30f}})), t = tensor({0, 0});
  for (const Tensor& loss : {focal_loss(x, t, {.reduction = none}), poly1_loss(x, t, {.reduction = none}),
                             multiclass_hinge_loss(x, t, {.reduction = none})}) {
    CHECK(values(loss) == Values{0, 0});
    CHECK(gradient(loss, x) == Values{0, 0});
    CHECK(second(loss, x) == Values{0, 0});
  }
}

TEST_CASE("classes masked by -inf add nothing to focal, poly1 and hinge losses") {
  const Tensor x = variable(tensor({{0.5, -inf, 2.0}})), kept = variable(tensor({{0.5, 2.0}}));
  const auto check = [&](auto loss) {
    const Tensor masked = loss(x, tensor({2})), plain = loss(kept, tensor({1}));
    check_near(values(masked), values(plain));
    const Values g = gradient(masked, x), h = gradient(plain, kept);
    check_near(g, {h[0], 0, h[1]});
  };
  check([](const Tensor& a, const Tensor& t) { return focal_loss(a, t); });
  check([](const Tensor& a, const Tensor& t) { return poly1_loss(a, t); });
  check([](const Tensor& a, const Tensor& t) { return multiclass_hinge_loss(a, t, {.margin = 3}); });
}

TEST_CASE("an infinite logit whose binary label agrees has no loss; one that does not, an infinite one") {
  const Tensor x = variable(tensor({inf, -inf, inf, -inf})), t = variable(tensor({1.0, 0.0, 0.0, 1.0}));
  const Tensor loss = binary_cross_entropy_with_logits(x, t, {.reduction = none});
  CHECK(values(loss) == Values{0, 0, inf, inf});
  CHECK(gradient(loss, x) == Values{0, 0, 1, -1});
  CHECK(gradient(loss, t) == Values{-inf, inf, -inf, inf});
  CHECK(std::isnan(binary_cross_entropy_with_logits(tensor({NAN}), tensor({1.f})).item<float>()));
}

TEST_CASE("the binary label's gradient is -x to the last digit, and softplus(-x) is the weight's") {
  const Tensor x = tensor({1e-30, 0.5, -1e30}), t = variable(tensor({0.5, 0.25, 1.0})), w = variable(tensor(1.0));
  CHECK(gradient(binary_cross_entropy_with_logits(x, t, {.reduction = none}), t) == Values{-1e-30, -0.5, 1e30});
  CHECK(gradient(nn::sigmoid_cross_entropy_with_logits({.labels = t, .logits = x}), t) == Values{-1e-30, -0.5, 1e30});
  const Tensor weighted =
      nn::weighted_cross_entropy_with_logits({.labels = t, .logits = tensor({0.0, 0.0, 0.0}), .pos_weight = w});
  check_near(gradient(weighted, w), {1.75 * std::log(2.0)});
  const Values p = values(sigmoid(x));
  const Tensor leaf = variable(x);
  check_near(gradient(binary_cross_entropy_with_logits(leaf, t, {.reduction = none}), leaf),
             {p[0] - 0.5, p[1] - 0.25, p[2] - 1});
}

TEST_CASE("TensorFlow's sigmoid names take halves and labels of any dtype, whose gradient has their dtype") {
  const Tensor x = tensor({0.5f, -2.f});
  const Tensor half = nn::sigmoid_cross_entropy_with_logits({.labels = tensor({1, 0}), .logits = x.to(DType::bf16)});
  CHECK(half.dtype() == DType::bf16);
  CHECK(values(half) ==
        values(nn::sigmoid_cross_entropy_with_logits({.labels = tensor({true, false}), .logits = x}).to(DType::bf16)));
  const Tensor t = variable(tensor({0.25, 0.75}));
  const Tensor g = grad(sum(nn::sigmoid_cross_entropy_with_logits({.labels = t, .logits = x})), {t})[0];
  CHECK(g.dtype() == DType::f64);
  CHECK(values(g) == Values{-0.5, 2});
}

TEST_CASE("hinge losses have slope 0 at the kink, and rivals that tie share theirs") {
  const Tensor x = variable(tensor({1.0, 0.5, 2.0, -1.0})), t = tensor({1.0, 1.0, 1.0, 0.0});
  const Tensor loss = hinge_loss(x, t, {.reduction = none});
  CHECK(values(loss) == Values{0, 0.5, 0, 0});
  CHECK(gradient(loss, x) == Values{0, -1, 0, 0});
  const Tensor rows = variable(tensor({{1.0, 1.0, 0.0}, {0.0, -5.0, 1.0}}));
  const Tensor multi = multiclass_hinge_loss(rows, tensor({2, 2}), {.reduction = none});
  CHECK(values(multi) == Values{2, 0});
  CHECK(gradient(multi, rows) == Values{0.5, 0.5, -1, 0, 0, 0});
}

TEST_CASE("mse_loss is infinite only where the mean itself is beyond f32, and its gradient is not") {
  std::vector<float> one(100, 0.f);
  one[3] = 2.5e19f;  // the square is 6.25e38, a hundredth of it is not
  const Tensor x = variable(from_span(one, {100})), zero = zeros({100});
  CHECK(mse_loss(x, zero).item<float>() ==
        static_cast<float>(static_cast<double>(2.5e19f) * static_cast<double>(2.5e19f) / 100));
  CHECK(std::isinf(mse_loss(x, zero, {.reduction = Reduction::sum}).item<float>()));
  CHECK(grad(mse_loss(x, zero, {.reduction = Reduction::sum}), {x})[0].to_vector<float>()[3] == 5e19f);
  CHECK(values(mse_loss(tensor({1e-30f}), tensor({0.f}), {.reduction = none})) == Values{0});  // 1e-60, rounded
}

TEST_CASE("huber_loss has one formula on each side of delta, and no overflow but its own") {
  const Tensor d = variable(tensor({0.5, 1.0, -1.0, 3.0, -3.0})), zero = zeros_like(d);
  const Tensor loss = huber_loss(d, zero, {.reduction = none});
  CHECK(values(loss) == Values{0.125, 0.5, 0.5, 2.5, 2.5});
  CHECK(gradient(loss, d) == Values{0.5, 1, -1, 1, -1});
  CHECK(second(loss, d) == Values{1, 1, 1, 0, 0});
  const Tensor far = variable(tensor({3e38f})), other = tensor({-3e38f});
  CHECK(huber_loss(far, other, {.delta = 0.25}).item<float>() == static_cast<float>(0.5 * static_cast<double>(3e38f)));
  CHECK(gradient(huber_loss(far, other, {.delta = 0.25}), far) == Values{0.25});
  CHECK(values(huber_loss(d, zero, {.delta = inf, .reduction = none})) == Values{0.125, 0.5, 0.5, 4.5, 4.5});
}

TEST_CASE("cosine_similarity of a vector of zeros is 0, and no gradient flows into either") {
  const Tensor a = variable(tensor({{0.0, 0.0}, {3.0, 4.0}})), b = variable(tensor({{1.0, 2.0}, {4.0, 3.0}}));
  const Tensor s = cosine_similarity(a, b);
  check_near(values(s), {0, 0.96});
  for (const Tensor& x : {a, b}) {
    CHECK(gradient(s, x)[0] == 0);
    CHECK(gradient(s, x)[1] == 0);
    for (const double v : second(s, x)) CHECK(std::isfinite(v));
  }
  // d/da = (b/|b| - s*a/|a|)/|a|
  check_near({gradient(s, a)[2], gradient(s, a)[3]}, {(0.8 - 0.96 * 0.6) / 5, (0.6 - 0.96 * 0.8) / 5});
  CHECK(values(cosine_similarity(zeros({2, 0}), zeros({2, 0}))) == Values{0, 0});
}

TEST_CASE("cosine_similarity and its gradient follow the length of a vector of 1e30, and of 1e-30") {
  const Tensor unit = variable(tensor({3.f, 4.f})), b = tensor({4.f, 3.f});
  const Values g = gradient(cosine_similarity(unit, b), unit);
  for (const float length : {1e30f, 1e-30f}) {
    const Tensor a = variable(tensor({3.f * length, 4.f * length}));
    CHECK(cosine_similarity(a, b).item<float>() == 0.96f);
    CHECK(cosine_similarity(b, a).item<float>() == 0.96f);
    const Values scaled = gradient(cosine_similarity(a, b), a);
    // f32: the two lengths and the two results are rounded
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(scaled[i] * static_cast<double>(length) == doctest::Approx(g[i]).epsilon(4e-7));
  }
}

}  // namespace
}  // namespace logitape::tests
