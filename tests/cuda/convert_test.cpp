// The module's cast, fill and copy, bit for bit.
#include <cmath>
#include <cstring>
#include <random>

#include "logitape/core/detail/convert.h"
#include "tests/cuda/module.h"
#include "tests/support/oracle.h"

using namespace logitape;
using tests::Array;
using tests::context;
using tests::cuda_module;
using tests::ok;

namespace {

const lt_kernels& cuda() { return *cuda_module().kernels; }
constexpr DType all_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};
using Bytes = std::vector<unsigned char>;

std::vector<double> edges() {
  using limits = std::numeric_limits<double>;
  std::vector<double> v = {0,
                           -0.0,
                           limits::infinity(),
                           -limits::infinity(),
                           limits::quiet_NaN(),
                           limits::denorm_min(),
                           limits::max(),
                           limits::lowest()};
  // clang-format off
  for (const double edge : {0.1, 0.9, 1.5, 2.5, 65504., 65519., 65520., 65536., 127., 128., 255., 256., 32767., 32768.,
                            2147483647., 2147483648., 9223372036854775807., 9223372036854774784., 16777217., 1e10, 3e38,
                            3.4028235677973366e38, 1e300, 6e-8, 3e-8, 2.98023223876953125e-8, 6.1e-5, 1e-40, 4.6e-41})
    // clang-format on
    for (const double e : {edge, -edge, std::nextafter(edge, 0), std::nextafter(edge, 1e308)}) v.push_back(e);
  std::mt19937_64 bits(3);
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t b = bits();
    double d = 0;
    std::memcpy(&d, &b, 8);
    v.push_back(i % 2 ? d : std::ldexp(static_cast<double>(b >> 11), static_cast<int>(b % 64) - 80));
  }
  return v;
}

// Every value of the narrow dtypes; the hard ones and any others of the wide ones.
Bytes inputs(DType dtype, std::int64_t* count) {
  const std::vector<double> v = edges();
  Bytes x;
  if (byte_size(dtype) <= 2) {
    *count = dtype == DType::boolean ? 2 : byte_size(dtype) == 1 ? 256 : 65536;
    for (std::int64_t i = 0; i < *count; ++i)
      for (std::size_t b = 0; b < byte_size(dtype); ++b) x.push_back(static_cast<unsigned char>(i >> (8 * b)));
    return x;
  }
  *count = static_cast<std::int64_t>(v.size());
  x.resize(v.size() * byte_size(dtype));
  convert(DType::f64, v.data(), dtype, x.data(), *count);
  if (dtype != DType::i64) return x;
  const std::int64_t sticky[] = {INT64_MIN + 1,
                                 (1ll << 60) + (1ll << 52) + 1,
                                 (1ll << 60) + (1ll << 52),
                                 (1ll << 60) + (1ll << 52) - 1,
                                 -(1ll << 60) - (1ll << 52) - 1,
                                 (1ll << 53) + 1};
  std::memcpy(x.data(), sticky, sizeof sticky);
  return x;
}

}  // namespace

TEST_CASE("cast has the library's bits, but for the payloads of NaN") {
  for (const DType from : all_dtypes)
    for (const DType to : all_dtypes) {
      std::int64_t n = 0;
      const Bytes x = inputs(from, &n);
      Bytes want(static_cast<std::size_t>(n) * byte_size(to));
      convert(from, x.data(), to, want.data(), n);
      for (const std::size_t shift : {0u, 1u}) {
        const Array in(x, shift * byte_size(from)), out(want.size());
        const lt_cast_args args{from, to, n, in.data(), out.data()};
        ok(cuda().cast(context(), &args));
        const Bytes got = out.host<unsigned char>();
        std::int64_t wrong = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          const auto at = static_cast<std::size_t>(i) * byte_size(to);
          const bool nan = is_floating(to) && std::isnan(oracle::load<double>(to, want.data(), i)) &&
                           std::isnan(oracle::load<double>(to, got.data(), i));
          wrong += !nan && std::memcmp(&got[at], &want[at], byte_size(to)) != 0;
        }
        INFO(name(from) << " to " << name(to));
        CHECK(wrong == 0);
        CHECK(out.guarded());
      }
    }
}

TEST_CASE("fill converts its number once, of any size, from any address") {
  for (const DType dtype : all_dtypes)
    for (const double value : {0.0, 1.0, -2.7, 300.0, 1e300, std::nan("")})
      for (const std::int64_t n : {0, 1, 7, 16, 33, 1025}) {
        Bytes want(static_cast<std::size_t>(n) * byte_size(dtype));
        for (std::int64_t i = 0; i < n; ++i)
          convert(DType::f64, &value, dtype, want.data() + static_cast<std::size_t>(i) * byte_size(dtype), 1);
        const Array out(want.size(), n % 3 * byte_size(dtype));
        const lt_fill_args args{dtype, n, value, out.data()};
        ok(cuda().fill(context(), &args));
        INFO(name(dtype) << " " << value << " times " << n);
        CHECK(out.host<unsigned char>() == want);
        CHECK(out.guarded());
      }
}

TEST_CASE("copy takes strided views: turned, sliced, flipped, repeated, of every element size") {
  struct View {
    int rank;
    std::int64_t size[4], from[4], to[4], from_start;
  };
  const View views[] = {
      {0, {}, {}, {}, 0},
      {1, {1000}, {1}, {1}, 0},
      {1, {100}, {3}, {1}, 1},
      {1, {100}, {-1}, {1}, 99},
      {1, {100}, {0}, {1}, 5},
      {2, {70, 45}, {1, 70}, {45, 1}, 0},  // turned
      {2, {33, 20}, {50, 1}, {20, 1}, 3},  // a slice
      {2, {20, 33}, {33, 1}, {40, 1}, 0},  // into a slice
      {3, {3, 40, 50}, {2000, 1, 40}, {2000, 50, 1}, 0},
      {3, {40, 3, 50}, {1, 2000, 40}, {150, 50, 1}, 0},  // the densest axis is the first
      {3, {2, 1, 5}, {5, 77, 1}, {5, 5, 1}, 0},
      {4, {3, 4, 5, 6}, {1, 3, 12, 60}, {120, 30, 6, 1}, 0},
      {4, {2, 3, 4, 5}, {60, -20, 5, 0}, {60, 20, 5, 1}, 40},
      {2, {0, 5}, {5, 1}, {5, 1}, 0},
  };
  std::mt19937 bits(9);
  for (const std::size_t bytes : {1u, 2u, 4u, 8u})
    for (const View& v : views) {
      Bytes x(6001 * bytes), want(6001 * bytes, 0x5a);
      for (unsigned char& b : x) b = static_cast<unsigned char>(bits());
      backends::CopyArgs args{static_cast<std::int64_t>(bytes), v.rank, {}, {}, {}, nullptr, nullptr};
      for (int r = 0; r < v.rank; ++r) {
        args.size[r] = v.size[r];
        args.from_step[r] = v.from[r];
        args.to_step[r] = v.to[r];
      }
      const std::size_t start = static_cast<std::size_t>(v.from_start) * bytes;
      args.x = x.data() + start;
      args.y = want.data();
      oracle::kernels<double>().copy(args);
      const Array in(x), out(want.size());
      args.x = static_cast<const char*>(in.data()) + start;
      args.y = out.data();
      ok(cuda().copy(context(), &args));
      INFO("view " << (&v - views) << " of " << bytes << " bytes");
      CHECK(out.host<unsigned char>() == want);
      CHECK(out.guarded());
    }
}
