// Mistakes in what an op is given: dtypes; and empty tensors.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
}

// long: a table
const std::vector<Mistake>& dtype_mistakes() {
  static const std::vector<Mistake> rows = {
      {unsupported,
       "exp: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] { exp(i32({2})); }, [] { return is(exp(zeros({1})), 1); }},
      {unsupported, "add: arithmetic takes f32, f64 or integers, not a (boolean [2]): cast it, a.to(DType::i32)",
       [] { boolean({2}) + boolean({2}); }, [] { return is(f32({}) + f32({}), 2); }},
      {unsupported, "mul: arithmetic takes f32, f64 or integers, not a (f16 [2]): cast it, a.to(DType::f32)",
       [] { ones({2}, DType::f16) * 3; }, [] { return is(f32({}) * 3, 3); }},
      {invalid, "mul: a (i32 [3]) is of integers and 0.5 is not: write an integer, or cast it, a.to(DType::f32)",
       [] {
         tensor({1, 2, 3}) * 0.5;
       },
       [] { return is(tensor(3.f) * 0.5, 1.5); }},
      {invalid, "arange: 1.8446744073709552e+19 is asked for; i64 counts to 2^63 - 1",
       [] { arange(~std::uint64_t{0}); }, [] { return has(arange(std::uint64_t{2}), {2}); }},
      {invalid, "sub: b (i64 [2]) is of integers and 0.5 is not: write an integer, or cast it, b.to(DType::f32)",
       [] { 0.5 - arange(2); }, [] { return is(0.5 - f32({}), -0.5); }},
      {unsupported, "sub: arithmetic takes f32, f64 or integers, not b (bf16 [2]): cast it, b.to(DType::f32)",
       [] { f32({2}) - ones({2}, DType::bf16); }, [] { return is(f32({}) - 3, -2); }},
      {unsupported,
       "clamp: arithmetic takes f32 or f64, not x (i8 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] { clamp(ones({2}, DType::i8), 0, 1); }, [] { return is(clamp(f32({}), 2, 3), 2); }},
      {unsupported,
       "logsumexp: arithmetic takes f32 or f64, not x (i64 [3]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] { logsumexp(arange(3)); }, [] { return is(sum(arange(3)), 3); }},
      {unsupported, "norm: arithmetic takes f32 or f64, not x (boolean [3]): cast it, x.to(DType::f32)",
       [] { norm(boolean({3})); }, [] { return is(argmax(boolean({3}), 0), 0); }},
      {invalid, "count: x is f32 [3]; it has to be boolean: write count(not_equal(x, 0))", [] { count(f32({3})); },
       [] { return is(count(not_equal(f32({3}), 0)), 3); }},
      {invalid, "any: x is f32 [3]; it has to be boolean: write any(not_equal(x, 0))", [] { any(f32({3})); },
       [] { return is(any(not_equal(f32({3}), 0)), 1); }},
      {invalid, "all: x is i32 [3]; it has to be boolean: write all(not_equal(x, 0))", [] { all(i32({3})); },
       [] { return is(all(not_equal(i32({3}), 5)), 1); }},
      {invalid,
       "less: a is boolean [3] and b the number 1: booleans have no order; for 0 < x < 1 write (0 < x) & (x < 1)",
       [] { 0 < f32({3}) < 1; }, [] { return is(all((0 < f32({3})) & (f32({3}) < 2)), 1); }},
      {unsupported, "matmul: arithmetic takes f32 or f64, not a (bf16 [1,1]): cast it, a.to(DType::f32)",
       [] {
         matmul(ones({1, 1}, DType::bf16), f32({1, 1}));
       },
       [] {
         return is(matmul(f32({1, 2}), f32({2, 1})), 2);
       }},
      {unsupported,
       "softmax: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] { softmax(i32({2})); }, [] { return is(softmax(f32({1})), 1); }},
      {unsupported,
       "scatter_add: arithmetic takes f32 or f64, not base (i32 [3]): write its numbers as 1.f or 1.0, or cast it, "
       "base.to(DType::f32)",
       [] { scatter_add(i32({3}), i32({1}), i32({1})); },
       [] { return is(sum(scatter_add(f32({3}), i32({1}), f32({1}))), 4); }},
      {unsupported,
       "dropout: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] {
         Generator rng;
         dropout(i32({2}), 0.5, rng);
       },
       [] {
         Generator rng;
         return is(dropout(f32({}), 0, rng), 1);
       }},
      {unsupported, "randn: f16 is asked for; random numbers are f32 or f64: cast them, .to(DType::f16)",
       [] {
         Generator rng;
         randn({2}, rng, DType::f16);
       },
       [] {
         Generator rng;
         return has(randn({2}, rng), {2});
       }},
      {unsupported, "uniform: i32 is asked for; random numbers are f32 or f64: cast them, .to(DType::i32)",
       [] {
         Generator rng;
         uniform({2}, rng, DType::i32);
       },
       [] {
         Generator rng;
         return has(uniform({2}, rng), {2});
       }},
      {unsupported,
       "cross_entropy: logits are i32 [2,3]: write their numbers as 1.f or 1.0, or cast them, logits.to(DType::f32)",
       [] {
         cross_entropy(i32({2, 3}), i32({2}));
       },
       [] {
         return has(cross_entropy(f32({2, 3}), i32({2})), {});
       }},
      {unsupported,
       "softmax_cross_entropy_with_logits: logits are i64 [2]: write their numbers as 1.f or 1.0, or cast them, "
       "logits.to(DType::f32)",
       [] { nn::softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = arange(2)}); },
       [] { return is(nn::softmax_cross_entropy_with_logits({.labels = arange(1), .logits = f32({1})}), 0); }},
      {invalid,
       "SoftmaxCrossEntropyWithLogits: features (f32 [2,2]) and labels (i32 [2,2]) are not of one dtype: cast one, as "
       "in labels.to(DType::f32)",
       [] {
         raw_ops::SoftmaxCrossEntropyWithLogits({.features = f32({2, 2}), .labels = i32({2, 2})});
       },
       [] {
         return has(raw_ops::SoftmaxCrossEntropyWithLogits({.features = f32({2, 2}), .labels = f32({2, 2})}).loss, {2});
       }},
      {invalid, "where: condition is f32 [2]; it has to be boolean", [] { where(f32({2}), f32({2}), f32({2})); },
       [] { return is(where(boolean({}), 3, f32({})), 3); }},
      {invalid, "logical_and: b is i32 [2]; it has to be boolean", [] { logical_and(boolean({2}), i32({2})); },
       [] { return is(logical_and(boolean({}), boolean({})), 1); }},
      {invalid, "logical_or: a is f32 [2]; it has to be boolean", [] { logical_or(f32({2}), boolean({2})); },
       [] { return is(logical_or(boolean({}), boolean({})), 1); }},
      {invalid, "logical_not: a is u8 [2]; it has to be boolean", [] { logical_not(ones({2}, DType::u8)); },
       [] { return is(logical_not(boolean({})), 0); }},
      {invalid,
       "gather: indices have to be i8, u8, i16, i32 or i64, not indices (f32 [2]): cast them, indices.to(DType::i32)",
       [] { gather(f32({3}), f32({2})); }, [] { return has(gather(f32({3}), i32({2})), {2}); }},
      {invalid,
       "take_along_axis: indices have to be i8, u8, i16, i32 or i64, not indices (boolean [3]): cast them, "
       "indices.to(DType::i32)",
       [] { take_along_axis(f32({3}), boolean({3})); }, [] { return has(take_along_axis(f32({3}), i32({2})), {2}); }},
      {invalid,
       "one_hot: indices have to be i8, u8, i16, i32 or i64, not indices (f64 [2]): cast them, indices.to(DType::i32)",
       [] { one_hot(f64({2}), 3); },
       [] {
         return has(one_hot(i32({2}), 3), {2, 3});
       }},
      {invalid,
       "sparse_softmax_cross_entropy_with_logits: labels are class indices of i32 or i64, not f32 [2]: cast them, "
       "labels.to(DType::i32)",
       [] {
         nn::sparse_softmax_cross_entropy_with_logits({.labels = f32({2}), .logits = f32({2, 3})});
       },
       [] {
         return has(nn::sparse_softmax_cross_entropy_with_logits({.labels = i32({2}), .logits = f32({2, 3})}), {2});
       }},
      {invalid,
       "SparseSoftmaxCrossEntropyWithLogits: labels are class indices of i32 or i64, not f64 [2]: cast them, "
       "labels.to(DType::i32)",
       [] {
         raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = f64({2})});
       },
       [] {
         return has(
             raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = f32({2, 3}), .labels = i32({2})}).backprop,
             {2, 3});
       }},

      {invalid,
       "add: a (f32 [2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast "
       "one, as in b.to(DType::f32)",
       [] { f32({2}) + f64({2}); }, [] { return is(f64({}) + f64({}), 2); }},
      {invalid,
       "maximum: a (f64 []) and b (f32 []) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or cast "
       "one, as in b.to(DType::f64)",
       [] { maximum(f64({}), f32({})); }, [] { return is(maximum(f64({}), 2), 2); }},
      {invalid, "where: a (f32 [2]) and b (i32 [2]) are not of one dtype: cast one, as in b.to(DType::f32)",
       [] { where(boolean({2}), f32({2}), i32({2})); }, [] { return is(where(boolean({}), i32({}), i32({})), 1); }},
      {invalid,
       "where_positive: a (f32 [2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for "
       "f64, or cast one, as in b.to(DType::f32)",
       [] { where_positive(f32({2}), f64({2})); }, [] { return is(where_positive(f32({}), f32({})), 1); }},
      {invalid, "less: a (i32 [2]) and b (f32 [2]) are not of one dtype: cast one, as in a.to(DType::f32)",
       [] { less(i32({2}), f32({2})); }, [] { return is(less(i32({}), i32({})), 0); }},
      {invalid,
       "greater_equal: a (f32 [2]) and b (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, "
       "or cast one, as in b.to(DType::f32)",
       [] { where(f32({2}) >= f64({2}), 1, f32({})); }, [] { return is(f64({}) >= f64({}), 1); }},
      {invalid, "less: i32 cannot hold the number 2.5", [] { where(i32({2}) < 2.5, 1, f32({})); },
       [] { return is(i32({}) < 2, 1); }},
      {invalid,
       "matmul: a (f32 [1,1]) and b (f64 [1,1]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for f64, or "
       "cast one, as in b.to(DType::f32)",
       [] {
         matmul(f32({1, 1}), f64({1, 1}));
       },
       [] {
         return is(matmul(f64({1, 1}), f64({1, 1})), 1);
       }},
      {invalid,
       "linear: weight (f32 [2,2]) and x (f64 [1,2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for "
       "f64, or cast one, as in x.to(DType::f32)",
       [] {
         linear(f64({1, 2}), f32({2, 2}));
       },
       [] {
         return has(linear(f64({1, 2}).to(DType::f32), f32({2, 3})), {1, 3});
       }},
      {invalid,
       "linear: weight (f32 [2,2]) and bias (f64 [2]) are not of one dtype: write numbers as 1.f for f32 and 1.0 for "
       "f64, or cast one, as in bias.to(DType::f32)",
       [] {
         linear(f32({1, 2}), f32({2, 2}), f64({2}));
       },
       [] {
         return has(linear(f32({1, 2}), f32({2, 3}), f32({3})), {1, 3});
       }},
      {invalid, "concat: part 0 is f32 [2], part 1 is f64 [2]: dtypes and devices have to be equal",
       [] {
         concat({f32({2}), f64({2})});
       },
       [] {
         return has(concat({f64({2}), f64({1})}), {3});
       }},
      {invalid, "stack: part 0 is f32 [2], part 1 is f64 [2]: shapes, dtypes and devices have to be equal",
       [] {
         stack({f32({2}), f64({2})});
       },
       [] {
         return has(stack({f64({2}), f64({2})}), {2, 2});
       }},
      {unsupported,
       "sum_to: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] { sum_to(i32({2}), {}); }, [] { return is(sum_to(f32({2}), {}), 2); }},
      {invalid,
       "scatter_add: base (f32 [2]) and updates (f64 [1]) are not of one dtype: write numbers as 1.f for f32 and 1.0 "
       "for f64, or cast one, as in updates.to(DType::f32)",
       [] { scatter_add(f32({2}), i32({1}), f64({1})); },
       [] { return has(scatter_add(f64({2}), i32({1}), f64({1})), {2}); }},
      {invalid,
       "cross_entropy: logits (f32 [1,2]) and targets (f64 [1,2]) are not of one dtype: write numbers as 1.f for f32 "
       "and 1.0 for f64, or cast one, as in targets.to(DType::f32)",
       [] {
         cross_entropy(f32({1, 2}), f64({1, 2}));
       },
       [] {
         return has(cross_entropy(f64({1, 2}), f64({1, 2})), {});
       }},
      {invalid,
       "SoftmaxCrossEntropyWithLogits: features (f64 [1,2]) and labels (f32 [1,2]) are not of one dtype: write numbers "
       "as 1.f for f32 and 1.0 for f64, or cast one, as in labels.to(DType::f64)",
       [] {
         raw_ops::SoftmaxCrossEntropyWithLogits({.features = f64({1, 2}), .labels = f32({1, 2})});
       },
       [] {
         return has(raw_ops::SoftmaxCrossEntropyWithLogits({.features = f64({1, 2}), .labels = f64({1, 2})}).loss, {1});
       }},

      {invalid, "equal: i32 cannot hold the number 2.5", [] { equal(i32({2}), 2.5); },
       [] { return is(equal(i32({}), 1), 1); }},
      {invalid, "where: u8 cannot hold the number -1", [] { where(boolean({2}), ones({2}, DType::u8), -1); },
       [] { return is(where(boolean({}), 255, ones({}, DType::u8)), 255); }},
      {invalid, "equal: boolean cannot hold the number 2", [] { equal(boolean({2}), 2); },
       [] { return is(equal(boolean({}), 1), 1); }},
      {invalid, "full: i32 cannot hold the number 2.5", [] { full({2}, 2.5, DType::i32); },
       [] { return is(full({}, 2, DType::i32), 2); }},
      {invalid, "full: u8 cannot hold the number 300", [] { full({2}, 300, DType::u8); },
       [] { return is(full({}, 255, DType::u8), 255); }},
      {invalid, "full: i64 cannot hold the number nan", [] { full({2}, nan, DType::i64); },
       [] { return std::isnan(full({}, nan).item<float>()); }},
      {invalid, "full: i64 cannot hold the number 9.223372036854776e+18", [] { full({2}, 0x1p63, DType::i64); },
       [] { return is(full({}, -0x1p53, DType::i64), -0x1p53); }},
      {invalid, "arange: i32 cannot hold the number 0.5", [] { arange(0, 2.5, 0.5, DType::i32); },
       [] { return has(arange(0, 2.5, 0.5), {5}); }},
      {invalid, "pad: u8 cannot hold the number -1", [] { pad(ones({2}, DType::u8), {1}, {1}, -1); },
       [] { return has(pad(ones({2}, DType::u8), {1}, {1}, 1), {4}); }},
      {invalid, "arange: u8 cannot hold the number 299", [] { arange(300, DType::u8); },
       [] { return has(arange(256, DType::u8), {256}); }},
      {invalid, "arange: i32 cannot hold the number 1.5", [] { arange(0, 2, 0.5, DType::i32); },
       [] { return has(arange(0, 2, 0.5), {4}); }},
  };
  return rows;
}

// long: a table
const std::vector<Mistake>& empty_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "exp: an empty tensor is given for x", [] { exp(empty); }, [] { return is(exp(zeros({})), 1); }},
      {invalid, "add: an empty tensor is given for b", [] { f32({2}) + empty; },
       [] { return is(f32({}) + f32({}), 2); }},
      {invalid, "add: the tensor beside the number 1 is empty", [] { empty + 1; }, [] { return is(f32({}) + 1, 2); }},
      {invalid, "where: an empty tensor is given for condition", [] { where(empty, f32({}), f32({})); },
       [] { return is(where(boolean({}), f32({}), f32({})), 1); }},
      {invalid, "sum: an empty tensor is given for x", [] { sum(empty); }, [] { return is(sum(f32({0})), 0); }},
      {invalid, "matmul: an empty tensor is given for b",
       [] {
         matmul(f32({1, 1}), empty);
       },
       [] {
         return is(matmul(f32({1, 1}), f32({1, 1})), 1);
       }},
      {invalid, "linear: an empty tensor is given for bias",
       [] {
         linear(f32({1, 1}), f32({1, 1}), empty);
       },
       [] {
         return is(linear(f32({1, 1}), f32({1, 1})), 1);
       }},
      {invalid, "gather: an empty tensor is given for indices", [] { gather(f32({2}), empty); },
       [] { return is(gather(f32({2}), i32({})), 1); }},
      {invalid, "reshape: an empty tensor is given for x", [] { reshape(empty, {1}); },
       [] { return has(reshape(f32({}), {1}), {1}); }},
      {invalid, "flatten: an empty tensor is given for x", [] { flatten(empty); },
       [] { return has(flatten(f32({})), {1}); }},
      {invalid, "squeeze: an empty tensor is given for x", [] { squeeze(empty); },
       [] { return has(squeeze(f32({1})), {}); }},
      {invalid, "unsqueeze: an empty tensor is given for x", [] { unsqueeze(empty, 0); },
       [] { return has(unsqueeze(f32({}), 0), {1}); }},
      {invalid, "concat: part 1 is an empty tensor",
       [] {
         concat({f32({1}), empty});
       },
       [] {
         return has(concat({f32({1}), f32({1})}), {2});
       }},
      {invalid, "stack: part 0 is f32 [], part 1 is an empty tensor: shapes, dtypes and devices have to be equal",
       [] {
         stack({f32({}), empty});
       },
       [] {
         return has(stack({f32({}), f32({})}), {2});
       }},
      {invalid, "cast: an empty tensor is given for x", [] { empty.to(DType::f64); },
       [] { return is(f32({}).to(DType::f64), 1); }},
      {invalid, "zeros_like: an empty tensor is given for x", [] { zeros_like(empty); },
       [] { return is(zeros_like(f32({})), 0); }},
      {invalid, "cross_entropy: an empty tensor is given for targets",
       [] {
         cross_entropy(f32({1, 2}), empty);
       },
       [] {
         return has(cross_entropy(f32({1, 2}), i32({1})), {});
       }},
      {invalid, "variable: the tensor is empty", [] { variable(empty); }, [] { return is(variable(f32({})), 1); }},
      {invalid, "stop_gradient: the tensor is empty", [] { stop_gradient(empty); },
       [] { return is(stop_gradient(f32({})), 1); }},
      {invalid, "item: the tensor is empty", [] { empty.item<float>(); }, [] { return is(f32({}), 1); }},
      {invalid, "to_vector: the tensor is empty", [] { empty.to_vector<float>(); },
       [] { return f32({0}).to_vector<float>().empty(); }},
      {invalid, "grad: the tensor to differentiate is empty", [] { grad(empty, {}); },
       [] { return grad(variable(f32({})), {}).empty(); }},
      {invalid, "grad: the tensor is empty", [] { empty.grad(); }, [] { return !variable(f32({})).grad(); }},
  };
  return rows;
}

}  // namespace logitape::tests
