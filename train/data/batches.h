// A Dataset, batch by batch: in its order, shuffled, or drawn by weight.
#pragma once
#include <cstdint>
#include <iterator>
#include <memory>
#include <tuple>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/data/dataset.h"

namespace logitape::inline v0 {

namespace train {
class Prefetch;
}

// How a pass deals out the rows.
struct BatchOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t size = 64;
  // Draws a new order for every pass; null: the rows in their order. It must outlive the Batches.
  Generator* shuffle = nullptr;
  bool drop_last = false;  // leaves out the last batch if it is smaller
  // One weight a row. A pass then draws as many rows as there are, with replacement, each with a probability in
  // proportion to its weight. Needs `shuffle`. Empty: every row once.
  std::vector<double> weights = {};
  int prefetch = 0;  // a thread makes so many batches ahead, with the same bits; 0: each when it is asked for
};

// Weights that draw every class equally often: for each label, 1 / the rows of its class. labels: integers [n].
std::vector<double> balanced_weights(const Tensor& labels);

// Some rows of a Dataset, copied: [size, ...] each. As a structured binding it has two parts, inputs and labels.
struct Batch {
  Tensor inputs, labels;
  Tensor weights = {};  // [size], where the rows have some: CrossEntropyOptions::sample_weights takes them
};
// The parts of a structured binding.
template <std::size_t I>
const Tensor& get(const Batch& batch) {
  static_assert(I < 2, "a batch has two parts: auto [inputs, labels]; batch.weights has the weights");
  return I == 0 ? batch.inputs : batch.labels;
}

// A pass over the rows, by default each once:
//   for (auto [inputs, labels] : Batches{dataset, {.size = 64, .shuffle = &rng}}) ...
class Batches {
 public:
  // Errors: size below 1, prefetch below 0; weights that are not one a row, or not finite, or below 0, or all 0, or
  // without `shuffle`.
  explicit Batches(Dataset dataset, const BatchOptions& options = {});

  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;

    Batch operator*() const;  // copies the rows; rethrows what the prefetching thread threw
    Iterator& operator++() {
      next_ += size_;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& i, std::default_sentinel_t) { return i.next_ >= i.stop_; }

   private:
    friend class Batches;
    Iterator(Dataset dataset, Tensor order, std::int64_t size, std::int64_t stop)
        : dataset_(std::move(dataset)), order_(std::move(order)), size_(size), stop_(stop) {}
    Batch at(std::int64_t row) const;

    Dataset dataset_;
    Tensor order_;  // the rows of this pass, i64
    std::int64_t size_, stop_;
    std::int64_t next_ = 0;
    std::shared_ptr<train::Prefetch> ahead_;  // empty: nothing is made ahead
  };

  Iterator begin() const;  // a pass; each has its own order
  std::default_sentinel_t end() const { return {}; }
  std::int64_t count() const;  // batches in a pass

 private:
  Dataset dataset_;
  BatchOptions options_;
};

}  // namespace logitape::inline v0

// A batch has two parts in `auto [inputs, labels]`; its weights have a name.
template <>
struct std::tuple_size<logitape::Batch> : std::integral_constant<std::size_t, 2> {};
// Both are tensors.
template <std::size_t I>
struct std::tuple_element<I, logitape::Batch> {
  using type = const logitape::Tensor;
};
