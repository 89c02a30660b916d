// loss = sum(t*(-log p)), every term of which is 0 or above: nothing cancels, and a tiny loss keeps its digits.
#include "logitape/train/explain/detail/exact.h"

#include <algorithm>
#include <cmath>

namespace logitape::inline v0::lesson {

Wides widened(std::span<const double> values) { return {values.begin(), values.end()}; }

Exact exact_of(Wides x, Wides t) {
  Exact e{.x = std::move(x), .t = std::move(t)};
  e.maximum = *std::max_element(e.x.begin(), e.x.end());
  Wide others = 0, largest = 0;  // the largest are 1 each; log1p of the others keeps the digits of a confident row
  for (const Wide v : e.x) {
    e.shifted.push_back(v - e.maximum);
    e.exponential.push_back(std::exp(e.shifted.back()));
    (v == e.maximum ? largest : others) += e.exponential.back();
  }
  e.sum = largest + others;
  const Wide log_sum = std::log(largest) + std::log1p(others / largest);
  e.log_sum_exp = e.maximum + log_sum;
  for (const Wide v : e.t) e.mass += v;
  for (std::size_t i = 0; i < e.x.size(); ++i) {
    e.p.push_back(e.exponential[i] / e.sum);
    e.log_p.push_back(e.shifted[i] - log_sum);
    e.term.push_back(e.t[i] == 0 ? 0 : e.t[i] * -e.log_p[i]);
    e.loss += e.term.back();
    e.gradient.push_back(e.mass * e.p[i] - e.t[i]);
  }
  return e;
}

}  // namespace logitape::inline v0::lesson
