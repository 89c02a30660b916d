// What an exported header computes, one step after another, and in which rows of numbers. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/core/shape.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0::train {

// The rows that are no scratch.
inline constexpr int input_row = -1, logits_row = -2;

// A call of one of the header's functions: call(from, arguments..., to), or call(to, arguments...) where both are one
// row.
struct HeaderStep {
  std::string call;
  std::vector<std::string> arguments;
  int from = input_row, to = 0;
  std::int64_t size = 0;  // how many numbers it leaves in `to`
};

struct HeaderArray {
  std::string name;
  std::vector<float> values;
};

struct HeaderPlan {
  std::vector<HeaderStep> steps;
  std::vector<HeaderArray> arrays;    // weights, by the names that arguments have
  std::vector<std::string> windows;   // the values of window_0, window_1, ...
  std::vector<std::string> layers;    // what is written, as errors call it
  std::vector<std::int64_t> scratch;  // the size of each row 0, 1, ...; 0: not used
  std::int64_t patch = 0;             // what the largest window of a convolution sees
  std::int64_t inputs = 0, classes = 0;
};

// image: the shape of an input, rank 0 where the first layers tell. Errors: as for header_text.
HeaderPlan header_plan(const Sequential& model, const Shape& image);

}  // namespace logitape::inline v0::train
