// Numeric derivatives along a line, with error bars, and kinks and jumps on the way. Not installed.
#pragma once
#include <functional>
#include <limits>

#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

// f's result at x + t*d, where d is an axis or any direction; NaN where f throws.
struct Sample {
  double t = 0;  // the step that was really taken, after rounding
  Values y;
  Values low = {};  // y + low is the result, where f is computed in more than double
  double rest = 0;  // t + rest is the step to the last bit
};
// From x to x + t, both as f64 has them.
inline double rest_of_step(double moved, double x) {
  const double t = moved - x, part = moved - t;
  return (moved - (t + part)) + (part - x);
}
struct Line {
  std::function<Sample(double t)> at;
  Sample still;                   // at t = 0
  Values seed;                    // d sum(seed*y) / dt is looked for
  double size = 1;                // |x| along d; 0 at x = 0
  double typical = 1;             // the size of its neighbours
  Values noise;                   // of each element of y
  std::vector<bool> stairs = {};  // those that moved by multiples of a number far above the rounding of f64
};

// A derivative and how well it is known.
struct Slope {
  double value = 0, error_bar = 0, step = 0;
  double magnitude = 0;  // sum |seed*dy/dt|: what may have cancelled among f's results
  double turning = 0;    // the same for results that rise, or fall, on both sides of x
  double natural = 0;  // the magnitude at a step of natural size, where truncation is all that the error bar is made of
  double rounding = 0;     // the part of the error bar that rounding of f's results makes
  double absorbed = 0;     // the part that results hide: they move by less than their rounding
  double absorbing = 0;    // the largest of these results
  double hidden = 0;       // what results that stand still could still hide, at a step of natural size
  bool converged = false;  // the error bar is small against the value, or nothing but rounding
  bool one_sided = false;
  bool refused = false;  // a step led to where f has no finite value
  bool stairs = false;   // results move by multiples of a step that is coarser than their rounding
  bool bent = false;     // the slopes on both sides differ by an amount that does not fall with the step
};

// d sum(seed*y) / dt at 0, from steps of natural size first, then others, until the error bar is `wanted`. The error
// bar counts truncation, the rounding of results that move, and that of results that stand still although they depend
// on x. scale: a factor of all steps, to look again at other places.
Slope differentiate(const Line& line, double wanted, double scale = 1);

// One difference from a step so small that rounding is all of its error bar: f may turn often and look smooth from
// afar.
Slope nearby(const Line& line);

// Whether f's inputs are dense enough to see its slope. They are not where the next number on either side moves f as
// far as a step does: sin at 1e100.
bool resolved(const Line& line, double step);

// The slopes on both sides, where they disagree, or where f jumps at x.
struct Kink {
  bool found = false, jump = false;
  double low = 0, high = 0;  // what a subgradient may be
};
// within: a step from which differences converged, so that what lies further off is no kink here.
Kink look_for_kink(const Line& line, double within = infinity);

}  // namespace logitape::inline v0::gradcheck
