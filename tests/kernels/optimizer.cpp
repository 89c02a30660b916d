// sgd and adam against the scalar oracle, for every option, in place, and on every target with the same bits.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
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

template <class T>
std::vector<T> numbers(std::int64_t size, unsigned seed, bool positive = false) {
  std::mt19937 bits(seed);
  std::normal_distribution<double> normal;
  std::vector<T> x(static_cast<std::size_t>(size));
  for (T& v : x) v = static_cast<T>(positive ? std::fabs(normal(bits)) : normal(bits));
  return x;
}

template <class T>
const Kernels& exact() {
  if constexpr (sizeof(T) == 4) return oracle::kernels<double>();
  else return oracle::kernels<long double>();
}

// The largest error in units of T's epsilon, relative to the largest term that went into the element.
template <class T>
double error(const std::vector<T>& got, const std::vector<T>& want, double scale) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double size = std::max(scale, std::fabs(static_cast<double>(want[i])));
    worst = std::max(worst, std::fabs(static_cast<double>(got[i]) - static_cast<double>(want[i])) / size);
  }
  return worst / static_cast<double>(std::numeric_limits<T>::epsilon());
}

template <class T>
struct State {
  std::vector<T> p, a, b;  // the parameter and what the optimiser keeps
};

template <class T>
State<T> run_sgd(const Kernels& k, SgdArgs args, const std::vector<T>& p, const std::vector<T>& g,
                 const std::vector<T>& v) {
  State<T> out{p, v, {}};
  args.parameter = p.data(), args.gradient = g.data();
  if (args.velocity) args.velocity = v.data();
  args.new_parameter = out.p.data();
  args.new_velocity = args.momentum != 0 ? out.a.data() : nullptr;
  k.sgd(args);
  return out;
}

template <class T>
State<T> run_adam(const Kernels& k, AdamArgs args, const std::vector<T>& p, const std::vector<T>& g,
                  const std::vector<T>& m, const std::vector<T>& v) {
  State<T> out{p, m, v};
  args.parameter = p.data(), args.gradient = g.data();
  if (args.first_moment) args.first_moment = m.data(), args.second_moment = v.data();
  args.new_parameter = out.p.data(), args.new_first_moment = out.a.data(), args.new_second_moment = out.b.data();
  k.adam(args);
  return out;
}

constexpr int not_null = 0;  // an address that stands for "there is an array" until the run puts in its own

template <class F>
void for_each_floating(F f) {
  f.template operator()<float>();
  f.template operator()<double>();
}

SgdArgs sgd_args(DType dtype, std::int64_t size, double momentum, double decay, bool nesterov, bool first) {
  return {dtype, size, 0.1, momentum, decay, nesterov, nullptr, nullptr, first ? nullptr : &not_null, nullptr, nullptr};
}

AdamArgs adam_args(DType dtype, std::int64_t size, double decay, bool decoupled, bool first) {
  const int step = first ? 1 : 10;
  return {dtype,
          size,
          1e-3,
          0.9,
          0.999,
          1e-8,
          decay,
          1 - std::pow(0.9, step),
          1 - std::pow(0.999, step),
          decoupled,
          nullptr,
          nullptr,
          first ? nullptr : &not_null,
          first ? nullptr : &not_null,
          nullptr,
          nullptr,
          nullptr};
}

constexpr std::int64_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 127, 1009, 16385};

}  // namespace

TEST_CASE("sgd follows its formula for every option and size") {
  for (const cpu::Target& target : cpu::targets())
    for_each_floating([&]<class T>() {
      for (std::int64_t n : sizes)
        for (double momentum : {0.0, 0.9})
          for (double decay : {0.0, 0.01})
            for (bool nesterov : {false, true})
              for (bool first : {false, true}) {
                const auto p = numbers<T>(n, 1), g = numbers<T>(n, 2), v = numbers<T>(n, 3);
                const SgdArgs args = sgd_args(dtype_of<T>(), n, momentum, decay, nesterov, first);
                const State<T> want = run_sgd(exact<T>(), args, p, g, v), got = run_sgd(target.kernels, args, p, g, v);
                // three roundings of a constant and three of a sum, each half an epsilon of terms up to about 4
                CHECK(error(got.p, want.p, 4) <= 2);
                CHECK(error(got.a, want.a, 4) <= 2);
              }
    });
}

TEST_CASE("adam follows its formula, coupled and decoupled, first step and later") {
  for (const cpu::Target& target : cpu::targets())
    for_each_floating([&]<class T>() {
      for (std::int64_t n : sizes)
        for (double decay : {0.0, 0.01})
          for (bool decoupled : {false, true})
            for (bool first : {false, true}) {
              const auto p = numbers<T>(n, 1), g = numbers<T>(n, 2), m = numbers<T>(n, 3), v = numbers<T>(n, 4, true);
              const AdamArgs args = adam_args(dtype_of<T>(), n, decay, decoupled, first);
              const State<T> want = run_adam(exact<T>(), args, p, g, m, v),
                             got = run_adam(target.kernels, args, p, g, m, v);
              CHECK(error(got.p, want.p, 4) <= 2);
              CHECK(error(got.a, want.a, 4) <= 2);
              CHECK(error(got.b, want.b, 4) <= 2);
            }
    });
}

TEST_CASE(
    "adam's step is accurate by itself: from a parameter of 0 it has a few roundings, whatever the gradient's size") {
  for_each_floating([&]<class T>() {
    const std::int64_t n = 1000;
    const std::vector<T> p(1000), m(1000), v(1000);
    std::vector<T> g = numbers<T>(n, 6);
    for (std::size_t i = 0; i < g.size(); ++i) g[i] *= static_cast<T>(std::pow(10, -12 + static_cast<double>(i % 20)));
    const AdamArgs args = adam_args(dtype_of<T>(), n, 0, false, true);
    const State<T> want = run_adam(exact<T>(), args, p, g, m, v);
    for (const cpu::Target& target : cpu::targets())
      CHECK(error(run_adam(target.kernels, args, p, g, m, v).p, want.p, 1e-300) <= 8);
  });
}

TEST_CASE(
    "adam counts a gradient whose square would be infinite as the largest whose square is not; NaN and infinities "
    "stay") {
  for (const cpu::Target& target : cpu::targets())
    for_each_floating([&]<class T>() {
      const T most = std::numeric_limits<T>::max(), inf = std::numeric_limits<T>::infinity();
      const T limit = sizeof(T) == 4 ? static_cast<T>(0x1p63) : static_cast<T>(0x1p511);
      const std::vector<T> huge = {limit / 2,  limit, std::nextafter(limit, inf), limit * 2, most / 2, most, -limit,
                                   -limit * 2, -most};
      for (const std::int64_t n : {1, 9, 17, 1009}) {
        std::vector<T> g(static_cast<std::size_t>(n)), p(g.size()), m(g.size()), v(g.size());
        for (std::size_t i = 0; i < g.size(); ++i) g[i] = huge[i % huge.size()];
        const AdamArgs args = adam_args(dtype_of<T>(), n, 0, false, true);
        const State<T> want = run_adam(exact<T>(), args, p, g, m, v), got = run_adam(target.kernels, args, p, g, m, v);
        CHECK(error(got.p, want.p, 0) <= 8);  // as of gradients of any size
        CHECK(error(got.a, want.a, 0) <= 2);
        CHECK(error(got.b, want.b, 0) <= 2);
        for (const T left : {inf, -inf, std::numeric_limits<T>::quiet_NaN()}) {
          g.back() = left;
          const State<T> none = run_adam(target.kernels, args, p, g, m, v);
          CHECK(std::isnan(none.p.back()));
          CHECK_FALSE(std::isfinite(none.a.back()));
        }
      }
    });
}

TEST_CASE(
    "optimisers work in place, and a large step gives the same bits for every number of threads and on AVX2 and "
    "AVX-512") {
  const std::int64_t n = 300007;
  const auto p = numbers<float>(n, 1), g = numbers<float>(n, 2), m = numbers<float>(n, 3),
             v = numbers<float>(n, 4, true);
  SgdArgs sgd = sgd_args(DType::f32, n, 0.9, 0.01, true, false);
  AdamArgs adam = adam_args(DType::f32, n, 0.01, true, false);
  const ThreadCount one_thread(1);
  const State<float> sgd_once = run_sgd(cpu::kernels(), sgd, p, g, m),
                     adam_once = run_adam(cpu::kernels(), adam, p, g, m, v);
  for (const cpu::Target& target : cpu::targets()) {
    if (target.name.substr(0, 3) != "AVX") continue;  // older targets round products apart
    for (int threads : {1, 2, 3, 7}) {
      const ThreadCount count(threads);
      State<float> s{p, m, v};
      sgd.parameter = sgd.new_parameter = s.p.data(), sgd.gradient = g.data(),
      sgd.velocity = sgd.new_velocity = s.a.data();
      target.kernels.sgd(sgd);
      CHECK(tests::same_bits(s.p, sgd_once.p));
      CHECK(tests::same_bits(s.a, sgd_once.a));
      s = {p, m, v};
      adam.parameter = adam.new_parameter = s.p.data(), adam.gradient = g.data();
      adam.first_moment = adam.new_first_moment = s.a.data(), adam.second_moment = adam.new_second_moment = s.b.data();
      target.kernels.adam(adam);
      CHECK(tests::same_bits(s.p, adam_once.p));
      CHECK(tests::same_bits(s.a, adam_once.a));
      CHECK(tests::same_bits(s.b, adam_once.b));
    }
  }
}

TEST_CASE("a list of steps says whether every number that it wrote to a parameter is finite") {
  for (const cpu::Target& target : cpu::targets())
    for_each_floating([&]<class T>() {
      const T most = std::numeric_limits<T>::max(), infinity = std::numeric_limits<T>::infinity();
      for (const std::int64_t n : {5, 33, 70000})
        for (const std::int64_t place : {std::int64_t{0}, n / 2, n - 1})
          for (const T bad : {T(1), infinity, std::numeric_limits<T>::quiet_NaN(), -most}) {
            const std::vector<T> ones(static_cast<std::size_t>(n), T(1));
            std::vector<T> p = ones, g = ones, m = ones, v = ones, y = ones;
            g[static_cast<std::size_t>(place)] = bad;
            if (bad == -most) p[static_cast<std::size_t>(place)] = most;  // finite, but their sum is not
            SgdArgs sgds[2] = {{dtype_of<T>(), n, 1, 0, 0, false, ones.data(), ones.data(), nullptr, y.data(), nullptr},
                               {dtype_of<T>(), n, 1, 0, 0, false, p.data(), g.data(), nullptr, y.data(), nullptr}};
            AdamArgs adams[2];
            for (AdamArgs& a : adams) {
              a = adam_args(dtype_of<T>(), n, 0, true, false);
              a.parameter = ones.data(), a.gradient = &a == adams ? ones.data() : g.data();
              a.first_moment = m.data(), a.second_moment = v.data(), a.new_parameter = y.data();
              a.new_first_moment = m.data(), a.new_second_moment = v.data();
            }
            for (const Kernels* k : {&target.kernels, &exact<T>()}) {
              bool finite = bad != T(1);
              k->sgd_list({2, sgds, &finite});
              CHECK(finite == (bad == T(1)));
              k->sgd_list({1, sgds, &finite});
              CHECK(finite);
              k->adam_list({2, adams, &finite});
              CHECK(finite == (bad == T(1) || bad == -most));  // Adam's steps are of size learning_rate
            }
          }
    });
}

TEST_CASE("a list of steps is the steps one by one, and one number that is not finite is found in any array") {
  for (const cpu::Target& target : cpu::targets())
    for_each_floating([&]<class T>() {
      const std::vector<T> p = numbers<T>(33, 1), g = numbers<T>(33, 2), m = numbers<T>(33, 3), v(33, T(0.25));
      for (const bool by_adam : {false, true}) {
        State<T> listed[2] = {{p, m, v}, {p, m, v}};
        SgdArgs sgds[2];
        AdamArgs adams[2];
        for (int i = 0; i < 2; ++i) {
          sgds[i] = sgd_args(dtype_of<T>(), 32 + i, 0.9, 0.01, true, false);
          sgds[i].parameter = p.data(), sgds[i].gradient = g.data(), sgds[i].velocity = m.data();
          sgds[i].new_parameter = listed[i].p.data(), sgds[i].new_velocity = listed[i].a.data();
          adams[i] = adam_args(dtype_of<T>(), 32 + i, 0.01, true, false);
          adams[i].parameter = p.data(), adams[i].gradient = g.data(), adams[i].first_moment = m.data();
          adams[i].second_moment = v.data(), adams[i].new_parameter = listed[i].p.data();
          adams[i].new_first_moment = listed[i].a.data(), adams[i].new_second_moment = listed[i].b.data();
        }
        if (by_adam) target.kernels.adam_list({2, adams});
        else target.kernels.sgd_list({2, sgds});
        const State<T> one =
            by_adam ? run_adam(target.kernels, adam_args(dtype_of<T>(), 33, 0.01, true, false), p, g, m, v)
                    : run_sgd(target.kernels, sgd_args(dtype_of<T>(), 33, 0.9, 0.01, true, false), p, g, m);
        CHECK(tests::same_bits(listed[1].p, one.p));
        CHECK(tests::same_bits(listed[1].a, one.a));
        CHECK(std::equal(listed[0].p.begin(), listed[0].p.begin() + 32, one.p.begin()));
        CHECK(listed[0].p[32] == p[32]);
      }
      for (const std::int64_t n : {1, 7, 8, 33, 70000})
        for (const T bad : {T(0), std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                            std::numeric_limits<T>::quiet_NaN()})
          for (const std::int64_t place : {std::int64_t{0}, n / 2, n - 1}) {
            std::vector<T> first(static_cast<std::size_t>(n), std::numeric_limits<T>::max()), second = first;
            second[static_cast<std::size_t>(place)] = bad;
            const NumberArray arrays[] = {{dtype_of<T>(), n, first.data()}, {dtype_of<T>(), n, second.data()}};
            for (const Kernels* k : {&target.kernels, &exact<T>()}) {
              std::uint8_t finite = 7;
              k->all_finite({2, arrays, &finite});
              CHECK(finite == (bad == T(0) ? 1 : 0));
              k->all_finite({1, arrays, &finite});
              CHECK(finite == 1);
            }
          }
    });
}
