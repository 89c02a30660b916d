// What threads take for themselves while they compute: within the bounds that backends/cpu/README.md states, however
// many they are, and given back. Counted by the pool's own peak.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/threads.h"
#include "logitape/core/memory.h"
#include "logitape/ops/convolution.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/linear_algebra.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"

using namespace logitape;

namespace {

// Bytes that a call held at its peak beyond those that it has returned.
std::int64_t held_by(const std::function<Tensor()>& call) {
  (void)call();  // what is kept from the first call on
  memory::reset_peak();
  const Tensor result = call();
  const memory::Counts now = memory::counts();
  return now.peak_bytes - now.live_bytes;
}

struct Bound {
  std::string name;
  std::function<Tensor()> call;
  std::int64_t a_thread, a_call;  // bytes
};

// The gradient of y into x, of a tape that is made once.
std::function<Tensor()> gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& x) {
  const Tensor leaf = variable(x), y = f(leaf), seed = ones(y.shape(), y.dtype());
  return [=] { return grad(y, {leaf}, {.seed = seed})[0]; };
}

std::vector<Bound> bounds() {
  constexpr std::int64_t f32 = 4, f64 = 8, rows = 160, classes = 3000, lanes = 16, tile = 64;
  Generator rng{5};
  std::vector<Bound> all;
  const Tensor few = randn({rows, classes}, rng), wide = few.to(DType::f64), half = few.to(DType::bf16);
  const Tensor labels = zeros({rows}, DType::i64);
  const auto loss = [](const Tensor& x, const Tensor& t, int axis) {
    const Tensor leaf = variable(x);  // the gradient too, which the node holds
    return [=] { return cross_entropy(leaf, t, {.axis = axis}); };
  };
  all.push_back({"loss, f32", loss(few, labels, 1), 2 * (classes + lanes) * f32, 2 * rows * f32});
  all.push_back({"loss, f64", loss(wide, labels, 1), 2 * (classes + lanes) * f64, 2 * rows * f64});
  all.push_back({"loss, bf16", loss(half, labels, 1), 2 * (classes + lanes) * f32, 2 * rows * f32});
  const Tensor across = randn({300, 1600}, rng), first = zeros({1600}, DType::i64);
  all.push_back({"loss along another axis", loss(across, first, 0), 4 * tile * 300, 2 * 1600 * f32});

  const Tensor image = randn({8, 32, 32, 8}, rng), weight = randn({5, 5, 8, 12}, rng);
  constexpr std::int64_t depth = 5 * 5 * 8, padded = 36 * 36 * 8 * f32, weights = depth * 12 * f32;
  const auto convolved = [=](const Tensor& x) { return conv2d(x, weight, {.padding = 2}); };
  const auto weighed = [=](const Tensor& w) { return conv2d(image, w, {.padding = 2}); };
  // an image with its padding, and the weights; of the weights' gradient half of the sums that are possible
  const auto forward = [=] {
    const NoGrad guard;
    return convolved(image);
  };
  all.push_back({"convolution", forward, 2 * padded + 2 * weights, 0});
  all.push_back({"convolution, into its image", gradient(convolved, image), 2 * padded + 2 * weights, 0});
  all.push_back({"convolution, into its weight", gradient(weighed, weight), 2 * padded + 3 * weights, (1 << 17) * f32});

  const Tensor systems = randn({90, 40, 40}, rng), sides = randn({90, 40, 20}, rng);
  all.push_back({"systems", [=] { return solve(systems, sides); }, (40 * 40 + 40 * 20 + 40) * f64, 90 * f64});

  // for all threads together: 512 steps of k of each operand at the most, and sums where k is longer than a block
  const Tensor a = randn({200, 5000}, rng), b = randn({5000, 96}, rng);
  all.push_back({"product", [=] { return matmul(a, b); }, 0, ((200 + 96) * 512 + 200 * 96) * f32});
  all.push_back({"softmax", [=] { return softmax(few); }, 0, 0});
  all.push_back({"sum", [=] { return sum(few, {.axes = {1}}); }, 0, 0});
  return all;
}

}  // namespace

TEST_CASE("what a thread takes for itself has a bound, and is given back") {
  const int before = num_threads();
  constexpr std::int64_t small = 16 << 10;  // nodes and shapes
  for (const Bound& bound : bounds()) {
    CAPTURE(bound.name);
    for (const int threads : {1, 2, 3}) {
      CAPTURE(threads);
      set_num_threads(threads);
      const std::int64_t held = held_by(bound.call), most = threads * bound.a_thread + bound.a_call;
      CHECK(held <= most + small);
      if (threads == 1) CHECK(held >= (bound.a_thread + bound.a_call) / 5);  // a bound that says something
    }
  }
  set_num_threads(before);
}
