// softmax, log_softmax and label_gradient against their scalar twins: digits at every scale, along the last axis and
// along others.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "logitape/backends/oracle/softmax.h"
#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "tests/support/same_bits.h"

using namespace logitape;
using tests::ulp_error;

namespace {

template <class T>
struct Array {
  std::int64_t outer, classes, inner;
  std::vector<T> x;

  std::size_t at(std::int64_t o, std::int64_t c, std::int64_t i) const {
    return static_cast<std::size_t>((o * classes + c) * inner + i);
  }
};

template <class T>
Array<T> random_array(std::int64_t outer, std::int64_t classes, std::int64_t inner, double spread, double centre = 0) {
  std::mt19937_64 bits(5);
  std::normal_distribution<double> normal;
  Array<T> a{outer, classes, inner, std::vector<T>(static_cast<std::size_t>(outer * classes * inner))};
  for (T& x : a.x) x = static_cast<T>(centre + spread * normal(bits));
  return a;
}

// g of label_gradient, one for each row; none is 0.
template <class T>
std::vector<T> row_weights(const Array<T>& a) {
  std::vector<T> g(static_cast<std::size_t>(a.outer * a.inner));
  for (std::size_t i = 0; i < g.size(); ++i)
    g[i] = static_cast<T>(0.3) * static_cast<T>(static_cast<int>(i % 7) - 4) - static_cast<T>(0.1);
  return g;
}

template <class T>
std::vector<T> run(backends::Kernel<backends::SoftmaxArgs> kernel, const Array<T>& a, const std::vector<T>& g) {
  std::vector<T> y(a.x.size(), T{-7});
  kernel({dtype_of<T>(), a.outer, a.classes, a.inner, a.x.data(), y.data(), g.data()});
  return y;
}

template <class T>
std::vector<T> run(backends::Kernel<backends::SoftmaxArgs> kernel, const Array<T>& a) {
  return run(kernel, a, row_weights(a));
}

// What formula(row), or formula(row, its g), in S wider than T, makes of every row.
template <class S, class T, class F>
std::vector<S> exact(const Array<T>& a, F formula) {
  const std::vector<T> g = row_weights(a);
  std::vector<S> y(a.x.size());
  for (std::int64_t o = 0; o < a.outer; ++o)
    for (std::int64_t i = 0; i < a.inner; ++i) {
      std::vector<S> row;
      for (std::int64_t c = 0; c < a.classes; ++c) row.push_back(a.x[a.at(o, c, i)]);
      std::vector<S> want;
      if constexpr (std::is_invocable_v<F, std::vector<S>>) want = formula(row);
      else want = formula(row, static_cast<S>(g[static_cast<std::size_t>(o * a.inner + i)]));
      for (std::int64_t c = 0; c < a.classes; ++c) y[a.at(o, c, i)] = want[static_cast<std::size_t>(c)];
    }
  return y;
}

// The largest error in ULP.
template <class S, class T>
double worst_error(const std::vector<T>& y, const std::vector<S>& want) {
  double worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i)
    worst = std::max(worst, ulp_error(y[i], static_cast<long double>(want[i])));
  return worst;
}

struct Logits {
  std::string name;
  double spread, centre;
};
const Logits logits_table[] = {{"scale 1", 1, 0},           {"scale 5", 5, 0},        {"scale 30", 30, 0},
                               {"scale 100", 100, 0},       {"scale 1000", 1000, 0},  {"around 250", 10, 250},
                               {"around 1e5", 5, 1e5},      {"around -1e5", 5, -1e5}, {"around 1e9", 300, 1e9},
                               {"around 1e30", 1e23, 1e30}, {"scale 1e30", 1e30, 0}};

template <class S, class T>
void check_digits(double tolerance) {
  const std::vector<cpu::Target> targets = cpu::targets();
  for (const Logits& l : logits_table) {
    std::vector<double> plain(targets.size()), logarithm(targets.size()), gradient(targets.size());
    const std::int64_t shapes[][3] = {{200, 10, 1}, {10, 1000, 1}, {1, 10007, 1}, {2, 10, 37}, {1, 700, 5}};
    for (const auto& s : shapes) {
      const Array<T> a = random_array<T>(s[0], s[1], s[2], l.spread, l.centre);
      const std::vector<S> p = exact<S>(a, oracle::softmax<S>);
      const std::vector<S> log_p = exact<S>(a, oracle::log_softmax<S>);
      const std::vector<S> into_labels = exact<S>(a, oracle::label_gradient<S>);
      for (std::size_t k = 0; k < targets.size(); ++k) {
        plain[k] = std::max(plain[k], worst_error(run(targets[k].kernels.softmax, a), p));
        logarithm[k] = std::max(logarithm[k], worst_error(run(targets[k].kernels.log_softmax, a), log_p));
        gradient[k] = std::max(gradient[k], worst_error(run(targets[k].kernels.label_gradient, a), into_labels));
      }
    }
    for (std::size_t k = 0; k < targets.size(); ++k) {
      MESSAGE(targets[k].name, " f", 8 * sizeof(T), ", ", l.name, ": softmax ", plain[k], " ULP, log_softmax ",
              logarithm[k], ", label_gradient ", gradient[k]);
      CHECK(plain[k] <= tolerance);
      CHECK(logarithm[k] <= tolerance);
      CHECK(gradient[k] <= tolerance);
    }
  }
}

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE(
    "f32 probabilities, their logarithms and the labels' gradients are within 4 ULP of the double oracle, along any "
    "axis") {
  check_digits<double, float>(
      4);  // 1 ULP an exponential, 1 for sums of four in f32, 1/2 each for 1/sum and the product
}

TEST_CASE(
    "f64 probabilities, their logarithms and the labels' gradients are within 4 ULP of the long double oracle, along "
    "any axis") {
  check_digits<long double, double>(4);
}

TEST_CASE("log_softmax of a confident row's largest class is minus the sum of the other probabilities, to 4 ULP") {
  for (const cpu::Target& target : cpu::targets())
    for (const double gap : {5.0, 17.0, 40.0, 80.0, 100.0})
      for (const std::int64_t inner : {1, 3}) {
        Array<float> a = random_array<float>(1, 12, inner, 0.5);
        for (std::int64_t i = 0; i < inner; ++i) a.x[a.at(0, 7, i)] = static_cast<float>(gap);
        CHECK(worst_error(run(target.kernels.log_softmax, a), exact<double>(a, oracle::log_softmax<double>)) <= 4);
      }
}

TEST_CASE_TEMPLATE("X11: equal logits of any size give 1/C and -log C", T, float, double) {
  for (const cpu::Target& target : cpu::targets())
    for (const double x : {0.0, 1.0, 1e4, 1e8, 1e20, 1e36, -1e36})
      for (const std::int64_t classes : {1, 2, 3, 10, 100, 1000})
        for (const std::int64_t inner : {1, 2}) {
          const Array<T> a{1, classes, inner,
                           std::vector<T>(static_cast<std::size_t>(classes * inner), static_cast<T>(x))};
          for (const T p : run(target.kernels.softmax, a)) CHECK(ulp_error(p, 1.0L / classes) <= 1);
          for (const T l : run(target.kernels.log_softmax, a))
            CHECK(ulp_error(l, -std::log(static_cast<long double>(classes))) <= 1);
        }
}

TEST_CASE_TEMPLATE("every size from 1 to 70 agrees with the oracle, in rows and in columns", T, float, double) {
  using S = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  for (const cpu::Target& target : cpu::targets())
    for (std::int64_t n = 1; n <= 70; ++n)
      for (const auto& shape :
           {std::pair{n, std::int64_t{1}}, std::pair{std::int64_t{5}, n}, std::pair{n, std::int64_t{3}}}) {
        const std::int64_t classes = shape.first, inner = shape.second;
        const Array<T> a = random_array<T>(2, classes, inner, 4);
        CAPTURE(target.name);
        CAPTURE(classes);
        CAPTURE(inner);
        CHECK(worst_error(run(target.kernels.softmax, a), exact<S>(a, oracle::softmax<S>)) <= 4);
        CHECK(worst_error(run(target.kernels.log_softmax, a), exact<S>(a, oracle::log_softmax<S>)) <= 4);
        CHECK(worst_error(run(target.kernels.label_gradient, a), exact<S>(a, oracle::label_gradient<S>)) <= 4);
      }
}

TEST_CASE_TEMPLATE("a masked class has an infinite label gradient with the sign of g, and none where g is 0", T, float,
                   double) {
  const T inf = static_cast<T>(infinity);
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t inner : {1, 3})
      for (const std::int64_t classes : {2, 12, 33}) {
        Array<T> a = random_array<T>(3, classes, inner, 1);
        std::vector<T> g;
        for (const T row : {T{2}, T{-2}, T{0}}) g.insert(g.end(), static_cast<std::size_t>(inner), row);
        for (std::int64_t o = 0; o < 3; ++o)
          for (std::int64_t i = 0; i < inner; ++i) a.x[a.at(o, 1, i)] = -inf;
        const std::vector<T> y = run(target.kernels.label_gradient, a, g);
        for (std::int64_t i = 0; i < inner; ++i) {
          CHECK(y[a.at(0, 1, i)] == inf);
          CHECK(y[a.at(1, 1, i)] == -inf);
          CHECK(y[a.at(2, 1, i)] == 0);
          CHECK(std::isfinite(y[a.at(0, 0, i)]));
        }
      }
}

TEST_CASE_TEMPLATE(
    "NaN, +inf and all -inf make their row NaN and no other; a masked class has probability 0 and logarithm -inf", T,
    float, double) {
  const T inf = static_cast<T>(infinity);
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t inner : {1, 2, 19})
      for (std::int64_t classes = 2; classes <= 35; ++classes) {
        Array<T> a = random_array<T>(2, classes, inner, 1);
        a.x[a.at(0, classes - 1, 0)] = -inf;
        const std::vector<T> masked = run(target.kernels.softmax, a);
        CHECK(masked[a.at(0, classes - 1, 0)] == 0);
        CHECK(run(target.kernels.log_softmax, a)[a.at(0, classes - 1, 0)] == -inf);
        for (const T p : masked) CHECK(std::isfinite(p));

        for (const double bad : {not_a_number, infinity, -infinity}) {
          Array<T> spoilt = a;
          for (std::int64_t c = bad < 0 ? 0 : classes / 2; c < classes; ++c)
            spoilt.x[a.at(1, c, inner - 1)] = static_cast<T>(bad);
          for (const auto kernel :
               {target.kernels.softmax, target.kernels.log_softmax, target.kernels.label_gradient}) {
            const std::vector<T> y = run(kernel, spoilt);
            const std::vector<T> clean = run(kernel, a);
            for (std::int64_t o = 0; o < 2; ++o)
              for (std::int64_t c = 0; c < classes; ++c)
                for (std::int64_t i = 0; i < inner; ++i) {
                  if (o == 1 && i == inner - 1) CHECK(std::isnan(y[a.at(o, c, i)]));
                  else CHECK(y[a.at(o, c, i)] == clean[a.at(o, c, i)]);
                }
          }
        }
      }
}

TEST_CASE_TEMPLATE("the bits are those of every machine with fused multiply-add, and of every number of threads", T,
                   float, double) {
  const Array<T> arrays[] = {random_array<T>(3001, 101, 1, 4), random_array<T>(2, 150001, 1, 4),
                             random_array<T>(3, 301, 333, 4), random_array<T>(1, 70001, 5, 4),
                             random_array<T>(0, 5, 1, 1)};
  for (const Array<T>& a : arrays) {
    for (const auto slot :
         {&backends::Kernels::softmax, &backends::Kernels::log_softmax, &backends::Kernels::label_gradient}) {
      std::vector<std::vector<T>> made;
      for (const cpu::Target& target : cpu::targets()) {
        const ThreadCount one_thread(1);
        const std::vector<T> y = run(target.kernels.*slot, a);
        for (const int threads : {2, 3, 7}) {
          const ThreadCount count(threads);
          CHECK(tests::same_bits(run(target.kernels.*slot, a), y));
        }
        if (target.name.starts_with("AVX")) made.push_back(y);
      }
      for (const std::vector<T>& y : made) CHECK(tests::same_bits(y, made[0]));
    }
  }
}

TEST_CASE("a column's bits do not depend on its neighbours, nor a row's on the other rows") {
  for (const cpu::Target& target : cpu::targets()) {
    const Array<float> a = random_array<float>(3, 41, 23, 4);
    const std::vector<float> y = run(target.kernels.softmax, a);
    for (std::int64_t o = 0; o < 3; ++o)
      for (const std::int64_t i : {0, 7, 16, 22}) {
        Array<float> pair{1, 41, 2, {}};  // the column beside a copy of itself
        for (std::int64_t c = 0; c < 41; ++c) pair.x.insert(pair.x.end(), 2, a.x[a.at(o, c, i)]);
        const std::vector<float> alone = run(target.kernels.softmax, pair);
        for (std::int64_t c = 0; c < 41; ++c) CHECK(alone[pair.at(0, c, 1)] == y[a.at(o, c, i)]);
      }
  }
}
