// The everyday loss on a device: the cpu's numbers, and no wait for rows that are left out or for weights.
#include <cmath>
#include <vector>

#include "logitape.h"
#include "tests/devices/device.h"

namespace logitape::tests {
namespace {

struct Result {
  Tensor loss, gradient;
};

Result on(Device device, const Tensor& logits, const Tensor& labels, CrossEntropyOptions o, double times) {
  for (Tensor* t : {&o.mask, &o.class_weights, &o.sample_weights})
    if (t->defined()) *t = t->to(device);
  const Tensor x = variable(logits.to(device)), y = labels.to(device);
  const std::int64_t before = waits_for(device);
  const Tensor own = cross_entropy(x, y, o), loss = times == 1 ? own : own.to(DType::f64) * times;
  const Tensor gradient = grad(loss, {x})[0];
  const std::int64_t waits = waits_for(device) - before;
  if (!o.sample_weights.defined()) CHECK(waits == 0);
  return {loss.to(Device::cpu()), gradient.to(Device::cpu())};
}

void check_near(const Tensor& got, const Tensor& want, double epsilon) {
  CHECK(got.dtype() == want.dtype());
  const auto a = got.to_vector<double>(), b = want.to_vector<double>();
  double scale = 0;
  for (const double x : b) scale = std::max(scale, std::fabs(x));
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::fabs(a[i] - b[i]) <= 4 * epsilon * std::max(scale, 1e-30));
}

}  // namespace

TEST_CASE("the loss of a device is the cpu's, in every dtype, with rows left out and weights, and waits for nothing") {
  if (!has_cuda()) return;
  Generator rng{4};
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16, DType::f16}) {
    const double epsilon = dtype == DType::f64    ? 0x1p-51
                           : dtype == DType::f32  ? 0x1p-23
                           : dtype == DType::bf16 ? 0x1p-8
                                                  : 0x1p-11;
    for (const std::int64_t classes : {3, 40, 1500}) {
      const Tensor logits = (randn({6, classes}, rng) * 3).to(dtype),
                   labels = tensor({0, 2, 1, 2, 0, 1}).to(DType::i64);
      const Tensor weights = uniform({classes}, rng).to(dtype), mask = tensor({true, false, true, true, false, true});
      const Tensor rows = uniform({6}, rng).to(dtype);
      const std::vector<CrossEntropyOptions> options{
          {},
          {.label_smoothing = 0.1},
          {.ignore_index = 2},
          {.mask = mask},
          {.class_weights = weights},
          {.class_weights = weights, .mask = mask, .label_smoothing = 0.1},
          {.reduction = Reduction::sum, .mask = mask},
          {.mask = mask, .temperature = 2},
          {.mask = mask, .z_loss = 1e-3},
          {.sample_weights = rows, .mask = mask},
          {.sample_weights = rows},
      };
      for (std::size_t i = 0; i < options.size(); ++i)
        for (const double times : {1.0, 0.75}) {
          CAPTURE(dtype);
          CAPTURE(classes);
          CAPTURE(i);
          CAPTURE(times);
          const Result here = on(Device::cpu(), logits, labels, options[i], times),
                       there = on(Device::cuda(), logits, labels, options[i], times);
          check_near(there.loss, here.loss, epsilon);
          check_near(there.gradient, here.gradient, epsilon);
        }
    }
  }
}

TEST_CASE("a mean over no row on a device is 0, NaN, or an error at the next read, as asked") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  for (const DType dtype : {DType::f32, DType::bf16}) {
    const Tensor x = variable(zeros({2, 3}, dtype, cuda)), labels = tensor({0, 1}).to(DType::i64).to(cuda);
    const Tensor none = tensor({false, false}).to(cuda);
    const Tensor zero = cross_entropy(x, labels, {.mask = none});
    CHECK(zero.item() == 0);
    CHECK(max(abs(grad(zero, {x})[0].to(DType::f32))).item() == 0);
    CHECK(std::isnan(cross_entropy(x, labels, {.empty = EmptyMean::nan, .mask = none}).item()));
    const Tensor refused = cross_entropy(x, labels, {.empty = EmptyMean::error, .mask = none});
    CHECK_THROWS_WITH_AS(refused.item(), "cross_entropy: the mean's denominator is 0: no row of logits [2,3] counts",
                         Error);
  }
}

TEST_CASE("weights that are refused on a device are told by the next read") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const Tensor x = zeros({2, 3}, DType::f32, cuda), labels = tensor({0, 1}).to(DType::i64).to(cuda);
  for (const float bad : {-1.f, std::nanf(""), INFINITY}) {
    const Tensor loss = cross_entropy(x, labels, {.class_weights = tensor({1.f, 1.f, bad}).to(cuda)});
    CHECK_THROWS_WITH_AS(loss.item(), "cross_entropy: class_weights of class 2 has to be finite and not negative",
                         Error);
  }
}

}  // namespace logitape::tests
