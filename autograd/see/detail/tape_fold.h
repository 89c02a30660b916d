// Which nodes of a long tape share a box. Not installed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "logitape/autograd/see/detail/tape_graph.h"

namespace logitape::inline v0::see {

// Nodes that share a box, oldest first: ops that follow each other, and what only they read.
struct Fold {
  std::vector<std::size_t> nodes;
  std::size_t period = 0;  // how many ops repeat; 0: they do not repeat
  std::size_t repeats = 1;
};

// Every node in one fold, alone where no more than `most` boxes come of that. Between folds, edges make no cycle. Else,
// one after another until they suffice: what repeats is one box; what lies between two variables is one, as a layer of
// a model is; variables with the same readers are one; neighbours are one.
std::vector<Fold> folded(const TapeGraph& graph, std::size_t most);

}  // namespace logitape::inline v0::see
