// uniform, normal and dropout_mask: y[i] from the 64 bits of element first + i of a stream (core/random.h has the
// layout): Philox4x32-10, a thread a counter, which is two elements. Integers and IEEE operations one by one, so that
// every number is the CPU's to the bit.
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {
namespace {

struct Block {
  uint64_t element[2];
};

__device__ Block philox(uint64_t key, uint64_t counter) {
  auto c0 = static_cast<uint32_t>(counter), c1 = static_cast<uint32_t>(counter >> 32), c2 = 0u, c3 = 0u;
  auto k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    const uint64_t x = uint64_t{0xD2511F53} * c0, y = uint64_t{0xCD9E8D57} * c2;
    c0 = static_cast<uint32_t>(y >> 32) ^ c1 ^ k0;
    c1 = static_cast<uint32_t>(y);
    c2 = static_cast<uint32_t>(x >> 32) ^ c3 ^ k1;
    c3 = static_cast<uint32_t>(x);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {{c0 | static_cast<uint64_t>(c1) << 32, c2 | static_cast<uint64_t>(c3) << 32}};
}

// y[i] = f(bits of element first + i). Positions go up to 2^64 and then start again, so counters do at 2^63.
template <class T, class F>
struct FromBits {
  uint64_t key, given;
  const uint64_t* there;  // null: `given` is first
  int64_t size;
  T* y;
  F f;

  __device__ void operator()(int64_t pair) const {
    const uint64_t first = there ? *there : given;
    const Block block = philox(key, (first / 2 + static_cast<uint64_t>(pair)) & (~uint64_t{0} >> 1));
    const int64_t at = 2 * pair - static_cast<int64_t>(first & 1);
    if (at >= 0 && at < size) y[at] = f(block.element[0]);
    if (at + 1 < size || planted == 8) y[at + 1] = f(block.element[1]);
  }
};

// One pair more than there may be where `first` is not known yet.
template <class T, class Args, class F>
lt_status from_bits(lt_context* context, const char* op, const Args& a, F f) {
  const int64_t before = a.first_there ? 1 : static_cast<int64_t>(a.first & 1);
  const int64_t pairs = a.size == 0 ? 0 : divide_up(a.size + before, 2);
  return for_each(context, op, pairs, FromBits<T, F>{a.key, a.first, a.first_there, a.size, static_cast<T*>(a.y), f});
}

template <class T>
struct Uniform {
  __device__ T operator()(uint64_t bits) const {
    if constexpr (sizeof(T) == 4) return static_cast<float>(bits >> 40) * 0x1p-24f;
    else return static_cast<double>(bits >> 11) * 0x1p-53;
  }
};

// Coefficients from the constant up, so that all of them are constants of the instructions.
__device__ double polynomial(double, double c) { return c; }
template <class... C>
__device__ double polynomial(double x, double c, C... higher) {
  return polynomial(x, higher...) * x + c;
}

// log(x) = e log 2 + 2 atanh(s), s = (m - 1)/(m + 1), for a normal x = m * 2^e with m in [1/sqrt 2, sqrt 2): the
// operations of core/random.cpp, none fused.
__device__ double log_of(double x) {
  constexpr uint64_t root_half = 0x3fe6a09e667f3bcd;
  const uint64_t shifted = as<uint64_t>(x) - root_half;
  const auto e = static_cast<double>(static_cast<int64_t>(shifted) >> 52);
  const double m = as<double>((shifted & 0x000fffffffffffff) + root_half);
  const double s = (m - 1) / (m + 1), z = s * s;
  const double p = polynomial(z, 2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17,
                              2.0 / 19, 2.0 / 21, 2.0 / 23);
  return e * 0x1.62e42fee00000p-1 + (s * p + e * 0x1.a39ef35793c76p-33);
}

// Algorithm AS 241, PPND16 (M. J. Wichura, "The percentage points of the normal distribution", Applied Statistics 37,
// 1988), as in core/random.cpp.
__device__ double inverse_normal(double p) {
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           polynomial(r, 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                      3.3430575583588128105e4, 2.5090809287301226727e3) /
           polynomial(r, 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                      2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
                      5.2264952788528545610e3);
  }
  const double r = sqrt(-log_of(q < 0 ? p : 1 - p));
  const double x = r <= 5
                       ? polynomial(r - 1.6, 1.42343711074968357734e0, 4.63033784615654529590e0,
                                    5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0,
                                    2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4) /
                             polynomial(r - 1.6, 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
                                        6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
                                        5.47593808499534494600e-4, 1.05075007164441684324e-9)
                       : polynomial(r - 5, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                                    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                    2.71155556874348757815e-5, 2.01033439929228813265e-7) /
                             polynomial(r - 5, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                                        1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                                        1.42151175831644588870e-7, 2.04426310338993978564e-15);
  return q < 0 ? -x : x;
}

// An odd multiple of 2^-53: never 0 or 1, and as likely as its mirror image.
template <class T>
struct Normal {
  __device__ T operator()(uint64_t bits) const {
    return static_cast<T>(inverse_normal(static_cast<double>(2 * (bits >> 12) + 1) * 0x1p-53));
  }
};

// Dropped where the upper 32 bits are below rate * 2^32: for rate 0 nothing is, for rate 1 everything.
template <class T>
struct Mask {
  uint64_t threshold;
  T kept;
  __device__ T operator()(uint64_t bits) const { return bits >> 32 >= threshold ? kept : T(0); }
};

lt_status uniform(lt_context* context, const lt_random_args* a) {
  return visit_floating("uniform", a->dtype,
                        [&]<class T>() { return from_bits<T>(context, "uniform", *a, Uniform<T>()); });
}
lt_status normal(lt_context* context, const lt_random_args* a) {
  return visit_floating("normal", a->dtype,
                        [&]<class T>() { return from_bits<T>(context, "normal", *a, Normal<T>()); });
}
lt_status dropout_mask(lt_context* context, const lt_dropout_mask_args* a) {
  return visit_floating("dropout_mask", a->dtype, [&]<class T>() {
    const auto threshold = static_cast<uint64_t>(llround(a->rate * 0x1p32));
    const Mask<T> mask{threshold, threshold >> 32 ? T(0) : static_cast<T>(1 / (1 - a->rate))};
    return from_bits<T>(context, "dropout_mask", *a, mask);
  });
}

}  // namespace

void fill_random(lt_kernels& k) {
  k.uniform = uniform;
  k.normal = normal;
  k.dropout_mask = dropout_mask;
}

}  // namespace logitape_cuda
