// Names of other libraries for parts and shapes: the compiler says what to write.
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/signposts.h"

// clang-format off
#ifndef MISUSE
auto right(const logitape::Tensor& x) { return flatten(squeeze(unsqueeze(x, 0)))[logitape::range(1, -1)]; }
#else
using T = const logitape::Tensor&;
using namespace logitape;
auto joined(T a, T b) { return concatenate({a, b}, 1); }  // refused: concatenate.*// write concat
auto below(T a, T b) { return vstack({a, b}); }           // refused: vstack.*// write concat
auto beside(T a, T b) { return hstack({a, b}); }          // refused: hstack.*// write concat
auto flat(T x) { return ravel(x); }                       // refused: ravel.*// write flatten\(x\)
auto longer(T x) { return expand_dims(x, 0); }            // refused: expand_dims.*// write unsqueeze\(x, 0\)
auto swapped(T x) { return swapaxes(x, 0, 1); }           // refused: swapaxes.*// write transpose\(x, 0, 1\)
auto pieces(T x) { return split(x, 3, 1); }               // refused: split.*// write x\[range\(0, 2\)\]
auto chunks(T x) { return chunk(x, 3); }                  // refused: chunk.*// write x\[range\(0, 2\)\]
auto chosen(T x) { return masked_select(x, x); }          // refused: masked_select.*// write x\[m\]
auto picked(T x, T i) { return index_select(x, 1, i); }   // refused: index_select.*// write gather
auto sliced(T x) { return x[Slice(1, 3)]; }               // refused: Slice.*// write range\(1, -1\)
auto last(T x) { return x[{ellipsis, 0}]; }               // refused: ellipsis.*// write all, once for each axis
auto first(T x) { return x[newaxis]; }                    // refused: newaxis.*// write unsqueeze\(x, 0\)
#endif
// clang-format on
