// What derivatives of softmax and of the losses are made of. Not installed. p is a softmax along `axis`. Its own rule
// ignores a number that is added to all of a row's cotangents, so gradients into p are right up to one number per row.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

// p*(v - sum(p*v)), softmax's rule. A row of one large probability keeps its digits: v at that class is taken off
// first.
Tensor softmax_vjp(const Tensor& p, const Tensor& v, int axis);

// v - sum(p*v), with the same care.
Tensor centred(const Tensor& p, const Tensor& v, int axis);

// v - softmax(x)*sum(v), log_softmax's rule: minus the gradient of the loss whose labels are v, with its care.
Tensor log_softmax_vjp(const Tensor& x, const Tensor& v, int axis);

}  // namespace logitape::inline v0::ops
