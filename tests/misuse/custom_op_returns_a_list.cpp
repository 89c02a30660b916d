// must not compile: vjp returns a TensorList, which holds no tensor beyond the call
#include "logitape/autograd/custom_op.h"
#include "logitape/ops/elementwise.h"

// a TensorList is for arguments: what it points to is gone as the rule returns
using logitape::TensorList;
inline const auto product = logitape::custom_op(
    "product", [](TensorList x) { return x[0] * x[1]; },
#ifndef MISUSE
    [](TensorList x, TensorList, TensorList g) {
      return logitape::Tensors{g[0] * x[1], g[0] * x[0]};
    });
#else
    [](TensorList x, TensorList, TensorList g) {
      return TensorList{g[0] * x[1], g[0] * x[0]};
    });
#endif
