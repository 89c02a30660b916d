// One input's gradient, as the patterns of hints read it: a, the rules' answer, and n, the numbers, both as arrays of
// the input's shape. Not installed.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "logitape/autograd/check/detail/analytic.h"
#include "logitape/autograd/check/detail/elements.h"
#include "logitape/autograd/check/detail/subject.h"

namespace logitape::inline v0::gradcheck {

struct Finding {
  Hint hint = Hint::none;
  std::string text;
};
using Maybe = std::optional<Finding>;

struct Picture {
  const Subject& subject;
  const Analytic& analytic;
  const Compared& compared;
  Values a, n, x, gradient, reference, bar;
  std::vector<bool> wrong;
  Shape shape;
  bool whole = false;   // all elements are here, not a sample
  double scale = 0;     // the largest of n and a
  double most_off = 0;  // the largest of |n - a|
  std::int64_t wrong_count = 0;

  Picture(const Subject& s, const Analytic& all, const Compared& c)
      : subject(s), analytic(all), compared(c), n(c.numeric), bar(c.bar), wrong(c.wrong), shape(c.input->shape),
        whole(c.chosen.size() == all.gradient[c.number].size()) {
    const bool other = c.any_cotangent_ignored;
    for (const std::size_t e : c.chosen) {
      a.push_back((other ? all.other_cotangent : all.gradient)[c.number][e]);
      gradient.push_back(all.gradient[c.number][e]);
      reference.push_back(all.reference[c.number][e]);
      x.push_back(s.at[c.number][e]);
    }
    scale = std::max(largest(a), largest(n));
    wrong_count = std::count(wrong.begin(), wrong.end(), true);
    for (std::size_t e = 0; e < a.size(); ++e) most_off = std::max(most_off, std::fabs(a[e] - n[e]));
  }

  bool negligible(double v) const { return std::fabs(v) <= 1e-7 * scale; }
  // Equal, to much less than what has to be explained.
  bool near(double u, double v) const {
    const double digits = std::max(1e-7, 64 * subject.epsilon);
    const double close = digits * std::max(std::fabs(u), std::fabs(v)) + 1e-2 * digits * scale + 4 * largest(bar);
    return std::fabs(u - v) <= std::min(close, 0.05 * most_off);
  }
  template <class F>  // f(e): what n[e] would be
  bool explains(F f) const {
    for (std::size_t e = 0; e < a.size(); ++e)
      if (!near(f(e), n[e])) return false;
    return true;
  }
};

// Patterns that read whole rows, in picture_rows.cpp.
Maybe transposed(const Picture& p);
Maybe shifted(const Picture& p);     // an index that is off by one
Maybe constant(const Picture& p);    // what is missing is the same along an axis
Maybe wrong_axis(const Picture& p);  // sums to 0 along another axis than it should
Maybe label_mass(const Picture& p);  // p - t where cross-entropy has S*p - t
Maybe row_sum(const Picture& p);     // should sum to 0 along an axis

}  // namespace logitape::inline v0::gradcheck
