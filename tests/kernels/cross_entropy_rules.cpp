// The loss kernel: what must be equal (bits of a row wherever it lies, on every target, for every number of threads)
// and what is special (infinite and NaN logits, rows of one class, no rows). Its digits: cross_entropy.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "../support/ulp.h"
#include "cross_entropy_batch.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE_TEMPLATE("a one-hot row of labels gives the bits of its class index", T, float, double) {
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t classes : {1, 2, 5, 16, 17, 63, 64, 65, 200, 8192, 8193})
      for (const double spread : {0.0, 1.0, 30.0, 1e6})
        for (const bool unit_mass : {false, true})
          for (const double scale : {1.0, 1.0 / 7, -0.3}) {
            const Batch<T> b = random_batch<T>(4, classes, spread);
            const Options index{.unit_mass = unit_mass, .scale = scale};
            Options dense = index;
            dense.dense = true;
            CAPTURE(target.name);
            CAPTURE(classes);
            CAPTURE(spread);
            CHECK(same_bits(run(target.kernels, b, index), run(target.kernels, b, dense)));
          }
}

TEST_CASE_TEMPLATE("a row's bits depend on that row alone, and the loss on whether a gradient is asked for not at all",
                   T, float, double) {
  for (const cpu::Target& target : cpu::targets()) {
    for (std::int64_t classes = 1; classes <= 70; ++classes) {
      Batch<T> all = random_batch<T>(37, classes, 3);
      const Result<T> together = run(target.kernels, all, {});
      CHECK(same_bits(run(target.kernels, all, {.gradient = false}).loss, together.loss));
      for (std::int64_t r = 0; r < all.rows; r += 5) {
        const auto at = static_cast<std::ptrdiff_t>(r * classes);
        Batch<T> alone{1,
                       classes,
                       {all.logits.begin() + at, all.logits.begin() + at + classes},
                       {all.indices[static_cast<std::size_t>(r)]},
                       {}};
        const Result<T> single = run(target.kernels, alone, {});
        CHECK(single.loss[0] == together.loss[static_cast<std::size_t>(r)]);
        CHECK(same_bits(single.gradient, {together.gradient.begin() + at, together.gradient.begin() + at + classes}));
      }
      for (std::int64_t c = 0; c < classes; ++c)
        all.logits[static_cast<std::size_t>(3 * classes + c)] = std::numeric_limits<T>::quiet_NaN();
      const Result<T> changed = run(target.kernels, all, {});
      for (std::int64_t r = 0; r < all.rows; ++r)
        CHECK((r == 3) == (changed.loss[static_cast<std::size_t>(r)] != together.loss[static_cast<std::size_t>(r)]));
    }
  }
}

TEST_CASE_TEMPLATE("vector body and tail agree: a class moved to another place takes its gradient along", T, float,
                   double) {
  for (const cpu::Target& target : cpu::targets()) {
    for (std::int64_t classes = 1; classes <= 70; ++classes) {
      Batch<T> b{1, classes, std::vector<T>(static_cast<std::size_t>(classes), T(0.3)), {0}, {}};
      const Result<T> equal = run(target.kernels, b, {});
      for (std::int64_t c = 1; c < classes; ++c) {
        b.indices[0] = static_cast<std::int32_t>(c);
        const Result<T> moved = run(target.kernels, b, {});
        CHECK(moved.loss[0] == equal.loss[0]);
        CHECK(moved.gradient[static_cast<std::size_t>(c)] == equal.gradient[0]);
      }
      CHECK(ulp_error(equal.loss[0], std::log(static_cast<long double>(classes))) <= 1);
    }
  }
}

TEST_CASE_TEMPLATE("X11: equal logits of any size give log C", T, float, double) {
  for (const cpu::Target& target : cpu::targets())
    for (const double x : {0.0, 1.0, -1.0, 1e4, -1e4, 1e8, 1e20, 1e36, -1e36})
      for (const std::int64_t classes : {1, 2, 3, 10, 100, 1000, 10007}) {
        Batch<T> b{1, classes, std::vector<T>(static_cast<std::size_t>(classes), static_cast<T>(x)), {0}, {}};
        CHECK(ulp_error(run(target.kernels, b, {}).loss[0], std::log(static_cast<long double>(classes))) <= 1);
      }
}

TEST_CASE_TEMPLATE("the bits are those of every machine with fused multiply-add, and of every number of threads", T,
                   float, double) {
  Batch<T> shapes[] = {random_batch<T>(4099, 67, 4), random_batch<T>(3, 100003, 4), random_batch<T>(1031, 300, 400),
                       random_batch<T>(30011, 10, 2)};
  for (Batch<T>& b : shapes) {
    for (std::size_t i = 0; i < b.labels.size(); ++i) b.labels[i] = static_cast<T>(std::sin(static_cast<double>(i)));
    for (const bool dense : {false, true}) {
      std::vector<Result<T>> fused;
      for (const cpu::Target& target : cpu::targets()) {
        const ThreadCount one_thread(1);
        const Result<T> one = run(target.kernels, b, {.dense = dense});
        for (const int threads : {2, 3, 7}) {
          const ThreadCount count(threads);
          CHECK(same_bits(run(target.kernels, b, {.dense = dense}), one));
        }
        if (target.name.starts_with("AVX")) fused.push_back(one);
      }
      for (const Result<T>& r : fused) CHECK(same_bits(r, fused[0]));
    }
  }
}

TEST_CASE("the gradients of a row add up to S - S = 0") {
  const Batch<float> b = random_batch<float>(50, 777, 6);
  const Result<float> result = run(cpu::kernels(), b, {});
  for (std::size_t r = 0; r < 50; ++r) {
    double sum = 0;
    for (std::size_t c = 0; c < 777; ++c) sum += static_cast<double>(result.gradient[r * 777 + c]);
    CHECK(std::fabs(sum) <= 4e-7);  // each p is within 2 to 3 ULP, in the same direction at worst
  }
}

TEST_CASE_TEMPLATE("infinite and NaN logits and labels do what the table says, and in no other row", T, float, double) {
  const auto gives = [](const backends::Kernels& k, std::vector<double> x, std::vector<double> t, bool unit_mass,
                        double loss, std::vector<double> gradient) {
    const Batch<T> b = one_row<T>(x, t);
    const Result<T> got = run(k, b, {.dense = true, .unit_mass = unit_mass});
    const auto agrees = [](double a, double want) {
      return (std::isnan(a) && std::isnan(want)) || a == want || std::fabs(a - want) < 1e-6 * (1 + std::fabs(want));
    };
    CAPTURE(got.loss[0]);
    CHECK(agrees(static_cast<double>(got.loss[0]), loss));
    for (std::size_t c = 0; c < x.size(); ++c) {
      CAPTURE(got.gradient[c]);
      CHECK(agrees(static_cast<double>(got.gradient[c]), gradient[c]));
    }
  };
  const double log_2 = std::log(2.0);
  for (const cpu::Target& target : cpu::targets()) {
    const backends::Kernels& k = target.kernels;
    CAPTURE(target.name);
    for (const bool unit : {false, true}) {
      gives(k, {-infinity, 0, 0}, {0, 1, 0}, unit, log_2, {0, -0.5, 0.5});
      gives(k, {-infinity, 0, 0}, {0.5, 0.5, 0}, unit, infinity, {-0.5, 0, 0.5});
      gives(k, {-infinity, 5}, {0, 1}, unit, 0, {0, 0});
      gives(k, {infinity, 0, 0}, {0, 1, 0}, unit, not_a_number, {not_a_number, not_a_number, not_a_number});
      gives(k, {0, not_a_number, 0}, {1, 0, 0}, unit, not_a_number, {not_a_number, not_a_number, not_a_number});
      gives(k, {-infinity, -infinity}, {1, 0}, unit, not_a_number, {not_a_number, not_a_number});
      gives(k, {-infinity}, {1}, unit, not_a_number, {not_a_number});
      gives(k, {1e4, -1e4, 0}, {0, 1, 0}, unit, 20000, {1, -1, 0});
    }
    gives(k, {0, 0, 0, 0}, {0, 0, 0, 0}, false, 0, {0, 0, 0, 0});
    gives(k, {0, 0, 0, 0}, {0, 0, 0, 0}, true, 0, {0.25, 0.25, 0.25, 0.25});
    gives(k, {0, -50, -1}, {0.5, not_a_number, 0.5}, true, not_a_number,
          {0.7310585786300049 - 0.5, not_a_number, 0.2689414213699951 - 0.5});
    gives(k, {0, -50, -1}, {0.5, not_a_number, 0.5}, false, not_a_number, {not_a_number, not_a_number, not_a_number});
    gives(k, {1}, {-1}, true, 0, {2});
    gives(k, {1}, {-1}, false, 0, {0});
    for (std::int64_t n = 2; n <= 40; ++n)  // a NaN or +inf at every place of a row
      for (std::int64_t c = 0; c < n; ++c)
        for (const double bad : {not_a_number, infinity}) {
          Batch<T> b = random_batch<T>(3, n, 1);
          b.logits[static_cast<std::size_t>(n + c)] = static_cast<T>(bad);
          const Result<T> got = run(k, b, {});
          for (std::size_t i = 0; i < got.gradient.size(); ++i)
            CHECK(std::isnan(got.gradient[i]) == (static_cast<std::int64_t>(i) / n == 1));
          for (std::size_t r = 0; r < 3; ++r) CHECK(std::isnan(got.loss[r]) == (r == 1));
        }
  }
}

TEST_CASE_TEMPLATE("zero losses and the gradient of a single class are +0; no rows are fine; every index dtype is read",
                   T, float, double) {
  for (const cpu::Target& target : cpu::targets()) {
    for (const double label : {1.0, -1.0, 0.0, 2.5})
      for (const double scale : {1.0, -1.0}) {
        const Result<T> r = run(target.kernels, one_row<T>({3}, {label}), {.dense = true, .scale = scale});
        CHECK(r.loss[0] == 0);
        CHECK_FALSE(std::signbit(r.loss[0]));
        CHECK(r.gradient[0] == 0);
        CHECK_FALSE(std::signbit(r.gradient[0]));
      }
    run(target.kernels, Batch<T>{0, 5, {}, {}, {}}, {});

    const T logits[] = {1, 2, 3, 4};
    T want = 0, loss = 0;
    const std::int64_t wide = 2;
    backends::CrossEntropyArgs a{.dtype = dtype_of<T>(),
                                 .index_dtype = DType::i64,
                                 .outer = 1,
                                 .classes = 4,
                                 .inner = 1,
                                 .logits = logits,
                                 .labels = nullptr,
                                 .indices = &wide,
                                 .loss = &want};
    target.kernels.cross_entropy(a);
    a.loss = &loss;
    for (const DType index : {DType::i8, DType::u8, DType::i16, DType::i32}) {
      a.index_dtype = index;  // little endian: the low bytes of `wide`
      target.kernels.cross_entropy(a);
      CHECK(loss == want);
    }
  }
}
