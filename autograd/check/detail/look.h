// One element of a gradient under examination: in f64 first, with twice its digits where f64 does not decide. Not
// installed.
#pragma once
#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/run.h"

namespace logitape::inline v0::gradcheck {

struct Examined {
  GradientElement element;
  double seen = 0;      // a relative error of this size would have been seen; 0: it is as small as numbers are
  bool narrow = false;  // the rule is right in f64, not in its own dtype
  bool cotangent_ignored = false;  // it is right for one cotangent only
};
Examined examine(Run& run, const Subject& s, Analytic& analytic, std::size_t input, std::size_t element,
                 double typical);

}  // namespace logitape::inline v0::gradcheck
