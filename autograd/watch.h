// A replay that is watched: what flows back through each node, in the engine's order.
#pragma once
#include <functional>

#include "logitape/autograd/node.h"
#include "logitape/core/named.h"

namespace logitape::inline v0 {

// What watch calls at a node: the node, and what has come into its outputs; an output that nothing came into is empty.
using Watcher = std::function<void(const Node& node, const Cotangents& cotangents)>;

// How watch begins.
struct WatchOptions {
  NamedOnly named_only = NamedOnly();
  Tensor seed = {};  // cotangent of y, of y's shape and dtype; empty: 1, and y must have one element
};

// Differentiates sum(seed*y) with regard to every leaf that y reaches, and calls watcher(node, cotangents) on the way:
// at y's node first, then by falling tick, at each node just before its rule runs. All that comes into a node has then
// arrived and is added up, in the dtype of the node's outputs. Leaves are called too (node.is_leaf()): what has come
// into one is its gradient. Nodes that nothing comes into are left out. Changes nothing: no leaf's slot is touched.
// What the watcher throws passes through. Errors: y does not depend on any variable (names the cut, if there is one);
// y has several elements and no seed is given; seed of another shape or dtype; the watcher is empty.
void watch(const Tensor& y, const Watcher& watcher, const WatchOptions& options = {});

}  // namespace logitape::inline v0
