// Random graphs of small tensors, for what looks at the tape.
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace engine_test {

struct RandomGraph {
  std::vector<logitape::Tensor> tensors;  // variables first; all are [2,2]
  logitape::Tensor loss;                  // of the last of them
};

// `count` tensors of which some are variables; readers prefer what is recent, constants and cuts occur.
inline RandomGraph random_graph(int seed, int count) {
  std::mt19937 random(static_cast<unsigned>(seed));
  logitape::Generator rng{static_cast<std::uint64_t>(seed)};
  RandomGraph graph;
  auto& all = graph.tensors;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const auto one = [&] {
    return all[all.size() - 1 - below(below(2) ? all.size() : std::min<std::size_t>(all.size(), 6))];
  };
  const std::size_t variables = 1 + below(1 + static_cast<std::size_t>(count) / 8);
  while (all.size() < variables)
    all.push_back(logitape::variable(logitape::uniform({2, 2}, rng, logitape::DType::f64)));
  while (all.size() < static_cast<std::size_t>(count)) {
    const std::size_t kind = below(20);
    if (kind < 6) all.push_back(logitape::tanh(one()));
    else if (kind < 10) all.push_back(one() * one());
    else if (kind < 14) all.push_back(one() + one());
    else if (kind < 17) all.push_back(logitape::matmul(one(), one()) * 0.5);
    else if (kind < 18) all.push_back(one() * logitape::uniform({2, 2}, rng, logitape::DType::f64));
    else if (kind < 19) all.push_back(one() + logitape::stop_gradient(one()));
    else all.push_back(logitape::exp(one() * 0.1));
  }
  logitape::Tensor total = logitape::sum(all.back());
  for (std::size_t i = 0; i < all.size(); i += 1 + below(9)) total = total + logitape::sum(all[i]);
  graph.loss = total;
  return graph;
}

}  // namespace engine_test
