// copy between strided views against the scalar oracle: every element arrives, and nothing else is touched.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

#include "tests/support/oracle.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"

using namespace logitape;
using namespace logitape::backends;

namespace {

// How far a view reaches before and after its first element.
std::int64_t reach(const CopyArgs& a, const std::int64_t* step, int sign) {
  std::int64_t far = 0;
  for (int r = 0; r < a.rank; ++r)
    if (step[r] * sign > 0) far += step[r] * sign * std::max<std::int64_t>(0, a.size[r] - 1);
  return far;
}

// Runs one copy with the oracle and with every target, on arrays just large enough and one element at either end.
void check(CopyArgs a) {
  const std::int64_t before_x = reach(a, a.from_step, -1), size_x = before_x + reach(a, a.from_step, 1) + 1;
  const std::int64_t before_y = reach(a, a.to_step, -1) + 1, size_y = before_y + reach(a, a.to_step, 1) + 2;
  std::vector<char> x(static_cast<std::size_t>(size_x * a.element_size));
  std::mt19937 bits(3);
  for (char& c : x) c = static_cast<char>(bits());
  std::vector<char> want(static_cast<std::size_t>(size_y * a.element_size), 77);
  a.x = x.data() + before_x * a.element_size;
  a.y = want.data() + before_y * a.element_size;
  oracle::kernels<double>().copy(a);
  for (const cpu::Target& target : cpu::targets()) {
    std::vector<char> got(want.size(), 77);
    a.y = got.data() + before_y * a.element_size;
    target.kernels.copy(a);
    CHECK(got == want);
  }
}

// x is dense with axes of these sizes; y is dense with the axes in the order of `axes`.
CopyArgs permutation(std::int64_t bytes, const std::vector<std::int64_t>& sizes, const std::vector<int>& axes) {
  CopyArgs a{.element_size = bytes,
             .rank = static_cast<int>(sizes.size()),
             .size = {},
             .from_step = {},
             .to_step = {},
             .x = nullptr,
             .y = nullptr};
  std::vector<std::int64_t> dense(sizes.size(), 1);
  for (std::size_t r = sizes.size(); r-- > 1;) dense[r - 1] = dense[r] * sizes[r];
  std::int64_t step = 1;
  for (int r = a.rank - 1; r >= 0; --r) {
    const auto axis = static_cast<std::size_t>(axes[static_cast<std::size_t>(r)]);
    a.size[r] = sizes[axis];
    a.from_step[r] = dense[axis];
    a.to_step[r] = step;
    step *= a.size[r];
  }
  return a;
}

}  // namespace

TEST_CASE("every permutation of up to four axes is copied, for every element size") {
  for (const std::vector<std::int64_t>& sizes : std::vector<std::vector<std::int64_t>>{
           {}, {7}, {3, 5}, {33, 65}, {2, 3, 4}, {5, 1, 37}, {2, 3, 4, 5}, {3, 33, 2, 34}, {2, 0, 3}})
    for (std::int64_t bytes : {1, 2, 4, 8}) {
      std::vector<int> axes(sizes.size());
      std::iota(axes.begin(), axes.end(), 0);
      do check(permutation(bytes, sizes, axes));
      while (std::next_permutation(axes.begin(), axes.end()));
    }
}

TEST_CASE("transposes around the tile size, and of eight axes, are copied") {
  for (std::int64_t rows : {1, 31, 32, 33, 64, 65, 127})
    for (std::int64_t columns : {1, 2, 31, 32, 33, 100}) check(permutation(4, {rows, columns}, {1, 0}));
  check(permutation(2, {2, 3, 2, 3, 2, 3, 2, 3}, {7, 0, 5, 2, 3, 6, 1, 4}));
  check(permutation(4, {2, 3, 2, 3, 2, 3, 2, 3}, {0, 1, 2, 3, 4, 5, 7, 6}));
}

TEST_CASE("slices, broadcasts, reversals and scattered results are copied") {
  std::mt19937 bits(9);
  for (int round = 0; round < 400; ++round) {
    CopyArgs a{.element_size = std::int64_t{1} << bits() % 4,
               .rank = static_cast<int>(bits() % 5),
               .size = {},
               .from_step = {},
               .to_step = {},
               .x = nullptr,
               .y = nullptr};
    std::int64_t room = 1;  // y's axes must not overlap: each steps over all that is inside it
    for (int r = a.rank - 1; r >= 0; --r) {
      a.size[r] = bits() % 8 == 0 ? 1 : static_cast<std::int64_t>(1 + bits() % 9);
      a.from_step[r] = static_cast<std::int64_t>(bits() % 41) - 20;
      if (bits() % 4 == 0) a.from_step[r] = 0;
      if (bits() % 4 == 0) a.from_step[r] = 1;
      a.to_step[r] = room * (bits() % 2 == 0 ? 1 : 2) * (bits() % 4 == 0 ? -1 : 1);
      room = std::abs(a.to_step[r]) * a.size[r];
    }
    check(a);
  }
}

TEST_CASE("large copies are shared between threads: contiguous, sliced and transposed") {
  for (int threads : {1, 2, 3}) {
    const ThreadCount count(threads);
    check(
        {.element_size = 1, .rank = 1, .size = {300007}, .from_step = {1}, .to_step = {1}, .x = nullptr, .y = nullptr});
    check({.element_size = 2,
           .rank = 2,
           .size = {601, 499},
           .from_step = {512, 1},
           .to_step = {499, 1},
           .x = nullptr,
           .y = nullptr});
    check(permutation(4, {523, 503}, {1, 0}));
    check(permutation(4, {2, 7, 150, 128}, {2, 0, 3, 1}));
  }
}
