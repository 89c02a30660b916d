// What products of f32 are made of on a device: in tf32 and bf16 those of the rounded operands, and in no other way; a
// CPU that is permitted tf32 multiplies in f32.
#include "tests/devices/device.h"

#include <cmath>
#include <functional>
#include <vector>

#include "logitape.h"
#include "tests/support/same_bits_of_tensors.h"

namespace logitape::tests {
namespace {

// As tensor cores round: tf32 keeps 10 bits after the point, halves go away from 0.
Tensor rounded(const Tensor& x, Products to) {
  if (to == Products::bf16) return x.to(DType::bf16).to(DType::f32);
  std::vector<float> v = x.to_vector<float>();
  for (float& number : v) {
    int exponent = 0;
    const float fraction = std::frexp(number, &exponent);
    number = std::ldexp(std::round(std::ldexp(fraction, 11)), exponent - 11);
  }
  return from_span(v, x.shape());
}

Tensor with(Products of, const std::function<Tensor()>& f) {
  const MixedPrecision precision(of);
  return f();
}

double apart(const Tensor& a, const Tensor& b) { return max(abs(a.to(Device::cpu()) - b)).item(); }

}  // namespace

TEST_CASE("products on a device are those of operands rounded as asked, and so are their derivatives") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  Generator rng{5};
  const Tensor a = randn({37, 65}, rng), b = randn({65, 20}, rng), images = randn({2, 6, 6, 4}, rng),
               kernel = randn({3, 3, 4, 8}, rng);
  for (const Products of : {Products::tf32, Products::bf16}) {
    const Tensor on_a = variable(a.to(cuda)), on_b = variable(b.to(cuda)), on_images = variable(images.to(cuda)),
                 on_kernel = variable(kernel.to(cuda));
    const auto r = [&](const Tensor& x) { return rounded(x, of); };
    const double near = 65 * 65 * 1.2e-7;  // roundings of f32, at most one a term, of terms of size 1 that add up
    const Tensor y = with(of, [&] { return matmul(on_a, on_b); });
    CHECK(apart(y, matmul(r(a), r(b))) <= near);
    CHECK(apart(y, matmul(a, b)) > near);
    const Tensor g = randn({37, 20}, rng);
    CHECK(apart(grad(y, {on_a}, {.seed = g.to(cuda)})[0], matmul(r(g), r(b), {.transpose_b = true})) <= near);
    const Tensor z = with(of, [&] { return conv2d(on_images, on_kernel, {.padding = {1, 1}}); });
    CHECK(apart(z, conv2d(r(images), r(kernel), {.padding = {1, 1}})) <= near);
    CHECK(apart(z, conv2d(images, kernel, {.padding = {1, 1}})) > near);
  }
  CHECK(same_bits(matmul(a.to(cuda), b.to(cuda)).to(Device::cpu()), matmul(a, b)));
  CHECK(multiplies_bf16(cuda));
}

TEST_CASE("a CPU that is permitted tf32 multiplies in f32") {
  Generator rng{5};
  const Tensor a = randn({37, 65}, rng), b = randn({65, 20}, rng);
  CHECK(same_bits(with(Products::tf32, [&] { return matmul(a, b); }), matmul(a, b)));
}

}  // namespace logitape::tests
