// Where a NaN or an infinity came from, in words. Not installed.
#pragma once
#include <span>
#include <string>

#include "logitape/train/data/batches.h"
#include "logitape/train/nn/model_ref.h"

namespace logitape::inline v0::train {

// What first was not finite on the way to a loss: the inputs or labels (of `whole`, the set that the batch comes from,
// where the row is found in it), a parameter, a layer's output, the model's output, or the loss alone.
std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole);
std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole, InEvaluation);

// The same of a step: a gradient, or a parameter that the step has put out of range.
std::string source_of(std::span<Parameter* const> parameters, TensorList gradients);

}  // namespace logitape::inline v0::train
