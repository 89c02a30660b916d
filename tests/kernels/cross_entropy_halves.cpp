// The loss kernel in f16 and bf16: f32 inside, rounded once.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "logitape/backends/oracle/cross_entropy.h"
#include "cross_entropy_case.h"
#include "logitape/backends/cpu/cpu.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

template <class M>
std::vector<float> widened(const std::vector<M>& v) {
  return {v.begin(), v.end()};
}

template <class M>
Case<float> widened(const Case<M>& c) {
  return {c.outer,
          c.classes,
          c.inner,
          widened(c.logits),
          widened(c.labels),
          widened(c.weights),
          c.indices,
          c.keep,
          c.a,
          c.b,
          c.scale,
          c.unit_mass,
          c.gradient,
          c.probabilities,
          c.lse,
          c.label_gradient};
}

template <class M>
std::vector<M> narrowed(const std::vector<float>& v) {
  std::vector<M> result;
  result.reserve(v.size());
  for (const float x : v) result.push_back(rounded<M>(static_cast<double>(x)));
  return result;
}

// Largest distance from the exact results, and how many are not the nearest half.
struct Score {
  double worst = 0;  // of the bound: the larger of 1 ULP of the result and 2^-22 of the terms it is made of
  std::int64_t count = 0, missed = 0;

  template <class M>
  void take(M got, double want, double terms) {
    const M nearest = rounded<M>(want);
    const double error = std::fabs(static_cast<double>(got) - want);
    const double ulp = ulp_of<M>(want);
    ++count;
    missed += std::memcmp(&got, &nearest, sizeof(M)) != 0 && error != 0;
    worst = std::max(worst, error / std::max(ulp, std::ldexp(terms, -22)));
  }

  template <class M>
  static double ulp_of(double x) {
    constexpr bool brain = std::is_same_v<M, bf16>;
    constexpr int digits = brain ? 8 : 11, lowest = brain ? -126 : -14;
    return std::ldexp(1.0, std::max(x == 0 ? lowest : std::ilogb(x), lowest) + 1 - digits);
  }
};

}  // namespace

TEST_CASE_TEMPLATE("halves are f32's results, rounded once", M, f16, bf16) {
  for (const cpu::Target& target : cpu::targets())
    for (const Form form : all_forms)
      for (const std::int64_t classes : {1, 2, 15, 16, 17, 33, 500})
        for (const std::int64_t inner : {1, 2, 15, 16, 17, 40})
          for (const double spread : {1.0, 12.0}) {
            Case<M> c = random_case<M>(3, classes, inner, form, spread);
            for (std::int64_t row = 0; row < c.rows(); ++row) c.keep.push_back(row % 5 != 1);
            c.logits[0] = rounded<M>(-std::numeric_limits<double>::infinity());
            c.label_gradient = true;
            const Outputs<M> got = run(target.kernels, c);
            const Outputs<float> want = run(target.kernels, widened(c));
            CAPTURE(target.name);
            CAPTURE(name(form));
            CAPTURE(classes);
            CAPTURE(inner);
            CHECK(equal_bits(got.loss, narrowed<M>(want.loss)));
            CHECK(equal_bits(got.lse, narrowed<M>(want.lse)));
            CHECK(equal_bits(got.gradient, narrowed<M>(want.gradient)));
            CHECK(equal_bits(got.probabilities, narrowed<M>(want.probabilities)));
            CHECK(equal_bits(got.label_gradient, narrowed<M>(want.label_gradient)));
          }
}

TEST_CASE_TEMPLATE(
    "halves meet the error bound: the nearest to the double oracle 99.9% of the time, and never more than 1 ULP off", M,
    f16, bf16) {
  for (const cpu::Target& target : cpu::targets()) {
    Score score;
    for (const Form form : all_forms)
      for (const double spread : {1.0, 4.0})
        for (const std::int64_t inner : {1, 3}) {
          const Case<M> c = random_case<M>(7, 700, inner, form, spread);
          const Outputs<M> got = run(target.kernels, c);
          for (std::int64_t row = 0; row < c.rows(); ++row) {
            const auto want = oracle::loss_row<double>(c.args(), row / inner, row % inner);
            double mass = 0;
            for (const double t : want.labels) mass += t;
            score.take(got.loss[static_cast<std::size_t>(row)], want.loss, 0);
            score.take(got.lse[static_cast<std::size_t>(row)], want.lse, 0);
            for (std::int64_t j = 0; j < c.classes; ++j) {
              const auto at = static_cast<std::size_t>(c.at(row, j)), k = static_cast<std::size_t>(j);
              score.take(got.gradient[at], want.gradient[k], mass * want.probabilities[k] + want.labels[k]);
              score.take(got.probabilities[at], want.probabilities[k], 0);
            }
          }
        }
    MESSAGE(target.name, " ", name(dtype_of<M>()), ": ", score.missed, " of ", score.count,
            " not the nearest, largest error ", score.worst, " of the error bound");
    CHECK(static_cast<double>(score.missed) <= 0.001 * static_cast<double>(score.count));
    CHECK(score.worst <= 1);
  }
}
