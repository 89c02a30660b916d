// What derivatives of softmax and of the losses are made of. Not installed. p is a softmax along `axis`, whose own rule
// takes no notice of a number that is added to all of a row's cotangents: gradients into p are those up to one number a
// row.
#pragma once
#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

// p*(v - sum(p*v)), softmax's rule. A row of one large probability keeps its digits: v at that class is taken off
// first.
Tensor softmax_vjp(const Tensor& p, const Tensor& v, int axis);

// v - sum(p*v), as careful.
Tensor centred(const Tensor& p, const Tensor& v, int axis);

// v - softmax(x)*sum(v), log_softmax's rule: minus the gradient of the loss whose labels are v, and as careful as that.
Tensor log_softmax_vjp(const Tensor& x, const Tensor& v, int axis);

}  // namespace logitape::inline v0::ops
