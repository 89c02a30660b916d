// What an exported header computes, step by step, and in which rows of numbers. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/core/shape.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0::train {

// The rows that are not scratch.
inline constexpr int input_row = -1, logits_row = -2;

// A call of one of the header's functions: call(from, arguments..., to); or call(to, arguments...) if both are the same
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
  std::vector<HeaderArray> arrays;    // weights, under the names that arguments use
  std::vector<std::string> windows;   // the values of window_0, window_1, ...
  std::vector<std::string> layers;    // the layers written, as errors name them
  std::vector<std::int64_t> scratch;  // the size of each row 0, 1, ...; 0: not used
  std::int64_t patch = 0;             // the size of what the largest window of a convolution sees
  std::int64_t inputs = 0, classes = 0;
};

// image: the shape of an input; rank 0: the first layers tell it. Errors: as for header_text.
HeaderPlan header_plan(const Sequential& model, const Shape& image);

}  // namespace logitape::inline v0::train
