// What all parts of one check share, and what comes before and after them. Not installed.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "logitape/autograd/check/detail/subject.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/core/random.h"

namespace logitape::inline v0::gradcheck {

// What all orders of one check share.
struct Run {
  const GradcheckOptions& options;
  Generator rng;
  GradientReport report = {};
  int tried = 0, doubled = 0,
      confirmed = 0;  // elements that were looked at with twice the digits, and failures that they confirmed in a row
  std::vector<double> seen = {};  // relative errors that would have been seen, one for each element that matters
};

void add_test(Run& run, GradientTest test);

// Before and after a check.
void check_arguments(std::span<const Tensor> inputs, const GradcheckOptions& options);
void check_arguments(std::size_t size, const GradcheckOptions& options);
void describe_precision(Run& run, const TensorCase& c);
void threw(Run& run, const std::string& sentence);  // f or a rule threw, on the tape only or off it only
GradientReport finished(Run& run);

}  // namespace logitape::inline v0::gradcheck
