// The pool: workers made when first needed, joined at exit; several jobs open at once, of which each worker claims a
// chunk in turn, while a caller works on its own and never waits for a worker that has not begun.
#include "logitape/backends/cpu/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

#include "logitape/backends/cpu/cpu_quota.h"
#include "logitape/backends/cpu/shared_job.h"
#include "logitape/core/detail/say.h"
#include "logitape/core/detail/text.h"
#include "logitape/core/error.h"

namespace logitape::inline v0 {
namespace {

using cpu::SharedJob, cpu::spin_until;

int cpus_at_hand() {
  int cpus = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#ifdef __linux__
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) cpus = std::max(1, CPU_COUNT(&mask));
  if (const auto quota = cpu::cpu_quota()) cpus = std::min(cpus, *quota);
#endif
  return cpus;
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

// Set in the child of a fork, where the workers do not exist, and when they have been sent home at exit: from then on
// every call runs in its caller.
constinit std::atomic<bool> alone = false;

// Whether this thread runs a chunk of some job: a call that it makes then is its own affair.
constinit thread_local bool inside = false;

class Pool {
 public:
  // Never destroyed, since a thread may compute while the process ends; its workers are joined at exit all the same.
  static Pool& instance() {
    static Pool* const pool = [] {
#if defined(__unix__) || defined(__APPLE__)
      pthread_atfork(nullptr, nullptr, [] { alone = true; });
#endif
      return new Pool;
    }();
    static const struct AtExit {
      ~AtExit() {
        if (!alone.exchange(true)) pool->shrink(0);
      }
    } at_exit;
    return *pool;
  }

  // False, and nothing done, in a call from inside a job, and where every place for one is taken.
  bool run(std::int64_t blocks, SharedJob::Run f, void* context) {
    if (inside) return false;
    hire(asked_count());
    SharedJob* const job = place();
    if (!job) return false;
    job->open(blocks, std::int64_t{at_work_.load(std::memory_order_relaxed)} + 1, f, context);
    announce();
    inside = true;
    while (job->claim()) {
    }
    inside = false;
    if (const std::exception_ptr error = job->close()) std::rethrow_exception(error);
    return true;
  }

  // Joins the workers, where they are now too many: each ends the chunk that it is at, callers go on by themselves, and
  // the next call hires anew. Inside a job, which may be what a worker is waited for, they stay until a later call.
  void shrink(int count) {
    if (inside || office_.test_and_set(std::memory_order_acquire)) return;
    if (count < hired_for_) dismiss();
    office_.clear(std::memory_order_release);
  }

 private:
  // A place for one more job, taken; null where none is free.
  SharedJob* place() {
    for (SharedJob& job : jobs_)
      if (job.take()) return &job;
    return nullptr;
  }

  void hire(int count) {
    if (count == hired_for_.load(std::memory_order_relaxed)) return;
    if (office_.test_and_set(std::memory_order_acquire)) return;  // somebody hires: those at hand do the work
    if (count < hired_for_) dismiss();
    hired_for_ = count;
    const auto wanted = static_cast<std::size_t>(count - 1);
    try {
      workers_.reserve(wanted);
      while (workers_.size() < wanted) workers_.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // the system gives no more threads: those at hand do the work, until another count is asked for
    }
    at_work_ = static_cast<int>(workers_.size());
    office_.clear(std::memory_order_release);
    say_how_many(count, at_work_ + 1);
  }

  static void say_how_many(int count, int threads) {
    using logging::Level, logging::say;
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
    at_work_ = 0;
    hired_for_ = 1;
  }

  void announce() {
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
  }

  // A chunk of each open job in turn, as long as there are any.
  void work() {
    inside = true;
    while (!stopping_) {
      const unsigned seen = epoch_.load(std::memory_order_acquire);
      bool found = false;
      for (SharedJob& job : jobs_) found |= !stopping_ && job.help();
      const auto news = [&] { return epoch_.load(std::memory_order_acquire) != seen; };
      if (!found && !stopping_ && !spin_until(news)) epoch_.wait(seen);
    }
  }

  SharedJob jobs_[8];  // as many callers share the workers; a further one computes alone

  std::atomic_flag office_;  // who holds it hires and dismisses
  std::vector<std::thread> workers_;
  std::atomic<int> hired_for_ = 1;  // the count that was last asked for
  std::atomic<int> at_work_ = 0;
  std::atomic<bool> stopping_ = false;

  alignas(64) std::atomic<unsigned> epoch_ = 0;  // goes up when there is news for the workers
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
