// Every field of a case as the formula has it, in long double. For a row of logits x and labels t, with S = sum(t),
// p = softmax(x), J(v) = p*(v - p.v) and g the loss's cotangent:
//   loss = S*lse(x) - t.x      backprop = p - t          glogits = g*(S*p - t)     glabels = g*(lse(x) - x)
//   hvp = g*S*J(v)             hvp_lab = g*(p.v - v)     cross = g*(p*sum(v) - v)  bpv = J(v)      bpv_lab = -v
//   third = g*S*(J(v)*w - J(v)*(p.w) - p*(J(v).w)): the derivative of hvp.w, with the roles of v and w exchanged
// A class of logit -inf and label 0 is masked: it adds nothing to the loss, and second derivatives that involve it are
// 0. A row with a NaN or +inf logit, or with -inf alone, is NaN.
#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace logitape::tests::golden {

struct Row {
  std::vector<long double> x, t, v, w;
  long double g = 1;
};
using Fields = std::map<std::string, std::vector<long double>>;

// One row's fields; "loss" has one number, all others one a class.
Fields formula(const Row& row);

}  // namespace logitape::tests::golden
