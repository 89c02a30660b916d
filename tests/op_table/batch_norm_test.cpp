// batch_norm of the batch's own moments: the numbers of the ops that it stands for, its derivatives to order 3, and
// that one kernel makes them.
#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/normalise.h"
#include "logitape/ops/reduce.h"
#include "tests/op_table/compare.h"
#include "tests/support/numbers.h"
#include "tests/support/oracle.h"
#include "tests/support/same_bits_of_tensors.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

using In = std::span<const Tensor>;

Tensor random_of(const Shape& shape, std::uint64_t seed) {
  return from_span(std::span<const double>(numbers<double>(shape.size(), seed)), shape);
}
Tensor of_parts(In in) { return normalise(in[0], {.axes = {0, 1}}).y * in[1] + in[2]; }
Tensor fused(In in) { return batch_norm(in[0], in[1], in[2]).y; }

int vjps = 0, others = 0;

}  // namespace

TEST_CASE("batch_norm has the bits of normalise, times weight, plus bias, and their gradients") {
  const Tensor seed = random_of({7, 5, 3}, 4);
  const std::vector<Tensor> in = {variable(random_of({7, 5, 3}, 1)), variable(random_of({3}, 2)),
                                  variable(random_of({3}, 3))};
  CHECK(same_bits(fused(in).without_node(), of_parts(in).without_node()));
  const Tensors got = grad(fused(in), in, {.seed = seed}), want = grad(of_parts(in), in, {.seed = seed});
  for (std::size_t i = 0; i < in.size(); ++i)
    CHECK(max(abs(got[i] - want[i])).item() < 1e-14);  // some roundings of f64 terms of size 1 to 10
}

TEST_CASE("gradients of batch_norm, layer_norm and normalise pass the check at order 3") {
  const Tensor x = random_of({2, 2, 3}, 1), weight = random_of({3}, 2), bias = random_of({3}, 3);
  CHECK(check_gradients(fused, {x, weight, bias}, {.order = 3}).ok());
  CHECK(check_gradients([](In in) { return layer_norm(in[0], in[1], in[2]); }, {x, weight, bias}, {.order = 3}).ok());
  const auto moments = [](In in) {
    const Normalised n = batch_norm(in[0], in[1], in[2]);
    return n.y * n.variance + n.mean;
  };
  CHECK(check_gradients(moments, {x, weight, bias}, {.order = 3}).ok());
}

TEST_CASE("one kernel makes the gradients of batch_norm into its batch, weight and bias") {
  backends::Kernels counting = cpu::kernels();
  counting.normalise_vjp = [](const backends::NormaliseVjpArgs& a) {
    ++vjps;
    cpu::kernels().normalise_vjp(a);
  };
  counting.mul = [](const backends::BinaryArgs& a) {
    ++others;
    cpu::kernels().mul(a);
  };
  counting.sum = [](const backends::ReduceArgs& a) {
    ++others;
    cpu::kernels().sum(a);
  };
  const OtherKernels guard(counting);
  const std::vector<Tensor> in = {variable(random_of({7, 5, 3}, 1)), variable(random_of({3}, 2)),
                                  variable(random_of({3}, 3))};
  const Tensor y = fused(in), seed = random_of({7, 5, 3}, 4);
  vjps = others = 0;
  grad(y, in, {.seed = seed});
  CHECK(vjps == 1);
  CHECK(others == 0);
}
