// The elementwise kernels of every SIMD target against the scalar oracle, bit for bit: each operation rounds once.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/oracle.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/same_bits.h"

using namespace logitape;
using namespace logitape::backends;

namespace {

// f32 in double rounds like f32 itself (53 >= 2 * 24 + 2), and f64 in double is f64: one oracle for both.
const Kernels& oracle_kernels() { return oracle::kernels<double>(); }

constexpr DType all_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};

// Equal values and signs; every NaN is the same NaN.
bool same(long double x, long double y) {
  return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
}

// How many elements of two arrays differ.
std::int64_t differences(DType dtype, std::int64_t size, const void* x, const void* y) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < size; ++i)
    count += !same(oracle::load<long double>(dtype, x, i), oracle::load<long double>(dtype, y, i));
  return count;
}

template <class T>
std::vector<T> hard_values() {
  using limits = std::numeric_limits<T>;
  // clang-format off
  return {0, -T(0), 1, -1, T(0.5), T(-2.5), 3, limits::infinity(), -limits::infinity(), limits::quiet_NaN(),
          limits::denorm_min(), -limits::denorm_min(), limits::min(), limits::max(), limits::lowest(),
          1 + limits::epsilon(), T(1e-30), T(-1e30)};
  // clang-format on
}

// The hard values, each `run` times in a row, between numbers of all sizes.
template <class T>
std::vector<T> values(std::int64_t size, unsigned seed, std::int64_t run = 1) {
  std::mt19937 bits(seed);
  std::normal_distribution<double> normal;
  const std::vector<T> hard = hard_values<T>();
  std::vector<T> x(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t turn = i / static_cast<std::size_t>(run);
    x[i] = bits() % 2 ? hard[turn % hard.size()] : static_cast<T>(normal(bits) * std::exp(3 * normal(bits)));
  }
  return x;
}

constexpr std::int64_t sizes[] = {0,  1,  2,  3,  4,  5,  7,  8,   9,    13,    15,
                                  16, 17, 31, 32, 33, 63, 65, 127, 1009, 16384, 16385};

// clang-format off
struct UnarySlot { const char* name; Kernel<UnaryArgs> Kernels::*slot; };
constexpr UnarySlot unary_slots[] = {{"neg", &Kernels::neg}, {"abs", &Kernels::abs}, {"sign", &Kernels::sign},
                                     {"sqrt", &Kernels::sqrt}, {"relu", &Kernels::relu}};

struct BinarySlot { const char* name; Kernel<BinaryArgs> Kernels::*slot; };
constexpr BinarySlot binary_slots[] = {{"add", &Kernels::add}, {"sub", &Kernels::sub}, {"mul", &Kernels::mul},
                                       {"div", &Kernels::div}, {"maximum", &Kernels::maximum},
                                       {"minimum", &Kernels::minimum}, {"where_positive", &Kernels::where_positive}};

struct CompareSlot { const char* name; Kernel<CompareArgs> Kernels::*slot; };
constexpr CompareSlot compare_slots[] = {{"equal", &Kernels::equal}, {"not_equal", &Kernels::not_equal},
                                         {"less", &Kernels::less}, {"less_equal", &Kernels::less_equal}};
// clang-format on

// Loop nests of three inputs (a binary kernel takes the first two): every pattern of broadcasting up to rank 3.
std::vector<Loop<3>> loops() {
  std::vector<Loop<3>> all(1);  // rank 0
  for (std::int64_t n : {0, 1, 5, 16, 37, 150})
    for (int pattern = 0; pattern < 8; ++pattern) {
      Loop<3> loop{.rank = 1, .size = {n}};
      for (int i = 0; i < 3; ++i) loop.step[i][0] = pattern >> i & 1;
      all.push_back(loop);
    }
  // shapes of the three inputs: sizes where the input has the axis, 0 where it is broadcast
  const std::int64_t full[][3] = {{1, 4, 1}, {1, 7, 3}, {3, 1, 17}, {1, 33, 16}, {2, 3, 5}, {4, 5, 40}, {2, 0, 3}};
  for (const auto& size : full)
    for (int pattern = 0; pattern < 64; ++pattern) {
      Loop<3> loop{.rank = 3, .size = {size[0], size[1], size[2]}};
      for (int i = 0; i < 3; ++i) {
        std::int64_t step = 1;
        for (int r = 2; r >= 0; --r) {
          const bool broadcast = i < 2 && (pattern >> (3 * i + r) & 1);
          loop.step[i][r] = broadcast ? 0 : step;
          if (!broadcast) step *= size[r];
        }
      }
      all.push_back(loop);
    }
  return all;
}

Loop<2> first_two(const Loop<3>& l) {
  Loop<2> two{.rank = l.rank};
  std::memcpy(two.size, l.size, sizeof two.size);
  std::memcpy(two.step, l.step, sizeof two.step);
  return two;
}

template <int inputs>
std::int64_t elements(const Loop<inputs>& l) {
  std::int64_t n = 1;
  for (int r = 0; r < l.rank; ++r) n *= l.size[r];
  return n;
}

template <class F>
void for_each_floating(F f) {
  f.template operator()<float>();
  f.template operator()<double>();
}

}  // namespace

TEST_CASE("unary kernels agree with the oracle at every size, in place too") {
  for (const cpu::Target& target : cpu::targets())
    for (const UnarySlot& op : unary_slots)
      for_each_floating([&]<class T>() {
        for (std::int64_t n : sizes) {
          const std::vector<T> x = values<T>(n, 7);
          std::vector<T> want(x.size()), got(x.size() + 1, T(99)), in_place = x;
          const DType dtype = dtype_of<T>();
          (oracle_kernels().*op.slot)({dtype, n, x.data(), want.data()});
          (target.kernels.*op.slot)({dtype, n, x.data(), got.data()});
          (target.kernels.*op.slot)({dtype, n, in_place.data(), in_place.data()});
          INFO(target.name << " " << op.name << " size " << n);
          CHECK(differences(dtype, n, got.data(), want.data()) == 0);
          CHECK(differences(dtype, n, in_place.data(), want.data()) == 0);
          CHECK(got.back() == T(99));  // nothing is written past the end
        }
      });
}

TEST_CASE("binary kernels agree with the oracle for every pair of hard values") {
  for (const cpu::Target& target : cpu::targets())
    for (const BinarySlot& op : binary_slots)
      for_each_floating([&]<class T>() {
        const std::vector<T> v = hard_values<T>();
        const auto n = static_cast<std::int64_t>(v.size());
        const Loop<2> pairs{.rank = 2, .size = {n, n}, .step = {{1, 0}, {0, 1}}};
        std::vector<T> want(v.size() * v.size()), got(want.size());
        (oracle_kernels().*op.slot)({dtype_of<T>(), pairs, v.data(), v.data(), want.data()});
        (target.kernels.*op.slot)({dtype_of<T>(), pairs, v.data(), v.data(), got.data()});
        INFO(target.name << " " << op.name);
        CHECK(differences(dtype_of<T>(), n * n, got.data(), want.data()) == 0);
      });
}

TEST_CASE("binary kernels agree with the oracle for every pattern of broadcasting") {
  for (const cpu::Target& target : cpu::targets())
    for (const Loop<3>& three : loops()) {
      const Loop<2> loop = first_two(three);
      const std::int64_t n = elements(loop);
      const std::vector<float> a = values<float>(n + 1, 1), b = values<float>(n + 1, 2);
      for (const BinarySlot& op : {binary_slots[1], binary_slots[6]}) {
        std::vector<float> want(static_cast<std::size_t>(n)), got(want.size() + 1, 99.f);
        (oracle_kernels().*op.slot)({DType::f32, loop, a.data(), b.data(), want.data()});
        (target.kernels.*op.slot)({DType::f32, loop, a.data(), b.data(), got.data()});
        INFO(target.name << " " << op.name << " rank " << loop.rank);
        CHECK(differences(DType::f32, n, got.data(), want.data()) == 0);
        CHECK(got.back() == 99.f);
      }
    }
}

TEST_CASE("large results are right and do not depend on the number of threads") {
  const std::int64_t rows = 523,
                     columns = 503;  // above the threading threshold, and blocks begin in the middle of rows
  const std::int64_t n = rows * columns;
  const std::vector<float> a = values<float>(n, 3), b = values<float>(columns, 4), c = values<float>(rows, 5);
  const Loop<2> bias{.rank = 2, .size = {rows, columns}, .step = {{columns, 1}, {0, 1}}};
  const Loop<2> scale{.rank = 2, .size = {rows, columns}, .step = {{columns, 1}, {1, 0}}};
  const auto results = [&](const Kernels& k) {
    std::vector<std::vector<float>> y(3, std::vector<float>(a.size()));
    k.add({DType::f32, bias, a.data(), b.data(), y[0].data()});
    k.mul({DType::f32, scale, a.data(), c.data(), y[1].data()});
    k.relu({DType::f32, n, a.data(), y[2].data()});
    return y;
  };
  const auto want = results(oracle_kernels());
  for (const cpu::Target& target : cpu::targets()) {
    const ThreadCount one_thread(1);
    const auto alone = results(target.kernels);
    for (std::size_t i = 0; i < want.size(); ++i)
      CHECK(differences(DType::f32, n, alone[i].data(), want[i].data()) == 0);
    for (int threads : {2, 3, 7}) {
      const ThreadCount count(threads);
      const auto shared = results(target.kernels);
      for (std::size_t i = 0; i < want.size(); ++i) CHECK(tests::same_bits(shared[i], alone[i]));
    }
  }
}

TEST_CASE("clamp keeps NaN, and its bounds where x passes them") {
  for (const cpu::Target& target : cpu::targets())
    for_each_floating([&]<class T>() {
      for (std::int64_t n : {1, 3, 16, 19, 100}) {
        const std::vector<T> x = values<T>(n, 11);
        std::vector<T> want(x.size()), got(x.size());
        oracle_kernels().clamp({dtype_of<T>(), n, -0.7, 1.3, x.data(), want.data()});
        target.kernels.clamp({dtype_of<T>(), n, -0.7, 1.3, x.data(), got.data()});
        CHECK(differences(dtype_of<T>(), n, got.data(), want.data()) == 0);
      }
    });
}

TEST_CASE("relu(-0) is +0, sign(0) is 0, and NaN passes through relu, sign, clamp, maximum and minimum") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float x[4] = {-0.f, 0.f, nan, -1.f};
  const float one = 1;
  const Loop<2> loop{.rank = 1, .size = {4}, .step = {{1}, {0}}};
  const Loop<2> mirrored{.rank = 1, .size = {4}, .step = {{0}, {1}}};
  for (const cpu::Target& target : cpu::targets()) {
    const Kernels& k = target.kernels;
    float y[4];
    k.relu({DType::f32, 4, x, y});
    CHECK(!std::signbit(y[0]));
    CHECK(y[0] == 0);
    CHECK(std::isnan(y[2]));
    CHECK(y[3] == 0);
    k.sign({DType::f32, 4, x, y});
    CHECK(y[0] == 0);
    CHECK(y[1] == 0);
    CHECK(std::isnan(y[2]));
    CHECK(y[3] == -1);
    k.clamp({DType::f32, 4, 0.5, 2, x, y});
    CHECK(y[0] == 0.5f);
    CHECK(std::isnan(y[2]));
    for (auto slot : {&Kernels::maximum, &Kernels::minimum}) {
      (k.*slot)({DType::f32, loop, x, &one, y});
      CHECK(std::isnan(y[2]));
      (k.*slot)({DType::f32, mirrored, &one, x, y});
      CHECK(std::isnan(y[2]));
    }
  }
}

TEST_CASE("comparison and where agree with the oracle for every dtype and pattern of broadcasting") {
  const std::vector<Loop<3>> all = loops();
  for (const cpu::Target& target : cpu::targets())
    for (DType dtype : all_dtypes)
      for (std::size_t l = 0; l < all.size(); l += dtype == DType::f32 ? 1 : 5) {
        const std::int64_t n = elements(all[l]);
        const auto bytes = static_cast<std::size_t>(n + 1) * byte_size(dtype);
        // few different values, so that many pairs are equal
        std::vector<double> from_a(static_cast<std::size_t>(n) + 1), from_b(from_a.size());
        std::mt19937 bits(5);
        for (double& v : from_a) v = static_cast<double>(bits() % 5) - 2;
        for (double& v : from_b) v = static_cast<double>(bits() % 5) - 2;
        if (is_floating(dtype)) from_a[0] = std::numeric_limits<double>::quiet_NaN();
        std::vector<char> a(bytes), b(bytes), want(bytes), got(bytes);
        oracle_kernels().cast({DType::f64, dtype, n + 1, from_a.data(), a.data()});
        oracle_kernels().cast({DType::f64, dtype, n + 1, from_b.data(), b.data()});
        INFO(target.name << " " << name(dtype) << " loop " << l);
        for (const CompareSlot& op : compare_slots) {
          std::vector<std::uint8_t> expected(static_cast<std::size_t>(n)), answer(expected.size());
          (oracle_kernels().*op.slot)({dtype, first_two(all[l]), a.data(), b.data(), expected.data()});
          (target.kernels.*op.slot)({dtype, first_two(all[l]), a.data(), b.data(), answer.data()});
          INFO(op.name);
          CHECK(answer == expected);
        }
        Loop<3> loop = all[l];
        std::vector<std::uint8_t> condition(static_cast<std::size_t>(n) + 1);
        for (auto& c : condition) c = bits() % 2;
        oracle_kernels().where({dtype, loop, condition.data(), a.data(), b.data(), want.data()});
        target.kernels.where({dtype, loop, condition.data(), a.data(), b.data(), got.data()});
        CHECK(got == want);
      }
}

TEST_CASE("cast agrees with the oracle between all dtypes: rounding, truncation, saturation, NaN") {
  std::vector<double> v = hard_values<double>();
  // clang-format off
  for (double edge : {0.1, 0.9, 1.5, 2.5, 65504., 65519., 65520., 65536., 127., 128., 255., 256., 32767., 32768.,
                      2147483647., 2147483648., 9223372036854775807., 9223372036854774784., 16777217., 1e10, 3e38,
                      3.4028235677973366e38, 1e300, 6e-8, 3e-8, 2.98023223876953125e-8, 1e-40})
    // clang-format on
    for (double e : {edge, -edge, std::nextafter(edge, 0), std::nextafter(edge, 1e308)}) v.push_back(e);
  const std::int64_t wide[] = {INT64_MIN,
                               INT64_MAX,
                               INT64_MIN + 1,
                               (1ll << 60) + (1ll << 52),
                               (1ll << 60) + (1ll << 52) + 1,
                               (1ll << 53) + 1,
                               -(1ll << 53) - 1,
                               (1ll << 60) + (1ll << 52) - 1,
                               -(1ll << 60) - (1ll << 52) - 1,
                               257,
                               -129,
                               65536 + 7,
                               0x1234567890abcdef};
  const auto n = static_cast<std::int64_t>(v.size());
  for (const cpu::Target& target : cpu::targets())
    for (DType from : all_dtypes)
      for (DType to : all_dtypes) {
        std::vector<char> x(v.size() * 8), want(v.size() * 8), got(v.size() * 8);
        std::int64_t count = n;
        oracle_kernels().cast({DType::f64, from, n, v.data(), x.data()});
        if (from == DType::i64) std::memcpy(x.data(), wide, sizeof wide), count = std::size(wide);
        oracle_kernels().cast({from, to, count, x.data(), want.data()});
        target.kernels.cast({from, to, count, x.data(), got.data()});
        INFO(target.name << " " << name(from) << " to " << name(to));
        CHECK(differences(to, count, got.data(), want.data()) == 0);
      }
}

TEST_CASE(
    "every f16 and bf16 becomes the f32 of its value, and every f32 near or between two halves rounds to nearest "
    "even") {
  const auto check = [&]<class Half>(const Kernels& k) {
    const DType half = dtype_of<Half>();
    std::vector<Half> halves(65536);
    for (std::size_t i = 0; i < 65536; ++i) halves[i].bits = static_cast<std::uint16_t>(i);
    std::vector<float> wide(65536);
    k.cast({half, DType::f32, 65536, halves.data(), wide.data()});
    std::vector<float> exact(halves.begin(), halves.end());
    CHECK(differences(DType::f32, 65536, wide.data(), exact.data()) == 0);

    std::vector<float> x;
    std::mt19937 bits(17);
    for (std::size_t i = 0; i + 1 < 65536; ++i) {
      const float middle = wide[i] / 2 + wide[i + 1] / 2;
      for (float f : {wide[i], middle, std::nextafter(middle, -HUGE_VALF), std::nextafter(middle, HUGE_VALF)})
        x.push_back(f);
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits())));
    }
    const auto n = static_cast<std::int64_t>(x.size());
    std::vector<Half> got(x.size()), want(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) want[i] = Half(static_cast<double>(x[i]));
    k.cast({DType::f32, half, n, x.data(), got.data()});
    CHECK(differences(half, n, got.data(), want.data()) == 0);
  };
  for (const cpu::Target& target : cpu::targets()) {
    INFO(target.name);
    check.operator()<f16>(target.kernels);
    check.operator()<bf16>(target.kernels);
  }
}

TEST_CASE("fill writes every element of every dtype and nothing more") {
  for (const cpu::Target& target : cpu::targets())
    for (DType dtype : all_dtypes)
      for (std::int64_t n : {0, 1, 7, 64, 300007}) {
        const double value = dtype == DType::boolean ? 1 : dtype == DType::u8 ? 200 : -3;
        std::vector<char> got(static_cast<std::size_t>(n + 1) * byte_size(dtype)), want(got.size());
        oracle_kernels().fill({dtype, n, value, want.data()});
        target.kernels.fill({dtype, n, value, got.data()});
        CHECK(got == want);
      }
}
