// What the tests of Trainer share: three clouds of points, a small model with dropout, and bits to compare.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
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

// The rows again and again, 3000 in all, every third of another class than it is: as many errors as tell how sure to
// be.
inline Dataset third_wrong(const Dataset& rows) {
  const std::vector<std::int64_t> labels = rows.labels.to_vector<std::int64_t>();
  const std::int64_t most = std::max<std::int64_t>(1, *std::max_element(labels.begin(), labels.end()));
  std::vector<std::int64_t> places, wrong;
  for (std::int64_t i = 0; i < 3000; ++i) {
    places.push_back(i % rows.size());
    const std::int64_t label = labels[static_cast<std::size_t>(places.back())];
    wrong.push_back((i + i / rows.size()) % 3 != 0 ? label : label == most ? 0 : label + 1);
  }
  return {gather(rows.inputs, from_span(places, {3000})), from_span(wrong, {3000})};
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
    bits.append(static_cast<const char*>(p.value.data()),
                static_cast<std::size_t>(p.value.size()) * byte_size(p.value.dtype()));
  });
  return bits;
}

// What epochs measured, times aside, to be compared as bits.
inline std::vector<double> measured(const std::vector<Epoch>& history) {
  std::vector<double> all;
  for (const Epoch& e : history)
    for (const double x :
         {static_cast<double>(e.number), e.loss, e.accuracy, e.held_out_loss, e.held_out_accuracy, e.learning_rate})
      all.push_back(std::isnan(x) ? -1 : x);
  return all;
}

}  // namespace logitape::tests
