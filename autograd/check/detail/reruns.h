// The same inputs have to give the same bits. Not installed.
#pragma once
#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

// On other numbers of threads too.
void check_reruns(Run& run, const Subject& subject, const Analytic& analytic);

}  // namespace logitape::inline v0::gradcheck
