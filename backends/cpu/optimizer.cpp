// sgd and adam: one pass over a parameter, every array read and written once; kernel_args.h has the formulas.
// Constants are made in f64 and rounded once; a fused multiply-add wherever the formula multiplies and adds.
#include "logitape/backends/cpu/targets.h"

#include <atomic>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/optimizer.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::AdamArgs;
using backends::AdamListArgs;
using backends::AllFiniteArgs;
using backends::SgdArgs;
using backends::SgdListArgs;

// The vector of elements at `first`, in any array of the parameter's shape.
template <class T>
struct Whole {
  using D = hn::ScalableTag<T>;
  std::int64_t first;
  auto load(const void* x) const { return hn::LoadU(D(), static_cast<const T*>(x) + first); }
  void store(hn::Vec<D> v, void* y) const { hn::StoreU(v, D(), static_cast<T*>(y) + first); }
};

// The last elements, fewer than a vector.
template <class T>
struct Part {
  using D = hn::ScalableTag<T>;
  std::int64_t first;
  std::int64_t count;
  auto load(const void* x) const { return load_part(D(), static_cast<const T*>(x) + first, count); }
  void store(hn::Vec<D> v, void* y) const { store_part(v, D(), static_cast<T*>(y) + first, count); }
};

// Calls update(at) for every vector of elements. It loads before it stores, so that outputs may be the inputs.
template <class T, class F>
void for_each_vector(std::int64_t size, F update) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
  for_each_block(size, [=](std::int64_t begin, std::int64_t count) HWY_ATTR {
    const std::int64_t end = begin + count;
    std::int64_t i = begin;
    for (; i + lanes <= end; i += lanes) update(Whole<T>{i});
    if (i < end) update(Part<T>{i, end - i});
  });
}

template <class T>
void sgd_of(const SgdArgs& a) {
  const hn::ScalableTag<T> d;
  const T rate = static_cast<T>(a.learning_rate);
  const T mu = static_cast<T>(a.momentum);
  const T decay = static_cast<T>(a.weight_decay);

  for_each_vector<T>(a.size, [=](auto at) HWY_ATTR {
    const auto momentum = hn::Set(d, mu);
    const auto p = at.load(a.parameter);
    const auto g = hn::MulAdd(hn::Set(d, decay), p, at.load(a.gradient));
    auto step = g;
    if (a.new_velocity) {
      const auto v = a.velocity ? hn::MulAdd(momentum, at.load(a.velocity), g) : g;
      step = a.nesterov ? hn::MulAdd(momentum, v, g) : v;
      at.store(v, a.new_velocity);
    }
    at.store(hn::NegMulAdd(hn::Set(d, rate), step, p), a.new_parameter);
  });
}

// A finite number beyond the limit becomes the limit, whose square is finite. NaN and infinities stay, for whoever
// looks for them.
template <class D>
HWY_ATTR hn::Vec<D> with_finite_square(D d, hn::Vec<D> g) {
  using T = hn::TFromD<D>;
  const auto limit = hn::Set(d, sizeof(T) == 4 ? static_cast<T>(0x1p63) : static_cast<T>(0x1p511));
  const auto size = hn::Abs(g), most = hn::Set(d, std::numeric_limits<T>::max());
  return hn::IfThenElse(hn::And(hn::Gt(size, limit), hn::Le(size, most)), hn::CopySign(limit, g), g);
}

template <class T>
void adam_of(const AdamArgs& a) {
  const hn::ScalableTag<T> d;
  const T shrink = static_cast<T>(a.decoupled ? 1 - a.learning_rate * a.weight_decay : 1);
  const T decay = static_cast<T>(a.decoupled ? 0 : a.weight_decay);
  const T beta1 = static_cast<T>(a.beta1);
  const T beta2 = static_cast<T>(a.beta2);
  const T rest1 = static_cast<T>(1 - a.beta1);
  const T rest2 = static_cast<T>(1 - a.beta2);
  const T rate = static_cast<T>(a.learning_rate / a.correction1);
  const T scale2 = static_cast<T>(1 / a.correction2);
  const T epsilon = static_cast<T>(a.epsilon);

  for_each_vector<T>(a.size, [=](auto at) HWY_ATTR {
    const auto p = hn::Mul(at.load(a.parameter), hn::Set(d, shrink));
    const auto g = with_finite_square(d, hn::MulAdd(hn::Set(d, decay), p, at.load(a.gradient)));
    const auto m0 = a.first_moment ? at.load(a.first_moment) : hn::Zero(d);
    const auto v0 = a.second_moment ? at.load(a.second_moment) : hn::Zero(d);
    const auto m = hn::MulAdd(hn::Set(d, beta1), m0, hn::Mul(hn::Set(d, rest1), g));
    const auto v = hn::MulAdd(hn::Set(d, beta2), v0, hn::Mul(hn::Set(d, rest2), hn::Mul(g, g)));
    const auto root = hn::Sqrt(hn::Mul(v, hn::Set(d, scale2)));
    const auto step = hn::Div(m, hn::Add(root, hn::Set(d, epsilon)));
    at.store(hn::NegMulAdd(hn::Set(d, rate), step, p), a.new_parameter);
    at.store(m, a.new_first_moment);
    at.store(v, a.new_second_moment);
  });
}

void sgd(const SgdArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { sgd_of<T>(a); });
}

void adam(const AdamArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { adam_of<T>(a); });
}

void sgd_list(const SgdListArgs& a) {
  for (std::int64_t i = 0; i < a.count; ++i) sgd(a.each[i]);
}
void adam_list(const AdamListArgs& a) {
  for (std::int64_t i = 0; i < a.count; ++i) adam(a.each[i]);
}

// 0*x is NaN where x is not finite, and so is every sum from there on.
template <class T>
bool finite(const T* x, std::int64_t size) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::atomic<bool> all{true};
  for_each_block(size, [=, &all](std::int64_t begin, std::int64_t count) HWY_ATTR {
    const std::int64_t end = begin + count;
    auto zeros = hn::Zero(d);
    std::int64_t i = begin;
    for (; i + lanes <= end; i += lanes) zeros = hn::MulAdd(hn::Zero(d), hn::LoadU(d, x + i), zeros);
    if (i < end) zeros = hn::MulAdd(hn::Zero(d), load_part(d, x + i, end - i), zeros);
    if (!hn::AllTrue(d, hn::Eq(zeros, zeros))) all = false;
  });
  return all;
}

void all_finite(const AllFiniteArgs& a) {
  *a.y = 1;
  for (std::int64_t i = 0; i < a.count; ++i)
    visit_floating(a.arrays[i].dtype, [&]<class T>() HWY_ATTR {
      if (!finite(static_cast<const T*>(a.arrays[i].data), a.arrays[i].size)) *a.y = 0;
    });
}

}  // namespace

void FillOptimizer(backends::Kernels& k) {
  k.sgd = sgd;
  k.adam = adam;
  k.sgd_list = sgd_list;
  k.adam_list = adam_list;
  k.all_finite = all_finite;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_optimizer, FillOptimizer)
#endif
