// centred and softmax_vjp against their scalar twins: confident rows, cotangents that are nearly equal, any axis, the
// same bits.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "logitape/backends/oracle/softmax.h"
#include "../support/numbers.h"
#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/same_bits.h"

using namespace logitape;
using tests::ulp_error;

namespace {

struct Extent {
  std::int64_t outer, classes, inner;
};
constexpr Extent extents[] = {{3, 1, 1}, {5, 3, 1},    {2, 33, 1}, {1, 20011, 1}, {0, 4, 1},
                              {2, 3, 5}, {1, 300, 17}, {2, 40, 1}, {3, 2, 0}};

template <class T>
struct Case {
  Extent e;
  std::vector<T> p, v;
};

// Softmaxes of logits that differ by `spread`, class 1 of every other row being ahead by `gap`; v is shift + numbers in
// [-1, 1).
template <class T>
Case<T> make(const Extent& e, double spread, double gap, double shift) {
  std::vector<T> x = tests::numbers<T>(e.outer * e.classes * e.inner, 3);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.size()); ++i) {
    const std::int64_t c = i / e.inner % e.classes, row = i / e.inner / e.classes * e.inner + i % e.inner;
    x[static_cast<std::size_t>(i)] =
        static_cast<T>(x[static_cast<std::size_t>(i)] * spread + (c == 1 && row % 2 == 0 ? gap : 0));
  }
  Case<T> made{e, std::vector<T>(x.size()), tests::numbers<T>(static_cast<std::int64_t>(x.size()), 8, shift)};
  cpu::kernels().softmax({dtype_of<T>(), e.outer, e.classes, e.inner, x.data(), made.p.data()});
  return made;
}

template <class T>
std::vector<T> run(backends::Kernel<backends::SoftmaxArgs> kernel, const Case<T>& c) {
  std::vector<T> y(c.p.size(), T{-7});
  kernel({dtype_of<T>(), c.e.outer, c.e.classes, c.e.inner, c.p.data(), y.data(), c.v.data()});
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("v - p.v and p times that have the twin's digits, in confident rows and where v hardly varies", T,
                   float, double) {
  using S = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  backends::Kernels exact;
  oracle::fill_softmax<S>(exact);
  for (const Extent& e : extents)
    for (const double gap : {0.0, 3.0, 40.0, 80.0})
      for (const double shift : {0.0, 1000.0}) {
        const Case<T> c = make<T>(e, 1, gap, shift);
        const std::vector<T> difference = run(exact.centred, c), product = run(exact.softmax_vjp, c);
        for (const cpu::Target& target : cpu::targets()) {
          INFO(target.name, " ", e.outer, " ", e.classes, " ", e.inner, " gap ", gap, " shift ", shift);
          const std::vector<T> got = run(target.kernels.centred, c), times_p = run(target.kernels.softmax_vjp, c);
          for (std::size_t i = 0; i < got.size(); ++i) {
            // terms of size 1 cancel, which f32 does not see: its sums are f64
            const long double size = sizeof(T) == 4 ? 0 : 0.5L;
            CHECK(ulp_error<T>(got[i], difference[i], size) <= (sizeof(T) == 4 ? 1 : 16));
            CHECK(ulp_error<T>(times_p[i], product[i], size * c.p[i]) <= (sizeof(T) == 4 ? 1 : 16));
          }
        }
      }
}

TEST_CASE("of two classes far apart both results are p0*p1*(v0 - v1), to 2 ULP") {
  for (const cpu::Target& target : cpu::targets())
    for (const double gap : {1.0, 10.0, 30.0, 300.0, 700.0})
      for (const Extent& e : {Extent{1, 2, 1}, Extent{1, 2, 3}}) {
        Case<double> c{e, {}, {}};
        for (const double x : {1 / (1 + std::exp(-gap)), std::exp(-gap) / (1 + std::exp(-gap))})
          c.p.insert(c.p.end(), static_cast<std::size_t>(e.inner), x);
        for (const double x : {1000.25, 999.0}) c.v.insert(c.v.end(), static_cast<std::size_t>(e.inner), x);
        const std::vector<double> y = run(target.kernels.softmax_vjp, c);
        const auto last = static_cast<std::size_t>(e.inner);
        const long double want = static_cast<long double>(c.p[0]) * c.p[last] * 1.25L;
        CHECK(ulp_error(y[0], want) <= 2);                          // a product, a sum of one, a product
        CHECK(ulp_error(y[last], -want) <= 2 + 1e-16 / c.p[last]);  // p's own rounding: 1 - p1 stands for p0
      }
}

TEST_CASE_TEMPLATE("their bits are those of every machine with fused multiply-add, and of every number of threads", T,
                   float, double) {
  for (const Extent& e : {Extent{3001, 101, 1}, Extent{2, 150001, 1}, Extent{3, 301, 333}}) {
    const Case<T> c = make<T>(e, 3, 2, 0);
    for (const auto slot : {&backends::Kernels::centred, &backends::Kernels::softmax_vjp}) {
      std::vector<std::vector<T>> made;
      for (const cpu::Target& target : cpu::targets())
        for (const int threads : {1, 2, 3, 7}) {
          const ThreadCount count(threads);
          if (target.name.starts_with("AVX")) made.push_back(run(target.kernels.*slot, c));
        }
      for (const std::vector<T>& y : made) CHECK(tests::same_bits(y, made[0]));
    }
  }
}
