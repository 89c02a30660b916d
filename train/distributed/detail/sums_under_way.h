// Sums that travel while the rank goes on computing: a thread takes the gradients of finished layers, in buckets, and
// drives their exchange. A sum does not depend on its bucket, so bits are those of World::sum.
#pragma once
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "logitape/core/tensor.h"
#include "logitape/train/distributed/detail/messages.h"
#include "logitape/train/distributed/shares.h"

namespace logitape::inline v0::distributed::detail {

// The parameters that travel together, about 1 MiB of one dtype: [low, high). The first bucket has the last
// parameters, whose gradients are final first; every rank has this order without a word, and a gradient that is final
// early waits for its turn.
struct Bucket {
  std::size_t low, high;
};
std::vector<Bucket> buckets_of(const Tensors& like, std::size_t bytes = std::size_t{1} << 20);

// The sums of one step. Each bucket begins with an agreement: a rank whose backward pass has thrown says so there, and
// all end with the same bucket.
struct SumsOfStep {
  SumsOfStep(const Shares& of, std::string at, const Tensors& like)
      : shares(of), place(std::move(at)), buckets(buckets_of(like)), tensors(like.size()), is_ready(like.size(), 0) {}

  Shares shares;
  std::string place;  // what ranks are at
  std::vector<Bucket> buckets;
  Tensors tensors;  // the values, then their sums
  std::vector<char> is_ready;

  std::mutex lock;
  std::condition_variable changed;
  std::size_t next = 0;                // the bucket whose turn it is
  bool given_up = false;               // by this rank
  bool ended = false, broken = false;  // broken: by a rank that gave up
  std::exception_ptr thrown;

  bool next_is_ready() const;
};

// The thread, which stays from one step to the next.
class Background {
 public:
  explicit Background(std::unique_ptr<Messages> messages);
  ~Background();  // after what was begun
  Background(const Background&) = delete;

  // Once the step before has ended.
  void begin(std::shared_ptr<SumsOfStep> step);
  Messages& messages() { return *messages_; }

 private:
  void work();
  void run(SumsOfStep& step);
  bool sum_next(SumsOfStep& step, std::size_t number);

  std::unique_ptr<Messages> messages_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::shared_ptr<SumsOfStep> step_;
  bool leaves_ = false;
  std::thread thread_;
};

// One rank's hold on the sums of a step. All ranks begin one at the same place. If it goes before wait() has returned,
// the rank has given up, and the others hear it.
class SumsUnderWay {
 public:
  SumsUnderWay(Background& background, const Shares& shares, std::string place, const Tensors& like);
  ~SumsUnderWay();
  SumsUnderWay(const SumsUnderWay&) = delete;

  // All ranks have made theirs.
  void begin();
  // Value i is final.
  void ready(std::size_t i, const Tensor& value);
  // The sums; nothing, if another rank has given up. Error: one was not said to be ready.
  std::optional<Tensors> wait();

 private:
  Background& background_;
  std::shared_ptr<SumsOfStep> step_;
};

}  // namespace logitape::inline v0::distributed::detail
