// How layers draw their first values. Not installed.
#pragma once
#include <string>

#include "logitape/train/nn/initialise.h"

namespace logitape::inline v0::train {

// Errors: a dtype other than f32 and f64, an initialiser that is empty.
void check_first_values(const char* op, const Initialiser& initialiser, DType dtype);

// A leaf of the tape, drawn by the initialiser. Error: it returned another shape or dtype.
Tensor drawn(const char* op, const std::string& name, const Initialiser& initialiser, const Shape& shape,
             Generator& rng, DType dtype);

}  // namespace logitape::inline v0::train
