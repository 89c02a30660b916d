// Products of matrices, and the linear layer made of one.
#pragma once
#include "logitape/core/named.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// Matrices stored the other way round; nothing is copied for it. A vector is not transposed: it stays as it is.
struct MatmulOptions {
  NamedOnly named_only = NamedOnly();
  bool transpose_a = false;  // a is stored [..., k, m]
  bool transpose_b = false;  // b is stored [..., n, k]
};

// y[..., m, n] = a[..., m, k] * b[..., k, n]; leading axes broadcast. Gradients into both. f32 and f64.
// A vector [k] is one row of a, or one column of b, and y lacks that axis: [m,k] by [k] is [m], [k] by [k,n] is [n],
// [k] by [k] a scalar, which dot adds up with more digits. Each element is one chain of fused multiply-adds over k,
// whatever the shape, the machine or the threads. Errors: a scalar, inner extents that differ, leading axes that do not
// broadcast, dtypes that differ. np.matmul and @, tf.matmul of matrices.
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});

// What linear does in the pass that stores y.
struct LinearOptions {
  NamedOnly named_only = NamedOnly();
  bool relu = false;  // max(0, .) in the same pass
};

// y[..., out] = x[..., in] * weight[in, out] + bias[out], then max(0, .) if asked. Gradients into all three.
// Errors: x of rank 0, weight not of rank 2, extents that do not meet, dtypes that differ.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const LinearOptions& options = {});
Tensor linear(const Tensor& x, const Tensor& weight, const LinearOptions& options = {});

}  // namespace logitape::inline v0
