// Batches made ahead of their use by a thread: the same ones, in the same order. Not installed.
#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "logitape/train/data/batches.h"

namespace logitape::inline v0::train {

class Prefetch {
 public:
  // make(row) is the batch that begins there; they begin at every `step`-th row up to `stop`. At most `depth`
  // are kept besides the one in use.
  Prefetch(std::function<Batch(std::int64_t)> make, std::int64_t step, std::int64_t stop, int depth);
  ~Prefetch();  // waits for the batch that is being made
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // The batch that begins at that row, as soon as it is made; those before it are let go, it itself may be asked for
  // again. The thread begins with the first that is asked for. Throws what make() threw. Empty: it has been let go
  // already.
  std::optional<Batch> at(std::int64_t row);

 private:
  void work(std::int64_t row);

  std::function<Batch(std::int64_t)> make_;
  std::int64_t step_, stop_;
  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::int64_t, Batch>> ready_;
  std::optional<std::pair<std::int64_t, Batch>> current_;  // in use: it takes no room from those made ahead
  std::int64_t wanted_ = 0;                                // what begins before is let go
  std::exception_ptr failure_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace logitape::inline v0::train
