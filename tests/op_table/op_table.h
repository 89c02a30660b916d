// One table of every public op: how to call it, on what shapes and values, how many digits it owes, where gradients
// flow. op_table_test.cpp makes all its tests from the rows: values against the oracle, gradients of order 2, the same
// bits on any number of threads, and a check that no op declared in ops/*.h is missing. A new op is one row in a
// table_*.cpp.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/tensor.h"

namespace logitape::tests {

using In = std::span<const Tensor>;
using Shapes = std::vector<Shape>;  // one shape an input

// Where an input's values come from. They are a function of the shape, the input's number and nothing else.
struct Domain {
  enum class Kind { interval, distinct, index, boolean } kind = Kind::interval;
  double low = -2, high = 2;
  std::vector<double> kinks = {};  // no value is nearer to one of them than `gap`
  double gap = 0.1;
  int of = 0, axis = 0;    // index: in [0, extent) of that axis of that input
  std::int64_t below = 0;  // index: or in [0, below)
};

inline Domain between(double low, double high) { return {.low = low, .high = high}; }
inline Domain away_from(std::vector<double> kinks, double low = -2, double high = 2, double gap = 0.1) {
  return {.low = low, .high = high, .kinks = std::move(kinks), .gap = gap};
}
// No two elements, of one input or of two, are nearer than 1/128 of the interval, in tensors of up to 64 elements.
inline Domain distinct(double low = -2, double high = 2) {
  return {.kind = Domain::Kind::distinct, .low = low, .high = high};
}
inline Domain index_of(int input, int axis) { return {.kind = Domain::Kind::index, .of = input, .axis = axis}; }
inline Domain index_below(std::int64_t limit) { return {.kind = Domain::Kind::index, .below = limit}; }
inline Domain truth() { return {.kind = Domain::Kind::boolean}; }

enum class Flow {
  yes,        // gradients of order 1 and 2 are checked numerically
  none,       // no gradient, and none is promised: the result of a variable does not require one through it
  elsewhere,  // a gradient that no numeric derivative can check (rounding casts): a sentence of its own does
};

struct Input {
  Domain domain = {};
  Flow flow = Flow::yes;
  std::optional<DType> dtype = {};  // the row's dtype at hand where absent; indices take every index dtype in turn
};
inline Input constant(const Domain& domain) { return {domain, Flow::none, {}}; }

// Both results are rounded to the dtype, so half an ULP of the oracle's is part of every tolerance that is not 0.
struct Tolerance {
  double f32 = 0, f64 = 0;  // ULP; 0 in both: the same bits
  double floor = 0;         // ULP are those of max(|result|, floor): where terms of that size cancel
  const char* reason = "";
};
inline Tolerance same_bits() { return {0, 0, 0, "nothing is rounded"}; }
inline Tolerance rounded_once() {
  return {0, 1, 0,
          "f32: double rounds once more without harm; f64: long double's 11 more bits may round to the other side"};
}
inline Tolerance within(double bound, const char* reason) { return {bound + 0.5, bound + 0.5, 0, reason}; }

struct Row {
  std::string op;       // as declared: "exp", "operator+", "nn::softmax_cross_entropy_with_logits"
  std::string variant;  // which overload or options; one row an overload at least
  std::function<Tensor(In)> call;
  std::vector<Input> inputs;
  std::vector<Shapes> shapes;  // small: every mode
  Shapes large;                // at least 2^18 elements, where threads share the work; values (f32) and bits
  Tolerance tolerance = same_bits();
  std::vector<DType> dtypes = {DType::f32, DType::f64};
  bool large_values = true;  // false: the oracle takes seconds there
};

std::string name(const Row& row);  // "sum (axes {0,2}, keep_dims)"
std::string describe(const Row& row, const Shapes& shapes, DType dtype);

// The table, all families.
const std::vector<Row>& table();

// Values for every input; `set` is the number of the shape set.
std::vector<Tensor> make_inputs(const Row& row, const Shapes& shapes, std::size_t set, DType dtype);

// Shape sets that rows share.
std::vector<Shapes> unary_shapes();         // 0, 1, odd, prime, rank 0 to 5
std::vector<Shapes> small_binary_shapes();  // the same, and broadcasting both ways; at most 64 elements
std::vector<Shapes> binary_shapes();        // and one with more, of several vectors and a tail
inline const Shape large_matrix{521, 509};  // two primes, 265,189 elements
std::vector<DType> every_dtype();
std::vector<DType> floating_dtypes();

void add_elementwise(std::vector<Row>& rows);
void add_rearrange(std::vector<Row>& rows);
void add_reduce(std::vector<Row>& rows);
void add_index(std::vector<Row>& rows);
void add_matmul(std::vector<Row>& rows);
void add_linear_algebra(std::vector<Row>& rows);
void add_layers(std::vector<Row>& rows);
void add_create(std::vector<Row>& rows);
void add_cross_entropy(std::vector<Row>& rows);
void add_cross_entropy_options(std::vector<Row>& rows);
void add_losses(std::vector<Row>& rows);

}  // namespace logitape::tests
