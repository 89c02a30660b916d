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

TEST_CASE("many cotangents of a half are added in f32 and rounded once, not each in turn") {
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = variable(full({3}, 1, half));
    Tensor y = sum(x.to(DType::f32));
    for (int i = 1; i < 3000; ++i) y = y + sum(x.to(DType::f32));  // one half and one half would stay at 256 or 2048
    const Tensor g = grad(y, {x})[0];
    CHECK(g.dtype() == half);
    CHECK(g.to_vector<float>() == full({3}, 3000, half).to_vector<float>());
    y.backward();
    CHECK(x.grad()->to_vector<float>() == g.to_vector<float>());
    // through a node that is read often, and to order 2
    const Tensor h = concat({x, x});
    Tensor z = sum(pow(h.to(DType::f32), 2));
    for (int i = 1; i < 300; ++i) z = z + sum(pow(h.to(DType::f32), 2));
    const Tensor first = grad(z, {x}, {.create_graph = true})[0];
    CHECK(first.to_vector<float>() == full({3}, 1200, half).to_vector<float>());
    CHECK(grad(sum(first.to(DType::f32)), {x})[0].to_vector<float>() == full({3}, 1200, half).to_vector<float>());
  }
}

TEST_CASE("what moves halves differentiates to order 2, repeated rows and broadcast axes summed in f32") {
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = variable(full({2, 1}, 1, half)), i = zeros({1, 3000}, DType::i64);
    const auto into_x = [&](const Tensor& y) {
      const Tensor g = grad(sum(y.to(DType::f32) * y.to(DType::f32)), {x}, {.create_graph = true})[0];
      const Tensor again = grad(sum(g.to(DType::f32)), {x})[0];
      CHECK(g.dtype() == half);
      CHECK(again.to_vector<float>() == g.to_vector<float>());  // of a sum of squares of ones
      return g.to_vector<float>();
    };
    const float many = full({}, 6000, half).item<float>();
    CHECK(into_x(broadcast_to(x, {2, 3000})) == std::vector<float>(2, many));
    CHECK(into_x(gather(x, reshape(i, {3000}))) == std::vector<float>{many, 0});
    CHECK(into_x(embedding(x, i)) == std::vector<float>{many, 0});
    CHECK(into_x(take_along_axis(x, reshape(i, {3000, 1}), {.axis = 0})) == std::vector<float>{many, 0});
    CHECK(into_x(where(ones({2, 3000}, DType::boolean), x, 0)) == std::vector<float>(2, many));
    CHECK(into_x(scatter_add(zeros({1, 1}, half), zeros({2}, DType::i64), x)) == std::vector<float>(2, 4));
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
