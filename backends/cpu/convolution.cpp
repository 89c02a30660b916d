// conv2d and its two transposes: y[n, i, j, f] = sum of x * weight over a window. Both ways of computing them give the
// same bits: windows as they lie in x, or rows copied from them and products of matrices. Sums: of y, matmul's chain;
// of x, over outputs in their order, each a chain; of the weight, chains within fixed blocks, block sums added in
// order within fixed parts, the parts in order. Blocks and parts follow from the shape alone.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/convolution.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/convolution_patches-inl.h"
#include "logitape/backends/cpu/convolution_windows-inl.h"
#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/halves-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {

namespace {

template <class E, class T>
void forward(const ConvolutionArgs& a, const E* x, const E* weight) {
  if constexpr (std::is_same_v<E, T>)
    if (lies_well<T>(a)) return forward_by_windows(a, x, weight);
  forward_by_patches<E, T>(a, x, weight);
}

template <class E, class T>
void into_input(const ConvolutionArgs& a, const E* y, const E* weight) {
  if constexpr (std::is_same_v<E, T>)
    if (lies_well<T>(a)) return InputByWindows<T>(a, weight)(y);
  into_input_by_patches<E, T>(a, y, weight);
}

template <class E, class T>
void into_weight(const ConvolutionArgs& a, const E* x, const E* y) {
  T* const weight = static_cast<T*>(a.result);
  if constexpr (std::is_same_v<E, T>)
    if (lies_well<T>(a)) return sum_of_blocks<WeightByWindows<T>>(a, x, y, weight);
  sum_of_blocks<WeightByPatches<E, T>>(a, x, y, weight);
}

// Calls f<E, T>(first, second) with the two given arrays, of so many elements; rounded once, however often windows see
// them.
template <class F>
void with_operands(const ConvolutionArgs& a, const void* first, std::int64_t size_1, const void* second,
                   std::int64_t size_2, F f) {
  if (a.bf16) {
    const Rounded x(first, size_1), y(second, size_2);
    return f.template operator()<std::uint16_t, float>(x.at, y.at);
  }
  visit_floating(a.dtype, [&]<class T>() {
    f.template operator()<T, T>(static_cast<const T*>(first), static_cast<const T*>(second));
  });
}

std::int64_t elements_of_x(const ConvolutionArgs& a) {
  return a.window.images * a.window.height * a.window.width * a.window.channels;
}
std::int64_t elements_of_weight(const ConvolutionArgs& a) {
  return a.window.size[0] * a.window.size[1] * a.window.channels * a.features;
}
std::int64_t elements_of_y(const ConvolutionArgs& a) {
  return a.window.images * a.window.out[0] * a.window.out[1] * a.features;
}

void conv2d(const ConvolutionArgs& a) {
  with_operands(a, a.x, elements_of_x(a), a.weight, elements_of_weight(a),
                [&]<class E, class T>(const E* x, const E* weight) { forward<E, T>(a, x, weight); });
}
void conv2d_input(const ConvolutionArgs& a) {
  with_operands(a, a.y, elements_of_y(a), a.weight, elements_of_weight(a),
                [&]<class E, class T>(const E* y, const E* weight) { into_input<E, T>(a, y, weight); });
}
void conv2d_weight(const ConvolutionArgs& a) {
  with_operands(a, a.x, elements_of_x(a), a.y, elements_of_y(a),
                [&]<class E, class T>(const E* x, const E* y) { into_weight<E, T>(a, x, y); });
}

}  // namespace

void FillConvolution(backends::Kernels& k) {
  k.conv2d = conv2d;
  k.conv2d_input = conv2d_input;
  k.conv2d_weight = conv2d_weight;
}

}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_convolution, FillConvolution)
#endif
