// Transcendental functions elementwise: y[i] = f(x[i]) and y[i] = a[i]^b[i] over a broadcasting loop nest, f32 and f64.
// The formulas and their error bounds are in math-inl.h, slopes-inl.h, erf-inl.h, pow-inl.h and trig-inl.h.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/transcendental.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/elementwise-inl.h"
#include "logitape/backends/cpu/erf-inl.h"
#include "logitape/backends/cpu/math-inl.h"
#include "logitape/backends/cpu/pow-inl.h"
#include "logitape/backends/cpu/slopes-inl.h"
#include "logitape/backends/cpu/trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu {
namespace HWY_NAMESPACE {
namespace {

using backends::BinaryArgs;
using backends::UnaryArgs;

template <class F>
void map(const UnaryArgs& a, F f) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { unary_loop<T>(a, f); });
}

// clang-format off
void exp(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Exp(d, x); }); }
void log(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Log(d, x); }); }
void log1p(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Log1p(d, x); }); }
void expm1(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Expm1(d, x); }); }
void sin(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Sin(d, x); }); }
void cos(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Cos(d, x); }); }
void tanh(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Tanh(d, x); }); }
void sigmoid(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Sigmoid(d, x); }); }
void erf(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Erf(d, x); }); }
void erfc(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Erfc(d, x); }); }
void gelu(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Gelu(d, x); }); }
void silu(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Silu(d, x); }); }
void sech_squared(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return SechSquared(d, x); }); }
void bell(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return Bell(d, x); }); }
void gelu_slope(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return GeluSlope(d, x); }); }
void silu_slope(const UnaryArgs& a) { map(a, [](auto d, auto x) HWY_ATTR { return SiluSlope(d, x); }); }
// clang-format on

void pow(const BinaryArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR {
    binary_loop<T>(a, [](auto d, auto x, auto y) HWY_ATTR { return Pow(d, x, y); });
  });
}

}  // namespace

void FillTranscendental(backends::Kernels& k) {
  k.exp = exp;
  k.log = log;
  k.log1p = log1p;
  k.expm1 = expm1;
  k.sin = sin;
  k.cos = cos;
  k.tanh = tanh;
  k.sigmoid = sigmoid;
  k.erf = erf;
  k.erfc = erfc;
  k.gelu = gelu;
  k.silu = silu;
  k.sech_squared = sech_squared;
  k.bell = bell;
  k.gelu_slope = gelu_slope;
  k.silu_slope = silu_slope;
  k.pow = pow;
}

}  // namespace HWY_NAMESPACE
}  // namespace logitape::inline v0::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_transcendental, FillTranscendental)
#endif
