// A model's predictions for rows, as a table for a CSV file.
#pragma once
#include <span>
#include <string>

#include "logitape/core/tensor.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/files/table.h"

namespace logitape::inline v0 {

// A column "predicted", the name of the class with the largest logit (the first of equal ones), and a column "p(NAME)"
// for each class, its softmax probability. logits: [rows, classes] of f32 or f64. Errors: another shape or dtype,
// another number of names.
Table prediction_table(const Tensor& logits, std::span<const std::string> classes);
// The same for a Classifier's prediction, whose probabilities include its temperature. multilabel: "predicted" is
// "a;b", and each label has its own probability; regression: "predicted" is a number, and nothing is beside it.
Table prediction_table(const Prediction& prediction, std::span<const std::string> classes);

// The same as JSON lines, an object a row: {"predicted":"a","probabilities":{"a":0.75,"b":0.25}}; of several labels
// "predicted" is ["a","b"], of regression {"predicted":1.5} is all. Numbers have the fewest digits that give the same
// f64 again. Errors: those of prediction_table; a name that is not UTF-8.
// files: of each row; then each object begins with {"file":"a.png", in which a byte that is no UTF-8 is U+FFFD.
std::string prediction_lines(const Prediction& prediction, std::span<const std::string> classes,
                             std::span<const std::string> files = {});

}  // namespace logitape::inline v0
