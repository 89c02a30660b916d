// The tape of a loss to look at: as a table, as a graph for Graphviz, and as a picture.
//   std::cout << tape_table(loss, {.names = {{logits, "logits"}, {labels, "labels"}}});
#pragma once
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// What you call a tensor: a variable, a constant, or anything computed on the way.
struct TensorName {
  Tensor tensor;
  std::string name;
};

// What the views of a tape show.
struct TapeOptions {
  NamedOnly named_only = NamedOnly();
  std::vector<TensorName> names = {};  // shown in place of ticks and of "variable"; the first of a tensor counts
  Tensor seed = {};                    // cotangent of y, of y's shape and dtype; empty: 1, and y must have one element
  bool gradients = true;               // replay the tape, so that what flows back through each node is known
  int most = 200;                      // nodes shown one by one; of more, a table leaves out the middle, and a graph
                                       // and a picture fold what repeats and what belongs to one layer
  int columns = 110;                   // the width of a table at most; 0: as wide as it needs
  std::string title = {};              // of a picture and a graph; empty: "The tape of" and what y is
  std::string id = "tape";             // of a picture: its nodes are id-12 and so on, by tick; for pages with several
};

// A row for each node that y reaches, oldest first:
//   tick      when it was made; ticks only grow, so that inputs stand above the node that reads them
//   op        the op's name, or "variable", and the name that you gave
//   inputs    the ticks of the nodes that it reads, "4.1" for output 1 of node 4, or your name for it; "constant"
//             where no gradient is wanted
//   output    dtype and shape, one for each output
//   keeps     the bytes that the op's rule holds on to. A variable's own values are in brackets, and in nobody else's
//             count: they live as long as you hold the variable. Bytes that two nodes keep count once, for the older
//             one. What a rule's lambda has captured by itself is not seen.
//   gradient  the 2-norm of the cotangent that comes into the node, of all its outputs together, from a replay that
//             begins with the seed; "-" where none comes in
// Then the sums. Errors: as for watch; `most` below 2; `columns` from 1 to 39; a name without a tensor; what a rule
// throws. Without gradients no replay is made, no seed is needed, and no tensor's values are read.
std::string tape_table(const Tensor& y, const TapeOptions& options = {});

// The same as a graph in Graphviz' language: dot -Tsvg. A node says its op, name, outputs, bytes kept and gradient;
// small tensors (at most 6 elements) show their values and gradients, as far as their bytes are still there.
std::string tape_dot(const Tensor& y, const TapeOptions& options = {});

// The same as an SVG, laid out in layers: inputs above, y below. It needs no script, no font and no network, and is
// light or dark as the reader's screen is. A page may animate it:
//   <svg class="logitape-tape">, and in it
//   <g id="tape-12" class="node rule" data-tick="12">       a node; class variable, rule or cut
//   <g id="tape-12" class="node fold" data-tick="12" data-ticks="3-12" data-count="10">   nodes folded into one box,
//                                                           named by the last of them
//   <g id="tape-c12-1" class="node constant">               input 1 of node 12, where that is a constant
//   <path class="edge" data-from="9" data-to="12"/>         values flow down it, gradients up; class "edge still" where
//                                                           no gradient flows: from constants and cuts
std::string tape_svg(const Tensor& y, const TapeOptions& options = {});

}  // namespace logitape::inline v0
