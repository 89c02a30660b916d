// One row a mistake: its code, its whole message, and right after it a call that works. The tables are grouped by what
// is wrong; error_table.cpp goes through them all.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "logitape.h"

namespace logitape::tests {

struct Mistake {
  ErrorCode code;
  std::string message;  // what(), all of it
  std::function<void()> bad;
  std::function<bool()> good;  // the neighbour that works: true where its result is right
};

inline constexpr ErrorCode invalid = ErrorCode::invalid_argument, range = ErrorCode::out_of_range,
                           unsupported = ErrorCode::unsupported, no_gradient = ErrorCode::not_differentiable;

inline Tensor f32(const Shape& shape) { return ones(shape); }
inline Tensor f64(const Shape& shape) { return ones(shape, DType::f64); }
inline Tensor i32(const Shape& shape) { return ones(shape, DType::i32); }
inline Tensor boolean(const Shape& shape) { return ones(shape, DType::boolean); }
inline const Tensor empty;

inline bool is(const Tensor& t, double value) { return t.item<double>() == value; }
inline bool has(const Tensor& t, const Shape& shape) { return t.shape() == shape; }

// An op whose rule is wrong in one way or another.
template <class F>
Tensor with_rule(const Tensor& x, F rule) {
  return record("twice", {x}, {x * 2}, keep::nothing, rule);
}

const std::vector<Mistake>& dtype_mistakes();
const std::vector<Mistake>& shape_mistakes();
const std::vector<Mistake>& arrangement_mistakes();
const std::vector<Mistake>& indexing_mistakes();
const std::vector<Mistake>& integer_mistakes();
const std::vector<Mistake>& empty_mistakes();
const std::vector<Mistake>& loss_mistakes();
const std::vector<Mistake>& option_mistakes();
const std::vector<Mistake>& relatives_mistakes();
const std::vector<Mistake>& linear_algebra_mistakes();
const std::vector<Mistake>& layer_mistakes();
const std::vector<Mistake>& derivative_mistakes();
const std::vector<Mistake>& tape_mistakes();
const std::vector<Mistake>& machine_mistakes();

}  // namespace logitape::tests
