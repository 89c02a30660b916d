// What a picture of a tape draws: boxes with words, and edges. Not installed.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/autograd/see/detail/tape_graph.h"

namespace logitape::inline v0::see {

enum class BoxKind { rule, variable, constant, cut, fold };
std::string_view name(BoxKind kind);  // "rule": the class of its box in an SVG

// "f64 [2]   keeps 16 B": one on the left, one on the right, either may be empty.
struct BoxLine {
  std::string label, text;
  bool gradient = false;
};

struct TapeBox {
  BoxKind kind = BoxKind::rule;
  std::string id = {};     // "12", the tick of the last node in it; "c12-1" for input 1 of node 12
  std::string title = {};  // what it is
  std::string full = {};   // the same, uncut, and what does not fit the box
  std::string tick = {};   // "12", or "3-12"; empty: it has none
  std::vector<BoxLine> lines = {};
  std::size_t count = 1;  // nodes in it
};

struct TapeBoxes {
  struct Edge {
    std::size_t from, to;
    bool flows;  // whether gradients flow up it
  };
  std::vector<TapeBox> boxes;
  std::vector<Edge> edges;  // one at most between two boxes
  bool folded = false;
};

TapeBoxes tape_boxes(const TapeGraph& graph, const TapeOptions& options);

}  // namespace logitape::inline v0::see
