// A drawing of a directed graph in layers: every edge runs down. Not installed.
//   Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981
//   Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs", 1993
#pragma once
#include <cstddef>
#include <vector>

namespace logitape::inline v0::see {

struct Point {
  double x = 0, y = 0;
};

struct LayeredGraph {
  struct Box {
    double width = 0, height = 0;
  };
  struct Edge {
    std::size_t from, to;
  };
  std::vector<Box> boxes;
  std::vector<Edge> edges;  // without a cycle
};

struct LayeredDrawing {
  std::vector<Point> corners;             // of the boxes, top left
  std::vector<std::vector<Point>> paths;  // of the edges, see curve(): an end, then pairs of points, then the other end
  double width = 0, height = 0;
};

// No box overlaps another, and no edge a box but its own two.
LayeredDrawing draw_in_layers(const LayeredGraph& graph);

// Which vertices stand beside each other. Vertices from `boxes` on are bends of edges that pass a layer.
struct Layering {
  std::vector<std::vector<std::size_t>> layers;        // vertices from left to right
  std::vector<std::vector<std::size_t>> above, below;  // of each vertex: its neighbours in the layers next to it
  std::vector<std::size_t> layer_of;
  std::size_t boxes = 0;
  std::vector<std::vector<std::size_t>> route;  // of each edge: the vertices that it passes, ends included
};
Layering layering_of(const LayeredGraph& graph);
// Permutes each layer so that few edges cross.
void untangle(Layering& layering);
std::size_t crossings(const Layering& layering);
// The middle of each vertex: as near to those of its neighbours as its width and its place in the layer let it be.
std::vector<double> columns_of(const Layering& layering, const std::vector<double>& widths);

}  // namespace logitape::inline v0::see
