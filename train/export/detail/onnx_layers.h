// The layers of a model as nodes of an ONNX graph. Not installed.
#pragma once
#include <vector>

#include "logitape/train/export/detail/onnx_graph.h"
#include "logitape/train/export/detail/placed.h"

namespace logitape::inline v0::onnx {

inline constexpr train::Export to_onnx{"export_onnx", "an exported model", "OnnxOptions"};

// Whether the model takes numbers of rows of a table: its first layer is an Embedding or an EmbeddingBag.
bool takes_ids(const std::vector<train::Placed>& layers);

// What was written: the logits [batch, classes].
struct Logits {
  Value value;
  std::int64_t classes;
};

// row: the shape of an input of the model, which `input` holds, [batch, row...]; of ids for an EmbeddingBag any.
// Errors: a layer that has no nodes here; those of placed.h; a model whose output is not [classes].
Logits add_layers(Graph& graph, std::vector<train::Placed>& layers, const Value& input, const Shape& row);

}  // namespace logitape::inline v0::onnx
