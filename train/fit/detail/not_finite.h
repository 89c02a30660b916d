// Says where a NaN or an infinity came from. Not installed.
#pragma once
#include <span>
#include <string>

#include "logitape/train/data/batches.h"
#include "logitape/train/nn/model_ref.h"

namespace logitape::inline v0::train {

// What was first not finite on the way to a loss: the inputs or labels, a parameter, a layer's output, the model's
// output, or only the loss. The rows of inputs and labels are named in `whole`, the set that the batch comes from.
std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole);
std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole, InEvaluation);

// The same for a step: a gradient, or a parameter that the step put out of range.
std::string source_of(std::span<Parameter* const> parameters, TensorList gradients);

}  // namespace logitape::inline v0::train
