// Transcendental functions elementwise, and pow over a broadcasting loop nest, f32 and f64. Where one function of
// CUDA's is the answer it is asked in the dtype itself; a formula of several is computed in f64 for f32 too, so that
// f32 results are nearly always the nearest number.
#include "logitape/backends/cuda/functions.cuh"
#include "logitape/backends/cuda/map.cuh"

namespace logitape_cuda {
namespace {

// clang-format off
struct Exp {
  static constexpr const char* name = "exp";
  template <class T> DEVICE T operator()(T x) const { return exp(x); }
};
struct Log {
  static constexpr const char* name = "log";
  template <class T> DEVICE T operator()(T x) const { return log(x); }
};
struct Log1p {
  static constexpr const char* name = "log1p";
  template <class T> DEVICE T operator()(T x) const { return log1p(x); }
};
struct Expm1 {
  static constexpr const char* name = "expm1";
  template <class T> DEVICE T operator()(T x) const { return expm1(x); }
};
struct Sin {
  static constexpr const char* name = "sin";
  template <class T> DEVICE T operator()(T x) const { return sin(x); }
};
struct Cos {
  static constexpr const char* name = "cos";
  template <class T> DEVICE T operator()(T x) const { return cos(x); }
};
struct Tanh {
  static constexpr const char* name = "tanh";
  template <class T> DEVICE T operator()(T x) const { return tanh(x); }
};
struct Erf {
  static constexpr const char* name = "erf";
  template <class T> DEVICE T operator()(T x) const { return erf(x); }
};

struct Erfc {
  static constexpr const char* name = "erfc";
  DEVICE double operator()(double x) const { return erfc(x); }
};
struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  DEVICE double operator()(double x) const { return sigmoid(x); }
};
struct Silu {
  static constexpr const char* name = "silu";
  DEVICE double operator()(double x) const { return silu(x); }
};
struct Gelu {
  static constexpr const char* name = "gelu";
  DEVICE double operator()(double x) const { return gelu(x); }
};
struct SechSquared {
  static constexpr const char* name = "sech_squared";
  DEVICE double operator()(double x) const { return sech_squared(x); }
};
struct Bell {
  static constexpr const char* name = "bell";
  DEVICE double operator()(double x) const { return bell(x); }
};
struct GeluSlope {
  static constexpr const char* name = "gelu_slope";
  DEVICE double operator()(double x) const { return gelu_slope(x); }
};
struct SiluSlope {
  static constexpr const char* name = "silu_slope";
  DEVICE double operator()(double x) const { return silu_slope(x); }
};
struct Pow {
  DEVICE double operator()(double a, double b) const { return pow(a, b); }
};
// clang-format on

template <class F>
lt_status unary(lt_context* context, const lt_unary_args* a) {
  return visit_floating(F::name, a->dtype, [&]<class T>() {
    return map(context, F::name, Dense{}, a->size, F{}, static_cast<T*>(a->y), static_cast<const T*>(a->x));
  });
}

lt_status power(lt_context* context, const lt_binary_args* a) {
  return visit_floating("pow", a->dtype, [&]<class T>() {
    return map(context, "pow", a->loop, elements_of(a->loop), Pow{}, static_cast<T*>(a->y), static_cast<const T*>(a->a),
               static_cast<const T*>(a->b));
  });
}

}  // namespace

void fill_transcendental(lt_kernels& k) {
  k.exp = unary<Exp>;
  k.log = unary<Log>;
  k.log1p = unary<Log1p>;
  k.expm1 = unary<Expm1>;
  k.sin = unary<Sin>;
  k.cos = unary<Cos>;
  k.tanh = unary<Tanh>;
  k.erf = unary<Erf>;
  k.erfc = unary<Erfc>;
  k.sigmoid = unary<Sigmoid>;
  k.silu = unary<Silu>;
  k.gelu = unary<Gelu>;
  k.sech_squared = unary<SechSquared>;
  k.bell = unary<Bell>;
  k.gelu_slope = unary<GeluSlope>;
  k.silu_slope = unary<SiluSlope>;
  k.pow = power;
}

}  // namespace logitape_cuda
