// Names of other libraries that run along axes, or join tensors: the compiler says what to write.
#include "logitape/ops/linear_algebra.h"
#include "logitape/ops/reduce.h"
#include "logitape/ops/signposts.h"

// clang-format off
#ifndef MISUSE
auto right(const logitape::Tensor& x) { return logitape::concat({sum(x, 1), variance(x, 1), argmax(flatten(x), 0)}); }
#else
using T = const logitape::Tensor&;
auto summed(T x) { return reduce_sum(x, 1); }            // refused: reduce_sum.*// write sum\(x, 1\)
auto averaged(T x) { return reduce_mean(x); }            // refused: reduce_mean.*// write mean\(x, 1\)
auto counted(T x) { return count_nonzero(x); }           // refused: // write count\(not_equal\(x, 0\)\)
auto spread(T x) { return var(x); }                      // refused: // write variance\(x\)
auto deviation(T x) { return logitape::std(x, 1); }      // refused: // write standard_deviation\(x\)
auto running(T x) { return cumsum(x, 0); }               // refused: cumsum.*// of a vector: matmul
auto sorted(T x) { return sort(x); }                     // refused: sort.*// no such op: sort x.to_vector
auto order(T x) { return argsort(x, 1); }                // refused: argsort.*// no such op
auto largest(T x) { return topk(x, 3); }                 // refused: topk.*// no such op
auto best(T x) { return top_k(x, 3); }                   // refused: top_k.*// no such op
auto joined(T a, T b) { return logitape::cat({a, b}); }  // refused: cat.*// write concat\(\{a, b\}, 1\)
auto inverted(T a, T b) { return inv(a) * b; }           // refused: inv.*// write solve\(a, b\) for inv
auto inverse_of(T a, T b) { return inverse(a) * b; }     // refused: inverse.*// write solve\(a, b\)
auto product(T a, T b) { return mm(a, b); }              // refused: mm.*// write matmul\(a, b\)
auto products(T a, T b) { return bmm(a, b); }            // refused: bmm.*// write matmul\(a, b\)
#endif
// clang-format on
