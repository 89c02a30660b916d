// What an exported header computes, one step after another. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "logitape/train/sequential.h"

namespace logitape::inline v0::train {

struct HeaderStep {
  const char* call;  // a function of the header; "linear" has the weights that follow
  std::string layer = {};
  std::int64_t in = 0, out = 0;
  std::vector<float> weight = {}, bias = {};  // [in, out], [out]; the bias is empty where there is none
};

struct HeaderPlan {
  std::vector<HeaderStep> steps;
  std::int64_t inputs = 0, classes = 0, widest = 0;
};

// Errors: as for header_text.
HeaderPlan header_plan(const Sequential& model);

}  // namespace logitape::inline v0::train
