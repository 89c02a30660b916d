// Functions that logitape has too, called as other libraries have them called: the compiler says what to write.
#include "logitape/ops/convolution.h"
#include "logitape/ops/index.h"
#include "logitape/ops/pooling.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

// clang-format off
#ifndef MISUSE
auto right(const logitape::Tensor& x) { return take_along_axis(permute(x, {1, 0}), argmax(x, {.axis = 1}), 1); }
#else
using T = const logitape::Tensor&;
using namespace logitape;
auto place(T x) { return argmax(x); }                       // refused: argmax.*// write argmax\(x, 1\)
auto least(T x) { return argmin(x); }                       // refused: argmin.*// write argmin\(x, 1\)
auto places(T x) { return argmax(x, {0, 1}); }              // refused: no matching function for call to .argmax
auto both(T x) { return argmin(x, {.axes = {0, 1}}); }      // refused: // it has one axis: write \{.axis = 1\}
auto picked(T x, T i) { return gather(x, 1, i); }           // refused: // write take_along_axis\(x, indices, 1\)
auto turned(T x) { return transpose(x, {1, 0}); }           // refused: // write permute\(x, \{1, 0\}\)
auto true_axis(T x) { return transpose(x, true); }          // refused: transpose.*// an axis is an integer
auto joined(T a, T b) { return concat(a, b); }              // refused: // write concat\(\{a, b\}\)
auto stacked(T a, T b) { return stack(a, b, 1); }           // refused: // write stack\(\{a, b\}\)
auto along_true(T a, T b) { return concat({a, b}, true); }  // refused: // an axis is an integer; where keep_dims
auto halved(T x) { return max_pool2d(x, 2); }               // refused: // write max_pool2d\(x, \{.size = 2
auto smoothed(T x) { return avg_pool2d(x, 2, 2); }          // refused: // write avg_pool2d\(x, \{.size = 2
auto seen(T x, T w, T b) { return conv2d(x, w, b, 1, 1); }  // refused: // write \{.stride = 1\} last
#endif
// clang-format on
