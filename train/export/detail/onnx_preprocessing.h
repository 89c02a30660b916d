// A Preprocessing as the first nodes of an ONNX graph. Not installed.
#pragma once
#include "logitape/train/data/preprocessing.h"
#include "logitape/train/export/detail/onnx_graph.h"

namespace logitape::inline v0::onnx {

// The inputs of raw rows, of that element type where they are numbers, and what is done to them. The result is f32
// [batch, row...]. Errors: a name or a category that is not UTF-8.
Value add_preprocessing(Graph& graph, const Preprocessing& p, Element numbers);

}  // namespace logitape::inline v0::onnx
