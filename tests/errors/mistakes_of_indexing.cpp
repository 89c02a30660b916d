// Mistakes in x[...], rows, columns and boolean_mask, and in arithmetic of integers.
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/errors/mistakes.h"

// A table: one row a line.

namespace logitape::tests {

namespace {
constexpr ErrorCode outside = ErrorCode::out_of_range;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();

Tensor u8(const Shape& shape) { return ones(shape, DType::u8); }
Tensor i64(const Shape& shape) { return ones(shape, DType::i64); }
}  // namespace

// long: a table
const std::vector<Mistake>& indexing_mistakes() {
  using logitape::all, logitape::range;
  static const std::vector<Mistake> rows_of = {
      {outside, "index: 3 is outside [-3, 3), axis 0 of x [3,4]",
       [] {
         f32({3, 4})[3];
       },
       [] {
         return has(f32({3, 4})[2], {4});
       }},
      {outside, "index: -4 is outside [-3, 3), axis 0 of x [3]", [] { f32({3})[-4]; },
       [] { return has(f32({3})[-3], {}); }},
      {outside, "index: 4 is outside [-4, 4), axis 1 of x [3,4]",
       [] {
         f32({3, 4})[{all, 4}];
       },
       [] {
         return has(f32({3, 4})[{all, 3}], {3});
       }},
      {outside, "index: 0 is outside [0, 0), axis 0 of x [0,2]",
       [] {
         f32({0, 2})[0];
       },
       [] {
         return has(f32({0, 2})[{all, 0}], {0});
       }},
      {outside, "index: 9223372036854775807 is outside [-2, 2), axis 0 of x [2]",
       [] { f32({2})[std::vector<int>{}.size() - 1]; }, [] { return has(f32({2})[std::size_t{1}], {}); }},
      {outside, "index: -9223372036854775808 is outside [-2, 2), axis 0 of x [2]", [] { f32({2})[least]; },
       [] { return has(f32({2})[-2], {}); }},
      {outside, "index: range(0, 4) reaches beyond axis 0 of x [3]: 4 is outside [-3, 3]; none stands for the end",
       [] { f32({3})[range(0, 4)]; }, [] { return has(f32({3})[range(0, none)], {3}); }},
      {outside,
       "index: range(-4, none) reaches beyond axis 1 of x [2,3]: -4 is outside [-3, 3]; none stands for the end",
       [] {
         f32({2, 3})[{0, range(-4, none)}];
       },
       [] {
         return has(f32({2, 3})[{0, range(-3, none)}], {3});
       }},
      {outside,
       "index: range(3, none, -1) reaches beyond axis 0 of x [3]: 3 is outside [-3, 2]; none stands for the end",
       [] { f32({3})[range(3, none, -1)]; }, [] { return has(f32({3})[range(2, none, -1)], {3}); }},
      {outside,
       "index: range(9223372036854775807, none) reaches beyond axis 0 of x [2]: 9223372036854775807 is outside [-2, "
       "2]; none stands for the end",
       [] { f32({2})[range(~std::uint64_t{0}, none)]; }, [] { return has(f32({2})[range(2u, none)], {0}); }},
      {invalid, "index: range(none, none, 0) of axis 0 of x [3] has step 0: it would never end",
       [] { f32({3})[range(none, none, 0)]; },
       [] { return has(f32({3})[range(none, none, most)], {1}) && has(f32({3})[range(none, none, least)], {1}); }},
      {invalid, "index: 1 subscript is given for x [], which has rank 0", [] { f32({})[0]; },
       [] { return has(f32({})[{}], {}); }},
      {invalid,
       "index: 2 subscripts are given for x [3], which has rank 1: several positions along one axis are "
       "x[tensor({0, 2})]",
       [] {
         f32({3})[{0, 2}];
       },
       [] {
         return has(f32({3})[tensor({0, 2})], {2});
       }},
      {invalid, "index: 3 subscripts are given for x [2,2], which has rank 2",
       [] {
         f32({2, 2})[{0, 0, 0}];
       },
       [] {
         return has(f32({2, 2})[{0, 0}], {});
       }},
      {outside, "rows: range(0, 3) reaches beyond axis 0 of x [2,2]: 3 is outside [-2, 2]; none stands for the end",
       [] {
         rows(f32({2, 2}), 0, 3);
       },
       [] {
         return has(rows(f32({2, 2}), 0, 2), {2, 2});
       }},
      {invalid, "columns: 2 subscripts are given for x [2], which has rank 1", [] { columns(f32({2}), 0, 1); },
       [] {
         return has(columns(f32({2, 2}), 0, 1), {2, 1});
       }},
      {invalid, "boolean_mask: mask is i32 [2]; it has to be boolean, as x > 0 is",
       [] { boolean_mask(f32({2}), i32({2})); }, [] { return has(boolean_mask(f32({2}), boolean({2})), {2}); }},
      {invalid, "boolean_mask: mask [3] does not have the first axes of x [2,3]",
       [] {
         f32({2, 3})[boolean({3})];
       },
       [] {
         return has(f32({2, 3})[boolean({2})], {2, 3});
       }},
      {invalid, "boolean_mask: mask [2,1] does not have the first axes of x [2]",
       [] {
         f32({2})[boolean({2, 1})];
       },
       [] {
         return has(f32({2, 1})[boolean({2, 1})], {2});
       }},
      {invalid,
       "gather: indices have to be i8, u8, i16, i32 or i64, not indices (f32 [2]): cast them, indices.to(DType::i32)",
       [] { f32({3})[f32({2})]; }, [] { return has(f32({3})[i32({2})], {2}); }},
      {invalid, "index: an empty tensor is given for x", [] { Tensor()[0]; }, [] { return has(f32({1})[0], {}); }},
      {invalid, "gather: an empty tensor is given for indices", [] { f32({2})[Tensor()]; },
       [] { return has(f32({2})[i32({1})], {1}); }},
      {invalid, "boolean_mask: an empty tensor is given for mask", [] { boolean_mask(f32({2}), empty); },
       [] { return has(boolean_mask(f32({2}), boolean({2})), {2}); }},
  };
  return rows_of;
}

const std::vector<Mistake>& integer_mistakes() {
  static const std::vector<Mistake> rows_of = {
      {unsupported, "div: the quotient of integers may be no integer: cast a (i32 [2]), a.to(DType::f32)",
       [] { i32({2}) / i32({2}); }, [] { return is(i32({}).to(DType::f32) / 2, 0.5); }},
      {unsupported, "div: the quotient of integers may be no integer: cast a (i64 [2]), a.to(DType::f32)",
       [] { i64({2}) / 2; }, [] { return is(i64({}) * 2, 2); }},
      {unsupported, "div: the quotient of integers may be no integer: cast b (u8 [2]), b.to(DType::f32)",
       [] { 1.5 / u8({2}); }, [] { return is(1 - u8({}), 0); }},
      {unsupported, "div: the quotient of integers may be no integer: cast b (i32 [2]), b.to(DType::f32)",
       [] { f32({2}) / i32({2}); }, [] { return is(f32({}) / i32({}).to(DType::f32), 1); }},
      {unsupported,
       "pow: arithmetic takes f32 or f64, not a (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "a.to(DType::f32)",
       [] { pow(i32({2}), 2); }, [] { return is(i32({}) * i32({}), 1); }},
      {unsupported,
       "sign: arithmetic takes f32 or f64, not x (i32 [2]): write its numbers as 1.f or 1.0, or cast it, "
       "x.to(DType::f32)",
       [] { sign(i32({2})); }, [] { return is(abs(-i32({})), 1); }},
      {invalid, "add: a (i32 [2]) is of integers and 2 is not: write an integer, or cast it, a.to(DType::f32)",
       [] { i32({2}) + 2.0; }, [] { return is(i32({}) + 2, 3); }},
      {invalid, "maximum: a (u8 [2]) is of integers and 0.5 is not: write an integer, or cast it, a.to(DType::f32)",
       [] { maximum(u8({2}), 0.5f); }, [] { return is(maximum(u8({}), 3), 3); }},
      {invalid, "add: i8 cannot hold the number 128", [] { ones({2}, DType::i8) + 128; },
       [] { return is(ones({}, DType::i8) + 127, -128); }},
      {invalid, "sub: u8 cannot hold the number -1", [] { u8({2}) - -1; }, [] { return is(u8({}) - 2, 255); }},
      {invalid, "mul: i64 cannot hold the number 1.8446744073709552e+19", [] { i64({2}) * ~std::uint64_t{0}; },
       [] { return (i64({}) * most).item<std::int64_t>() == most; }},
      {invalid, "equal: i32 cannot hold the number 9223372036854775807", [] { equal(i32({2}), most); },
       [] { return is(equal(i64({}) * most, most), 1) && is(equal(i64({}) * most, most - 1), 0); }},
      {unsupported, "add: arithmetic takes f32, f64 or integers, not b (boolean [2]): cast it, b.to(DType::i32)",
       [] { i32({2}) + boolean({2}); }, [] { return is(i32({}) + boolean({}).to(DType::i32), 2); }},
      {unsupported, "mul: arithmetic takes f32, f64 or integers, not a (boolean [2]): cast it, a.to(DType::i32)",
       [] { boolean({2}) * 2; }, [] { return is(boolean({}).to(DType::i8) * 2, 2); }},
      {invalid, "add: a (i32 [2]) and b (f32 [2]) are not of one dtype: cast one, as in a.to(DType::f32)",
       [] { i32({2}) + f32({2}); }, [] { return is(i32({}).to(DType::f32) + f32({}), 2); }},
      {invalid, "sub: a (f64 [2]) and b (i64 [2]) are not of one dtype: cast one, as in b.to(DType::f64)",
       [] { f64({2}) - i64({2}); }, [] { return is(i64({}) - i32({}), 0); }},
      {invalid, "equal: a (boolean [2]) and b (f32 [2]) are not of one dtype: cast one, as in a.to(DType::f32)",
       [] { equal(boolean({2}), f32({2})); }, [] { return is(equal(boolean({}), i32({})), 1); }},
      {invalid, "where: a (f16 [2]) and b (i32 [2]) are not of one dtype: cast one, as in b.to(DType::f16)",
       [] { where(boolean({2}), ones({2}, DType::f16), i32({2})); },
       [] { return where(boolean({}), u8({}), ones({}, DType::i8)).dtype() == DType::i16; }},
  };
  return rows_of;
}

}  // namespace logitape::tests
