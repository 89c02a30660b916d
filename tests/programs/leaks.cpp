// Trains a little and counts what is alive: nothing at the end of main but what has static lifetime, and nothing at all
// once that is destroyed too.
#include <cstdio>
#include <cstdlib>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/node.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/threads.h"
#include "logitape/core/memory.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/reduce.h"

namespace {

namespace lt = logitape;
using lt::Tensor;

void expect_alive(const char* when, std::int64_t nodes, std::int64_t blocks_at_most) {
  const auto counts = lt::memory::counts();
  const bool bytes_agree = blocks_at_most > 0 || counts.live_bytes == 0;
  if (lt::live_nodes() == nodes && counts.live_blocks <= blocks_at_most && bytes_agree) return;
  std::fprintf(stderr, "FAILED: %s %lld nodes, %lld blocks, %lld bytes are alive\n", when,
               static_cast<long long>(lt::live_nodes()), static_cast<long long>(counts.live_blocks),
               static_cast<long long>(counts.live_bytes));
  std::_Exit(1);
}

struct AtTheVeryEnd {
  ~AtTheVeryEnd() { expect_alive("after static destruction", 0, 0); }
} at_the_very_end;  // made first, destroyed last

Tensor forever_leaf, forever_loss;  // destroyed before it

void train() {
  lt::Generator rng{3};
  Tensor w1 = lt::variable(lt::randn({8, 16}, rng)), w2 = lt::variable(lt::randn({16, 4}, rng));
  const Tensor x = lt::randn({32, 8}, rng);
  std::vector<std::int32_t> classes(32);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i % 4);
  const Tensor targets = lt::from_span(classes, {32});
  for (int step = 0; step < 20; ++step) {
    const Tensor loss = lt::cross_entropy(lt::matmul(lt::tanh(lt::matmul(x, w1)), w2), targets);
    const auto g = lt::grad(loss, {w1, w2}, {.create_graph = step % 3 == 0});
    if (step % 5 == 0) loss.backward();
    if (step % 3 == 0) lt::grad(lt::sum(g[0] * g[0]), {w2});
    const lt::NoGrad guard;
    w1 = lt::variable(w1 - g[0] * 0.1);
    w2 = lt::variable(w2 - g[1] * 0.1);
  }
}

}  // namespace

int main() {
  lt::set_num_threads(2);
  train();
  expect_alive("after training", 0, 0);
  forever_leaf = lt::variable(lt::ones({3}));
  forever_loss = lt::sum(forever_leaf * forever_leaf);
  forever_loss.backward();
  expect_alive("at the end of main, with two tensors of static lifetime,", 3, 10);
  std::puts("nothing is left");
  return 0;
}
