// Philox in 32-bit integers, and the normal distribution's inverse in f64: only additions, multiplications, divisions
// and square roots, one by one: IEEE defines these. No libm. Build without contraction (-ffp-contract=off).
#include "logitape/core/random.h"

#include <bit>
#include <cmath>

#include "logitape/core/error.h"

namespace logitape::inline v0 {
namespace random {
namespace {

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// The block of two elements that `counter` names. `domain` keeps elements apart from the keys of split streams.
Block block_of(std::uint64_t key, std::uint64_t counter, std::uint32_t domain = 0) {
  return philox({low(counter), high(counter), domain, 0}, {low(key), high(key)});
}

std::uint64_t half(const Block& block, std::uint64_t which) {
  const std::size_t w = 2 * (which & 1);
  return block[w] | static_cast<std::uint64_t>(block[w + 1]) << 32;
}

template <std::size_t n>
double polynomial(const double (&c)[n], double x) {
  double y = c[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) y = y * x + c[i];
  return y;
}

// log(x) = e log 2 + 2 atanh(s), s = (m - 1)/(m + 1), for a normal x = m * 2^e with m in [1/sqrt 2, sqrt 2).
double log_of(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t root_half = 0x3fe6a09e667f3bcd;  // its exponent field goes up exactly where m has to be halved
  const std::uint64_t shifted = bits - root_half;
  const auto e = static_cast<double>(static_cast<std::int64_t>(shifted) >> 52);
  const double m = std::bit_cast<double>((shifted & 0x000fffffffffffff) + root_half);
  const double s = (m - 1) / (m + 1);
  const double z = s * s;  // below 0.0295: 2 z^12/25 is under a tenth of a unit in the last place
  constexpr double c[] = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                          2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
  constexpr double log2_high = 0x1.62e42fee00000p-1;  // 33 bits: e * log2_high is exact
  constexpr double log2_low = 0x1.a39ef35793c76p-33;
  return e * log2_high + (s * polynomial(c, z) + e * log2_low);
}

// Algorithm AS 241, PPND16 (M. J. Wichura, "The percentage points of the normal distribution", Applied Statistics 37,
// 1988): about 1 part in 10^16.
double inverse_normal(double p) {
  constexpr double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                          1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                          3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr double b[] = {1.0,
                          4.2313330701600911252e1,
                          6.8718700749205790830e2,
                          5.3941960214247511077e3,
                          2.1213794301586595867e4,
                          3.9307895800092710610e4,
                          2.8729085735721942674e4,
                          5.2264952788528545610e3};
  constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                          3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[] = {1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[] = {1.0,
                          5.99832206555887937690e-1,
                          1.36929880922735805310e-1,
                          1.48753612908506148525e-2,
                          7.86869131145613259100e-4,
                          1.84631831751005468180e-5,
                          1.42151175831644588870e-7,
                          2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  const double r = std::sqrt(-log_of(q < 0 ? p : 1 - p));
  const double x =
      r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
  return q < 0 ? -x : x;
}

}  // namespace

Block philox(Block counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t x = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t y = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {high(y) ^ counter[1] ^ key[0], low(y), high(x) ^ counter[3] ^ key[1], low(x)};
    key[0] += 0x9E3779B9;  // the golden ratio
    key[1] += 0xBB67AE85;  // the square root of 3, less 1
  }
  return counter;
}

void bits(std::uint64_t key, std::uint64_t first, std::span<std::uint64_t> out) {
  std::size_t i = 0;
  if (first & 1 && !out.empty()) out[i++] = half(block_of(key, first / 2), 1);
  for (; i < out.size(); i += 2) {
    const Block block = block_of(key, (first + i) / 2);
    out[i] = half(block, 0);
    if (i + 1 < out.size()) out[i + 1] = half(block, 1);
  }
}

double uniform(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }
float uniform_f32(std::uint64_t bits) { return static_cast<float>(bits >> 40) * 0x1p-24f; }

// An odd multiple of 2^-53: never 0 or 1, and as likely as its mirror image.
double normal(std::uint64_t bits) { return inverse_normal(static_cast<double>(2 * (bits >> 12) + 1) * 0x1p-53); }

}  // namespace random

std::uint64_t Generator::advance(std::uint64_t count) {
  const std::uint64_t first = position_;
  position_ += count;
  return first;
}

std::uint64_t Generator::next_u64() {
  std::uint64_t element = 0;
  random::bits(key_, advance(1), {&element, 1});
  return element;
}

double Generator::next_uniform() { return random::uniform(next_u64()); }

std::uint64_t Generator::below(std::uint64_t n) {
  if (n == 0) throw Error(ErrorCode::invalid_argument, "Generator::below", "n is 0; at least 1 is needed");
  const std::uint64_t surplus = -n % n;  // 2^64 mod n: the values below it would make small remainders likelier
  for (;;)
    if (const std::uint64_t x = next_u64(); x >= surplus) return x % n;
}

Generator Generator::split() { return Generator(random::half(random::block_of(key_, advance(1), 1), 0)); }

}  // namespace logitape::inline v0
