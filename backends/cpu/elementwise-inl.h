// How an elementwise kernel walks memory: stretches along the inner axis, whole vectors, one place for the tail.
// A kernel gives only its formula, f(d, v) or f(d, va, vb), for any Highway tag d over T.
#if defined(LOGITAPE_BACKENDS_CPU_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOGITAPE_BACKENDS_CPU_ELEMENTWISE_INL_H_
#undef LOGITAPE_BACKENDS_CPU_ELEMENTWISE_INL_H_
#else
#define LOGITAPE_BACKENDS_CPU_ELEMENTWISE_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/backends/kernels.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Calls run(begin, count) for stretches that cover [0, size), in fixed blocks that threads claim.
template <class F>
void for_each_block(std::int64_t size, F run) {
  constexpr std::int64_t block = 16384;  // two f32 inputs and a result of this length stay in L2
  parallel_for((size + block - 1) / block, size, [&](std::int64_t first, std::int64_t last) HWY_ATTR {
    run(first * block, std::min(size, last * block) - first * block);
  });
}

template <int inputs>
std::int64_t inner_step(const backends::Loop<inputs>& loop, int input) {
  return loop.rank > 0 ? loop.step[input][loop.rank - 1] : 0;
}

// Calls run(y, at, count) for stretches of the result that lie within one row of the inner axis: elements [y, y +
// count), of which input i starts at at[i] and goes on by inner_step(loop, i).
template <int inputs, class F>
void for_each_run(const backends::Loop<inputs>& loop, F run) {
  std::int64_t size = 1;
  for (int r = 0; r < loop.rank; ++r) size *= loop.size[r];
  const std::int64_t row = loop.rank > 0 ? loop.size[loop.rank - 1] : 1;

  for_each_block(size, [&](std::int64_t begin, std::int64_t count) HWY_ATTR {
    // the odometer: the outer index of the row that `begin` lies in, and where each input's row starts
    std::int64_t index[backends::max_rank] = {};
    std::int64_t start[inputs] = {};
    std::int64_t column = 0;
    if (begin > 0) {  // the first block, often the only one, begins without a division
      std::int64_t rest = begin / row;
      column = begin % row;
      for (int r = loop.rank - 2; r >= 0; --r) {
        index[r] = rest % loop.size[r];
        rest /= loop.size[r];
        for (int i = 0; i < inputs; ++i) start[i] += index[r] * loop.step[i][r];
      }
    }

    for (std::int64_t y = begin; y < begin + count; column = 0) {
      std::int64_t at[inputs];
      for (int i = 0; i < inputs; ++i) at[i] = start[i] + column * inner_step(loop, i);
      const std::int64_t length = std::min(begin + count - y, row - column);
      run(y, at, length);
      y += length;
      for (int r = loop.rank - 2; r >= 0; --r) {
        for (int i = 0; i < inputs; ++i) start[i] += loop.step[i][r];
        if (++index[r] < loop.size[r]) break;
        for (int i = 0; i < inputs; ++i) start[i] -= loop.size[r] * loop.step[i][r];
        index[r] = 0;
      }
    }
  });
}

// Whether the target loads and stores part of a vector without touching the rest. AVX2 does so, for 32 and 64 bits
// only; since it does not for others, Highway counts it among targets that might fault.
template <class T>
inline constexpr bool has_masked_memory = sizeof(T) >= 4 &&
                                          (HWY_MEM_OPS_MIGHT_FAULT == 0 || (HWY_TARGET == HWY_AVX2 && !HWY_IS_MSAN));

// Fewer elements than a vector has lanes, as a whole vector. The spare lanes repeat the last element: they meet no
// value (and raise no floating-point flag) that the data does not.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_part(D d, const T* x, std::int64_t count) {
  const auto last = hn::Set(d, x[count - 1]);
  if constexpr (has_masked_memory<T>) {
    const auto part = hn::FirstN(d, static_cast<std::size_t>(count));
    return hn::IfThenElse(part, hn::MaskedLoad(part, d, x), last);
  } else {
    HWY_ALIGN T buffer[hn::MaxLanes(D())];
    hn::Store(last, d, buffer);
    std::memcpy(buffer, x, static_cast<std::size_t>(count) * sizeof(T));
    return hn::Load(d, buffer);
  }
}

template <class D, class T>
HWY_INLINE void store_part(hn::Vec<D> v, D d, T* y, std::int64_t count) {
  if constexpr (has_masked_memory<T>) {
    hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(count)), d, y);
  } else {
    HWY_ALIGN T buffer[hn::MaxLanes(D())];
    hn::Store(v, d, buffer);
    std::memcpy(y, buffer, static_cast<std::size_t>(count) * sizeof(T));
  }
}

// y[i] = f(x[i]). The tail goes through the same f on a whole vector, so its bits do not depend on where it starts.
template <class T, class F>
void map_row(std::int64_t count, const T* x, T* y, F f) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, y + i);
  if (i < count) store_part(f(d, load_part(d, x + i, count - i)), d, y + i, count - i);
}

// y[i] = f(a[i * step_a], b[i * step_b]), steps 0 or 1. A repeated element is read from a vector full of it, again and
// again: one loop serves the four cases.
template <class T, class F>
void map_row(std::int64_t count, const T* a, std::int64_t step_a, const T* b, std::int64_t step_b, T* y, F f) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  HWY_ALIGN T repeated_a[hn::MaxLanes(d)];
  HWY_ALIGN T repeated_b[hn::MaxLanes(d)];
  if (step_a == 0) {
    hn::Store(hn::Set(d, *a), d, repeated_a);
    a = repeated_a;
  }
  if (step_b == 0) {
    hn::Store(hn::Set(d, *b), d, repeated_b);
    b = repeated_b;
  }
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    hn::StoreU(f(d, hn::LoadU(d, a + i * step_a), hn::LoadU(d, b + i * step_b)), d, y + i);
  if (i < count) {
    const auto va = load_part(d, a + i * step_a, count - i);
    const auto vb = load_part(d, b + i * step_b, count - i);
    store_part(f(d, va, vb), d, y + i, count - i);
  }
}

template <class T, class F>
void unary_loop(const backends::UnaryArgs& a, F f) {
  const T* x = static_cast<const T*>(a.x);
  T* y = static_cast<T*>(a.y);
  for_each_block(a.size,
                 [=](std::int64_t begin, std::int64_t count) HWY_ATTR { map_row(count, x + begin, y + begin, f); });
}

template <class T, class F>
void binary_loop(const backends::BinaryArgs& a, F f) {
  const T* xa = static_cast<const T*>(a.a);
  const T* xb = static_cast<const T*>(a.b);
  T* y = static_cast<T*>(a.y);
  const std::int64_t step_a = inner_step(a.loop, 0);
  const std::int64_t step_b = inner_step(a.loop, 1);
  for_each_run(a.loop, [=](std::int64_t begin, const std::int64_t* at, std::int64_t count)
                           HWY_ATTR { map_row(count, xa + at[0], step_a, xb + at[1], step_b, y + begin, f); });
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();
#endif
