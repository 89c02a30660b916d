// Counts the calls of global operator new in a training step, and lets each of them fail in turn: what is left outside
// the pool is the std::vector that grad() returns, and nothing leaks where it cannot be had.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/node.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/threads.h"
#include "logitape/core/error.h"
#include "logitape/core/memory.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"

namespace {
constinit std::atomic<long> news{0}, failing{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  news.fetch_add(1, std::memory_order_relaxed);
  if (failing.load(std::memory_order_relaxed) > 0 && failing.fetch_sub(1) == 1) throw std::bad_alloc();
  void* block = nullptr;
  if (posix_memalign(&block, alignment, bytes == 0 ? 1 : bytes) != 0) throw std::bad_alloc();
  return block;
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t at) { return counted(bytes, static_cast<std::size_t>(at)); }
void* operator new[](std::size_t bytes, std::align_val_t at) { return counted(bytes, static_cast<std::size_t>(at)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

namespace lt = logitape;
using lt::Tensor;

struct Net {
  Tensor w1, w2, scale, x, targets;

  Net() {
    lt::Generator rng{5};
    w1 = lt::variable(lt::randn({16, 32}, rng));
    w2 = lt::variable(lt::randn({32, 10}, rng));
    // of rank 8: its description would not fit into a string without operator new
    scale = lt::variable(lt::ones({1, 1, 1, 1, 1, 1, 1, 1}));
    x = lt::randn({64, 16}, rng);
    std::vector<std::int32_t> labels(64);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 10);
    targets = lt::from_span(labels, {64});
  }
  Tensor loss() const {
    return lt::cross_entropy(lt::linear(lt::linear(x, w1 * lt::reshape(scale, {1}), {.relu = true}), w2), targets);
  }
  void step() {
    const auto g = lt::grad(loss(), {w1, w2, scale});
    const lt::NoGrad guard;
    const Tensor next1 = lt::variable(w1 - g[0] * 0.1), next2 = lt::variable(w2 - g[1] * 0.1);
    w1 = next1;
    w2 = next2;
  }
  bool same_as(const Net& other) const {
    return std::memcmp(w1.data(), other.w1.data(), static_cast<std::size_t>(w1.size()) * sizeof(float)) == 0 &&
           std::memcmp(w2.data(), other.w2.data(), static_cast<std::size_t>(w2.size()) * sizeof(float)) == 0;
  }
};

long news_in_a_step(Net& net) {
  for (int i = 0; i < 3; ++i) net.step();
  const long before = news.load();
  for (int i = 0; i < 100; ++i) net.step();
  return (news.load() - before) / 100;
}

int fail(const char* what, long n) {
  std::fprintf(stderr, "FAILED: %s (%ld)\n", what, n);
  return 1;
}

}  // namespace

int main() {
  for (const int threads : {1, 2}) {
    lt::set_num_threads(threads);
    Net net;
    const long each = news_in_a_step(net);
    std::printf("%d thread(s): %ld calls of operator new a step\n", threads, each);
    if (each > 1) return fail("a step calls operator new for more than the vector that grad returns", each);

    Net undisturbed = net;
    undisturbed.step();
    const auto nodes = lt::live_nodes();
    const auto bytes = lt::memory::counts().live_bytes;
    for (long n = 1; n <= each; ++n) {
      const Net before = net;
      failing = n;
      bool refused = false;
      try {
        net.step();
      } catch (const std::bad_alloc&) {
        refused = true;
      } catch (const lt::Error& e) {
        refused = e.code() == lt::ErrorCode::out_of_memory;
      }
      failing = 0;
      if (!refused) return fail("no error although operator new failed at call", n);
      if (!net.same_as(before)) return fail("values changed although operator new failed at call", n);
      if (lt::live_nodes() != nodes || lt::memory::counts().live_bytes != bytes)
        return fail("a leak when operator new failed at call", n);
    }
    net.step();
    if (!net.same_as(undisturbed)) return fail("the step after the failures differs from an undisturbed one", threads);
  }
  return 0;
}
