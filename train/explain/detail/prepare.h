// What a learner typed, checked and laid out: one row a line, the classes last. Not installed.
#pragma once
#include "logitape/train/explain/detail/lesson.h"

namespace logitape::inline v0::lesson {

// Fills the tensors of the lesson, and what the explanation says about its inputs. Errors: those of explain().
void prepare(Lesson& l, const Tensor& logits, const Tensor& labels);

}  // namespace logitape::inline v0::lesson
