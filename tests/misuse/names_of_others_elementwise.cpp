// Names of other libraries that are functions of one or two tensors: the compiler says what to write.
#include "logitape/ops/elementwise.h"
#include "logitape/ops/signposts.h"

// clang-format off
#ifndef MISUSE
auto right(const logitape::Tensor& x) { return clamp(x, -1, 1) * square(x) + pow(x, 3); }
#else
using T = const logitape::Tensor&;
auto multiplied(T a, T b) { return multiply(a, b); }   // refused: multiply.*// write a \* b
auto subtracted(T a) { return subtract(a, 1); }        // refused: subtract.*// write a - b
auto divided(T a, T b) { return divide(a, b); }        // refused: divide.*// write a / b
auto powered(T a) { return power(a, 2); }              // refused: power.*// write pow\(a, 2\)
auto floored(T a) { return floor_divide(a, 2); }       // refused: floor_divide.*// no such op
auto rest(T a, T b) { return remainder(a, b); }        // refused: remainder.*// no such op
auto rest_of_c(T a) { return fmod(a, 2); }             // refused: fmod.*// no such op
auto rest_by_sign(T a) { return a % 2; }               // refused: operator%.*// no such op
auto clipped(T x) { return clip(x, 0, 1); }            // refused: clip.*// write clamp\(x, -1, 1\)
auto bad(T x) { return isnan(x); }                     // refused: isnan.*// write not_equal\(x, x\)
auto cut(T x) { return clip_by_value(x, 0, 1); }       // refused: clip_by_value.*// write clamp
auto filled(T x) { return masked_fill(x, x > 0, 0); }  // refused: masked_fill.*// write where
void counted(T x, double& n) { n += sum(x); }          // refused: operator\+=.*// write a \+= b.item\(\)
#endif
// clang-format on
