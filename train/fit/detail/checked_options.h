// What Trainer refuses in its options before it begins. Not installed.
#pragma once
#include "logitape/core/detail/require.h"
#include "logitape/train/fit/trainer.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0::train {

// Error: a number outside its range; a loss of one's own beside options of cross_entropy.
inline void check(const char* op, const TrainerOptions& o) {
  require(o.epochs >= 1, ErrorCode::out_of_range, op, "epochs is {}; at least 1 is needed", o.epochs);
  require(o.batch_size >= 1, ErrorCode::out_of_range, op, "batch_size is {}; at least 1 is needed", o.batch_size);
  require(o.label_smoothing >= 0 && o.label_smoothing <= 1, ErrorCode::out_of_range, op,
          "label_smoothing {} is outside [0, 1]", o.label_smoothing);
  require(!o.loss || (o.label_smoothing == 0 && !o.class_weights.defined()), op,
          "a loss of one's own is given, and label_smoothing or class_weights, which are cross_entropy's");
  require_at_least_0(op, "mixup", o.mixup);
  require(o.prefetch >= 0, ErrorCode::out_of_range, op, "prefetch is {}; at least 0 is needed", o.prefetch);
  require(o.blocks >= 0, ErrorCode::out_of_range, op, "blocks is {}; at least 0 is needed", o.blocks);
  require_at_least_0(op, "clip.norm", o.clip.norm);
  require_at_least_0(op, "clip.value", o.clip.value);
  require_below_1(op, "average_decay", o.average_decay);
  require(o.checkpoint.every_epochs >= 0 && o.checkpoint.every_steps >= 0, ErrorCode::out_of_range, op,
          "checkpoint.every_epochs is {}, every_steps {}; both need 0 or more", o.checkpoint.every_epochs,
          o.checkpoint.every_steps);
}

}  // namespace logitape::inline v0::train
