// One mutex and one condition: the thread waits for room, the consumer for its batch.
#include "logitape/train/data/detail/prefetch.h"

namespace logitape::inline v0::train {

Prefetch::Prefetch(std::function<Batch(std::int64_t)> make, std::int64_t step, std::int64_t stop, int depth)
    : make_(std::move(make)), step_(step), stop_(stop), depth_(static_cast<std::size_t>(depth)) {}

Prefetch::~Prefetch() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Prefetch::work(std::int64_t row) {
  std::exception_ptr failure;
  for (; row < stop_ && !failure; row += step_) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ends_ || ready_.size() < depth_; });
      if (ends_) return;
      if (row < wanted_) continue;  // the consumer is past it
    }
    std::optional<Batch> batch;
    try {
      batch = make_(row);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (batch) ready_.emplace_back(row, std::move(*batch));
    failure_ = failure;
    changed_.notify_all();
  }
}

std::optional<Batch> Prefetch::at(std::int64_t row) {
  std::unique_lock lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread(&Prefetch::work, this, row);
  const auto in_use = [&] { return current_ && current_->first == row; };
  if (row < wanted_) return {};
  wanted_ = row;
  changed_.wait(lock, [&] {
    while (!ready_.empty() && ready_.front().first < wanted_) ready_.pop_front();
    changed_.notify_all();
    return in_use() || row < wanted_ || !ready_.empty() || failure_;
  });
  if (row < wanted_) return {};
  if (!in_use()) {
    if (ready_.empty()) std::rethrow_exception(failure_);
    current_ = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
  }
  return current_->second;
}

}  // namespace logitape::inline v0::train
