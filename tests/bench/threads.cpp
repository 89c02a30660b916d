// How callers share the pool, and from what size on a second core helps. With one thread there is nothing to see.
#include <chrono>
#include <thread>

#include <logitape.h>

#include "tests/bench/bench.h"

namespace bench {
namespace lt = logitape;
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// Both multiply at once, `calls` products each.
struct Two {
  const lt::Tensor& a;
  int calls;

  double work() const {
    const auto begin = Clock::now();
    for (int i = 0; i < calls; ++i) lt::matmul(a, a);
    return seconds_since(begin);
  }
  // The seconds of each.
  std::pair<double, double> together() const {
    double first = 0, second = 0;
    std::thread other([&] { second = work(); });
    first = work();
    other.join();
    return {first, second};
  }
};

void two_callers(Session& s) {
  const std::string name = "two callers, 512^3 at a time";
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Tensor a = lt::randn({512, 512}, rng);
  const Two two{a, 8};
  s.row(name,
        {{"ours", [&] { two.together(); }}, {"ours, one after the other", [&] { two.work(), two.work(); }, {}, 0.95}});
  std::vector<double> rounds;
  for (int round = 0; round < 5; ++round) {
    const auto [first, second] = two.together();
    rounds.push_back(std::max(first, second) / std::min(first, second));
  }
  s.figure(name + ", the slower of the faster", spread_of(rounds).median, "", "near 1");
}

// A caller of small kernels beside one of large ones: a loader that makes batches while a model multiplies.
void beside_a_loader(Session& s) {
  const std::string name = "512^3 beside a loader";
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Tensor a = lt::randn({512, 512}, rng), batch = lt::randn({256, 4096}, rng);
  std::atomic<bool> loads = false, ends = false;
  std::thread loader([&] {
    while (!ends) {
      loads.wait(false);
      if (!ends) batch * 0.5;
    }
  });
  const auto multiply = [&] { lt::matmul(a, a); };
  const auto beside = [&] {
    loads = true;
    loads.notify_one();
    multiply();
    loads = false;
  };
  s.row(name, {{"ours", beside}, {"ours, alone", multiply}});
  ends = loads = true;
  loads.notify_one();
  loader.join();
}

void second_core(Session& s, std::int64_t rows, std::int64_t classes) {
  const std::string name = "f32 index (" + std::to_string(rows) + "," + std::to_string(classes) + ") at two threads";
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Tensor logits = lt::variable(lt::randn({rows, classes}, rng));
  const lt::Tensor labels = lt::argmax(lt::randn({rows, classes}, rng), 1);
  const auto call = [&] { lt::grad(lt::cross_entropy(logits, labels), {logits}); };
  const auto at = [&](int count) {
    return [count, call] {  // as many calls as make a change of the count, which joins a thread, not felt
      const lt::ThreadCount threads(count);
      for (int i = 0; i < 64; ++i) call();
    };
  };
  s.row(name + ", 64 calls", {{"ours", at(2)}, {"ours, one thread", at(1), {}, 1.2}});
}

}  // namespace

void threads(Session& s) {
  if (s.threads() == 1) return;
  two_callers(s);
  beside_a_loader(s);
  second_core(s, 256, 1000);
  second_core(s, 1024, 1000);
}

}  // namespace bench
