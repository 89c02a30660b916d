// Where a NaN or an infinity came from, in words. Not installed.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "logitape/train/data.h"
#include "logitape/train/model_ref.h"

namespace logitape::inline v0::train {

// x as sentences say it: a NaN without its sign, which means nothing.
double spoken(double x);

// Whether every element is finite; of other dtypes than floats it is.
bool all_finite(const Tensor& x);

// The place of the first NaN; -1 where there is none.
std::int64_t first_nan(const Tensor& x);
// Error: out_of_range for a NaN in x [..., classes]: "the logit of class 2 at row 7 is NaN".
void require_no_nan(const char* op, const char* what, const Tensor& x);

// "nan at row 7, column 3": the first element that is not finite.
std::optional<std::string> first_not_finite(const Tensor& x);

// What first was not finite on the way to a loss: the inputs or labels (of `whole`, the set that the batch comes from,
// where the row is found in it), a parameter, a layer's output, the model's output, or the loss alone.
std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole);
std::string source_of(const ModelRef& model, const Batch& batch, const Dataset& whole, InEvaluation);

// The same of a step: a gradient, or a parameter that the step has put out of range.
std::string source_of(std::span<Parameter* const> parameters, TensorList gradients);

}  // namespace logitape::inline v0::train
