// The pool: workers made when first needed, joined at exit; claimed chunks; a caller that never waits for a worker that
// has not begun. Atomics only, no lock: nothing can be left held in the child of a fork.
#include "logitape/backends/cpu/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

#include "logitape/core/detail/say.h"
#include "logitape/core/detail/text.h"
#include "logitape/core/error.h"
#include "hwy/cache_control.h"

namespace logitape::inline v0 {
namespace {

using Run = void (*)(void*, std::int64_t, std::int64_t);

int cpus_at_hand() {
#ifdef __linux__
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) return std::max(1, CPU_COUNT(&mask));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

constexpr int most_threads = 1024;

// Whether LOGITAPE_NUM_THREADS is no number from 1 to most_threads, so that it counts as absent, and nobody has been
// told yet.
constinit std::atomic<bool> ignored = false;

int default_count() {
  const char* text = std::getenv("LOGITAPE_NUM_THREADS");
  if (!text) return cpus_at_hand();
  const auto count = number_in<int>(text);
  if (count && *count >= 1 && *count <= most_threads) return *count;
  ignored = true;
  return cpus_at_hand();
}

std::atomic<int>& asked_count() {
  static std::atomic<int> count = default_count();
  return count;
}

// Set in the child of a fork, where the workers do not exist, and when the pool has been destroyed at exit: from then
// on every call runs in its caller.
constinit std::atomic<bool> alone = false;

// Some tens of microseconds: the gap between two kernels of one step is worth waiting out, waking a sleeper costs more.
template <class P>
bool spin_until(P done) {
  for (int i = 0; i < 1000; ++i) {
    if (done()) return true;
    hwy::Pause();
  }
  return false;
}

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): each counter that workers race for has a cache line to
// itself
class Pool {
 public:
  Pool() {
    self = this;
#if defined(__unix__) || defined(__APPLE__)
    pthread_atfork(nullptr, nullptr, [] { forget_workers(); });
#endif
  }

  ~Pool() {
    alone = true;
    dismiss();
  }

  static Pool& instance() {
    static Pool pool;
    return pool;
  }

  // False, and nothing done, where the pool is in use: by another thread, or further up this very call.
  bool run(std::int64_t blocks, Run f, void* context) {
    if (busy_.test_and_set(std::memory_order_acquire)) return false;
    hire(asked_count());
    open(blocks, f, context);
    claim_chunks();
    close();
    std::exception_ptr error = std::exchange(error_, nullptr);
    busy_.clear(std::memory_order_release);
    if (error) std::rethrow_exception(error);
    return true;
  }

  // Joins the workers that are now too many; where the pool is in use they stay, asleep, until a later call.
  void shrink(int count) {
    if (busy_.test_and_set(std::memory_order_acquire)) return;
    if (count < hired_for_) dismiss();
    busy_.clear(std::memory_order_release);
  }

 private:
  // hire, dismiss, open and close belong to the holder of busy_.
  void hire(int count) {
    if (count == hired_for_) return;
    if (count < hired_for_) dismiss();
    hired_for_ = count;
    const auto wanted = static_cast<std::size_t>(count - 1);
    try {
      workers_.reserve(wanted);
      while (workers_.size() < wanted) workers_.emplace_back([this, seen = epoch_.load()] { work(seen); });
    } catch (const std::exception&) {
      // the system gives no more threads: those at hand do the work, until another count is asked for
    }
    say_how_many(count);
  }

  void say_how_many(int count) const {
    using logging::Level, logging::say;
    const auto threads = static_cast<int>(workers_.size()) + 1;
    if (ignored.exchange(false))
      say(Level::warn, "LOGITAPE_NUM_THREADS is ignored: it has to be a number from 1 to {}; {} threads compute",
          most_threads, threads);
    if (threads < count) say(Level::warn, "thread pool: the system gives {} of {} threads", threads, count);
    else say(Level::info, "thread pool: {} threads", threads);
  }

  void dismiss() {
    stopping_ = true;
    announce();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stopping_ = false;
    hired_for_ = 1;
  }

  void open(std::int64_t blocks, Run f, void* context) {
    const auto threads = static_cast<std::int64_t>(workers_.size()) + 1;
    run_ = f;
    context_ = context;
    blocks_ = blocks;
    chunk_ = (blocks + 4 * threads - 1) / (4 * threads);
    failed_ = false;
    next_.store(0, std::memory_order_relaxed);
    gate_.store(0, std::memory_order_release);
    announce();
  }

  // A worker that has not entered by now never touches this job: only those inside are waited for.
  void close() {
    gate_.fetch_add(closed, std::memory_order_acq_rel);
    const auto empty = [&] { return gate_.load(std::memory_order_acquire) == closed; };
    if (spin_until(empty)) return;
    while (!empty())
      if (const int gate = gate_.load(std::memory_order_acquire); gate != closed) gate_.wait(gate);
  }

  void announce() {
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
  }

  void work(unsigned seen) {
    for (;;) {
      const auto news = [&] { return epoch_.load(std::memory_order_acquire) != seen; };
      if (!spin_until(news)) epoch_.wait(seen);
      seen = epoch_.load(std::memory_order_acquire);
      if (stopping_) return;
      if (!enter()) continue;
      claim_chunks();
      if (gate_.fetch_sub(1, std::memory_order_acq_rel) == closed + 1) gate_.notify_one();
    }
  }

  bool enter() {
    int gate = gate_.load(std::memory_order_relaxed);
    while (gate < closed)
      if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel, std::memory_order_relaxed))
        return true;
    return false;
  }

  void claim_chunks() {
    try {
      while (!failed_.load(std::memory_order_relaxed)) {
        const std::int64_t begin = next_.fetch_add(chunk_, std::memory_order_relaxed);
        if (begin >= blocks_) return;
        run_(context_, begin, std::min(begin + chunk_, blocks_));
      }
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  // In the child of a fork. A std::thread whose thread is gone can be neither joined nor detached nor destroyed.
  static void forget_workers() {
    alone = true;
    alignas(std::vector<std::thread>) static unsigned char limbo[sizeof(std::vector<std::thread>)];
    if (!self->workers_.empty()) new (limbo) std::vector<std::thread>(std::move(self->workers_));
  }

  static inline Pool* self = nullptr;
  static constexpr int closed = 1 << 30;

  std::atomic_flag busy_;
  std::vector<std::thread> workers_;
  int hired_for_ = 1;
  std::atomic<bool> stopping_ = false;

  // the job: written while the gate is closed and nobody is inside
  Run run_ = nullptr;
  void* context_ = nullptr;
  std::int64_t blocks_ = 0;
  std::int64_t chunk_ = 1;
  std::exception_ptr error_;
  std::atomic<bool> failed_ = false;

  alignas(64) std::atomic<std::int64_t> next_ = 0;  // the first block that nobody has claimed
  alignas(64) std::atomic<int> gate_ = closed;      // workers inside, plus `closed` when no more may enter
  alignas(64) std::atomic<unsigned> epoch_ = 0;     // goes up when there is news for the workers
};

}  // namespace

void set_num_threads(int count) {
  if (count < 1 || count > most_threads)
    throw Error(ErrorCode::invalid_argument, "set_num_threads",
                std::to_string(count) + " threads asked for; at least 1 and at most " + std::to_string(most_threads) +
                    " are possible");
  asked_count() = count;
  if (!alone) Pool::instance().shrink(count);
}

int num_threads() { return alone ? 1 : asked_count().load(); }

namespace cpu {

void parallel_ranges(std::int64_t blocks, void (*run)(void*, std::int64_t, std::int64_t), void* context) {
  if (blocks <= 0) return;
  if (blocks == 1 || num_threads() == 1 || !Pool::instance().run(blocks, run, context)) run(context, 0, blocks);
}

}  // namespace cpu
}  // namespace logitape::inline v0
