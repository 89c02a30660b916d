// Mistakes in what an op is given: dtypes, shapes, axes, indices, numbers, empty tensors.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.
// clang-format off

namespace logitape::tests {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
}

// long: a table
const std::vector<Mistake>& dtype_mistakes() {
  static const std::vector<Mistake> rows = {
      {unsupported, "exp: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, x.to(DType::f32)", [] { exp(i32({2})); }, [] { return is(exp(zeros({1})), 1); }},
      {unsupported, "add: arithmetic takes f32, f64 or integers, not a (boolean [2]): cast it, a.to(DType::i32)", [] { boolean({2}) + boolean({2}); }, [] { return is(f32({}) + f32({}), 2); }},
      {unsupported, "mul: arithmetic takes f32, f64 or integers, not a (f16 [2]): cast it, a.to(DType::f32)", [] { ones({2}, DType::f16) * 3; }, [] { return is(f32({}) * 3, 3); }},
      {invalid, "mul: a (i32 [3]) is of integers and 0.5 is not: write an integer, or cast it, a.to(DType::f32)", [] { tensor({1, 2, 3}) * 0.5; }, [] { return is(tensor(3.f) * 0.5, 1.5); }},
      {invalid, "arange: 1.8446744073709552e+19 is asked for; i64 counts to 2^63 - 1", [] { arange(~std::uint64_t{0}); }, [] { return has(arange(std::uint64_t{2}), {2}); }},
      {invalid, "sub: b (i64 [2]) is of integers and 0.5 is not: write an integer, or cast it, b.to(DType::f32)", [] { 0.5 - arange(2); }, [] { return is(0.5 - f32({}), -0.5); }},
      {unsupported, "sub: arithmetic takes f32, f64 or integers, not b (bf16 [2]): cast it, b.to(DType::f32)", [] { f32({2}) - ones({2}, DType::bf16); }, [] { return is(f32({}) - 3, -2); }},
      {unsupported, "clamp: arithmetic takes f32 or f64, not x (i8 [2]): write its numbers as 1.f or 1.0, or cast it, x.to(DType::f32)", [] { clamp(ones({2}, DType::i8), 0, 1); }, [] { return is(clamp(f32({}), 2, 3), 2); }},
      {unsupported, "logsumexp: arithmetic takes f32 or f64, not x (i64 [3]): write its numbers as 1.f or 1.0, or cast it, x.to(DType::f32)", [] { logsumexp(arange(3)); }, [] { return is(sum(arange(3)), 3); }},
      {unsupported, "norm: arithmetic takes f32 or f64, not x (boolean [3]): cast it, x.to(DType::f32)", [] { norm(boolean({3})); }, [] { return is(argmax(boolean({3})), 0); }},
      {invalid, "count: x is f32 [3]; it has to be boolean: write count(not_equal(x, 0))", [] { count(f32({3})); }, [] { return is(count(not_equal(f32({3}), 0)), 3); }},
      {unsupported, "matmul: arithmetic takes f32 or f64, not a (bf16 [1,1]): cast it, a.to(DType::f32)", [] { matmul(ones({1, 1}, DType::bf16), f32({1, 1})); }, [] { return is(matmul(f32({1, 2}), f32({2, 1})), 2); }},
      {unsupported, "softmax: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, x.to(DType::f32)", [] { softmax(i32({2})); }, [] { return is(softmax(f32({1})), 1); }},
      {unsupported, "scatter_add: arithmetic takes f32 or f64, not base (i32 [3]): write its numbers as 1.f or 1.0, or cast it, base.to(DType::f32)", [] { scatter_add(i32({3}), i32({1}), i32({1})); }, [] { return is(sum(scatter_add(f32({3}), i32({1}), f32({1}))), 4); }},
      {unsupported, "dropout: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, x.to(DType::f32)", [] { Generator rng; dropout(i32({2}), 0.5, rng); }, [] { Generator rng; return is(dropout(f32({}), 0, rng), 1); }},
      {unsupported, "randn: f16 is asked for; random numbers are f32 or f64: cast them, .to(DType::f16)", [] { Generator rng; randn({2}, rng, DType::f16); }, [] { Generator rng; return has(randn({2}, rng), {2}); }},
      {unsupported, "uniform: i32 is asked for; random numbers are f32 or f64: cast them, .to(DType::i32)", [] { Generator rng; uniform({2}, rng, DType::i32); }, [] { Generator rng; return has(uniform({2}, rng), {2}); }},
      {unsupported, "cross_entropy: logits are i32 [2,3]: write their numbers as 1.f or 1.0, or cast them, logits.to(DType::f32)", [] { cross_entropy(i32({2, 3}), i32({2})); }, [] { return has(cross_entropy(f32({2, 3}), i32({2})), {}); }},
      {unsupported, "softmax_cross_entropy_with_logits: logits are i64 [2]: write their numbers as 1.f or 1.0, or cast them, logits.to(DType::f32)", [] { nn::softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = arange(2)}); },
       [] { return is(nn::softmax_cross_entropy_with_logits({.labels = arange(1), .logits = f32({1})}), 0); }},
      {invalid, "SoftmaxCrossEntropyWithLogits: features (f32 [2,2]) and labels (i32 [2,2]) are not of one dtype: cast one, as in labels.to(DType::f32)", [] { raw_ops::SoftmaxCrossEntropyWithLogits({.features = f32({2, 2}), .labels = i32({2, 2})}); },
       [] { return has(raw_ops::SoftmaxCrossEntropyWithLogits({.features = f32({2, 2}), .labels = f32({2, 2})}).loss, {2}); }},
      {invalid, "where: condition is f32 [2]; it has to be boolean", [] { where(f32({2}), f32({2}), f32({2})); }, [] { return is(where(boolean({}), 3, f32({})), 3); }},
      {invalid, "logical_and: b is i32 [2]; it has to be boolean", [] { logical_and(boolean({2}), i32({2})); }, [] { return is(logical_and(boolean({}), boolean({})), 1); }},
      {invalid, "logical_or: a is f32 [2]; it has to be boolean", [] { logical_or(f32({2}), boolean({2})); }, [] { return is(logical_or(boolean({}), boolean({})), 1); }},
      {invalid, "logical_not: a is u8 [2]; it has to be boolean", [] { logical_not(ones({2}, DType::u8)); }, [] { return is(logical_not(boolean({})), 0); }},
      {invalid, "gather: indices have to be i8, u8, i16, i32 or i64, not indices (f32 [2]): cast them, indices.to(DType::i32)", [] { gather(f32({3}), f32({2})); }, [] { return has(gather(f32({3}), i32({2})), {2}); }},
      {invalid, "take_along_axis: indices have to be i8, u8, i16, i32 or i64, not indices (boolean [3]): cast them, indices.to(DType::i32)", [] { take_along_axis(f32({3}), boolean({3})); }, [] { return has(take_along_axis(f32({3}), i32({2})), {2}); }},
      {invalid, "one_hot: indices have to be i8, u8, i16, i32 or i64, not indices (f64 [2]): cast them, indices.to(DType::i32)", [] { one_hot(f64({2}), 3); }, [] { return has(one_hot(i32({2}), 3), {2, 3}); }},
      {invalid, "sparse_softmax_cross_entropy_with_logits: labels are class indices of i32 or i64, not f32 [2]: cast them, labels.to(DType::i32)", [] { nn::sparse_softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2, 3})}); },
       [] { return has(nn::sparse_softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})}), {2}); }},
      {invalid, "SparseSoftmaxCrossEntropyWithLogits: labels are class indices of i32 or i64, not f64 [2]: cast them, labels.to(DType::i32)", [] { raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f64({2})}); },
       [] { return has(raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({2})}).backprop, {2, 3}); }},

      {invalid, "add: a (f32 [2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in b.to(DType::f32)", [] { f32({2}) + f64({2}); }, [] { return is(f64({}) + f64({}), 2); }},
      {invalid, "maximum: a (f64 []) and b (f32 []) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in b.to(DType::f64)", [] { maximum(f64({}), f32({})); }, [] { return is(maximum(f64({}), 2), 2); }},
      {invalid, "where: a (f32 [2]) and b (i32 [2]) are not of one dtype: cast one, as in b.to(DType::f32)", [] { where(boolean({2}), f32({2}), i32({2})); }, [] { return is(where(boolean({}), i32({}), i32({})), 1); }},
      {invalid, "where_positive: a (f32 [2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in b.to(DType::f32)", [] { where_positive(f32({2}), f64({2})); }, [] { return is(where_positive(f32({}), f32({})), 1); }},
      {invalid, "less: a (i32 [2]) and b (f32 [2]) are not of one dtype: cast one, as in a.to(DType::f32)", [] { less(i32({2}), f32({2})); }, [] { return is(less(i32({}), i32({})), 0); }},
      {invalid, "greater_equal: a (f32 [2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in b.to(DType::f32)", [] { where(f32({2}) >= f64({2}), 1, f32({})); }, [] { return is(f64({}) >= f64({}), 1); }},
      {invalid, "less: i32 cannot hold the number 2.5", [] { where(i32({2}) < 2.5, 1, f32({})); }, [] { return is(i32({}) < 2, 1); }},
      {invalid, "matmul: a (f32 [1,1]) and b (f64 [1,1]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in b.to(DType::f32)", [] { matmul(f32({1, 1}), f64({1, 1})); }, [] { return is(matmul(f64({1, 1}), f64({1, 1})), 1); }},
      {invalid, "linear: weight (f32 [2,2]) and x (f64 [1,2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in x.to(DType::f32)", [] { linear(f64({1, 2}), f32({2, 2})); }, [] { return has(linear(f64({1, 2}).to(DType::f32), f32({2, 3})), {1, 3}); }},
      {invalid, "linear: weight (f32 [2,2]) and bias (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in bias.to(DType::f32)", [] { linear(f32({1, 2}), f32({2, 2}), f64({2})); }, [] { return has(linear(f32({1, 2}), f32({2, 3}), f32({3})), {1, 3}); }},
      {invalid, "concat: part 0 is f32 [2], part 1 is f64 [2]: dtypes and devices have to be equal", [] { concat({f32({2}), f64({2})}); }, [] { return has(concat({f64({2}), f64({1})}), {3}); }},
      {invalid, "stack: part 0 is f32 [2], part 1 is f64 [2]: shapes, dtypes and devices have to be equal", [] { stack({f32({2}), f64({2})}); }, [] { return has(stack({f64({2}), f64({2})}), {2, 2}); }},
      {unsupported, "sum_to: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, x.to(DType::f32)", [] { sum_to(i32({2}), {}); }, [] { return is(sum_to(f32({2}), {}), 2); }},
      {invalid, "scatter_add: base (f32 [2]) and updates (f64 [1]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in updates.to(DType::f32)", [] { scatter_add(f32({2}), i32({1}), f64({1})); }, [] { return has(scatter_add(f64({2}), i32({1}), f64({1})), {2}); }},
      {invalid, "cross_entropy: logits (f32 [1,2]) and targets (f64 [1,2]) are not of one dtype: cast one, as in targets.to(DType::f32)", [] { cross_entropy(f32({1, 2}), f64({1, 2})); }, [] { return has(cross_entropy(f64({1, 2}), f64({1, 2})), {}); }},
      {invalid, "SoftmaxCrossEntropyWithLogits: features (f64 [1,2]) and labels (f32 [1,2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast one, as in labels.to(DType::f64)", [] { raw_ops::SoftmaxCrossEntropyWithLogits({.features = f64({1, 2}), .labels = f32({1, 2})}); },
       [] { return has(raw_ops::SoftmaxCrossEntropyWithLogits({.features = f64({1, 2}), .labels = f64({1, 2})}).loss, {1}); }},

      {invalid, "equal: i32 cannot hold the number 2.5", [] { equal(i32({2}), 2.5); }, [] { return is(equal(i32({}), 1), 1); }},
      {invalid, "where: u8 cannot hold the number -1", [] { where(boolean({2}), ones({2}, DType::u8), -1); }, [] { return is(where(boolean({}), 255, ones({}, DType::u8)), 255); }},
      {invalid, "less: boolean cannot hold the number 2", [] { less(boolean({2}), 2); }, [] { return is(less(boolean({}), 1), 0); }},
      {invalid, "full: i32 cannot hold the number 2.5", [] { full({2}, 2.5, DType::i32); }, [] { return is(full({}, 2, DType::i32), 2); }},
      {invalid, "full: u8 cannot hold the number 300", [] { full({2}, 300, DType::u8); }, [] { return is(full({}, 255, DType::u8), 255); }},
      {invalid, "full: i64 cannot hold the number nan", [] { full({2}, nan, DType::i64); }, [] { return std::isnan(full({}, nan).item<float>()); }},
      {invalid, "full: i64 cannot hold the number 9.223372036854776e+18", [] { full({2}, 0x1p63, DType::i64); }, [] { return is(full({}, -0x1p53, DType::i64), -0x1p53); }},
      {invalid, "arange: i32 cannot hold the number 0.5", [] { arange(0, 2.5, 0.5, DType::i32); }, [] { return has(arange(0, 2.5, 0.5), {5}); }},
      {invalid, "pad: u8 cannot hold the number -1", [] { pad(ones({2}, DType::u8), {1}, {1}, -1); }, [] { return has(pad(ones({2}, DType::u8), {1}, {1}, 1), {4}); }},
      {invalid, "arange: u8 cannot hold the number 299", [] { arange(300, DType::u8); }, [] { return has(arange(256, DType::u8), {256}); }},
      {invalid, "arange: i32 cannot hold the number 1.5", [] { arange(0, 2, 0.5, DType::i32); }, [] { return has(arange(0, 2, 0.5), {4}); }},
  };
  return rows;
}

// long: a table
const std::vector<Mistake>& shape_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "add: a [2] and b [3] do not broadcast", [] { f32({2}) + f32({3}); }, [] { return has(f32({2, 1}) + f32({3}), {2, 3}); }},
      {invalid, "equal: a [2,2] and b [3] do not broadcast", [] { equal(f32({2, 2}), f32({3})); }, [] { return has(equal(f32({2, 2}), f32({1})), {2, 2}); }},
      {invalid, "where: condition [2] and a and b [3] do not broadcast", [] { where(boolean({2}), f32({3}), f32({3})); }, [] { return has(where(boolean({2, 1}), f32({3}), f32({})), {2, 3}); }},
      {invalid, "broadcast_to: [3] does not broadcast to [2]", [] { broadcast_to(f32({3}), {2}); }, [] { return has(broadcast_to(f32({3}), {2, 3}), {2, 3}); }},
      {invalid, "broadcast_to: [2,3] does not broadcast to [3]", [] { broadcast_to(f32({2, 3}), {3}); }, [] { return has(broadcast_to(f32({1}), {0}), {0}); }},
      {invalid, "sum_to: [3] is not a broadcast of [2]", [] { sum_to(f32({3}), {2}); }, [] { return is(sum_to(f32({3}), {1}), 3); }},
      {invalid, "matmul: a is [], b is [2,2]: a product with a scalar is written a * b", [] { matmul(f32({}), f32({2, 2})); }, [] { return has(matmul(f32({2}), f32({2, 2})), {2}); }},
      {invalid, "matmul: a [2,3] and b [2] do not meet: 3 is not 2", [] { matmul(f32({2, 3}), f32({2})); }, [] { return has(matmul(f32({2, 3}), f32({2}), {.transpose_a = true}), {3}); }},
      {invalid, "matmul: a [3] and b [2,3] do not meet: 3 is not 2", [] { matmul(f32({3}), f32({2, 3})); }, [] { return has(matmul(f32({3}), f32({2, 3}), {.transpose_b = true}), {2}); }},
      {invalid, "matmul: a [3] and b [2] do not meet: 3 is not 2", [] { matmul(f32({3}), f32({2}), {.transpose_a = true}); }, [] { return is(matmul(f32({3}), f32({3}), {.transpose_a = true}), 3); }},
      {invalid, "matmul: a [2,3] and b [2,3] do not meet: 3 is not 2", [] { matmul(f32({2, 3}), f32({2, 3})); }, [] { return has(matmul(f32({2, 3}), f32({2, 3}), {.transpose_b = true}), {2, 2}); }},
      {invalid, "matmul: a [2,3] transposed and b [4,3] transposed do not meet: 2 is not 3", [] { matmul(f32({2, 3}), f32({4, 3}), {.transpose_a = true, .transpose_b = true}); },
       [] { return has(matmul(f32({3, 2}), f32({4, 3}), {.transpose_a = true, .transpose_b = true}), {2, 4}); }},
      {invalid, "matmul: the leading axes of a [2,1,1] and b [3,1,1] do not broadcast", [] { matmul(f32({2, 1, 1}), f32({3, 1, 1})); }, [] { return has(matmul(f32({2, 1, 1}), f32({1, 1, 1})), {2, 1, 1}); }},
      {invalid, "linear: x is [], weight [2,2]: they need rank 1 or more, and rank 2", [] { linear(f32({}), f32({2, 2})); }, [] { return has(linear(f32({2}), f32({2, 2})), {2}); }},
      {invalid, "linear: x [1,3] and weight [2,2] do not meet: 3 is not 2", [] { linear(f32({1, 3}), f32({2, 2})); }, [] { return has(linear(f32({1, 3}), f32({3, 2})), {1, 2}); }},
      {invalid, "linear: bias is [2], weight [2,3] needs [3]", [] { linear(f32({1, 2}), f32({2, 3}), f32({2})); }, [] { return has(linear(f32({1, 2}), f32({2, 3}), f32({3})), {1, 3}); }},

      {invalid, "shape: [2,-1] has a negative extent", [] { zeros({2, -1}); }, [] { return has(zeros({2, 0}), {2, 0}); }},
      {invalid, "shape: 9 axes are asked for; at most 8 are possible", [] { zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}); }, [] { return has(zeros({1, 1, 1, 1, 1, 1, 1, 1}), {1, 1, 1, 1, 1, 1, 1, 1}); }},
      {invalid, "shape: [4294967296,4294967296] has more than 2^63-1 elements", [] { zeros({1ll << 32, 1ll << 32}); }, [] { return has(zeros({1ll << 32, 0}), {1ll << 32, 0}); }},
      {ErrorCode::out_of_memory, "tensor: [4611686018427387904] of f64 takes more than 2^63-1 bytes", [] { zeros({1ll << 62}, DType::f64); }, [] { return has(zeros({2}, DType::f64), {2}); }},
      {invalid, "tensor: the braces are ragged: one list has 1 elements where another has 2", [] { tensor({{1.f, 2.f}, {3.f}}); }, [] { return has(tensor({{1.f, 2.f}, {3.f, 4.f}}), {2, 2}); }},
      {invalid, "tensor: the braces are ragged: one list has 3 elements where another has 2", [] { tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8, 9}}}); }, [] { return has(tensor({{{1, 2}}, {{5, 6}}}), {2, 1, 2}); }},
      {invalid, "from_span: 3 values do not fill shape [2,2], which has 4", [] { from_span(std::vector<float>(3), {2, 2}); }, [] { return has(from_span(std::vector<float>(4), {2, 2}), {2, 2}); }},
      {invalid, "item: the tensor has 2 elements, shape [2]; exactly 1 is needed", [] { f32({2}).item<float>(); }, [] { return f32({1, 1}).item<float>() == 1; }},
      {invalid, "item: the tensor has 0 elements, shape [0,3]; exactly 1 is needed", [] { f32({0, 3}).item<float>(); }, [] { return f32({}).item<int>() == 1; }},

      {invalid, "reshape: [-1,-1] leaves more than one extent open", [] { reshape(f32({4}), {-1, -1}); }, [] { return has(reshape(f32({4}), {-1, 2}), {2, 2}); }},
      {invalid, "reshape: [2,-2] is no shape", [] { reshape(f32({4}), {2, -2}); }, [] { return has(reshape(f32({4}), {2, 2}), {2, 2}); }},
      {invalid, "reshape: [6] has 6 elements, which [4,-1] cannot share out", [] { reshape(f32({6}), {4, -1}); }, [] { return has(reshape(f32({6}), {3, -1}), {3, 2}); }},
      {invalid, "reshape: [0] has 0 elements, which [0,-1] cannot share out", [] { reshape(f32({0}), {0, -1}); }, [] { return has(reshape(f32({0}), {3, -1}), {3, 0}); }},
      {invalid, "reshape: [6] has 6 elements, [4] has 4", [] { reshape(f32({6}), {4}); }, [] { return has(reshape(f32({6}), {6, 1}), {6, 1}); }},
      {invalid, "permute: [0] names 1 axes of a tensor of shape [2,2]", [] { permute(f32({2, 2}), {0}); }, [] { return has(permute(f32({2, 3}), {1, 0}), {3, 2}); }},
      {invalid, "permute: axes [0,-2] name axis 0 twice", [] { permute(f32({2, 2}), {0, -2}); }, [] { return has(permute(f32({2, 3}), {-1, -2}), {3, 2}); }},
      {invalid, "slice: begin [0] and size [1,1] do not name every axis of [2,2]", [] { slice(f32({2, 2}), {0}, {1, 1}); }, [] { return has(slice(f32({2, 2}), {0, 1}, {1, -1}), {1, 1}); }},
      {range, "slice: begin [1] and size [3] reach beyond [3]", [] { slice(f32({3}), {1}, {3}); }, [] { return has(slice(f32({3}), {1}, {2}), {2}); }},
      {range, "slice: begin [4] and size [-1] reach beyond [3]", [] { slice(f32({3}), {4}, {-1}); }, [] { return has(slice(f32({3}), {3}, {-1}), {0}); }},
      {range, "slice: begin [-1] of [3] is negative: slice counts from the first element; x[...] with range(-1, none) counts from the end", [] { slice(f32({3}), {-1}, {1}); }, [] { return has(slice(f32({3}), {0}, {0}), {0}); }},
      {invalid, "pad: before [1] and after [1] do not name every axis of [2,2]", [] { pad(f32({2, 2}), {1}, {1}); }, [] { return has(pad(f32({2, 2}), {1, 0}, {0, 1}), {3, 3}); }},
      {invalid, "pad: before [-1] and after [0] cannot be added to [2]", [] { pad(f32({2}), {-1}, {0}); }, [] { return has(pad(f32({2}), {0}, {0}), {2}); }},
      {invalid, "pad: before [9223372036854775807] and after [0] cannot be added to [2]", [] { pad(f32({2}), {std::numeric_limits<std::int64_t>::max()}, {0}); }, [] { return has(pad(f32({2}), {5}, {0}), {7}); }},
      {invalid, "concat: no tensor is given", [] { concat(std::vector<Tensor>{}); }, [] { return has(concat({f32({2})}), {2}); }},
      {invalid, "concat: part 0 is [2,3], part 1 is [2,2]: they differ off axis 0", [] { concat({f32({2, 3}), f32({2, 2})}); }, [] { return has(concat({f32({2, 3}), f32({2, 2})}, 1), {2, 5}); }},
      {invalid, "concat: part 0 is [2], part 2 is [2,1]: they differ off axis 0", [] { concat({f32({2}), f32({1}), f32({2, 1})}); }, [] { return has(concat({f32({2}), f32({1}), f32({2})}), {5}); }},
      {range, "concat: axis 0 is asked for of a scalar, which has none", [] { concat({f32({}), f32({})}); }, [] { return has(stack({f32({}), f32({})}), {2}); }},
      {invalid, "stack: no tensor is given", [] { stack(std::vector<Tensor>{}); }, [] { return has(stack({f32({2})}), {1, 2}); }},
      {invalid, "stack: part 0 is f32 [2], part 1 is f32 [3]: shapes, dtypes and devices have to be equal", [] { stack({f32({2}), f32({3})}); }, [] { return has(stack({f32({2}), f32({2})}), {2, 2}); }},

      {range, "softmax: axis 2 is outside [-2, 2)", [] { softmax(f32({2, 2}), {.axis = 2}); }, [] { return has(softmax(f32({2, 2}), {.axis = -2}), {2, 2}); }},
      {range, "log_softmax: axis -1 is asked for of a scalar, which has none", [] { log_softmax(f32({})); }, [] { return is(log_softmax(f32({1})), 0); }},
      {range, "sum: axis -3 is outside [-2, 2)", [] { sum(f32({2, 2}), {.axes = {0, -3}}); }, [] { return has(sum(f32({2, 2}), {.axes = {-2}}), {2}); }},
      {invalid, "sum: axes [0,-2] name axis 0 twice", [] { sum(f32({2, 2}), {.axes = {0, -2}}); }, [] { return is(sum(f32({2, 2}), {.axes = {0, -1}}), 4); }},
      {invalid, "max: axes [1,1] name axis 1 twice", [] { max(f32({2, 2}), {.axes = {1, 1}}); }, [] { return is(max(f32({2, 2}), {.axes = {1, 0}}), 1); }},
      {invalid, "logsumexp: axes [-1,0,1] name axis 1 twice", [] { logsumexp(f32({2, 2}), {.axes = {-1, 0, 1}}); }, [] { return has(logsumexp(f32({2, 2}), {.axes = {-1}}), {2}); }},
      {range, "argmax: axis -1 is asked for of a scalar, which has none", [] { argmax(f32({})); }, [] { return is(argmax(f32({1})), 0); }},
      {range, "transpose: axis -2 is outside [-1, 1)", [] { transpose(f32({3})); }, [] { return has(transpose(f32({3}), 0, 0), {3}); }},
      {range, "stack: axis 2 is outside [-2, 2)", [] { stack({f32({2})}, 2); }, [] { return has(stack({f32({2})}, 1), {2, 1}); }},
      {range, "gather: axis 1 is outside [-1, 1)", [] { gather(f32({2}), i32({1}), {.axis = 1}); }, [] { return has(gather(f32({2}), i32({1}), {.axis = -1}), {1}); }},
      {range, "scatter_add_along_axis: axis -2 is outside [-1, 1)", [] { scatter_add_along_axis(f32({2}), i32({1}), f32({1}), {.axis = -2}); }, [] { return has(scatter_add_along_axis(f32({2}), i32({1}), f32({1})), {2}); }},
      {range, "softmax_cross_entropy_with_logits: axis 2 is outside [-2, 2)", [] { nn::softmax_cross_entropy_with_logits({.labels = f32({2, 3}), .logits = f32({2, 3}), .axis = 2}); },
       [] { return has(nn::softmax_cross_entropy_with_logits({.labels = f32({2, 3}), .logits = f32({2, 3}), .axis = 0}), {3}); }},

      {invalid, "mean: the reduced axes of [0] have no elements", [] { mean(f32({0})); }, [] { return has(mean(f32({0, 2}), {.axes = {1}}), {0}); }},
      {invalid, "max: the reduced axes of [2,0] have no elements", [] { max(f32({2, 0}), {.axes = {1}}); }, [] { return has(max(f32({2, 0}), {.axes = {0}}), {0}); }},
      {invalid, "min: the reduced axes of [0,3] have no elements", [] { min(f32({0, 3})); }, [] { return is(sum(f32({0, 3})), 0); }},
      {invalid, "logsumexp: the reduced axes of [0] have no elements", [] { logsumexp(f32({0})); }, [] { return is(logsumexp(zeros({1})), 0); }},
      {invalid, "argmax: the reduced axes of [2,0] have no elements", [] { argmax(f32({2, 0})); }, [] { return has(argmax(f32({0, 2})), {0}); }},
      {invalid, "argmin: the reduced axes of [2,0] have no elements", [] { argmin(i32({2, 0})); }, [] { return has(argmin(i32({2, 0}), 0), {0}); }},
      {invalid, "variance: the reduced axes of [2,0] have no elements", [] { variance(f32({2, 0}), 1); }, [] { return has(variance(f32({2, 0}), 0), {0}); }},
      {range, "standard_deviation: correction 2 leaves nothing of the 2 elements to divide by: it has to be below their count", [] { standard_deviation(f32({2}), {.correction = 2}); }, [] { return is(standard_deviation(f32({3}), {.correction = 2}), 0); }},
      {range, "variance: correction nan leaves nothing of the 2 elements to divide by: it has to be below their count", [] { variance(f32({2}), {.correction = nan}); }, [] { return is(variance(f32({2}), {.correction = -1}), 0); }},
      {range, "norm: axis 2 is outside [-2, 2)", [] { norm(f32({2, 2}), {.axes = {2}}); }, [] { return has(norm(f32({2, 2}), {.axes = {1}}), {2}); }},
      {range, "mean: axis 2 is outside [-2, 2)", [] { mean(f32({2, 2}), {0, 2}); }, [] { return is(mean(f32({2, 2}), {0, 1}), 1); }},
      {invalid, "softmax: axis 1 of [2,0] has no classes", [] { softmax(f32({2, 0})); }, [] { return has(softmax(f32({0, 2})), {0, 2}); }},

      {invalid, "take_along_axis: indices are [2], x is [2,2]: ranks have to be equal", [] { take_along_axis(f32({2, 2}), i32({2})); }, [] { return has(take_along_axis(f32({2, 2}), i32({2, 1})), {2, 1}); }},
      {invalid, "take_along_axis: indices are [3,1], x is [2,2]: they differ off axis 1", [] { take_along_axis(f32({2, 2}), i32({3, 1})); }, [] { return has(take_along_axis(f32({2, 2}), i32({3, 2}), {.axis = 0}), {3, 2}); }},
      {invalid, "gather: x [1,1,1,1,1] by indices [1,1,1,1,1] has 9 axes; at most 8 are possible", [] { gather(f32({1, 1, 1, 1, 1}), i32({1, 1, 1, 1, 1})); }, [] { return has(gather(f32({2, 1}), i32({1, 1})), {1, 1, 1}); }},
      {invalid, "stack: a new axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible", [] { stack({f32({1, 1, 1, 1, 1, 1, 1, 1})}); }, [] { return has(stack({f32({1, 1})}), {1, 1, 1}); }},
      {invalid, "one_hot: a class axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible", [] { one_hot(i32({1, 1, 1, 1, 1, 1, 1, 1}), 2); }, [] { return has(one_hot(i32({1, 1}), 2), {1, 1, 2}); }},
      {invalid, "scatter_add: updates are [2], base [3] and indices [1] need [1]", [] { scatter_add(f32({3}), i32({1}), f32({2})); }, [] { return has(scatter_add(f32({3}), i32({2}), f32({2})), {3}); }},
      {invalid, "one_hot: 0 classes are asked for; at least 1 is needed", [] { one_hot(i32({0}), 0); }, [] { return has(one_hot(i32({0}), 1), {0, 1}); }},
      {range, "one_hot: index 3 at position 1 is outside [0, 3)", [] { one_hot(tensor({0, 3}), 3); }, [] { return is(sum(one_hot(tensor({0, 2}), 3)), 2); }},
      {range, "gather: index 5 at position 1 is outside [0, 3), as is 1 more", [] { gather(f32({3}), tensor({0, 5, 2, -1})); }, [] { return has(gather(f32({3}), tensor({0, 2, 1})), {3}); }},
      {range, "gather: index 0 at position 0 is outside [0, 0)", [] { gather(f32({0}), tensor({0})); }, [] { return has(gather(f32({0}), i32({0})), {0}); }},
      {range, "take_along_axis: index -1 at position 2 is outside [0, 2)", [] { take_along_axis(f32({2, 2}), tensor({{0, 1}, {-1, 0}})); }, [] { return has(take_along_axis(f32({2, 2}), tensor({{0, 1}, {1, 0}})), {2, 2}); }},
      {range, "scatter_add: index 2 at position 0 is outside [0, 2)", [] { scatter_add(f32({2}), tensor({2}), f32({1})); }, [] { return has(scatter_add(f32({2}), tensor({1}), f32({1})), {2}); }},
      {range, "scatter_add_along_axis: index 9 at position 1 is outside [0, 2)", [] { scatter_add_along_axis(f32({2}), tensor({0, 9}), f32({2})); }, [] { return has(scatter_add_along_axis(f32({2}), tensor({0, 0}), f32({2})), {2}); }},

      {invalid, "clamp: low 2 and high 1 are no interval", [] { clamp(f32({}), 2, 1); }, [] { return is(clamp(f32({}), 2, 2), 2); }},
      {invalid, "clamp: low nan and high 1 are no interval", [] { clamp(f32({}), nan, 1); }, [] { return is(clamp(f32({}), -HUGE_VAL, HUGE_VAL), 1); }},
      {range, "dropout: rate 1 is outside [0, 1)", [] { Generator rng; dropout(f32({2}), 1, rng); }, [] { Generator rng; return has(dropout(f32({2}), 0.5, rng), {2}); }},
      {range, "dropout: rate -0.5 is outside [0, 1)", [] { Generator rng; dropout(f32({2}), -0.5, rng); }, [] { Generator rng; return has(dropout(f32({2}), 0.999, rng), {2}); }},
      {invalid, "arange: -1 elements are asked for; at least 0 are possible", [] { arange(-1); }, [] { return has(arange(0), {0}); }},
      {invalid, "arange: from 0 to 1 by 0 has no end", [] { arange(0, 1, 0); }, [] { return has(arange(0, 1, 2), {1}); }},
      {invalid, "arange: from 0 to nan by 1 has no end", [] { arange(0, nan); }, [] { return has(arange(0, 1), {1}); }},
  };
  return rows;
}

const std::vector<Mistake>& empty_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "exp: an empty tensor is given for x", [] { exp(empty); }, [] { return is(exp(zeros({})), 1); }},
      {invalid, "add: an empty tensor is given for b", [] { f32({2}) + empty; }, [] { return is(f32({}) + f32({}), 2); }},
      {invalid, "add: the tensor beside the number 1 is empty", [] { empty + 1; }, [] { return is(f32({}) + 1, 2); }},
      {invalid, "where: an empty tensor is given for condition", [] { where(empty, f32({}), f32({})); }, [] { return is(where(boolean({}), f32({}), f32({})), 1); }},
      {invalid, "sum: an empty tensor is given for x", [] { sum(empty); }, [] { return is(sum(f32({0})), 0); }},
      {invalid, "matmul: an empty tensor is given for b", [] { matmul(f32({1, 1}), empty); }, [] { return is(matmul(f32({1, 1}), f32({1, 1})), 1); }},
      {invalid, "linear: an empty tensor is given for bias", [] { linear(f32({1, 1}), f32({1, 1}), empty); }, [] { return is(linear(f32({1, 1}), f32({1, 1})), 1); }},
      {invalid, "gather: an empty tensor is given for indices", [] { gather(f32({2}), empty); }, [] { return is(gather(f32({2}), i32({})), 1); }},
      {invalid, "reshape: an empty tensor is given for x", [] { reshape(empty, {1}); }, [] { return has(reshape(f32({}), {1}), {1}); }},
      {invalid, "concat: part 1 is an empty tensor", [] { concat({f32({1}), empty}); }, [] { return has(concat({f32({1}), f32({1})}), {2}); }},
      {invalid, "stack: part 0 is f32 [], part 1 is an empty tensor: shapes, dtypes and devices have to be equal", [] { stack({f32({}), empty}); }, [] { return has(stack({f32({}), f32({})}), {2}); }},
      {invalid, "cast: an empty tensor is given for x", [] { empty.to(DType::f64); }, [] { return is(f32({}).to(DType::f64), 1); }},
      {invalid, "zeros_like: an empty tensor is given for x", [] { zeros_like(empty); }, [] { return is(zeros_like(f32({})), 0); }},
      {invalid, "cross_entropy: an empty tensor is given for targets", [] { cross_entropy(f32({1, 2}), empty); }, [] { return has(cross_entropy(f32({1, 2}), i32({1})), {}); }},
      {invalid, "variable: the tensor is empty", [] { variable(empty); }, [] { return is(variable(f32({})), 1); }},
      {invalid, "stop_gradient: the tensor is empty", [] { stop_gradient(empty); }, [] { return is(stop_gradient(f32({})), 1); }},
      {invalid, "item: the tensor is empty", [] { empty.item<float>(); }, [] { return is(f32({}), 1); }},
      {invalid, "to_vector: the tensor is empty", [] { empty.to_vector<float>(); }, [] { return f32({0}).to_vector<float>().empty(); }},
      {invalid, "grad: the tensor to differentiate is empty", [] { grad(empty, {}); }, [] { return grad(variable(f32({})), {}).empty(); }},
      {invalid, "grad: the tensor is empty", [] { empty.grad(); }, [] { return !variable(f32({})).grad(); }},
  };
  return rows;
}

}  // namespace logitape::tests
