// Boxes go into layers by the longest path to them, what has no input just above its first reader; edges that pass a
// layer get a bend in it, those from one box a common one. Then order, then places.
#include "logitape/autograd/see/detail/layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace logitape::inline v0::see {
namespace {

using Neighbours = std::vector<std::vector<std::size_t>>;

// Longest paths, by Kahn's queue.
std::vector<std::size_t> longest_paths(const LayeredGraph& graph, const Neighbours& out, const Neighbours& in) {
  const std::size_t count = graph.boxes.size();
  std::vector<std::size_t> layer(count, 0), open(count), ready;
  for (std::size_t v = 0; v < count; ++v)
    if (open[v] = in[v].size(); open[v] == 0) ready.push_back(v);
  for (std::size_t next = 0; next < ready.size(); ++next)
    for (const std::size_t to : out[ready[next]]) {
      layer[to] = std::max(layer[to], layer[ready[next]] + 1);
      if (--open[to] == 0) ready.push_back(to);
    }
  for (std::size_t v = 0; v < count; ++v) {
    if (!in[v].empty() || out[v].empty()) continue;
    std::size_t first = std::numeric_limits<std::size_t>::max();
    for (const std::size_t to : out[v]) first = std::min(first, layer[to]);
    layer[v] = first - 1;
  }
  return layer;
}

void join(Layering& l, std::size_t upper, std::size_t lower) {
  l.below[upper].push_back(lower);
  l.above[lower].push_back(upper);
}

std::size_t bend(Layering& l, std::size_t layer) {
  l.layer_of.push_back(layer);
  l.above.emplace_back();
  l.below.emplace_back();
  l.layers[layer].push_back(l.layer_of.size() - 1);
  return l.layer_of.size() - 1;
}

constexpr double between_boxes = 22, bend_width = 10, least_gap = 40;

// Where edges reach a box from above: spread over the middle of its top, in the order of where they come from.
std::vector<double> ports(const Layering& l, const LayeredGraph& graph, const std::vector<double>& middle) {
  std::vector<double> port(l.route.size());
  std::vector<std::vector<std::size_t>> arriving(graph.boxes.size());
  for (std::size_t e = 0; e < l.route.size(); ++e) arriving[graph.edges[e].to].push_back(e);
  for (std::size_t v = 0; v < graph.boxes.size(); ++v) {
    auto& edges = arriving[v];
    const auto source = [&](std::size_t e) { return middle[l.route[e][l.route[e].size() - 2]]; };
    std::ranges::stable_sort(edges, {}, source);
    const double room = 0.8 * graph.boxes[v].width, count = static_cast<double>(edges.size());
    const double step = std::min(18.0, room / count);
    for (std::size_t k = 0; k < edges.size(); ++k)
      port[edges[k]] = middle[v] + step * (static_cast<double>(k) - (count - 1) / 2);
  }
  return port;
}

}  // namespace

Layering layering_of(const LayeredGraph& graph) {
  const std::size_t count = graph.boxes.size();
  Neighbours out(count), in(count);
  for (const auto& [from, to] : graph.edges) {
    out[from].push_back(to);
    in[to].push_back(from);
  }
  Layering l;
  l.boxes = count;
  l.layer_of = longest_paths(graph, out, in);
  l.above.resize(count);
  l.below.resize(count);
  for (std::size_t v = 0; v < count; ++v) {
    l.layers.resize(std::max(l.layers.size(), l.layer_of[v] + 1));
    l.layers[l.layer_of[v]].push_back(v);
  }
  std::vector<std::vector<std::size_t>> bends(count);  // of the edges that leave each box
  for (const auto& [from, to] : graph.edges) {
    std::vector<std::size_t> route{from};
    for (std::size_t layer = l.layer_of[from] + 1; layer < l.layer_of[to]; ++layer) {
      const std::size_t passed = layer - l.layer_of[from] - 1;
      if (passed == bends[from].size()) {
        bends[from].push_back(bend(l, layer));
        join(l, route.back(), bends[from].back());
      }
      route.push_back(bends[from][passed]);
    }
    join(l, route.back(), to);
    route.push_back(to);
    l.route.push_back(std::move(route));
  }
  return l;
}

LayeredDrawing draw_in_layers(const LayeredGraph& graph) {
  Layering l = layering_of(graph);
  untangle(l);
  std::vector<double> widths(l.layer_of.size(), bend_width);
  for (std::size_t v = 0; v < l.boxes; ++v) widths[v] = graph.boxes[v].width + between_boxes;
  const std::vector<double> middle = columns_of(l, widths);
  const std::vector<double> port = ports(l, graph, middle);

  LayeredDrawing drawing;
  drawing.corners.resize(l.boxes);
  double left = std::numeric_limits<double>::max(), right = -left, y = 0;
  for (std::size_t v = 0; v < l.layer_of.size(); ++v) {
    const double half = v < l.boxes ? graph.boxes[v].width / 2 : bend_width / 2;
    left = std::min(left, middle[v] - half);
    right = std::max(right, middle[v] + half);
  }
  std::vector<double> top(l.layers.size()), bottom(l.layers.size());
  for (std::size_t k = 0; k < l.layers.size(); ++k) {
    double height = 0, reach = 0;  // how far edges run sideways above this layer: wide runs need a higher gap
    for (const std::size_t v : l.layers[k]) {
      if (v < l.boxes) height = std::max(height, graph.boxes[v].height);
      for (const std::size_t u : l.above[v]) reach = std::max(reach, std::abs(middle[u] - middle[v]));
    }
    if (k > 0) y += least_gap + std::min(60.0, 0.06 * reach);
    top[k] = y;
    bottom[k] = y += height;
    for (const std::size_t v : l.layers[k])
      if (v < l.boxes)
        drawing.corners[v] = {middle[v] - graph.boxes[v].width / 2 - left,
                              top[k] + (height - graph.boxes[v].height) / 2};
  }
  for (std::size_t e = 0; e < l.route.size(); ++e) {
    const auto& route = l.route[e];
    const auto [from, to] = graph.edges[e];
    std::vector<Point> path{{middle[from] - left, drawing.corners[from].y + graph.boxes[from].height}};
    for (std::size_t i = 0; i + 1 < route.size(); ++i) {
      const std::size_t upper = l.layer_of[route[i]], lower = upper + 1;
      const double next = i + 2 == route.size() ? port[e] : middle[route[i + 1]];
      path.push_back({(i == 0 ? path[0].x : path.back().x), bottom[upper]});
      path.push_back({next - left, top[lower]});
    }
    path.push_back({path.back().x, drawing.corners[to].y});
    drawing.paths.push_back(std::move(path));
  }
  drawing.width = right - left;
  drawing.height = y;
  return drawing;
}

}  // namespace logitape::inline v0::see
