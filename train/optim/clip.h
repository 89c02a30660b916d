// Gradients kept within bounds, so that one bad batch cannot throw a training off.
#pragma once
#include <span>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// sqrt(sum of the squares of all elements of all of them), squared and added in f64, in a fixed order: the same bits
// for any number of threads. Huge and tiny numbers are scaled first: no square overflows or is lost. Error: a gradient
// that is neither f32 nor f64.
double global_norm(TensorList gradients);

// All gradients times max_norm / max(norm, max_norm), where norm is their global norm: the direction stays. Pascanu,
// Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013. They stay as they are if the norm
// is within the bound, or if an element is not finite. Error: max_norm not above 0. tf.clip_by_global_norm.
Tensors clip_by_global_norm(TensorList gradients, double max_norm);

// Every element within [-limit, limit]. Error: a limit that is not above 0, or that is 0 in the gradients' f32.
Tensors clip_by_value(TensorList gradients, double limit);

}  // namespace logitape::inline v0
