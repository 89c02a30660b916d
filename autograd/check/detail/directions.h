// Tests that look along random directions. Not installed.
#pragma once
#include <vector>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/run.h"
#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

void check_directions(Run& run, const Subject& subject, const Analytic& analytic);
// <u_i, d(df/dx_i)/dx_j u_j> is the same for (i, j) and (j, i). gradients[i][j], seeds[i]: of the gradient by input i.
void check_symmetry(Run& run, const Subject& subject, const Analytic& analytic, const std::vector<Points>& gradients,
                    const std::vector<Values>& seeds);

}  // namespace logitape::inline v0::gradcheck
