// gather, scatter_add, one_hot and index_check against the scalar oracle, bit for bit.
#include <doctest/doctest.h>

#include <cstdint>
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

constexpr DType index_dtypes[] = {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64};
constexpr DType all_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};

const Kernels& oracle_kernels() { return oracle::kernels<double>(); }

struct Extent {
  std::int64_t outer, axis, inner, count;
};
constexpr Extent extents[] = {{1, 1, 1, 1},  {1, 10, 1, 7},  {5, 10, 1, 1},   {1, 100, 64, 30},
                              {3, 7, 5, 11}, {4, 9, 130, 6}, {2, 3, 257, 20}, {0, 3, 2, 4},
                              {2, 3, 0, 4},  {2, 3, 4, 0},   {7, 2, 1, 3}};

// `count` indices in [0, limit) in an array of the dtype.
std::vector<char> indices(DType dtype, std::int64_t count, std::int64_t limit) {
  std::vector<double> value(static_cast<std::size_t>(count));
  std::mt19937 bits(31);
  for (double& v : value) v = static_cast<double>(bits() % static_cast<unsigned>(limit));
  std::vector<char> array(value.size() * 8);
  oracle_kernels().cast({DType::f64, dtype, count, value.data(), array.data()});
  return array;
}

template <class T>
std::vector<T> numbers(std::int64_t size) {
  std::mt19937 bits(13);
  std::normal_distribution<double> normal;
  std::vector<T> x(static_cast<std::size_t>(size));
  for (T& v : x) v = static_cast<T>(normal(bits));
  return x;
}

}  // namespace

TEST_CASE("gather moves the named elements, for every element size and index dtype") {
  for (const cpu::Target& target : cpu::targets())
    for (const Extent& e : extents)
      for (bool per_element : {false, true})
        for (DType index_dtype : index_dtypes)
          for (DType dtype : {DType::boolean, DType::bf16, DType::f32, DType::i64}) {
            const std::vector<char> index =
                indices(index_dtype, per_element ? e.outer * e.count * e.inner : e.count, e.axis);
            std::vector<char> x(static_cast<std::size_t>(e.outer * e.axis * e.inner) * byte_size(dtype));
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<char>(i * 7 + i / 256);
            std::vector<char> want(static_cast<std::size_t>(e.outer * e.count * e.inner + 1) * byte_size(dtype), 55),
                got = want;
            oracle_kernels().gather({dtype, index_dtype, per_element, e.outer, e.axis, e.inner, e.count, x.data(),
                                     index.data(), want.data()});
            target.kernels.gather({dtype, index_dtype, per_element, e.outer, e.axis, e.inner, e.count, x.data(),
                                   index.data(), got.data()});
            CHECK(got == want);
          }
}

TEST_CASE("scatter_add adds duplicates in the order of j onto what is there") {
  for (const cpu::Target& target : cpu::targets())
    for (const Extent& e : extents)
      for (bool per_element : {false, true})
        for (DType index_dtype : index_dtypes) {
          const auto check = [&]<class T>() {
            const std::vector<char> index =
                indices(index_dtype, per_element ? e.outer * e.count * e.inner : e.count, e.axis);
            const std::vector<T> x = numbers<T>(e.outer * e.count * e.inner);
            std::vector<T> want = numbers<T>(e.outer * e.axis * e.inner), got = want;
            oracle_kernels().scatter_add({dtype_of<T>(), index_dtype, per_element, e.outer, e.axis, e.inner, e.count,
                                          x.data(), index.data(), want.data()});
            target.kernels.scatter_add({dtype_of<T>(), index_dtype, per_element, e.outer, e.axis, e.inner, e.count,
                                        x.data(), index.data(), got.data()});
            CHECK(got == want);
          };
          check.operator()<float>();
          check.operator()<double>();
        }
}

TEST_CASE("large gathers and scatters give the same bits for every number of threads") {
  const Extent shapes[] = {{1, 50, 301, 1000}, {40, 10, 7, 1100}, {300000, 3, 1, 1}};
  for (const Extent& e : shapes)
    for (bool per_element : {false, true}) {
      const std::vector<char> index = indices(DType::u8, per_element ? e.outer * e.count * e.inner : e.count, e.axis);
      const std::vector<float> table = numbers<float>(e.outer * e.axis * e.inner),
                               x = numbers<float>(e.outer * e.count * e.inner);
      std::vector<float> want_gather(x.size()), want_scatter = table;
      oracle_kernels().gather({DType::f32, DType::u8, per_element, e.outer, e.axis, e.inner, e.count, table.data(),
                               index.data(), want_gather.data()});
      oracle_kernels().scatter_add({DType::f32, DType::u8, per_element, e.outer, e.axis, e.inner, e.count, x.data(),
                                    index.data(), want_scatter.data()});
      for (int threads : {1, 2, 3, 7}) {
        const ThreadCount count(threads);
        std::vector<float> got_gather(x.size()), got_scatter = table;
        cpu::kernels().gather({DType::f32, DType::u8, per_element, e.outer, e.axis, e.inner, e.count, table.data(),
                               index.data(), got_gather.data()});
        cpu::kernels().scatter_add({DType::f32, DType::u8, per_element, e.outer, e.axis, e.inner, e.count, x.data(),
                                    index.data(), got_scatter.data()});
        CHECK(tests::same_bits(got_gather, want_gather));
        CHECK(tests::same_bits(got_scatter, want_scatter));
      }
    }
}

TEST_CASE("one_hot writes one 1 in each row, in every dtype") {
  for (const cpu::Target& target : cpu::targets())
    for (DType dtype : all_dtypes)
      for (DType index_dtype : index_dtypes)
        for (std::int64_t rows : {0, 1, 9, 700})
          for (std::int64_t classes : {1, 2, 10, 97}) {
            const std::vector<char> index = indices(index_dtype, rows, classes);
            std::vector<char> want(static_cast<std::size_t>(rows * classes + 1) * byte_size(dtype), 33), got = want;
            oracle_kernels().one_hot({dtype, index_dtype, rows, classes, index.data(), want.data()});
            target.kernels.one_hot({dtype, index_dtype, rows, classes, index.data(), got.data()});
            CHECK(got == want);
          }
}

TEST_CASE(
    "X1: index_check counts the kept indices outside the range and names the first, at the extremes of every dtype") {
  const auto check = [&]<class I>() {
    constexpr auto low = std::numeric_limits<I>::min();
    constexpr auto high = std::numeric_limits<I>::max();
    for (const cpu::Target& target : cpu::targets())
      for (std::int64_t limit : {std::int64_t{0}, std::int64_t{1}, std::int64_t{5}, static_cast<std::int64_t>(high),
                                 std::numeric_limits<std::int64_t>::max()})
        for (std::size_t n : {0u, 1u, 255u, 256u, 257u, 1000u})
          for (I bad : {low, high, static_cast<I>(-1), static_cast<I>(5), static_cast<I>(limit)}) {
            std::vector<I> index(n, 0);
            for (std::size_t i : {n / 2, n / 2 + 3, n - 1})
              if (i < n) index[i] = bad;
            IndexFault want, got{7, 7, 7};
            oracle_kernels().index_check({dtype_of<I>(), static_cast<std::int64_t>(n), limit, index.data(), &want});
            target.kernels.index_check({dtype_of<I>(), static_cast<std::int64_t>(n), limit, index.data(), &got});
            CHECK(got.count == want.count);
            CHECK(got.position == want.position);
            CHECK(got.value == want.value);
            if (n < 4) continue;
            std::vector<std::uint8_t> keep(n, 1);
            keep[n / 2] = 0;
            oracle_kernels().index_check(
                {dtype_of<I>(), static_cast<std::int64_t>(n), limit, index.data(), &want, keep.data()});
            target.kernels.index_check(
                {dtype_of<I>(), static_cast<std::int64_t>(n), limit, index.data(), &got, keep.data()});
            CHECK(got.count == want.count);
            CHECK(got.position == want.position);
            CHECK(got.value == want.value);
          }
  };
  check.operator()<std::int8_t>();
  check.operator()<std::uint8_t>();
  check.operator()<std::int16_t>();
  check.operator()<std::int32_t>();
  check.operator()<std::int64_t>();
}
