// Examples to learn from: inputs and labels, row i of one beside row i of the other.
#pragma once
#include <cstdint>

#include "logitape/core/random.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Rows: inputs[i] belongs to labels[i], and counts as weights[i] rows.
struct Dataset {
  // inputs [rows, ...], labels [rows, ...], weights [rows] of f32 or f64, or none. Errors: an empty tensor, rank 0,
  // another number of rows, two devices.
  // NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): in the definition these would shadow the
  // members
  Dataset(Tensor inputs, Tensor labels, Tensor weights = {});
  std::int64_t size() const { return inputs.shape()[0]; }  // rows
  Dataset to(Device device) const {
    return {inputs.to(device), labels.to(device), weights.defined() ? weights.to(device) : Tensor()};
  }

  Tensor inputs;
  Tensor labels;
  Tensor weights;  // empty: every row counts as one
};

struct TrainAndTest {
  Dataset train, test;
};
// Splits the rows at random: round(fraction_held_out * size) of them to test, the others to train. Errors: a fraction
// outside (0, 1), a part that would have no rows.
TrainAndTest split(const Dataset& dataset, double fraction_held_out, Generator& rng);

}  // namespace logitape::inline v0
