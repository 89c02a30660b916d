// Which of f's results move along a line, and which only seem to stand still. Not installed.
#pragma once
#include <vector>

#include "logitape/autograd/check/detail/differences.h"

namespace logitape::inline v0::gradcheck {

// What samples have shown of one result.
struct Motion {
  double still[2] = {0, 0};                // up, down: the largest step that did not move it
  double moved[2] = {infinity, infinity};  // and the smallest step that moved it
  double most = 0;                         // how far any step of about x's size moved it
  double by[2] = {0, 0};                   // how far that smallest step moved it
  double edge[2] = {infinity, infinity};   // the smallest step out of f's domain
  double grid = infinity;                  // every difference was a multiple of this
  int seen = 0;                            // how many differences
  double steepest = 0;                     // its steepest slope; times the distance of numbers at x, a grid of x's own
  double largest = 0;                      // its largest value not far from x
  bool absorbs = false;                    // its derivative may be anything below its rounding
};

// How far result k is from one sample to another.
double moved_by(const Sample& a, const Sample& b, std::size_t k);
// The last bit of v that is not 0: values on a grid have it in common.
double last_bit(double v);

class Motions {
 public:
  explicit Motions(const Line& line) : line_(line), of_(line.seed.size()) {}

  Sample at(double t);
  const Motion& operator[](std::size_t k) const { return of_[k]; }
  // Whether one of the steps up to this one moved it.
  bool moves_within(std::size_t k, double step) const { return of_[k].moved[0] <= step || of_[k].moved[1] <= step; }
  // What rounding may do to result k.
  double noise(std::size_t k) const;
  // Whether it moves by multiples of a number that is far above its rounding.
  bool on_stairs(std::size_t k) const;
  // Whether rounding alone moves the results, near x and far off: differences then show noise around a derivative of 0.
  bool only_rounding();
  // Marks the results that stand still within `step` and yet depend on x: further off they begin to move by a rounding,
  // then by more. One that jumps, or that moves nowhere, has a derivative of 0. True: some were marked that were not
  // before.
  bool find_absorbing(double step);

 private:
  void look_further(std::size_t k, int side);

  const Line& line_;
  std::vector<Motion> of_;
};

}  // namespace logitape::inline v0::gradcheck
