// What a wrong gradient looks like. Not installed.
#pragma once
#include <vector>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/elements.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

// Sets the report's hint, once.
void find_hint(Run& run, const Subject& subject, const Analytic& analytic, const std::vector<Compared>& compared);

}  // namespace logitape::inline v0::gradcheck
