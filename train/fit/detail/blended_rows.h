// A step's rows as the model sees them: augmented, then blended. What augmentation draws is a function of seed and
// step, so that a run that goes on has it again. Not installed.
#pragma once
#include <cstdint>

#include "logitape/train/data/augment.h"
#include "logitape/train/data/mixup.h"
#include "logitape/train/fit/trainer.h"

namespace logitape::inline v0::train {

// Draws of mixup move `mixing` on.
inline Mixed blended_rows(const Batch& batch, const TrainerOptions& o, std::int64_t step, Generator& mixing) {
  Tensor inputs = batch.inputs;
  if (o.augment.any()) {
    Generator rng{o.seed};
    for (int other = 0; other < 2; ++other) (void)rng.split();  // of the order, and of mixup
    Generator draws(rng.split().key(), static_cast<std::uint64_t>(step) << 32);
    inputs = augment(inputs, o.augment, draws);
  }
  return o.mixup > 0 ? mixup(inputs, batch.labels, o.mixup, mixing) : Mixed{inputs, {}, 1};
}

}  // namespace logitape::inline v0::train
