// Means over all rows of a batch that is cut into blocks, or shared by processes (autograd/row_blocks.h). Not
// installed.
#pragma once
#include "logitape/ops/detail/support.h"
#include "logitape/ops/normalise.h"

namespace logitape::inline v0::ops {

// Whether the first axis of x counts the rows of such a batch.
bool is_of_cut_batch(const Tensor& x);

// The mean over the axes [0, last) of x, in all of the batch, with these axes of extent 1: sums of blocks in x's dtype,
// those of all processes, times 1/count. It can be differentiated to any order.
Tensor mean_over_batch(const Tensor& x, int last);

// What normalise computes over the axes [0, last), and the deviation. Sums are those of blocks in f64.
struct BatchNormalised {
  Normalised normalised;
  Tensor deviation;
};
BatchNormalised normalise_over_batch(const char* op, const Tensor& x, int last, double epsilon);

}  // namespace logitape::inline v0::ops
