// The second way, with more digits: softmax cross-entropy of one row in plain loops of long double, by the formulas as
// a textbook has them. It shares no code with the library's kernels. Not installed.
#pragma once
#include <span>
#include <vector>

namespace logitape::inline v0::lesson {

using Wide = long double;
using Wides = std::vector<Wide>;

Wides widened(std::span<const double> values);

// x and t as in Explanation; a class of logit -inf is masked.
struct Exact {
  Wides x = {}, t = {};
  Wide mass = 0, maximum = 0;
  Wides shifted = {}, exponential = {};  // x - m, exp(x - m)
  Wide sum = 0, log_sum_exp = 0;
  Wides p = {}, log_p = {}, term = {}, gradient = {};
  Wide loss = 0;

  // d p[i] / d x[j].
  Wide jacobian(std::size_t i, std::size_t j) const { return p[i] * ((i == j ? 1 : 0) - p[j]); }
};
Exact exact_of(Wides x, Wides t);

}  // namespace logitape::inline v0::lesson
