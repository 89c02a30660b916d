// The elementwise kernels on integers, on every SIMD target against the scalar oracle: they wrap, and order by sign.
#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "tests/support/oracle.h"

using namespace logitape;
using namespace logitape::backends;

namespace {

const Kernels& oracle_kernels() { return oracle::kernels<double>(); }

struct Slot {
  const char* name;
  Kernel<BinaryArgs> Kernels::*slot;
};
constexpr Slot slots[] = {{"add", &Kernels::add},
                          {"sub", &Kernels::sub},
                          {"mul", &Kernels::mul},
                          {"maximum", &Kernels::maximum},
                          {"minimum", &Kernels::minimum}};
constexpr DType dtypes[] = {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64};

// Those next to where an integer wraps first, then any: more than a kernel's piece of 64.
template <class T>
std::vector<T> hard_integers() {
  using limits = std::numeric_limits<T>;
  std::vector<T> v = {0, 1, 2, 3, 100, static_cast<T>(-1), static_cast<T>(-100), limits::min(), limits::max()};
  for (const T edge : {limits::min(), limits::max()})
    for (const int divisor : {2, 3, 7}) v.push_back(static_cast<T>(edge / divisor));
  std::mt19937_64 bits(5);
  while (v.size() < 151) v.push_back(static_cast<T>(bits()));
  return v;
}

template <class T>
void check(const char* target, const Kernels& kernels, const Loop<2>& loop, const std::vector<T>& a,
           const std::vector<T>& b, std::size_t size) {
  for (const Slot& op : slots) {
    std::vector<T> want(size), got(size + 1, T(99));
    (oracle_kernels().*op.slot)({dtype_of<T>(), loop, a.data(), b.data(), want.data()});
    (kernels.*op.slot)({dtype_of<T>(), loop, a.data(), b.data(), got.data()});
    INFO(target, " ", op.name, " ", name(dtype_of<T>()), " of ", size);
    CHECK(got.back() == T(99));  // nothing is written past the end
    got.pop_back();
    CHECK(got == want);
  }
}

}  // namespace

TEST_CASE("integer kernels agree with the oracle for every pair of hard values") {
  for (const cpu::Target& target : cpu::targets())
    for (const DType dtype : dtypes)
      visit_index(dtype, [&]<class T>() {
        const std::vector<T> v = hard_integers<T>();
        const auto n = static_cast<std::int64_t>(v.size());
        const Loop<2> pairs{.rank = 2, .size = {n, n}, .step = {{1, 0}, {0, 1}}};
        check(target.name.c_str(), target.kernels, pairs, v, v, v.size() * v.size());
      });
}

TEST_CASE("integer kernels agree with the oracle at every size and way of broadcasting, and where threads share") {
  for (const cpu::Target& target : cpu::targets())
    for (const DType dtype : dtypes)
      visit_index(dtype, [&]<class T>() {
        const std::vector<T> v = hard_integers<T>();
        for (const std::int64_t n : {0, 1, 7, 63, 64, 65, 129, 150})
          for (int pattern = 0; pattern < 4; ++pattern)
            check(target.name.c_str(), target.kernels,
                  Loop<2>{.rank = 1, .size = {n}, .step = {{pattern & 1}, {pattern >> 1}}}, v,
                  std::vector<T>(v.rbegin(), v.rend()), static_cast<std::size_t>(n));
        check(target.name.c_str(), target.kernels, Loop<2>{}, v, v, 1);
        std::vector<T> many;
        while (many.size() < 300007) many.insert(many.end(), v.begin(), v.end());  // above the threading threshold
        const Loop<2> loop{.rank = 1, .size = {300007}, .step = {{1}, {0}}};
        check(target.name.c_str(), target.kernels, loop, many, v, 300007);
      });
}

TEST_CASE("integers wrap as two's complement does: by hand") {
  const std::int8_t most8 = 127, one8 = 1;
  const std::uint8_t many8 = 200;
  const std::int16_t least16 = -32768, minus16 = -1;
  const std::int64_t least64 = std::numeric_limits<std::int64_t>::min(), minus64 = -1;
  for (const Kernels* k : {&oracle_kernels(), &cpu::kernels()}) {
    std::int8_t i8 = 0;
    std::uint8_t u8 = 0;
    std::int16_t i16 = 0;
    std::int64_t i64 = 0;
    k->add({DType::i8, {}, &most8, &one8, &i8});
    CHECK(i8 == -128);
    k->mul({DType::u8, {}, &many8, &many8, &u8});
    CHECK(u8 == 40000 % 256);
    k->mul({DType::i16, {}, &least16, &minus16, &i16});
    CHECK(i16 == -32768);
    k->mul({DType::i64, {}, &least64, &minus64, &i64});
    CHECK(i64 == least64);
    k->sub({DType::i64, {}, &minus64, &least64, &i64});
    CHECK(i64 == std::numeric_limits<std::int64_t>::max());
    k->maximum({DType::u8, {}, &many8, &one8, &u8});  // 200, which as a signed byte would be below 1
    CHECK(u8 == 200);
    k->minimum({DType::i16, {}, &least16, &minus16, &i16});
    CHECK(i16 == -32768);
  }
}
