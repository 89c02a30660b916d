// sgd and adam: one pass over a parameter, every array read and written once; kernel_args.h has the formulas.
// Constants are made in f64 and rounded once; a fused multiply-add wherever the formula multiplies and adds. The same
// pass tells whether all that it wrote is finite. Arrays too large for the cache are stored past it: a line that is
// written whole need not be read first.
#include "logitape/backends/cpu/targets.h"

#include <atomic>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/optimizer.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/elementwise-inl.h"
#include "hwy/cache_control.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::AdamArgs;
using backends::AdamListArgs;
using backends::AllFiniteArgs;
using backends::SgdArgs;
using backends::SgdListArgs;

template <class T>
bool is_large(std::int64_t size) {
  constexpr std::int64_t large = 4 << 20;  // bytes; Adam then has seven arrays of it in hand
  return size * static_cast<std::int64_t>(sizeof(T)) >= large;
}

// Whether a result of so many elements is stored past the cache: not where it replaces its input, whose lines are
// there.
template <class T>
bool stored_past_cache(std::int64_t size, const void* from, const void* to) {
  return is_large<T>(size) && from != to && reinterpret_cast<std::uintptr_t>(to) % 64 == 0;
}

// The vector of elements at `first`, in any array of the parameter's shape.
template <class T>
struct Whole {
  using D = hn::ScalableTag<T>;
  std::int64_t first;
  auto load(const void* x) const { return hn::LoadU(D(), static_cast<const T*>(x) + first); }
  void store(hn::Vec<D> v, void* y, bool past_cache) const {
    if (past_cache) hn::Stream(v, D(), static_cast<T*>(y) + first);
    else hn::StoreU(v, D(), static_cast<T*>(y) + first);
  }
};

// The last elements, fewer than a vector.
template <class T>
struct Part {
  using D = hn::ScalableTag<T>;
  std::int64_t first;
  std::int64_t count;
  auto load(const void* x) const { return load_part(D(), static_cast<const T*>(x) + first, count); }
  void store(hn::Vec<D> v, void* y, bool) const { store_part(v, D(), static_cast<T*>(y) + first, count); }
};

// Calls update(at) for every vector of elements. It loads before it stores, so that outputs may be the inputs, and
// returns the parameter's new elements; what is returned here is whether all of them are finite. 0*x is NaN where x is
// not finite, and so is every sum from there on.
template <class T, class F>
bool for_each_vector(std::int64_t size, F update) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::atomic<bool> finite{true};
  for_each_block(size, [=, &finite](std::int64_t begin, std::int64_t count) HWY_ATTR {
    const F one = update;  // nobody else's: no store can change it, so that its constants stay in registers
    const std::int64_t end = begin + count;
    auto zeros = hn::Zero(d);
    std::int64_t i = begin;
    for (; i + lanes <= end; i += lanes) zeros = hn::MulAdd(hn::Zero(d), one(Whole<T>{i}), zeros);
    if (i < end) zeros = hn::MulAdd(hn::Zero(d), one(Part<T>{i, end - i}), zeros);
    if (!hn::AllTrue(d, hn::Eq(zeros, zeros))) finite = false;
    if (is_large<T>(size)) hwy::FlushStream();
  });
  return finite;
}

template <class T>
bool sgd_of(const SgdArgs& a) {
  const hn::ScalableTag<T> d;
  const T rate = static_cast<T>(a.learning_rate);
  const T mu = static_cast<T>(a.momentum);
  const T decay = static_cast<T>(a.weight_decay);
  const bool past = stored_past_cache<T>(a.size, a.parameter, a.new_parameter);
  const bool v_past = stored_past_cache<T>(a.size, a.velocity, a.new_velocity);

  return for_each_vector<T>(a.size, [=](auto at) HWY_ATTR {
    const auto momentum = hn::Set(d, mu);
    const auto p = at.load(a.parameter);
    const auto g = hn::MulAdd(hn::Set(d, decay), p, at.load(a.gradient));
    auto step = g;
    if (a.new_velocity) {
      const auto v = a.velocity ? hn::MulAdd(momentum, at.load(a.velocity), g) : g;
      step = a.nesterov ? hn::MulAdd(momentum, v, g) : v;
      at.store(v, a.new_velocity, v_past);
    }
    const auto next = hn::NegMulAdd(hn::Set(d, rate), step, p);
    at.store(next, a.new_parameter, past);
    return next;
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
bool adam_of(const AdamArgs& a) {
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
  const bool past = stored_past_cache<T>(a.size, a.parameter, a.new_parameter);
  const bool m_past = stored_past_cache<T>(a.size, a.first_moment, a.new_first_moment);
  const bool v_past = stored_past_cache<T>(a.size, a.second_moment, a.new_second_moment);

  return for_each_vector<T>(a.size, [=](auto at) HWY_ATTR {
    const auto p = hn::Mul(at.load(a.parameter), hn::Set(d, shrink));
    const auto g = with_finite_square(d, hn::MulAdd(hn::Set(d, decay), p, at.load(a.gradient)));
    const auto m0 = a.first_moment ? at.load(a.first_moment) : hn::Zero(d);
    const auto v0 = a.second_moment ? at.load(a.second_moment) : hn::Zero(d);
    const auto m = hn::MulAdd(hn::Set(d, beta1), m0, hn::Mul(hn::Set(d, rest1), g));
    const auto v = hn::MulAdd(hn::Set(d, beta2), v0, hn::Mul(hn::Set(d, rest2), hn::Mul(g, g)));
    const auto root = hn::Sqrt(hn::Mul(v, hn::Set(d, scale2)));
    const auto step = hn::Div(m, hn::Add(root, hn::Set(d, epsilon)));
    const auto next = hn::NegMulAdd(hn::Set(d, rate), step, p);
    at.store(next, a.new_parameter, past);
    at.store(m, a.new_first_moment, m_past);
    at.store(v, a.new_second_moment, v_past);
    return next;
  });
}

bool apply(const SgdArgs& a) {
  return visit_floating(a.dtype, [&]<class T>() HWY_ATTR { return sgd_of<T>(a); });
}
bool apply(const AdamArgs& a) {
  return visit_floating(a.dtype, [&]<class T>() HWY_ATTR { return adam_of<T>(a); });
}

void sgd(const SgdArgs& a) { apply(a); }
void adam(const AdamArgs& a) { apply(a); }

template <class List>
void apply_all(const List& a) {
  bool finite = true;
  for (std::int64_t i = 0; i < a.count; ++i) finite = apply(a.each[i]) && finite;
  if (a.finite) *a.finite = finite;
}
void sgd_list(const SgdListArgs& a) { apply_all(a); }
void adam_list(const AdamListArgs& a) { apply_all(a); }

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
