// What the tests of the loss kernel share: batches of logits and labels, a call of the kernel on one, equality of bits.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "logitape/backends/kernels.h"
#include "tests/support/same_bits.h"

namespace logitape::tests {

template <class T>
struct Batch {
  std::int64_t rows, classes;
  std::vector<T> logits;
  std::vector<std::int32_t> indices;
  std::vector<T> labels;  // dense; one-hot of the indices unless a test says otherwise
};

struct Options {
  bool dense = false;
  bool unit_mass = false;
  bool gradient = true;
  double scale = 1;
};

template <class T>
struct Result {
  std::vector<T> loss, gradient;
};

template <class T>
void set_one_hot(Batch<T>& b) {
  b.labels.assign(b.logits.size(), T{0});
  for (std::int64_t r = 0; r < b.rows; ++r)
    b.labels[static_cast<std::size_t>(r * b.classes + b.indices[static_cast<std::size_t>(r)])] = 1;
}

// Logits centre + spread * normal; in every second row the label is the likeliest class.
template <class T>
Batch<T> random_batch(std::int64_t rows, std::int64_t classes, double spread, double centre = 0, unsigned seed = 1) {
  std::mt19937_64 bits(seed);
  std::normal_distribution<double> normal;
  Batch<T> b{rows, classes, {}, {}, {}};
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t likeliest = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      b.logits.push_back(static_cast<T>(centre + spread * normal(bits)));
      if (b.logits.back() > b.logits[static_cast<std::size_t>(r * classes + likeliest)]) likeliest = c;
    }
    const auto other = static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(classes));
    b.indices.push_back(static_cast<std::int32_t>(r % 2 == 0 ? likeliest : other));
  }
  set_one_hot(b);
  return b;
}

template <class T>
Batch<T> one_row(const std::vector<double>& logits, const std::vector<double>& labels) {
  Batch<T> b{1, static_cast<std::int64_t>(logits.size()), {}, {0}, {}};
  for (const double x : logits) b.logits.push_back(static_cast<T>(x));
  for (const double t : labels) b.labels.push_back(static_cast<T>(t));
  return b;
}

template <class T>
Result<T> run(const backends::Kernels& k, const Batch<T>& b, Options o) {
  Result<T> result{std::vector<T>(static_cast<std::size_t>(b.rows), T{-7}), std::vector<T>(b.logits.size(), T{-7})};
  k.cross_entropy({.dtype = dtype_of<T>(),
                   .index_dtype = DType::i32,
                   .outer = b.rows,
                   .classes = b.classes,
                   .inner = 1,
                   .logits = b.logits.data(),
                   .labels = o.dense ? b.labels.data() : nullptr,
                   .indices = o.dense ? nullptr : b.indices.data(),
                   .scale = o.scale,
                   .unit_mass = o.unit_mass,
                   .loss = result.loss.data(),
                   .gradient = o.gradient ? result.gradient.data() : nullptr});
  return result;
}

template <class T>
bool same_bits(const Result<T>& a, const Result<T>& b) {
  return same_bits(a.loss, b.loss) && same_bits(a.gradient, b.gradient);
}

}  // namespace logitape::tests
