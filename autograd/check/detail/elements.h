// All elements of the gradients of one function. Not installed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

// One input's gradient, element by element; what the hint is read from.
struct Compared {
  const SubjectInput* input = nullptr;
  std::size_t number = 0;           // in the subject
  std::vector<std::size_t> chosen;  // the elements, flat
  Values numeric, bar;              // of the chosen ones; what is allowed for the wrong ones
  std::vector<bool> wrong;
  bool any_cotangent_ignored = false, any_narrow = false;
  std::int64_t wrong_at_kinks = 0;
};
// Every element of every input, or the chosen number of each.
std::vector<Compared> check_elements(Run& run, const Subject& subject, Analytic& analytic, std::size_t most);

}  // namespace logitape::inline v0::gradcheck
