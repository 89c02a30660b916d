// Names of NumPy, PyTorch and TensorFlow that logitape has by another name, or not at all: a call does not compile, and
// the compiler prints the line, whose comment says what to write.
#pragma once
#include "logitape/core/tensor.h"
#include "logitape/ops/index.h"

namespace logitape::inline v0 {

// clang-format off
// new tensors
Tensor zeros(Extent auto, Extent auto, const auto&...) = delete;  // write zeros({2, 3})
Tensor ones(Extent auto, Extent auto, const auto&...) = delete;   // write ones({2, 3})
Tensor randn(Extent auto, Extent auto, const auto&...) = delete;  // write randn({2, 3}, rng), of a Generator rng{7}
Tensor randn(const Shape& shape) = delete;                        // write randn({2, 3}, rng), of a Generator rng{7}
Tensor rand(const Shape& shape, const auto&...) = delete;         // write uniform({2, 3}, rng), of a Generator rng{7}
void manual_seed(const auto&) = delete;                           // write Generator rng{7}, and hand it to randn

// of several tensors
Tensor cat(TensorList parts, const auto&...) = delete;          // write concat({a, b}, 1)
Tensor concatenate(TensorList parts, const auto&...) = delete;  // write concat({a, b}, 1)
Tensor vstack(TensorList parts) = delete;                       // write concat({a, b}), of vectors stack({a, b})
Tensor hstack(TensorList parts) = delete;                       // write concat({a, b}, 1), of vectors concat({a, b})

// elementwise
Tensor multiply(const Tensor& a, const auto& b) = delete;                 // write a * b
Tensor subtract(const Tensor& a, const auto& b) = delete;                 // write a - b
Tensor divide(const Tensor& a, const auto& b) = delete;                   // write a / b
Tensor power(const Tensor& a, const auto& b) = delete;                    // write pow(a, 2)
Tensor floor_divide(const Tensor& a, const auto& b) = delete;             // no such op: divide x.to_vector<int>()
Tensor remainder(const Tensor& a, const auto& b) = delete;                // no such op: make it of x.to_vector<int>()
Tensor fmod(const Tensor& a, const auto& b) = delete;                     // no such op: make it of x.to_vector<int>()
Tensor clip(const Tensor& x, const auto&...) = delete;                    // write clamp(x, -1, 1)
Tensor clip_by_value(const Tensor& x, double low, double high) = delete;  // write clamp(x, -1, 1)
Tensor isnan(const Tensor& x) = delete;                                   // write not_equal(x, x)
Tensor masked_fill(const Tensor& x, const auto&...) = delete;             // write where(mask, 0, x)

// along axes
Tensor reduce_sum(const Tensor& x, const auto&...) = delete;     // write sum(x, 1)
Tensor reduce_mean(const Tensor& x, const auto&...) = delete;    // write mean(x, 1)
Tensor count_nonzero(const Tensor& x, const auto&...) = delete;  // write count(not_equal(x, 0))
Tensor var(const Tensor& x, const auto&...) = delete;            // write variance(x)
Tensor std(const Tensor& x, const auto&...) = delete;            // write standard_deviation(x)
Tensor cumsum(const Tensor& x, const auto&...) = delete;         // of a vector: matmul(tril(ones({n, n})), x)
Tensor sort(const Tensor& x, const auto&...) = delete;           // no such op: sort x.to_vector()
Tensor argsort(const Tensor& x, const auto&...) = delete;        // no such op: sort x.to_vector()
Tensor topk(const Tensor& x, const auto&...) = delete;           // no such op: sort x.to_vector()
Tensor top_k(const Tensor& x, const auto&...) = delete;          // no such op: sort x.to_vector()

// parts and shapes
Tensor ravel(const Tensor& x) = delete;                           // write flatten(x)
Tensor expand_dims(const Tensor& x, const auto&...) = delete;     // write unsqueeze(x, 0)
Tensor swapaxes(const Tensor& x, const auto&...) = delete;        // write transpose(x, 0, 1)
Tensor split(const Tensor& x, const auto&...) = delete;           // write x[range(0, 2)], x[{all, range(0, 2)}]
Tensor chunk(const Tensor& x, const auto&...) = delete;           // write x[range(0, 2)], x[{all, range(0, 2)}]
Tensor masked_select(const Tensor& x, const Tensor& m) = delete;  // write x[m]
Tensor index_select(const Tensor& x, const auto&...) = delete;    // write gather(x, indices, 1)
Range Slice(const auto&...) = delete;                             // write range(1, -1)
Range ellipsis() = delete;                                        // write all, once for each axis
Range newaxis() = delete;                                         // write unsqueeze(x, 0)

// linear algebra
Tensor mm(const Tensor& a, const Tensor& b) = delete;   // write matmul(a, b)
Tensor bmm(const Tensor& a, const Tensor& b) = delete;  // write matmul(a, b)
Tensor inv(const Tensor& a) = delete;                   // write solve(a, b) for inv(a) * b, or solve(a, eye(n))
Tensor inverse(const Tensor& a) = delete;               // write solve(a, b) for inverse(a) * b, or solve(a, eye(n))
// clang-format on

}  // namespace logitape::inline v0
