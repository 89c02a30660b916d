// What happens when the library is asked for something it cannot do: one row a mistake, with the code and the whole message,
// and right after it a call that works. Nothing may be left on the tape by the call that failed.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/gradcheck.h"
#include "logitape/autograd/node.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"
#include "logitape/backends/threads.h"
#include "logitape/core/error.h"
#include "logitape/core/random.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/softmax.h"
#include "logitape/ops/tensorflow.h"

using namespace logitape;

namespace {

struct Mistake {
  ErrorCode code;
  std::string message;           // what(), all of it
  std::function<void()> bad;
  std::function<bool()> good;    // the neighbour that works: true where its result is right
};

constexpr ErrorCode invalid = ErrorCode::invalid_argument, range = ErrorCode::out_of_range, unsupported = ErrorCode::unsupported,
                    no_gradient = ErrorCode::not_differentiable;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Tensor f32(const Shape& shape) { return ones(shape); }
Tensor f64(const Shape& shape) { return ones(shape, DType::f64); }
Tensor i32(const Shape& shape) { return ones(shape, DType::i32); }
Tensor boolean(const Shape& shape) { return ones(shape, DType::boolean); }
const Tensor empty;

bool is(const Tensor& t, double value) { return t.item<double>() == value; }
bool has(const Tensor& t, const Shape& shape) { return t.shape() == shape; }

const std::vector<Mistake>& dtype_mistakes() {
  static const std::vector<Mistake> rows = {
      {unsupported, "exp: arithmetic takes f32 or f64, not x (i32 [2]): cast to one of them", [] { exp(i32({2})); }, [] { return is(exp(zeros({1})), 1); }},
      {unsupported, "add: arithmetic takes f32 or f64, not a (boolean [2]): cast to one of them", [] { boolean({2}) + boolean({2}); }, [] { return is(f32({}) + f32({}), 2); }},
      {unsupported, "mul: arithmetic takes f32 or f64, not a (f16 [2]): cast to one of them", [] { ones({2}, DType::f16) * 3; }, [] { return is(f32({}) * 3, 3); }},
      {unsupported, "sub: arithmetic takes f32 or f64, not b (bf16 [2]): cast to one of them", [] { f32({2}) - ones({2}, DType::bf16); }, [] { return is(f32({}) - 3, -2); }},
      {unsupported, "clamp: arithmetic takes f32 or f64, not x (i8 [2]): cast to one of them", [] { clamp(ones({2}, DType::i8), 0, 1); }, [] { return is(clamp(f32({}), 2, 3), 2); }},
      {unsupported, "sum: arithmetic takes f32 or f64, not x (i64 [3]): cast to one of them", [] { sum(arange(3)); }, [] { return is(sum(f32({3})), 3); }},
      {unsupported, "argmax: arithmetic takes f32 or f64, not x (boolean [3]): cast to one of them", [] { argmax(boolean({3})); }, [] { return is(argmax(f32({3})), 0); }},
      {unsupported, "matmul: arithmetic takes f32 or f64, not a (bf16 [1,1]): cast to one of them", [] { matmul(ones({1, 1}, DType::bf16), f32({1, 1})); }, [] { return is(matmul(f32({1, 2}), f32({2, 1})), 2); }},
      {unsupported, "softmax: arithmetic takes f32 or f64, not x (i32 [2]): cast to one of them", [] { softmax(i32({2})); }, [] { return is(softmax(f32({1})), 1); }},
      {unsupported, "scatter_add: arithmetic takes f32 or f64, not base (i32 [3]): cast to one of them", [] { scatter_add(i32({3}), i32({1}), i32({1})); }, [] { return is(sum(scatter_add(f32({3}), i32({1}), f32({1}))), 4); }},
      {unsupported, "dropout: arithmetic takes f32 or f64, not x (i32 [2]): cast to one of them", [] { Generator rng; dropout(i32({2}), 0.5, rng); }, [] { Generator rng; return is(dropout(f32({}), 0, rng), 1); }},
      {unsupported, "randn: f16 is asked for; random numbers are f32 or f64", [] { Generator rng; randn({2}, rng, DType::f16); }, [] { Generator rng; return has(randn({2}, rng), {2}); }},
      {unsupported, "uniform: i32 is asked for; random numbers are f32 or f64", [] { Generator rng; uniform({2}, rng, DType::i32); }, [] { Generator rng; return has(uniform({2}, rng), {2}); }},
      {unsupported, "cross_entropy: arithmetic takes f32 or f64, not logits (i32 [2,3]): cast to one of them", [] { cross_entropy(i32({2, 3}), i32({2})); }, [] { return has(cross_entropy(f32({2, 3}), i32({2})), {}); }},
      {unsupported, "softmax_cross_entropy_with_logits: arithmetic takes f32 or f64, not logits (i64 [2]): cast to one of them", [] { nn::softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = arange(2)}); },
       [] { return is(nn::softmax_cross_entropy_with_logits({.labels = arange(1), .logits = f32({1})}), 0); }},
      {unsupported, "SoftmaxCrossEntropyWithLogits: arithmetic takes f32 or f64, not labels (i32 [2,2]): cast to one of them", [] { raw_ops::SoftmaxCrossEntropyWithLogits({.features = f32({2, 2}), .labels = i32({2, 2})}); },
       [] { return has(raw_ops::SoftmaxCrossEntropyWithLogits({.features = f32({2, 2}), .labels = f32({2, 2})}).loss, {2}); }},
      {invalid, "where: condition is f32 [2]; it has to be boolean", [] { where(f32({2}), f32({2}), f32({2})); }, [] { return is(where(boolean({}), 3, f32({})), 3); }},
      {invalid, "logical_and: b is i32 [2]; it has to be boolean", [] { logical_and(boolean({2}), i32({2})); }, [] { return is(logical_and(boolean({}), boolean({})), 1); }},
      {invalid, "logical_or: a is f32 [2]; it has to be boolean", [] { logical_or(f32({2}), boolean({2})); }, [] { return is(logical_or(boolean({}), boolean({})), 1); }},
      {invalid, "logical_not: a is u8 [2]; it has to be boolean", [] { logical_not(ones({2}, DType::u8)); }, [] { return is(logical_not(boolean({})), 0); }},
      {invalid, "gather: indices have to be i8, u8, i16, i32 or i64, not indices (f32 [2])", [] { gather(f32({3}), f32({2})); }, [] { return has(gather(f32({3}), i32({2})), {2}); }},
      {invalid, "take_along_axis: indices have to be i8, u8, i16, i32 or i64, not indices (boolean [3])", [] { take_along_axis(f32({3}), boolean({3})); }, [] { return has(take_along_axis(f32({3}), i32({2})), {2}); }},
      {invalid, "one_hot: indices have to be i8, u8, i16, i32 or i64, not indices (f64 [2])", [] { one_hot(f64({2}), 3); }, [] { return has(one_hot(i32({2}), 3), {2, 3}); }},
      {invalid, "sparse_softmax_cross_entropy_with_logits: indices have to be i8, u8, i16, i32 or i64, not labels (f32 [2])", [] { nn::sparse_softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2, 3})}); },
       [] { return has(nn::sparse_softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})}), {2}); }},
      {invalid, "SparseSoftmaxCrossEntropyWithLogits: indices have to be i8, u8, i16, i32 or i64, not labels (f64 [2])", [] { raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f64({2})}); },
       [] { return has(raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({2})}).backprop, {2, 3}); }},

      {invalid, "add: a (f32 [2]) and b (f64 [2]) are not of one dtype: cast one", [] { f32({2}) + f64({2}); }, [] { return is(f64({}) + f64({}), 2); }},
      {invalid, "maximum: a (f64 []) and b (f32 []) are not of one dtype: cast one", [] { maximum(f64({}), f32({})); }, [] { return is(maximum(f64({}), 2), 2); }},
      {invalid, "where: a (f32 [2]) and b (i32 [2]) are not of one dtype: cast one", [] { where(boolean({2}), f32({2}), i32({2})); }, [] { return is(where(boolean({}), i32({}), i32({})), 1); }},
      {invalid, "where_positive: a (f32 [2]) and b (f64 [2]) are not of one dtype: cast one", [] { where_positive(f32({2}), f64({2})); }, [] { return is(where_positive(f32({}), f32({})), 1); }},
      {invalid, "less: a (i32 [2]) and b (i64 [2]) are not of one dtype: cast one", [] { less(i32({2}), arange(2)); }, [] { return is(less(i32({}), i32({})), 0); }},
      {invalid, "matmul: a (f32 [1,1]) and b (f64 [1,1]) are not of one dtype: cast one", [] { matmul(f32({1, 1}), f64({1, 1})); }, [] { return is(matmul(f64({1, 1}), f64({1, 1})), 1); }},
      {invalid, "linear: x (f32 [1,2]) and bias (f64 [2]) are not of one dtype: cast one", [] { linear(f32({1, 2}), f32({2, 2}), f64({2})); }, [] { return has(linear(f32({1, 2}), f32({2, 3}), f32({3})), {1, 3}); }},
      {invalid, "concat: part 0 is f32 [2], part 1 is f64 [2]: dtypes and devices have to be equal", [] { concat({f32({2}), f64({2})}); }, [] { return has(concat({f64({2}), f64({1})}), {3}); }},
      {invalid, "stack: part 0 is f32 [2], part 1 is f64 [2]: shapes, dtypes and devices have to be equal", [] { stack({f32({2}), f64({2})}); }, [] { return has(stack({f64({2}), f64({2})}), {2, 2}); }},
      {unsupported, "sum_to: arithmetic takes f32 or f64, not x (i32 [2]): cast to one of them", [] { sum_to(i32({2}), {}); }, [] { return is(sum_to(f32({2}), {}), 2); }},
      {invalid, "scatter_add: base (f32 [2]) and updates (f64 [1]) are not of one dtype: cast one", [] { scatter_add(f32({2}), i32({1}), f64({1})); }, [] { return has(scatter_add(f64({2}), i32({1}), f64({1})), {2}); }},
      {invalid, "cross_entropy: logits (f32 [1,2]) and targets (f64 [1,2]) are not of one dtype: cast one", [] { cross_entropy(f32({1, 2}), f64({1, 2})); }, [] { return has(cross_entropy(f64({1, 2}), f64({1, 2})), {}); }},
      {invalid, "SoftmaxCrossEntropyWithLogits: features (f64 [1,2]) and labels (f32 [1,2]) are not of one dtype: cast one", [] { raw_ops::SoftmaxCrossEntropyWithLogits({.features = f64({1, 2}), .labels = f32({1, 2})}); },
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

const std::vector<Mistake>& shape_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "add: a [2] and b [3] do not broadcast", [] { f32({2}) + f32({3}); }, [] { return has(f32({2, 1}) + f32({3}), {2, 3}); }},
      {invalid, "equal: a [2,2] and b [3] do not broadcast", [] { equal(f32({2, 2}), f32({3})); }, [] { return has(equal(f32({2, 2}), f32({1})), {2, 2}); }},
      {invalid, "where: condition [2] and a and b [3] do not broadcast", [] { where(boolean({2}), f32({3}), f32({3})); }, [] { return has(where(boolean({2, 1}), f32({3}), f32({})), {2, 3}); }},
      {invalid, "broadcast_to: [3] does not broadcast to [2]", [] { broadcast_to(f32({3}), {2}); }, [] { return has(broadcast_to(f32({3}), {2, 3}), {2, 3}); }},
      {invalid, "broadcast_to: [2,3] does not broadcast to [3]", [] { broadcast_to(f32({2, 3}), {3}); }, [] { return has(broadcast_to(f32({1}), {0}), {0}); }},
      {invalid, "sum_to: [3] is not a broadcast of [2]", [] { sum_to(f32({3}), {2}); }, [] { return is(sum_to(f32({3}), {1}), 3); }},
      {invalid, "matmul: a is [2], b is [2,2]: both need rank 2 or more", [] { matmul(f32({2}), f32({2, 2})); }, [] { return has(matmul(f32({1, 2}), f32({2, 2})), {1, 2}); }},
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
      {invalid, "permute: [0,-2] names axis 0 twice", [] { permute(f32({2, 2}), {0, -2}); }, [] { return has(permute(f32({2, 3}), {-1, -2}), {3, 2}); }},
      {invalid, "slice: begin [0] and size [1,1] do not name every axis of [2,2]", [] { slice(f32({2, 2}), {0}, {1, 1}); }, [] { return has(slice(f32({2, 2}), {0, 1}, {1, -1}), {1, 1}); }},
      {range, "slice: begin [1] and size [3] reach beyond [3]", [] { slice(f32({3}), {1}, {3}); }, [] { return has(slice(f32({3}), {1}, {2}), {2}); }},
      {range, "slice: begin [4] and size [-1] reach beyond [3]", [] { slice(f32({3}), {4}, {-1}); }, [] { return has(slice(f32({3}), {3}, {-1}), {0}); }},
      {range, "slice: begin [-1] and size [1] reach beyond [3]", [] { slice(f32({3}), {-1}, {1}); }, [] { return has(slice(f32({3}), {0}, {0}), {0}); }},
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
      {invalid, "softmax: axis 1 of [2,0] has no classes", [] { softmax(f32({2, 0})); }, [] { return has(softmax(f32({0, 2})), {0, 2}); }},

      {invalid, "take_along_axis: indices are [2], x is [2,2]: ranks have to be equal", [] { take_along_axis(f32({2, 2}), i32({2})); }, [] { return has(take_along_axis(f32({2, 2}), i32({2, 1})), {2, 1}); }},
      {invalid, "take_along_axis: indices are [3,1], x is [2,2]: they differ off axis 1", [] { take_along_axis(f32({2, 2}), i32({3, 1})); }, [] { return has(take_along_axis(f32({2, 2}), i32({3, 2}), {.axis = 0}), {3, 2}); }},
      {invalid, "gather: x [1,1,1,1,1] by indices [1,1,1,1,1] has 9 axes; at most 8 are possible", [] { gather(f32({1, 1, 1, 1, 1}), i32({1, 1, 1, 1, 1})); }, [] { return has(gather(f32({2, 1}), i32({1, 1})), {1, 1, 1}); }},
      {invalid, "stack: a new axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible", [] { stack({f32({1, 1, 1, 1, 1, 1, 1, 1})}); }, [] { return has(stack({f32({1, 1})}), {1, 1, 1}); }},
      {invalid, "one_hot: a class axis beside [1,1,1,1,1,1,1,1] would be the ninth; at most 8 are possible", [] { one_hot(i32({1, 1, 1, 1, 1, 1, 1, 1}), 2); }, [] { return has(one_hot(i32({1, 1}), 2), {1, 1, 2}); }},
      {invalid, "scatter_add: updates are [2], base [3] and indices [1] need [1]", [] { scatter_add(f32({3}), i32({1}), f32({2})); }, [] { return has(scatter_add(f32({3}), i32({2}), f32({2})), {3}); }},
      {invalid, "one_hot: 0 classes are asked for; at least 1 is needed", [] { one_hot(i32({0}), 0); }, [] { return has(one_hot(i32({0}), 1), {0, 1}); }},
      {range, "one_hot: index 3 at position 1 is outside [0, 3)", [] { one_hot(tensor({0, 3}), 3); }, [] { return is(sum(one_hot(tensor({0, 2}), 3)), 2); }},
      {range, "gather: index 5 at position 1 is outside [0, 3), as are 1 more", [] { gather(f32({3}), tensor({0, 5, 2, -1})); }, [] { return has(gather(f32({3}), tensor({0, 2, 1})), {3}); }},
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

const std::vector<Mistake>& loss_mistakes() {
  using nn::softmax_cross_entropy_with_logits;
  using nn::sparse_softmax_cross_entropy_with_logits;
  using raw_ops::SoftmaxCrossEntropyWithLogits;
  using raw_ops::SparseSoftmaxCrossEntropyWithLogits;
  static const std::vector<Mistake> rows = {
      {invalid, "softmax_cross_entropy_with_logits: labels [2,4] do not broadcast to logits [2,3]", [] { softmax_cross_entropy_with_logits({.labels = f32({2, 4}), .logits = f32({2, 3})}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({2, 3}), .logits = f32({2, 3})}), {2}); }},
      {invalid, "softmax_cross_entropy_with_logits (head): labels [2,4] do not broadcast to logits [2,3]", [] { softmax_cross_entropy_with_logits({.labels = f32({2, 4}), .logits = f32({2, 3}), .name = "head"}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({1, 3}), .logits = f32({2, 3}), .name = "head"}), {2}); }},
      {invalid, "softmax_cross_entropy_with_logits: logits are a scalar; they need a class axis", [] { softmax_cross_entropy_with_logits({.labels = f32({3}), .logits = f32({})}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({}), .logits = f32({3})}), {}); }},
      {invalid, "softmax_cross_entropy_with_logits: there are no classes: the shape is [2,0]", [] { softmax_cross_entropy_with_logits({.labels = f32({2, 0}), .logits = f32({2, 0})}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({0, 2}), .logits = f32({0, 2})}), {0}); }},
      {invalid, "softmax_cross_entropy_with_logits: an empty tensor is given for labels", [] { softmax_cross_entropy_with_logits({.labels = empty, .logits = f32({2})}); },
       [] { return has(softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2})}), {}); }},

      {invalid, "sparse_softmax_cross_entropy_with_logits: labels [3] are not class indices of logits [2,3], which need [2]", [] { sparse_softmax_cross_entropy_with_logits({.labels = i32({3}), .logits = f32({2, 3})}); },
       [] { return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})}), {2}); }},
      {range, "sparse_softmax_cross_entropy_with_logits: label 3 at row 1 is outside [0, 3)", [] { sparse_softmax_cross_entropy_with_logits({.labels = tensor({0, 3}), .logits = f32({2, 3})}); },
       [] { return has(sparse_softmax_cross_entropy_with_logits({.labels = tensor({0, 2}), .logits = f32({2, 3})}), {2}); }},
      {range, "sparse_softmax_cross_entropy_with_logits (aux): label -1 at row 0 is outside [0, 3), as are 1 more", [] { sparse_softmax_cross_entropy_with_logits({.labels = tensor({-1, 3}), .logits = f32({2, 3}), .name = "aux"}); },
       [] { return has(sparse_softmax_cross_entropy_with_logits({.labels = tensor({1, 0}), .logits = f32({2, 3}), .name = "aux"}), {2}); }},
      {invalid, "sparse_softmax_cross_entropy_with_logits: logits are a scalar; they need a class axis", [] { sparse_softmax_cross_entropy_with_logits({.labels = i32({}), .logits = f32({})}); },
       [] { return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({}), .logits = f32({2})}), {}); }},
      {invalid, "sparse_softmax_cross_entropy_with_logits: there are no classes: the shape is [0,0]", [] { sparse_softmax_cross_entropy_with_logits({.labels = i32({0}), .logits = f32({0, 0})}); },
       [] { return has(sparse_softmax_cross_entropy_with_logits({.labels = i32({0}), .logits = f32({0, 1})}), {0}); }},

      {invalid, "SoftmaxCrossEntropyWithLogits: features [1,1,2] and labels [2] broadcast to [1,1,2]; rank 2 is needed", [] { SoftmaxCrossEntropyWithLogits({.features = f32({1, 1, 2}), .labels = f32({2})}); },
       [] { return has(SoftmaxCrossEntropyWithLogits({.features = f32({1, 2}), .labels = f32({2})}).loss, {1}); }},
      {invalid, "SoftmaxCrossEntropyWithLogits: labels [2,4] do not broadcast to features [2,3]", [] { SoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f32({2, 4})}); },
       [] { return has(SoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f32({2, 1})}).backprop, {2, 3}); }},
      {invalid, "SoftmaxCrossEntropyWithLogits: there are no classes: the shape is [2,0]", [] { SoftmaxCrossEntropyWithLogits({.features = f32({2, 0}), .labels = f32({2, 0})}); },
       [] { return has(SoftmaxCrossEntropyWithLogits({.features = f32({0, 2}), .labels = f32({0, 2})}).loss, {0}); }},

      {invalid, "SparseSoftmaxCrossEntropyWithLogits: features are [2]; rank 2 is needed", [] { SparseSoftmaxCrossEntropyWithLogits({.features = f32({2}), .labels = i32({})}); },
       [] { return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 2}), .labels = i32({1})}).loss, {1}); }},
      {invalid, "SparseSoftmaxCrossEntropyWithLogits: labels [3] are not class indices of features [2,3], which need [2]", [] { SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({3})}); },
       [] { return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({2})}).loss, {2}); }},
      {range, "SparseSoftmaxCrossEntropyWithLogits: label 7 at row 0 is outside [0, 3)", [] { SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({7})}); },
       [] { return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({2})}).loss, {1}); }},
      {range, "SparseSoftmaxCrossEntropyWithLogits (main): label 7 at row 0 is outside [0, 3)", [] { SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({7}), .name = "main"}); },
       [] { return has(SparseSoftmaxCrossEntropyWithLogits({.features = f32({1, 3}), .labels = tensor({2}), .name = "main"}).loss, {1}); }},

      {invalid, "cross_entropy: logits are a scalar; they need a class axis", [] { cross_entropy(f32({}), i32({})); }, [] { return is(cross_entropy(f32({1}), zeros({}, DType::i64)), 0); }},
      {invalid, "cross_entropy: there are no classes: the shape is [2,0]", [] { cross_entropy(f32({2, 0}), i32({2})); }, [] { return is(cross_entropy(f32({0, 2}), i32({0})), 0); }},
      {range, "cross_entropy: label 10 at row 1 is outside [0, 10), as are 2 more", [] { cross_entropy(f32({4, 10}), tensor({9, 10, -1, 99})); }, [] { return has(cross_entropy(f32({4, 10}), tensor({9, 0, 1, 5})), {}); }},
      {invalid, "cross_entropy: targets are i32 [2,3], of the logits' own shape: cast them to f32 if they are probabilities, else leave out the class axis", [] { cross_entropy(f32({2, 3}), i32({2, 3})); },
       [] { return has(cross_entropy(f32({2, 3}), i32({2, 3}).to(DType::f32)), {}); }},
      {invalid, "cross_entropy: targets [3] are not class indices of logits [2,3], which need [2]", [] { cross_entropy(f32({2, 3}), i32({3})); }, [] { return has(cross_entropy(f32({2, 3}), i32({2})), {}); }},
      {invalid, "cross_entropy: targets [3] are not probabilities of logits [2,3]: shapes have to be equal", [] { cross_entropy(f32({2, 3}), f32({3})); }, [] { return has(cross_entropy(f32({2, 3}), f32({2, 3})), {}); }},
      {invalid, "cross_entropy: logits (f32 [2,3]) and targets (boolean [2,3]) are not of one dtype: cast one", [] { cross_entropy(f32({2, 3}), boolean({2, 3})); }, [] { return has(cross_entropy(f32({2, 3}), boolean({2, 3}).to(DType::f32)), {}); }},
  };
  return rows;
}

// An op whose rule is wrong in one way or another.
template <class F>
Tensor with_rule(const Tensor& x, F rule) { return record("twice", {x}, {x * 2}, keep::nothing, rule); }

const std::vector<Mistake>& tape_mistakes() {
  static const std::vector<Mistake> rows = {
      {no_gradient, "variable: i32 has no gradient; variables are f32 or f64", [] { variable(i32({2})); }, [] { return variable(f32({2})).requires_grad(); }},
      {no_gradient, "variable: f16 has no gradient; variables are f32 or f64", [] { variable(ones({2}, DType::f16)); }, [] { return variable(f64({2})).requires_grad(); }},
      {no_gradient, "grad: f32 [] does not depend on any variable; was it computed under a NoGrad, or is it a gradient taken without create_graph?", [] { grad(f32({}), {variable(f32({}))}); }, [] { const Tensor x = variable(f32({})); return is(grad(x, {x})[0], 1); }},
      {no_gradient, "grad: f32 [] does not depend on any variable: stop_gradient cuts its path", [] { const Tensor x = variable(f32({2})); grad(sum(stop_gradient(x)), {x}); },
       [] { const Tensor x = variable(f32({2})); return is(sum(grad(sum(x), {x})[0]), 2); }},
      {no_gradient, "grad: f32 [2] does not depend on any variable; was it computed under a NoGrad, or is it a gradient taken without create_graph?", [] { const Tensor x = variable(f32({2})); const NoGrad guard; grad(x * 2, {x}, {.seed = f32({2})}); },
       [] { const Tensor x = variable(f32({2})); return has(grad(x * 2, {x}, {.seed = f32({2})})[0], {2}); }},
      {invalid, "grad: f32 [2] has 2 elements: give a seed of its shape, or reduce it to a scalar", [] { const Tensor x = variable(f32({2})); grad(x * 2, {x}); },
       [] { const Tensor x = variable(f32({2})); return has(grad(sum(x * 2), {x})[0], {2}); }},
      {invalid, "grad: the seed is f32 [3], the tensor to differentiate f32 [2]", [] { const Tensor x = variable(f32({2})); grad(x * 2, {x}, {.seed = f32({3})}); },
       [] { const Tensor x = variable(f32({2})); return has(grad(x * 2, {x}, {.seed = f32({2})})[0], {2}); }},
      {invalid, "grad: the seed is f64 [2], the tensor to differentiate f32 [2]", [] { const Tensor x = variable(f32({2})); grad(x * 2, {x}, {.seed = f64({2})}); },
       [] { const Tensor x = variable(f64({2})); return has(grad(x * 2, {x}, {.seed = f64({2})})[0], {2}); }},
      {no_gradient, "grad: f32 [] was not computed from input 1 (f64 [3], made by variable); after an optimiser step a model holds new leaves; Unreached::zero asks for zeros", [] { const Tensor x = variable(f32({2})); grad(sum(x), {x, variable(f64({3}))}); },
       [] { const Tensor x = variable(f32({2})); return is(sum(grad(sum(x), {x, variable(f64({3}))}, {.unreached = Unreached::zero})[1]), 0); }},
      {no_gradient, "grad: f32 [] was not computed from input 0 (f32 [2], made by variable): stop_gradient cuts a path on the way; Unreached::zero asks for zeros",
       [] { const Tensor x = variable(f32({2})), y = variable(f32({2})); grad(sum(stop_gradient(x * 2) * y), {x}); },
       [] { const Tensor x = variable(f32({2})), y = variable(f32({2})); return is(sum(grad(sum(stop_gradient(x * 2) * y), {x}, {.unreached = Unreached::zero})[0]), 0); }},
      {no_gradient, "grad: input 0 (f32 [2]) is not on the tape: make it with variable()", [] { const Tensor x = variable(f32({2})); grad(sum(x), {f32({2})}); },
       [] { const Tensor x = variable(f32({2})); return has(grad(sum(x), {x})[0], {2}); }},
      {no_gradient, "grad: input 0 (an empty tensor) is not on the tape: make it with variable()", [] { const Tensor x = variable(f32({2})); grad(sum(x), {empty}); },
       [] { const Tensor x = variable(f32({2})); return grad(sum(x), {}).empty(); }},
      {invalid, "backward: f32 [2] has 2 elements: reduce it to a scalar, or use grad with a seed", [] { (variable(f32({2})) * 2).backward(); },
       [] { const Tensor x = variable(f32({2})); sum(x * 2).backward(); return is(sum(*x.grad()), 4); }},
      {no_gradient, "backward: f32 [] does not depend on any variable; was it computed under a NoGrad, or is it a gradient taken without create_graph?", [] { f32({}).backward(); }, [] { const Tensor x = variable(f32({})); x.backward(); return is(*x.grad(), 1); }},
      {no_gradient, "grad: f32 [2] is not a leaf: only tensors made by variable() hold a gradient; use logitape::grad(y, {x})", [] { (variable(f32({2})) * 2).grad(); }, [] { return !variable(f32({2})).grad(); }},
      {no_gradient, "grad: f32 [2] is not a leaf: only tensors made by variable() hold a gradient; use logitape::grad(y, {x})", [] { f32({2}).grad(); }, [] { return !variable(f32({2})).grad(); }},

      {invalid, "twice: its rule reads input 0, whose bytes it did not declare to keep", [] { const Tensor x = variable(f32({})); grad(with_rule(x, [](const Node& n, const Cotangents&) { return Tensors{n.input(0)}; }), {x}); },
       [] { const Tensor x = variable(f32({})); return is(grad(with_rule(x, [](const Node&, const Cotangents& g) { return Tensors{g[0] * 2}; }), {x})[0], 2); }},
      {invalid, "twice: its rule reads output 0, whose bytes it did not declare to keep", [] { const Tensor x = variable(f32({})); grad(with_rule(x, [](const Node& n, const Cotangents&) { return Tensors{n.output(0)}; }), {x}); },
       [] { const Tensor x = variable(f32({})); return is(grad(x * 2, {x})[0], 2); }},
      {invalid, "twice: its vjp returned 0 cotangents for 1 inputs", [] { const Tensor x = variable(f32({})); grad(with_rule(x, [](const Node&, const Cotangents&) { return Tensors{}; }), {x}); },
       [] { const Tensor x = variable(f32({})); return is(grad(x * 3, {x})[0], 3); }},
      {invalid, "twice: its vjp returned f32 [2] for input 0, which is f32 []", [] { const Tensor x = variable(f32({})); grad(with_rule(x, [](const Node&, const Cotangents&) { return Tensors{f32({2})}; }), {x}); },
       [] { const Tensor x = variable(f32({})); return is(grad(x * 4, {x})[0], 4); }},
      {invalid, "twice: its vjp returned f64 [] for input 0, which is f32 []", [] { const Tensor x = variable(f32({})); grad(with_rule(x, [](const Node&, const Cotangents&) { return Tensors{f64({})}; }), {x}); },
       [] { const Tensor x = variable(f32({})); return is(grad(x * 5, {x})[0], 5); }},

      {invalid, "check_gradients: no inputs are given", [] { check_gradients([](std::span<const Tensor>) { return f64({}); }, {}); }, [] { return check_gradients([](std::span<const Tensor> x) { return x[0] * 2; }, {f64({})}).ok(); }},
      {invalid, "check_gradients: order 0 is asked for; at least 1 is needed", [] { check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({})}, {.order = 0}); },
       [] { return check_gradients([](std::span<const Tensor> x) { return x[0] * x[0]; }, {f64({})}, {.order = 3}).ok(); }},
      {invalid, "check_gradients: input 1 is i32 [2], input 0 f64 []: all have to be f32, or all f64", [] { check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({}), i32({2})}); },
       [] { return check_gradients([](std::span<const Tensor> x) { return x[0] * x[1]; }, {f64({}), f64({2})}).ok(); }},
  };
  return rows;
}

const std::vector<Mistake>& machine_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "set_num_threads: 0 threads asked for; at least 1 and at most 1024 are possible", [] { set_num_threads(0); }, [] { set_num_threads(num_threads()); return num_threads() >= 1; }},
      {invalid, "set_num_threads: -3 threads asked for; at least 1 and at most 1024 are possible", [] { set_num_threads(-3); }, [] { return num_threads() >= 1; }},
      {invalid, "Generator::below: n is 0; at least 1 is needed", [] { Generator().below(0); }, [] { return Generator().below(1) == 0; }},
      {ErrorCode::device, "to: cuda:0 is not available: this build computes on the cpu", [] { f32({2}).to(Device::cuda(0)); }, [] { return is(f32({}).to(Device::cpu()), 1); }},
      {ErrorCode::device, "tensor: cuda:1 is not available: this build computes on the cpu", [] { Tensor::uninitialised({2}, DType::f32, Device::cuda(1)); }, [] { return has(Tensor::uninitialised({2}, DType::f32), {2}); }},
      {unsupported, "exp: there is no kernel for it on cpu", [] {
         static backends::Kernels kernels = cpu::kernels();
         kernels.exp = nullptr;
         struct Restore { const backends::Kernels* before; ~Restore() { backends::replace_cpu_kernels(before); } } guard{backends::replace_cpu_kernels(&kernels)};
         exp(Tensor::uninitialised({0}, DType::f32));
       }, [] { return is(exp(zeros({})), 1); }},
  };
  return rows;
}

void check(const std::vector<Mistake>& rows) {
  for (const Mistake& m : rows) {
    INFO(m.message);
    const std::int64_t nodes = live_nodes();
    bool thrown = false;
    try {
      m.bad();
    } catch (const Error& e) {
      thrown = true;
      CHECK(std::string(e.what()) == m.message);
      CHECK(name(e.code()) == name(m.code));
      CHECK(e.op() == m.message.substr(0, m.message.find(": ")));
    }
    CHECK_MESSAGE(thrown, "no error was thrown");
    CHECK(live_nodes() == nodes);
    CHECK(m.good());
    CHECK(live_nodes() == nodes);
  }
}

}  // namespace

TEST_CASE("a wrong dtype, or two that differ, is an error that names the op, the argument and the dtypes") { check(dtype_mistakes()); }
TEST_CASE("a wrong shape, axis, index or number is an error that names the op and both values") { check(shape_mistakes()); }
TEST_CASE("an empty tensor is refused by name, wherever it is handed in") { check(empty_mistakes()); }
TEST_CASE("every entry of the loss family says what is wrong with its labels or its logits") { check(loss_mistakes()); }
TEST_CASE("misuse of the tape is an error that says what to do instead") { check(tape_mistakes()); }
TEST_CASE("threads, devices and kernels that are not there are errors by name") { check(machine_mistakes()); }

TEST_CASE("the error table's size") {
  std::set<std::string> messages;
  std::size_t count = 0;
  for (const auto* rows : {&dtype_mistakes(), &shape_mistakes(), &empty_mistakes(), &loss_mistakes(), &tape_mistakes(), &machine_mistakes()})
    for (const Mistake& m : *rows) {
      messages.insert(m.message);
      ++count;
    }
  MESSAGE("error table: ", count, " mistakes, ", messages.size(), " different messages");
  CHECK(messages.size() >= 70);
}

TEST_CASE("a backward that fails leaves every slot as it was, and the next one works") {
  const Tensor x = variable(f32({2})), y = variable(f32({2}));
  sum(x).backward();
  const Tensor bad = with_rule(y, [](const Node&, const Cotangents&) { return Tensors{f32({3})}; });
  CHECK_THROWS_AS(sum(x * bad).backward(), Error);
  CHECK(x.grad()->to_vector<float>() == std::vector<float>{1, 1});
  CHECK_FALSE(y.grad());
  sum(x * y).backward();
  CHECK(x.grad()->to_vector<float>() == std::vector<float>{2, 2});
  CHECK(y.grad()->to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("where a number is refused no random numbers are drawn") {
  Generator rng{7};
  CHECK_THROWS_AS(randn({2}, rng, DType::i32), Error);
  CHECK_THROWS_AS(dropout(f32({2}), 1, rng), Error);
  CHECK(rng.position() == 0);
}
