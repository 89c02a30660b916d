// What the engine does with cotangents: of halves, of constants, and beside another thread that reads a slot.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "logitape.h"

namespace logitape::tests {
namespace {

TEST_CASE("two cotangents of a half are added in f32 and rounded once") {
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = variable(full({1000}, 1));
    const Tensor h = x.to(half);
    const Tensor y = sum(h.to(DType::f32) * 2 + h.to(DType::f32) * 3);
    CHECK(grad(y, {x})[0].to_vector<float>() == std::vector<float>(1000, 5));
  }
}

TEST_CASE("Unreached::zero gives zeros where y depends on no variable: the Hessian of a sum") {
  const Tensor x = variable(tensor({1.0, 2.0}));
  const Tensor g = grad(sum(x), {x}, {.create_graph = true})[0];
  CHECK(grad(sum(g), {x}, {.unreached = Unreached::zero})[0].to_vector<double>() == std::vector<double>{0, 0});
  CHECK_THROWS_AS(grad(sum(g), {x}), Error);
}

TEST_CASE("a check of a function that ignores its argument is inconclusive, and says so") {
  const Tensor outer = tensor({1.0, 2.0});
  const GradientReport report = check_gradients([&](std::span<const Tensor>) { return sum(outer * outer); }, {outer});
  CHECK(report.verdict() == Verdict::inconclusive);
  CHECK(report.str().find("does f use its argument?") != std::string::npos);
}

TEST_CASE("grad() may be read while another thread's backward() writes") {
  const Tensor w = variable(tensor({1.f, 2.f}));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 2000; ++i) sum(w * w).backward();
    done = true;
  });
  std::int64_t seen = 0;
  while (!done) {
    const std::optional<Tensor> g = w.grad();
    if (g) seen += g->to_vector<float>()[0] > 0 ? 1 : 0;
  }
  writer.join();
  CHECK(w.grad()->to_vector<float>() == std::vector<float>{4000, 8000});  // 2000 times 2*w, exact in f32
  MESSAGE("read while written: ", seen);
}

}  // namespace
}  // namespace logitape::tests
