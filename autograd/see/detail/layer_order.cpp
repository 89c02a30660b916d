// Few crossings: each layer in turn is sorted by where its neighbours stand, down and up again; the best order stays.
#include <algorithm>
#include <utility>

#include "logitape/autograd/see/detail/layers.h"

namespace logitape::inline v0::see {
namespace {

std::vector<std::size_t> places(const Layering& l) {
  std::vector<std::size_t> place(l.layer_of.size());
  for (const auto& layer : l.layers)
    for (std::size_t i = 0; i < layer.size(); ++i) place[layer[i]] = i;
  return place;
}

// Edges between two layers cross where their ends stand in opposite orders: inversions, counted by a Fenwick tree.
std::size_t inversions(const std::vector<std::size_t>& ends, std::size_t size) {
  std::vector<std::size_t> tree(size + 1, 0);
  std::size_t count = 0;
  for (std::size_t k = 0; k < ends.size(); ++k) {
    std::size_t at_most = 0;
    for (std::size_t i = ends[k] + 1; i > 0; i -= i & (~i + 1)) at_most += tree[i];
    count += k - at_most;
    for (std::size_t i = ends[k] + 1; i <= size; i += i & (~i + 1)) ++tree[i];
  }
  return count;
}

std::vector<std::size_t> sorted_places(const std::vector<std::size_t>& vertices,
                                       const std::vector<std::size_t>& place) {
  std::vector<std::size_t> sorted;
  for (const std::size_t v : vertices) sorted.push_back(place[v]);
  std::ranges::sort(sorted);
  return sorted;
}

// Sorts one layer by the mean place of each vertex's neighbours on one side; who has none stays where it stands.
void sort_layer(std::vector<std::size_t>& layer, const std::vector<std::vector<std::size_t>>& neighbours,
                std::vector<std::size_t>& place, bool ties_turn) {
  std::vector<std::pair<double, std::size_t>> keyed, kept;
  for (std::size_t i = 0; i < layer.size(); ++i) {
    double sum = 0;
    for (const std::size_t u : neighbours[layer[i]]) sum += static_cast<double>(place[u]);
    if (neighbours[layer[i]].empty()) kept.emplace_back(static_cast<double>(i), layer[i]);
    else keyed.emplace_back(sum / static_cast<double>(neighbours[layer[i]].size()), layer[i]);
  }
  if (ties_turn) std::ranges::reverse(keyed);
  std::ranges::stable_sort(keyed, {}, [](const auto& each) { return each.first; });
  std::size_t next = 0, fixed = 0;
  for (std::size_t i = 0; i < layer.size(); ++i) {
    const bool stays = fixed < kept.size() && kept[fixed].first == static_cast<double>(i);
    layer[i] = stays ? kept[fixed++].second : keyed[next++].second;
    place[layer[i]] = i;
  }
}

// How many edges of u and v to one side cross if u stands left of v.
std::size_t crossings_of(const std::vector<std::size_t>& u, const std::vector<std::size_t>& v) {
  std::size_t count = 0, smaller = 0;
  for (const std::size_t at : u) {
    while (smaller < v.size() && v[smaller] < at) ++smaller;
    count += smaller;
  }
  return count;
}

// Swaps neighbours in a layer where that saves crossings.
bool swap_neighbours(Layering& l, std::vector<std::size_t>& place) {
  bool better = false;
  for (auto& layer : l.layers)
    for (std::size_t i = 0; i + 1 < layer.size(); ++i) {
      const auto up = sorted_places(l.above[layer[i]], place), up_right = sorted_places(l.above[layer[i + 1]], place);
      const auto down = sorted_places(l.below[layer[i]], place);
      const auto down_right = sorted_places(l.below[layer[i + 1]], place);
      if (crossings_of(up_right, up) + crossings_of(down_right, down) >=
          crossings_of(up, up_right) + crossings_of(down, down_right))
        continue;
      std::swap(layer[i], layer[i + 1]);
      std::swap(place[layer[i]], place[layer[i + 1]]);
      better = true;
    }
  return better;
}

}  // namespace

std::size_t crossings(const Layering& l) {
  const std::vector<std::size_t> place = places(l);
  std::size_t count = 0;
  for (std::size_t k = 0; k + 1 < l.layers.size(); ++k) {
    std::vector<std::size_t> ends;
    for (const std::size_t v : l.layers[k]) {
      const auto sorted = sorted_places(l.below[v], place);
      ends.insert(ends.end(), sorted.begin(), sorted.end());
    }
    count += inversions(ends, l.layers[k + 1].size());
  }
  return count;
}

void untangle(Layering& l) {
  constexpr int sweeps = 24, swaps = 8;
  std::vector<std::size_t> place = places(l);
  auto best = l.layers;
  std::size_t fewest = crossings(l);
  for (int sweep = 0; sweep < sweeps && fewest > 0; ++sweep) {
    const bool down = sweep % 2 == 0, ties_turn = sweep % 4 > 1;
    for (std::size_t k = 1; k < l.layers.size(); ++k) {
      if (down) sort_layer(l.layers[k], l.above, place, ties_turn);
      else sort_layer(l.layers[l.layers.size() - 1 - k], l.below, place, ties_turn);
    }
    for (int turn = 0; turn < swaps && swap_neighbours(l, place); ++turn) {
    }
    if (const std::size_t now = crossings(l); now < fewest) {
      fewest = now;
      best = l.layers;
    }
  }
  l.layers = std::move(best);
}

}  // namespace logitape::inline v0::see
