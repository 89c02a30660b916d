// What a step of training is judged by. Not installed.
#pragma once
#include <optional>
#include <span>

#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0::train {

struct Verdict {
  double loss;
  double accuracy;  // NaN where the labels are no classes
  bool finite;      // every number of every parameter
};

// Of a step that has been made. Of a device all of it is read at once: the only wait of the step. finite: what the step
// itself says of the parameters; nothing: they are looked at. weights: of the rows; empty: one each.
Verdict verdict_of(const Tensor& loss, const Tensor& logits, const Tensor& labels, const Tensor& weights,
                   std::span<Parameter* const> parameters, std::optional<bool> finite);

}  // namespace logitape::inline v0::train
