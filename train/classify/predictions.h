// What a model says of rows, as a table to be written as CSV.
#pragma once
#include <span>
#include <string>

#include "logitape/core/tensor.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/files/table.h"

namespace logitape::inline v0 {

// A column "predicted", the name of the class whose logit is largest (the first of equal ones), and a column "p(NAME)"
// for each class, its softmax probability. logits: [rows, classes] of f32 or f64. Errors: another shape or dtype,
// another number of names.
Table prediction_table(const Tensor& logits, std::span<const std::string> classes);
// The same of a Classifier's prediction, whose probabilities know of its temperature.
Table prediction_table(const Prediction& prediction, std::span<const std::string> classes);

}  // namespace logitape::inline v0
