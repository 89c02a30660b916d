// The thread sleeps between messages as long as the rank computes, and hurries once somebody waits for it.
#include "logitape/train/distributed/detail/sums_under_way.h"

#include <algorithm>
#include <utility>

#include "logitape/core/detail/require.h"
#include "logitape/train/distributed/detail/agreement.h"
#include "logitape/train/distributed/detail/packed.h"

namespace logitape::inline v0::distributed::detail {

std::vector<Bucket> buckets_of(const Tensors& like, std::size_t bytes) {
  std::vector<Bucket> buckets;
  std::size_t filled = 0;
  for (std::size_t i = like.size(); i-- > 0;) {
    if (buckets.empty() || filled >= bytes || like[i].dtype() != like[i + 1].dtype()) {
      buckets.push_back({i + 1, i + 1});
      filled = 0;
    }
    buckets.back().low = i;
    filled += static_cast<std::size_t>(like[i].size()) * byte_size(like[i].dtype());
  }
  return buckets;
}

bool SumsOfStep::next_is_ready() const {
  return std::all_of(is_ready.begin() + static_cast<std::ptrdiff_t>(buckets[next].low),
                     is_ready.begin() + static_cast<std::ptrdiff_t>(buckets[next].high), [](char r) { return r != 0; });
}

Background::Background(std::unique_ptr<Messages> messages)
    : messages_(std::move(messages)), thread_([this] { work(); }) {}

Background::~Background() {
  {
    const std::lock_guard guard(lock_);
    leaves_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::begin(std::shared_ptr<SumsOfStep> step) {
  {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [&] { return !step_; });
    messages_->hurry = false;
    step_ = std::move(step);
  }
  changed_.notify_all();
}

void Background::work() {
  for (;;) {
    std::shared_ptr<SumsOfStep> step;
    {
      std::unique_lock guard(lock_);
      changed_.wait(guard, [&] { return step_ || leaves_; });
      if (!step_) return;
      step = step_;
    }
    run(*step);
    {
      const std::lock_guard guard(step->lock);
      step->ended = true;
    }
    step->changed.notify_all();
    {
      const std::lock_guard guard(lock_);
      step_ = nullptr;
    }
    changed_.notify_all();
  }
}

void Background::run(SumsOfStep& step) {
  const std::size_t count = step.buckets.size();
  for (std::size_t number = 0; number < count; ++number) {
    {
      std::unique_lock guard(step.lock);
      step.next = number;
      step.changed.wait(guard, [&] { return step.given_up || step.next_is_ready(); });
    }
    if (!sum_next(step, number)) return;
  }
}

// Whether ranks go on.
bool Background::sum_next(SumsOfStep& step, std::size_t number) {
  const auto [low, high] = step.buckets[number];
  try {
    std::unique_ptr<Packed> packed;
    bool gives_up = false;
    {
      const std::lock_guard guard(step.lock);
      gives_up = step.given_up;
    }
    try {
      const auto first = step.tensors.begin() + static_cast<std::ptrdiff_t>(low);
      if (!gives_up)
        packed =
            std::make_unique<Packed>(Tensors(first, first + static_cast<std::ptrdiff_t>(high - low)), Device::cpu());
    } catch (...) {
      step.thrown = std::current_exception();  // no memory: the others hear of it first
      gives_up = true;
    }
    const Verdict verdict = agree(*messages_,
                                  fmt::format("{}{}its sums {} of {}", step.place, step.place.empty() ? "" : ", ",
                                              number + 1, step.buckets.size()),
                                  {}, gives_up);
    step.broken = verdict.any;
    if (verdict.any) return false;
    packed->sum(*messages_, step.shares);
    Tensors totals = packed->unpacked();
    std::move(totals.begin(), totals.end(), step.tensors.begin() + static_cast<std::ptrdiff_t>(low));
    return true;
  } catch (...) {
    step.thrown = std::current_exception();
    return false;
  }
}

SumsUnderWay::SumsUnderWay(Background& background, const Shares& shares, std::string place, const Tensors& like)
    : background_(background), step_(std::make_shared<SumsOfStep>(shares, std::move(place), like)) {}

void SumsUnderWay::begin() { background_.begin(step_); }

SumsUnderWay::~SumsUnderWay() {
  {
    const std::lock_guard guard(step_->lock);
    step_->given_up = true;
  }
  step_->changed.notify_all();
}

void SumsUnderWay::ready(std::size_t i, const Tensor& value) {
  {
    const std::lock_guard guard(step_->lock);
    step_->tensors[i] = value;
    step_->is_ready[i] = 1;
    if (step_->next >= step_->buckets.size() || !step_->next_is_ready()) return;
  }
  step_->changed.notify_all();
}

std::optional<Tensors> SumsUnderWay::wait() {
  require(std::ranges::all_of(step_->is_ready, [](char r) { return r != 0; }), "World",
          "of {} tensors to be summed only {} were said to be ready", step_->is_ready.size(),
          std::ranges::count(step_->is_ready, 1));
  background_.messages().hurry = true;
  std::unique_lock guard(step_->lock);
  step_->changed.wait(guard, [&] { return step_->ended; });
  if (step_->thrown) std::rethrow_exception(step_->thrown);
  if (step_->broken) return std::nullopt;
  return std::move(step_->tensors);
}

}  // namespace logitape::inline v0::distributed::detail
