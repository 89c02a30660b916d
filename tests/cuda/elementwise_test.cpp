// The module's elementwise kernels, fill, cast and copy against the scalar oracle: odd sizes, every kind of
// broadcasting, addresses that 16 does not divide, every dtype.
#include <cmath>
#include <cstring>
#include <random>

#include "logitape/core/dtype.h"
#include "tests/cuda/module.h"
#include "tests/support/oracle.h"

using namespace logitape;
using namespace logitape::backends;
using tests::Array;
using tests::context;
using tests::cuda_module;
using tests::ok;

namespace {

const lt_kernels& cuda() { return *cuda_module().kernels; }
const Kernels& wanted() { return oracle::kernels<double>(); }  // rounds f32 and f64 as themselves

constexpr DType all_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};
constexpr std::int64_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 1023, 1025, 40'001};

template <class T>
std::vector<T> hard_values() {
  using limits = std::numeric_limits<T>;
  // clang-format off
  return {0, -T(0), 1, -1, T(0.5), T(-2.5), 3, limits::infinity(), -limits::infinity(), limits::quiet_NaN(),
          limits::denorm_min(), -limits::denorm_min(), limits::min(), limits::max(), limits::lowest(),
          1 + limits::epsilon(), T(1e-30), T(-1e30)};
  // clang-format on
}

template <class T>
std::vector<T> values(std::int64_t size, unsigned seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<double> normal;
  const std::vector<T> hard = hard_values<T>();
  std::vector<T> x(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = bits() % 2 ? hard[i % hard.size()] : static_cast<T>(normal(bits) * std::exp(3 * normal(bits)));
  return x;
}

// Any values of a dtype: bytes as they come, booleans 0 or 1.
std::vector<unsigned char> any(DType dtype, std::int64_t size, unsigned seed) {
  std::mt19937 bits(seed);
  std::vector<unsigned char> x(static_cast<std::size_t>(size) * byte_size(dtype));
  for (unsigned char& b : x) b = static_cast<unsigned char>(dtype == DType::boolean ? bits() % 2 : bits());
  return x;
}

// Equal values and signs; every NaN is the same NaN.
bool same(long double x, long double y) {
  return (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
}
template <class T>
std::int64_t differences(DType dtype, const std::vector<T>& x, const std::vector<T>& y) {
  REQUIRE(x.size() == y.size());
  std::int64_t count = 0;
  for (std::size_t i = 0; i < x.size() * sizeof(T) / byte_size(dtype); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    count += !same(oracle::load<long double>(dtype, x.data(), at), oracle::load<long double>(dtype, y.data(), at));
  }
  return count;
}

// Loop nests of three inputs (a binary kernel takes the first two), ranks 0 to 4.
std::vector<lt_loop3> loops() {
  std::vector<lt_loop3> all(1);
  for (const std::int64_t n : {0, 1, 5, 16, 37, 1025})
    for (int pattern = 0; pattern < 8; ++pattern) {
      lt_loop3 loop{.rank = 1, .size = {n}};
      for (int i = 0; i < 3; ++i) loop.step[i][0] = pattern >> i & 1;
      all.push_back(loop);
    }
  const std::int64_t shapes[][4] = {{1, 4, 1, 1}, {1, 7, 3, 2},  {3, 1, 17, 1}, {1, 33, 16, 1},
                                    {2, 3, 5, 4}, {4, 5, 40, 1}, {2, 0, 3, 1},  {2, 3, 2, 64}};
  for (const auto& size : shapes)
    for (int pattern = 0; pattern < 256; pattern += 3) {
      lt_loop3 loop{.rank = 4, .size = {size[0], size[1], size[2], size[3]}};
      for (int i = 0; i < 3; ++i) {
        std::int64_t step = 1;
        for (int r = 3; r >= 0; --r) {
          const bool broadcast = i < 2 && (pattern >> (4 * i + r) & 1);
          loop.step[i][r] = broadcast ? 0 : step;
          if (!broadcast) step *= size[r];
        }
      }
      all.push_back(loop);
    }
  return all;
}
lt_loop2 first_two(const lt_loop3& l) {
  lt_loop2 two{.rank = l.rank};
  std::memcpy(two.size, l.size, sizeof two.size);
  std::memcpy(two.step, l.step, sizeof two.step);
  return two;
}
std::int64_t elements(const lt_loop3& l) {
  std::int64_t n = 1;
  for (int r = 0; r < l.rank; ++r) n *= l.size[r];
  return n;
}

// A slot of both tables.
template <class Args>
struct Slot {
  const char* name;
  Kernel<Args> Kernels::*want;
  lt_status (*lt_kernels::*got)(lt_context*, const Args*);
};
// clang-format off
constexpr Slot<lt_unary_args> exact_unary[] = {
    {"neg", &Kernels::neg, &lt_kernels::neg},
    {"abs", &Kernels::abs, &lt_kernels::abs},
    {"sign", &Kernels::sign, &lt_kernels::sign},
    {"sqrt", &Kernels::sqrt, &lt_kernels::sqrt},
    {"relu", &Kernels::relu, &lt_kernels::relu}};
constexpr Slot<lt_binary_args> exact_binary[] = {
    {"add", &Kernels::add, &lt_kernels::add},
    {"sub", &Kernels::sub, &lt_kernels::sub},
    {"mul", &Kernels::mul, &lt_kernels::mul},
    {"maximum", &Kernels::maximum, &lt_kernels::maximum},
    {"minimum", &Kernels::minimum, &lt_kernels::minimum},
    {"div", &Kernels::div, &lt_kernels::div},
    {"where_positive", &Kernels::where_positive, &lt_kernels::where_positive}};
constexpr std::size_t of_integers = 5;  // the first five
constexpr Slot<lt_compare_args> compares[] = {
    {"equal", &Kernels::equal, &lt_kernels::equal},
    {"not_equal", &Kernels::not_equal, &lt_kernels::not_equal},
    {"less", &Kernels::less, &lt_kernels::less},
    {"less_equal", &Kernels::less_equal, &lt_kernels::less_equal}};
// clang-format on

template <class T>
void check_unary(const Slot<lt_unary_args>& op, std::int64_t n, std::size_t shift) {
  const std::vector<T> x = values<T>(n, 7);
  std::vector<T> want(x.size());
  const DType dtype = dtype_of<T>();
  (wanted().*op.want)({dtype, n, x.data(), want.data()});
  const Array in(x, shift * sizeof(T)), out(x.size() * sizeof(T), shift % 2 * sizeof(T));
  const lt_unary_args apart{dtype, n, in.data(), out.data()}, in_place{dtype, n, in.data(), in.data()};
  ok((cuda().*op.got)(context(), &apart));
  ok((cuda().*op.got)(context(), &in_place));
  INFO(op.name << " size " << n << " shift " << shift);
  CHECK(differences(dtype, out.host<T>(), want) == 0);
  CHECK(differences(dtype, in.host<T>(), want) == 0);
  CHECK(in.guarded());
  CHECK(out.guarded());
}

}  // namespace

TEST_CASE("unary kernels: every size, in place too, from any address") {
  for (const Slot<lt_unary_args>& op : exact_unary)
    for (const std::int64_t n : sizes)
      for (const std::size_t shift : {0u, 1u, 2u}) {
        check_unary<float>(op, n, shift);
        check_unary<double>(op, n, shift);
      }
}

TEST_CASE("binary kernels: every pattern of broadcasting, every dtype that they take") {
  for (const DType dtype : all_dtypes) {
    if (!is_arithmetic(dtype) && !is_index(dtype)) continue;
    std::size_t turn = 0;
    for (const lt_loop3& three : loops()) {
      const lt_loop2 loop = first_two(three);
      const std::int64_t n = elements(three);
      const bool floating = is_arithmetic(dtype);
      std::vector<unsigned char> a = any(dtype, n + 1, 1), b = any(dtype, n + 1, 2);
      if (dtype == DType::f32) std::memcpy(a.data(), values<float>(n + 1, 1).data(), a.size());
      if (dtype == DType::f64) std::memcpy(a.data(), values<double>(n + 1, 1).data(), a.size());
      const std::size_t shift = turn % 3 * byte_size(dtype);
      const Array on_a(a, shift), on_b(b), out(static_cast<std::size_t>(n) * byte_size(dtype), turn % 2 * shift);
      const std::size_t ops = floating ? std::size(exact_binary) : of_integers;
      const Slot<lt_binary_args>& op = exact_binary[turn++ % ops];
      std::vector<unsigned char> want(static_cast<std::size_t>(n) * byte_size(dtype));
      (wanted().*op.want)({dtype, loop, a.data(), b.data(), want.data()});
      const lt_binary_args args{dtype, loop, on_a.data(), on_b.data(), out.data()};
      ok((cuda().*op.got)(context(), &args));
      INFO(op.name << " " << name(dtype) << " rank " << loop.rank << " loop " << turn);
      CHECK(differences(dtype, out.host<unsigned char>(), want) == 0);
      CHECK(out.guarded());
    }
  }
}

TEST_CASE_TEMPLATE("binary kernels: every pair of hard values", T, float, double) {
  const std::vector<T> v = hard_values<T>();
  const auto n = static_cast<std::int64_t>(v.size());
  const lt_loop2 pairs{.rank = 2, .size = {n, n}, .step = {{1, 0}, {0, 1}}};
  const Array in(v);
  for (const Slot<lt_binary_args>& op : exact_binary) {
    std::vector<T> want(v.size() * v.size());
    const Array out(want.size() * sizeof(T));
    (wanted().*op.want)({dtype_of<T>(), pairs, v.data(), v.data(), want.data()});
    const lt_binary_args args{dtype_of<T>(), pairs, in.data(), in.data(), out.data()};
    ok((cuda().*op.got)(context(), &args));
    INFO(op.name);
    CHECK(differences(dtype_of<T>(), out.host<T>(), want) == 0);
  }
}

TEST_CASE("comparison and where: every dtype and pattern of broadcasting") {
  std::mt19937 bits(5);
  for (const DType dtype : all_dtypes) {
    std::size_t turn = 0;
    for (const lt_loop3& loop : loops()) {
      const std::int64_t n = elements(loop);
      std::vector<double> few_a(static_cast<std::size_t>(n) + 1), few_b(few_a.size());  // so that many are equal
      for (double& v : few_a) v = static_cast<double>(bits() % 5) - 2;
      for (double& v : few_b) v = static_cast<double>(bits() % 5) - 2;
      if (is_floating(dtype)) few_a[0] = std::numeric_limits<double>::quiet_NaN();
      std::vector<unsigned char> a(few_a.size() * byte_size(dtype)), b(a.size());
      wanted().cast({DType::f64, dtype, n + 1, few_a.data(), a.data()});
      wanted().cast({DType::f64, dtype, n + 1, few_b.data(), b.data()});
      std::vector<std::uint8_t> condition(few_a.size());
      for (std::uint8_t& c : condition) c = bits() % 2;
      const Array on_a(a, turn % 3 * byte_size(dtype)), on_b(b), on_c(condition, turn % 5);

      const Slot<lt_compare_args>& op = compares[turn++ % std::size(compares)];
      std::vector<std::uint8_t> want(static_cast<std::size_t>(n));
      const Array answer(want.size());
      (wanted().*op.want)({dtype, first_two(loop), a.data(), b.data(), want.data()});
      const lt_compare_args args{dtype, first_two(loop), on_a.data(), on_b.data(),
                                 static_cast<std::uint8_t*>(answer.data())};
      ok((cuda().*op.got)(context(), &args));
      INFO(op.name << " " << name(dtype) << " loop " << turn);
      CHECK(answer.host<std::uint8_t>() == want);
      CHECK(answer.guarded());

      std::vector<unsigned char> chosen(static_cast<std::size_t>(n) * byte_size(dtype));
      const Array out(chosen.size());
      wanted().where({dtype, loop, condition.data(), a.data(), b.data(), chosen.data()});
      const lt_where_args where{dtype,       loop,        static_cast<const std::uint8_t*>(on_c.data()),
                                on_a.data(), on_b.data(), out.data()};
      ok(cuda().where(context(), &where));
      CHECK(out.host<unsigned char>() == chosen);
      CHECK(out.guarded());
    }
  }
}

TEST_CASE_TEMPLATE("clamp keeps NaN, and its bounds where x passes them", T, float, double) {
  for (const std::int64_t n : sizes) {
    const std::vector<T> x = values<T>(n, 11);
    std::vector<T> want(x.size());
    wanted().clamp({dtype_of<T>(), n, -0.7, 1.3, x.data(), want.data()});
    const Array in(x), out(x.size() * sizeof(T));
    const lt_clamp_args args{dtype_of<T>(), n, -0.7, 1.3, in.data(), out.data()};
    ok(cuda().clamp(context(), &args));
    CHECK(differences(dtype_of<T>(), out.host<T>(), want) == 0);
  }
}
