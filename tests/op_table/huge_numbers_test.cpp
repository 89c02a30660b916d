// Results that are ordinary numbers where squares, sums and quotients on the way are not: each op at numbers times a
// power of two, against itself at the plain ones.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "logitape.h"

namespace logitape::tests {
namespace {

using Values = std::vector<double>;
constexpr double inf = std::numeric_limits<double>::infinity();

Values values(const Tensor& t) { return t.to_vector<double>(); }

// |got - want| within `bound` of the largest of want.
void check_near(const Tensor& got, const Tensor& want, double scale, double bound) {
  const Values g = values(got), w = values(want);
  double largest = 0;
  for (const double x : w) largest = std::max(largest, std::fabs(x * scale));
  for (std::size_t i = 0; i < w.size(); ++i) CHECK(std::fabs(g[i] - w[i] * scale) <= bound * largest);
}

struct Size {
  DType dtype;
  double scale, bound;
};
// 16 ULP: some ten roundings, of the same numbers but for epsilon, which is 1e-24 beside them
const Size huge[] = {{DType::f32, 0x1p67, 16 * 0x1p-23},  {DType::f32, 0x1p120, 16 * 0x1p-23},
                     {DType::f64, 0x1p515, 16 * 0x1p-52}, {DType::f64, 0x1p1000, 16 * 0x1p-52},
                     {DType::f32, 0x1p-60, 16 * 0x1p-23}, {DType::f64, 0x1p-500, 16 * 0x1p-52},
                     {DType::f64, 0x1p-505, 16 * 0x1p-52}};

TEST_CASE(
    "layer_norm and normalise over any axes do not depend on the scale of huge or tiny numbers, their gradients are "
    "divided by it") {
  const Tensor plain = tensor({{1.0, -1.0, 2.0, 0.0}, {3.0, 0.5, -2.0, 1.0}, {0.25, 2.0, 1.0, -1.0}}),
               v = tensor({{1.0, 2.0, -1.0, 0.5}, {0.5, -1.0, 1.0, 1.5}, {2.0, 0.25, 0.5, -1.0}});
  for (const Size& size : huge)
    for (const std::int64_t axis : {0, 1}) {
      CAPTURE(size.dtype);
      CAPTURE(size.scale);
      CAPTURE(axis);
      const double square = size.scale * size.scale,
                   epsilon = size.scale > 1 ? 1e-24 : std::max(1e-24 * square, 1e-320);
      const auto both = [&](double scale, double eps) {
        const Tensor x = variable((plain * scale).to(size.dtype));
        const Tensor y = normalise(x, {.axes = axis, .epsilon = eps}).y * v.to(size.dtype);
        return std::vector<Tensor>{y, grad(sum(y), {x})[0]};
      };
      const auto want = both(1, 1e-24), got = both(size.scale, epsilon);
      check_near(got[0], want[0], 1, size.bound);
      if (1 / size.scale > 0x1p-1020) check_near(got[1], want[1], 1 / size.scale, size.bound);
    }
  const Tensor x = variable(tensor({1e20f, -1e20f, 2e20f, 0.f}));
  const Tensor y = layer_norm(x, ones({4}), zeros({4}));
  check_near(y, tensor({1 / std::sqrt(5.0), -3 / std::sqrt(5.0), 3 / std::sqrt(5.0), -1 / std::sqrt(5.0)}), 1, 1e-6);
}

TEST_CASE("logits over a temperature do not overflow where the loss does not, in rows beside ordinary ones") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    CAPTURE(dtype);
    const double most = dtype == DType::f32 ? 3e38 : 1.5e308;
    const Tensor x = variable(
        tensor({{most, -most, 0.0}, {-most, -most, -most}, {1.0, 2.0, -1.0}, {most / 4, 0.0, -inf}}).to(dtype));
    const Tensor labels = tensor({0, 1, 2, 0});
    const CrossEntropyOptions options{.reduction = Reduction::none, .temperature = 0.125};
    const Tensor loss = cross_entropy(x, labels, options);
    const Tensor alone = variable(tensor({{1.0, 2.0, -1.0}}).to(dtype));
    const double ordinary = values(cross_entropy(alone, tensor({2}), options))[0], third = std::log(3.0);
    CHECK(values(loss)[0] == 0);
    CHECK(std::fabs(values(loss)[1] - third) <= 1e-7 * third);  // rounded to f32
    CHECK(values(loss)[2] == ordinary);
    CHECK(values(loss)[3] == 0);
    const Tensor g = grad(sum(loss), {x}, {.create_graph = true})[0], h = grad(sum(g * g), {x})[0];
    for (const Tensor& d : {g, h})
      for (const double value : values(d)) CHECK(std::isfinite(value));
    const Values expected = {0, 0, 0, 8 / 3.0, -16 / 3.0, 8 / 3.0};
    for (std::size_t i = 0; i < expected.size(); ++i)
      CHECK(std::fabs(values(g)[i] - expected[i]) <= 1e-6);  // f32: p is rounded
    const CrossEntropyDetails details = cross_entropy_details(x, labels, options);
    CHECK(values(details.log_sum_exp)[0] == inf);  // as large as logits over the temperature are
    CHECK(values(details.log_sum_exp)[1] == -inf);
    CHECK(std::isfinite(values(details.log_sum_exp)[2]));
    const Tensor of_probabilities = cross_entropy(x, one_hot(labels, 3, dtype), options);
    CHECK(values(of_probabilities) == values(loss));
  }
}

TEST_CASE("means of numbers whose sum overflows are right, whatever takes them") {
  const double most = 1.7e308;
  const Tensor all = full({6, 4}, most, DType::f64);
  for (const Tensor& m : {mean(all), mean(all, {.axes = {0}}), mean(all, {.axes = {1}})})
    for (const double x : values(m)) CHECK(x == doctest::Approx(most).epsilon(1e-15));
  CHECK(values(avg_pool2d(full({1, 2, 2, 3}, most, DType::f64))) == Values(3, most));
  CHECK(values(avg_pool2d(full({1, 2, 2, 3}, 3e38))) == values(full({3}, 3e38)));
  const Tensor two = tensor({1.2e154, 1.1e154}),
               none = zeros_like(two);  // squares below f64's largest, their sum above
  CHECK(values(mse_loss(two, none))[0] == doctest::Approx(1.325e308).epsilon(1e-15));
  CHECK(values(huber_loss(tensor({most, most}), tensor({-most, -most}), {.delta = 0.25}))[0] ==
        doctest::Approx(most / 2).epsilon(1e-15));
  // rows whose losses are 3e38, weighted by 1
  const Tensor logits = variable(tensor({{0.f, 3e38f}, {0.f, 3e38f}}));
  const Tensor loss = cross_entropy(logits, tensor({0, 0}), {.sample_weights = ones({2})});
  CHECK(loss.item<float>() == 3e38f);
  CHECK(values(grad(loss, {logits})[0]) == Values{-0.5, 0.5, -0.5, 0.5});
  CHECK(values(cross_entropy(logits, tensor({0, 0})))[0] == static_cast<double>(3e38f));
}

}  // namespace
}  // namespace logitape::tests
