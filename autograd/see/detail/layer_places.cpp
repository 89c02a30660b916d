// Where vertices stand in their layers: each layer in turn moves towards the neighbours in the others. The places
// nearest to the wished ones that keep order and distance are an isotonic regression, solved by pooling neighbours that
// would overlap.
#include <algorithm>

#include "logitape/autograd/see/detail/layers.h"

namespace logitape::inline v0::see {
namespace {

struct Pool {  // neighbours that touch: they move as one
  double wish = 0, weight = 0;
  std::size_t count = 0;
};

// Minimises the sum of weight * (x - wish)^2 where x[i + 1] - x[i] >= (widths[i] + widths[i + 1]) / 2.
std::vector<double> nearest_places(const std::vector<double>& wishes, const std::vector<double>& weights,
                                   const std::vector<double>& widths) {
  std::vector<double> offset(wishes.size(), 0);
  for (std::size_t i = 1; i < wishes.size(); ++i) offset[i] = offset[i - 1] + (widths[i - 1] + widths[i]) / 2;
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    pools.push_back({wishes[i] - offset[i], weights[i], 1});
    while (pools.size() > 1 && pools[pools.size() - 2].wish >= pools.back().wish) {
      const Pool right = pools.back();
      pools.pop_back();
      Pool& left = pools.back();
      left.wish = (left.wish * left.weight + right.wish * right.weight) / (left.weight + right.weight);
      left.weight += right.weight;
      left.count += right.count;
    }
  }
  std::vector<double> places;
  for (const Pool& pool : pools)
    for (std::size_t i = 0; i < pool.count; ++i) places.push_back(pool.wish + offset[places.size()]);
  return places;
}

// Long edges want to be straight: what joins two bends pulls most. What comes from a box without inputs pulls least, so
// that it stands beside a straight line of boxes.
double pull(const Layering& l, std::size_t upper, std::size_t lower) {
  const bool bend_above = upper >= l.boxes, bend_below = lower >= l.boxes;
  if (bend_above && bend_below) return 8;
  if (l.above[upper].empty()) return 0.02;
  return bend_above || bend_below ? 2 : 1;
}

void move_layer(const Layering& l, const std::vector<std::size_t>& layer, const std::vector<double>& widths, bool above,
                bool below, std::vector<double>& x) {
  std::vector<double> wishes, weights, wide;
  for (const std::size_t v : layer) {
    double sum = 0, weight = 0;
    const auto add = [&](std::size_t u, double pulls) {
      sum += pulls * x[u];
      weight += pulls;
    };
    for (const std::size_t u : l.above[v])
      if (above) add(u, pull(l, u, v));
    for (const std::size_t u : l.below[v])
      if (below) add(u, pull(l, v, u));
    wishes.push_back(weight > 0 ? sum / weight : x[v]);
    weights.push_back(std::max(weight, 0.001));
    wide.push_back(widths[v]);
  }
  const std::vector<double> places = nearest_places(wishes, weights, wide);
  for (std::size_t i = 0; i < layer.size(); ++i) x[layer[i]] = places[i];
}

}  // namespace

std::vector<double> columns_of(const Layering& l, const std::vector<double>& widths) {
  constexpr int rounds = 40;
  std::vector<double> x(widths.size(), 0);
  for (const auto& layer : l.layers) {
    double at = 0;
    for (const std::size_t v : layer) at -= widths[v] / 2;
    for (const std::size_t v : layer) {
      x[v] = at + widths[v] / 2;
      at += widths[v];
    }
  }
  const std::size_t count = l.layers.size();
  for (int round = 0; round < rounds; ++round) {
    const bool both =
        round >= rounds / 2;  // first one side at a time, which carries news far; then both, which settles
    for (std::size_t k = 0; k < count; ++k) move_layer(l, l.layers[k], widths, true, both, x);
    for (std::size_t k = count; k-- > 0;) move_layer(l, l.layers[k], widths, both, true, x);
  }
  return x;
}

}  // namespace logitape::inline v0::see
