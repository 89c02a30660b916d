// A thread makes batches before they are used: the same batches, in the same order. Not installed.
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
  // make(row) makes the batch that begins at `row`; batches begin at every `step`-th row up to `stop`. At most `depth`
  // are kept besides the one in use.
  Prefetch(std::function<Batch(std::int64_t)> make, std::int64_t step, std::int64_t stop, int depth);
  ~Prefetch();  // waits for the batch that is being made
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // The batch that begins at that row, as soon as it is made. Batches before it are dropped; it may itself be asked for
  // again. The thread begins with the first batch that is asked for. Throws what make() threw. Empty: it was dropped
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
  std::optional<std::pair<std::int64_t, Batch>> current_;  // in use, and not counted among those made ahead
  std::int64_t wanted_ = 0;                                // batches that begin before it are dropped
  std::exception_ptr failure_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace logitape::inline v0::train
