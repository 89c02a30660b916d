// Is a Jacobian right? For code that knows no tensors: the residuals of a least-squares problem and their derivatives,
// on spans of double, as solvers take them.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "logitape/autograd/check/gradient_report.h"
#include "logitape/core/named.h"

namespace logitape::inline v0 {

// x moved by a small step: moved = x [+] delta. plus(x, 0) is x. moved has x's size, delta that of the tangent space.
using PlainPlus =
    std::function<void(std::span<const double> x, std::span<const double> delta, std::span<double> moved)>;

// Some neighbouring numbers of x that belong together: a rotation, a point, the intrinsics of a camera.
struct ParameterBlock {
  NamedOnly named_only = NamedOnly();
  std::string name;
  std::int64_t size = 0;  // how many numbers of x
  // For numbers that a constraint binds, as a unit quaternion's: J's columns are then derivatives by `delta` at 0, and
  // there are `tangent` of them, 3 for a quaternion. Empty: x + delta, a column for each number.
  std::int64_t tangent = 0;
  PlainPlus plus = {};
};

// What is checked, and how closely.
struct JacobianOptions {
  NamedOnly named_only = NamedOnly();
  std::string name = "f";                   // what the report calls f
  std::vector<ParameterBlock> blocks = {};  // they cover x in order; empty: all of it is one block, "x"
  double relative = 0, resolution = 0;      // as GradcheckOptions has them
  std::uint64_t rng_seed = 17;
};

using PlainResiduals = std::function<void(std::span<const double> x, std::span<double> y)>;
// J, row-major: J[i*columns + j] = d y[i] / d delta[j], columns being those of all blocks. It is 0 when it is handed
// over.
using PlainJacobian = std::function<void(std::span<const double> x, std::span<double> J)>;

// Checks J[i, j] = d f(x)[i] / d delta[j] for every i and j, each by itself: a small residual is looked at as closely
// as a large one; a 0 is measured by the others of its row and block. Compared is with central differences of f that
// are extrapolated to step 0 and have error bars, as check_gradients does (Ridders, 1982); the report names the wrong
// row and column, block by block. A Jacobian that is written column by column is told so. Errors: x is empty, outputs <
// 1, blocks that do not cover x, a `plus` without `tangent` or with one above the block's size, an f whose result is
// not finite at x; what f and J throw.
GradientReport check_jacobian(const PlainResiduals& f, const PlainJacobian& jacobian, std::span<const double> x,
                              std::int64_t outputs, const JacobianOptions& options = {});

}  // namespace logitape::inline v0
