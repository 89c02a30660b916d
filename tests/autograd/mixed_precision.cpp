// MixedPrecision: what rounds inside it and what does not, in which thread, for how long, and in derivatives of which
// order. What a rounded product is, bit by bit, is in tests/kernels/matmul.cpp and convolution.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "logitape.h"

using namespace logitape;

namespace {

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }
Tensor rounded(const Tensor& x) { return x.to(DType::bf16).to(DType::f32); }

Tensor in_bf16(const std::function<Tensor()>& f) {
  const MixedPrecision precision;
  return f();
}

// Sums of so many products of numbers of size 1, in other orders: some roundings of f32 each.
void check_near(const Tensor& x, const Tensor& y, double terms) {
  REQUIRE(x.shape() == y.shape());
  CHECK(max(abs(x - y)).item<float>() <= terms * terms * 6e-8);
}

struct Inputs {
  Generator rng{7};
  Tensor x = randn({9, 21}, rng), weight = randn({21, 13}, rng), bias = randn({13}, rng);
  Tensor images = randn({2, 6, 5, 3}, rng), kernel = randn({3, 3, 3, 4}, rng), kernel_bias = randn({4}, rng);
};

}  // namespace

TEST_CASE("inside, products are those of the operands rounded to bf16; a bias, and all outside, is as it was") {
  const Inputs in;
  const std::vector<float> outside = numbers(linear(in.x, in.weight, in.bias));
  const Tensor y = in_bf16([&] { return linear(in.x, in.weight, in.bias); });
  check_near(y, linear(rounded(in.x), rounded(in.weight), in.bias), 21);
  CHECK(max(abs(y - linear(in.x, in.weight, in.bias))).item<float>() > 1e-3f);
  check_near(in_bf16([&] { return matmul(in.x, in.weight); }), matmul(rounded(in.x), rounded(in.weight)), 21);
  check_near(in_bf16([&] { return conv2d(in.images, in.kernel, in.kernel_bias, {.relu = true}); }),
             conv2d(rounded(in.images), rounded(in.kernel), in.kernel_bias, {.relu = true}), 27);
  check_near(in_bf16([&] { return conv2d(in.images, in.kernel); }), conv2d(rounded(in.images), rounded(in.kernel)), 27);
  CHECK(numbers(in_bf16([&] { return in.x * in.x; })) == numbers(in.x * in.x));
  CHECK(numbers(in_bf16([&] { return softmax(in.x); })) == numbers(softmax(in.x)));
  CHECK(y.dtype() == DType::f32);
  CHECK(numbers(linear(in.x, in.weight, in.bias)) == outside);
}

TEST_CASE("f64 is left alone") {
  const Inputs in;
  const Tensor x = in.x.to(DType::f64), weight = in.weight.to(DType::f64);
  CHECK(in_bf16([&] { return matmul(x, weight); }).to_vector<double>() == matmul(x, weight).to_vector<double>());
  const Tensor images = in.images.to(DType::f64), kernel = in.kernel.to(DType::f64);
  CHECK(in_bf16([&] { return conv2d(images, kernel); }).to_vector<double>() ==
        conv2d(images, kernel).to_vector<double>());
  const MixedPrecision precision;
  CHECK(check_gradients([&](const Tensor& w) { return sum(matmul(x, w) * matmul(x, w)); }, weight).ok());
}

TEST_CASE("derivatives are computed as their op was, whatever is around the backward pass") {
  const Inputs in;
  const Tensor x = variable(in.x), weight = variable(in.weight), bias = variable(in.bias);
  const Tensor mixed = in_bf16([&] { return linear(x, weight, bias); }), full = linear(x, weight, bias);
  const Tensor g = tanh(stop_gradient(full));
  const auto gradients = [&](const Tensor& y) {
    std::vector<std::vector<float>> all;
    for (const Tensor& gradient : grad(y, {x, weight, bias}, {.seed = g})) all.push_back(numbers(gradient));
    return all;
  };
  const auto of_mixed = gradients(mixed), of_full = gradients(full);
  {
    const MixedPrecision precision;
    CHECK(gradients(mixed) == of_mixed);
    CHECK(gradients(full) == of_full);
  }
  CHECK(of_full[0] == numbers(matmul(g, in.weight, {.transpose_b = true})));
  CHECK(of_mixed[0] == numbers(in_bf16([&] { return matmul(g, in.weight, {.transpose_b = true}); })));
  CHECK(of_mixed[1] == numbers(in_bf16([&] { return matmul(in.x, g, {.transpose_a = true}); })));
  CHECK(of_mixed[2] == of_full[2]);  // a sum
  CHECK(of_mixed[0] != of_full[0]);
  CHECK(of_mixed[1] != of_full[1]);
}

TEST_CASE("gradients are checked as if it were off") {
  const Inputs in;
  const auto f = [&](const Tensor& w) { return sum(tanh(matmul(in.x, w) * 0.1)); };
  const GradientReport outside = check_gradients(f, in.weight);
  CHECK(outside.verdict() != Verdict::fail);  // in f32, whose differences leave small elements open
  const MixedPrecision precision;
  CHECK(check_gradients(f, in.weight).str() == outside.str());
  CHECK(mixed_precision());
}

TEST_CASE("second derivatives are in the precision of the first") {
  const Inputs in;
  const Tensor x = variable(in.images), kernel = variable(in.kernel);
  const auto second = [&](bool mixed) {
    Tensor y;
    {
      const MixedPrecision precision(mixed);
      y = sum(tanh(conv2d(x, kernel, {.relu = true})));
    }
    const Tensor first = grad(y, {kernel}, {.create_graph = true})[0];
    return grad(sum(first * first), {x})[0];
  };
  const Tensor full = second(false), mixed = second(true);
  const float size = max(abs(full)).item<float>(), off = max(abs(full - mixed)).item<float>();
  CHECK(off > 1e-4f * size);
  CHECK(off < 0.1f * size);
}

TEST_CASE("a guard ends where it was made, nests, and is of its own thread") {
  const Inputs in;
  const std::vector<float> full = numbers(matmul(in.x, in.weight)),
                           mixed = numbers(in_bf16([&] { return matmul(in.x, in.weight); }));
  CHECK(full != mixed);
  CHECK_FALSE(mixed_precision());
  const MixedPrecision outer;
  CHECK(mixed_precision());
  CHECK(numbers(matmul(in.x, in.weight)) == mixed);
  {
    const MixedPrecision inner(false);
    CHECK(numbers(matmul(in.x, in.weight)) == full);
  }
  CHECK(numbers(matmul(in.x, in.weight)) == mixed);
  std::vector<float> elsewhere;
  std::thread([&] { elsewhere = numbers(matmul(in.x, in.weight)); }).join();
  CHECK(elsewhere == full);
}

TEST_CASE("a permission to multiply in tf32 nests with bf16 and f32, and goes with what is recorded") {
  const Inputs in;
  const Tensor x = variable(in.x), weight = variable(in.weight);
  const auto in_tf32 = [](const std::function<Tensor()>& f) {
    const MixedPrecision precision(Products::tf32);
    CHECK(products() == Products::tf32);
    CHECK_FALSE(mixed_precision());
    return f();
  };
  const Tensor y = in_tf32([&] { return matmul(x, weight); });
  CHECK(products() == Products::f32);
  CHECK(max(abs(y - matmul(x, weight))).item<float>() <= 21 * 16 * 0x1p-10f);  // terms below 16, each off by 2^-10
  const Tensor g = tanh(stop_gradient(y));
  const MixedPrecision precision;
  CHECK(numbers(in_tf32([&] { return matmul(x, weight); })) == numbers(y));
  CHECK(numbers(grad(y, {x}, {.seed = g})[0]) ==
        numbers(in_tf32([&] { return matmul(g, in.weight, {.transpose_b = true}); })));
  const MixedPrecision full(Products::f32), off(false);
  CHECK(products() == Products::f32);
}

TEST_CASE("a rule that throws leaves the precision around it as it was") {
  const Tensor x = variable(ones({2}));
  const auto broken = custom_op(
      "broken", [](TensorList in) { return in[0] + 1; },
      [](TensorList, TensorList, TensorList) -> Tensors { throw std::runtime_error("no derivative"); });
  const Tensor y = in_bf16([&] { return broken(x); });
  CHECK_THROWS_AS(grad(sum(y), {x}), std::runtime_error);
  CHECK_FALSE(mixed_precision());
}

TEST_CASE("a loss whose logits are never whole has the products of the one whose are") {
  const Inputs in;
  Generator rng{3};
  const Tensor hidden = variable(in.x), weight = variable(in.weight), labels = argmax(randn({9, 13}, rng), 1);
  const MixedPrecision precision;
  const Tensor in_parts = linear_cross_entropy(hidden, weight, labels),
               whole = cross_entropy(matmul(hidden, weight), labels);
  check_near(in_parts, whole, 21);
  const auto parts = grad(in_parts, {hidden, weight}), wholes = grad(whole, {hidden, weight});
  for (std::size_t i = 0; i < 2; ++i) check_near(parts[i], wholes[i], 21);
}
