// README.md's table "If you know NumPy or PyTorch", a line a row: the right column compiles and is what the left one
// is.
#include <doctest/doctest.h>
#include <logitape.h>

#include <cstdint>
#include <vector>

#include "tests/support/temporary_folder.h"

using namespace logitape;

namespace {

using Numbers = std::vector<double>;
Numbers values(const Tensor& t) { return t.to_vector<double>(); }

TEST_CASE("what NumPy's users write: making, reading, indexing, reducing") {
  const Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  CHECK(x.dtype() == DType::f64);
  CHECK(tensor({{1.f, 2.f}}).dtype() == DType::f32);
  const std::vector<float> v(8, 0.5f);
  CHECK(from_span(v, {2, 4}).shape() == Shape{2, 4});
  CHECK(tensor(2.5).item() == 2.5);
  CHECK(x.to_vector<float>()[5] == 6.f);
  CHECK(x.to(DType::i64).dtype() == DType::i64);
  CHECK(x.rank() == 2);
  CHECK(values(x[1]) == Numbers{4, 5, 6});
  CHECK(values(x[{all, 0}]) == Numbers{1, 4});
  CHECK(values(x[1][range(1, -1)]) == Numbers{5});
  CHECK(values(x[range(none, none, 2)]) == Numbers{1, 2, 3});
  CHECK(values(x[x > 4]) == Numbers{5, 6});
  CHECK(values(x[tensor({1, 0})]) == Numbers{4, 5, 6, 1, 2, 3});
  CHECK(values(gather(x, tensor({2, 0}), 1)) == Numbers{3, 1, 6, 4});
  CHECK(values(take_along_axis(x, tensor({{2}, {0}}), 1)) == Numbers{3, 4});
  CHECK(values(sum(x, {0, 1})) == Numbers{21});
  CHECK(mean(x, {.axes = {1}, .keep_dims = true}).shape() == Shape{2, 1});
  CHECK(values(argmax(x, 1)) == Numbers{2, 2});
  CHECK(values(argmax(flatten(x), 0)) == Numbers{5});
  CHECK(values(standard_deviation(tensor({1.0, 3.0}))) == Numbers{1});
  CHECK(values(variance(tensor({1.0, 3.0}), {.correction = 1})) == Numbers{2});
  CHECK(values(norm(tensor({3.0, 4.0}))) == Numbers{5});
  CHECK(reshape(x, {2, -1}).shape() == Shape{2, 3});
  CHECK(flatten(x).shape() == Shape{6});
  CHECK(unsqueeze(x, 0).shape() == Shape{1, 2, 3});
  CHECK(squeeze(unsqueeze(x, 1), 1).shape() == Shape{2, 3});
  CHECK(concat({x, x}, 1).shape() == Shape{2, 6});
  CHECK(transpose(x).shape() == Shape{3, 2});
  CHECK(values(matmul(x, tensor({1.0, 0.0, 0.0}))) == Numbers{1, 4});
  CHECK(values(solve(tensor({{2.0, 0.0}, {0.0, 4.0}}), tensor({2.0, 8.0}))) == Numbers{1, 2});
}

TEST_CASE("what NumPy's users write: comparing, counting, choosing") {
  const Tensor p = tensor({1, 2, 3, 0}), y = tensor({1, 2, 0, 0}), x = tensor({-1.0, 2.0});
  CHECK(count(equal(p, y)).item<std::int64_t>() == 3);
  CHECK(mean(equal(p, y)).item() == 0.75);
  CHECK_FALSE(all(equal(p, y)).item<bool>());
  CHECK(any(equal(p, y)).item<bool>());
  CHECK(values((x > 0) & (x < 1)) == Numbers{0, 0});
  CHECK(values(where(x > 0, x, 0)) == Numbers{0, 2});
  CHECK(values(clamp(x, 0, 1)) == Numbers{0, 1});
  CHECK(values(x + x) == Numbers{-2, 4});
}

TEST_CASE("what PyTorch's users write: derivatives, a step, one layer alone, a file") {
  const Tensor a = variable(tensor(3.0)), b = variable(tensor(2.0));
  const Tensors into = grad(a * b, {a, b});
  CHECK(into[0].item() == 2);
  CHECK_FALSE(stop_gradient(a).requires_grad());
  {
    const NoGrad guard;
    CHECK_FALSE((a * b).requires_grad());
  }
  const Tensor second = hessian([](const Tensor& x) { return sum(x * x * x); }, tensor({1.0, 2.0}));
  CHECK(values(second) == Numbers{6, 0, 0, 12});

  Generator rng{7};
  Sequential model{Linear{2, 4}, Relu{}, Linear{4, 2}};
  model.initialise(rng);
  const Tensor x = randn({5, 2}, rng);
  AdamW adam;
  const Tensors before = model.parameters();
  adam.step(model, grad(sum(model(x)), model.parameters()));
  CHECK(model(x, evaluation).shape() == Shape{5, 2});
  CHECK(values(before[2]) != values(model.parameters()[2]));
  CHECK(train_only(model, "2.*").size() == 2);
  const logitape::tests::TemporaryFolder folder;
  save_parameters(folder / "model.safetensors", model);
  load_parameters(folder / "model.safetensors", model);
  if (cuda_devices() > 0) {
    move_to(model, Device::cuda());
    CHECK(tensor(1.f).to(Device::cuda()).device() == model.parameters()[0].device());
  }
}

}  // namespace
