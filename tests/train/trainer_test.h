// What the tests of Trainer share: three clouds of points, a small model with dropout, and bits to compare.
#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "logitape.h"

namespace logitape::tests {

// 3 classes around the corners of a triangle, [rows, 4]: two columns that tell, two of noise.
inline Dataset clouds(std::int64_t rows, std::uint64_t seed) {
  Generator rng{seed};
  const Tensor noise = randn({rows, 4}, rng);
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) labels.push_back(i % 3);
  const Tensor classes = from_span(labels, {rows});
  const Tensor corners = tensor({{3.f, 0.f, 0.f, 0.f}, {-2.f, 2.f, 0.f, 0.f}, {-2.f, -2.f, 0.f, 0.f}});
  return {gather(corners, classes) + noise * 0.7, classes};
}

inline Sequential small_net(std::uint64_t seed = 1, double dropout = 0.2) {
  Sequential model{Linear{4, 8}, Relu{}, Dropout{dropout}, Linear{8, 3}};
  Generator rng{seed};
  model.initialise(rng);
  return model;
}

// All bytes of all parameters, one after another.
inline std::string bits_of(const ModelRef& model) {
  std::string bits;
  model.visit([&](Parameter& p) {
    bits.append(static_cast<const char*>(p.value.data()), static_cast<std::size_t>(p.value.size()) * byte_size(p.value.dtype()));
  });
  return bits;
}

// What epochs measured, times aside, to be compared as bits.
inline std::vector<double> measured(const std::vector<Epoch>& history) {
  std::vector<double> all;
  for (const Epoch& e : history)
    for (const double x : {static_cast<double>(e.number), e.loss, e.accuracy, e.held_out_loss, e.held_out_accuracy, e.learning_rate})
      all.push_back(std::isnan(x) ? -1 : x);
  return all;
}

}  // namespace logitape::tests
