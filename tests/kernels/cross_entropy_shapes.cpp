// The loss kernel along any axis, [outer, classes, inner]: its digits in every form of labels, and what must be equal
// there.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "logitape/backends/oracle/cross_entropy.h"
#include "../support/ulp.h"
#include "cross_entropy_case.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

template <class T>
using Wider = std::conditional_t<std::is_same_v<T, double>, long double, double>;

struct Errors {
  double loss = 0, lse = 0, gradient = 0, probabilities = 0;

  void take(const Errors& e) {
    loss = std::max(loss, e.loss);
    lse = std::max(lse, e.lse);
    gradient = std::max(gradient, e.gradient);
    probabilities = std::max(probabilities, e.probabilities);
  }
};

template <class T, class S>
double error_in_ulp_of(T got, S want, S size) {
  if (!std::isfinite(got)) return std::numeric_limits<double>::infinity();
  size = std::max(size, static_cast<S>(std::numeric_limits<T>::min()));
  return static_cast<double>(std::fabs(static_cast<S>(got) - want) /
                             std::ldexp(S{1}, std::ilogb(size) + 1 - std::numeric_limits<T>::digits));
}

// In ULP: loss and probabilities of themselves, gradients of the row's largest S*p or t (they may cancel), lse of the
// largest logit where it is smaller than that (max and log may cancel).
template <class S, class T>
Errors errors_of_row(const Case<T>& c, const Outputs<T>& got, std::int64_t row, const oracle::LossRow<S>& want) {
  S largest = 0, size = 0, mass = 0;
  for (const S t : want.labels) mass += t;
  if (c.unit_mass) mass = 1;
  for (std::int64_t j = 0; j < c.classes; ++j) {
    const auto k = static_cast<std::size_t>(j);
    const auto x = static_cast<S>(c.logits[static_cast<std::size_t>(c.at(row, j))]);
    if (j == 0 || x > largest) largest = x;
    size = std::max({size, std::fabs(static_cast<S>(c.scale) * mass * want.probabilities[k]),
                     std::fabs(static_cast<S>(c.scale) * want.labels[k])});
  }
  const auto r = static_cast<std::size_t>(row);
  Errors e{ulp_error(got.loss[r], static_cast<long double>(want.loss)),
           error_in_ulp_of(got.lse[r], want.lse, std::max(std::fabs(want.lse), std::fabs(largest)))};
  for (std::int64_t j = 0; j < c.classes; ++j) {
    const auto k = static_cast<std::size_t>(j), at = static_cast<std::size_t>(c.at(row, j));
    e.gradient = std::max(e.gradient, error_in_ulp_of(got.gradient[at], want.gradient[k], size));
    // a subnormal p has its ULP, and an exponential below 2^-126 of the row's is 0
    e.probabilities =
        std::max(e.probabilities, error_in_ulp_of(got.probabilities[at], want.probabilities[k], want.probabilities[k]));
  }
  return e;
}

struct Logits {
  double spread, centre;
};
constexpr Logits logits_table[] = {{1, 0}, {30, 0}, {1000, 0}, {20, -300}, {5, 1e5}, {1e23, 1e30}, {1e30, 0}};

struct Shape3 {
  std::int64_t outer, classes, inner;
};

// Every target's errors on a case, each row's oracle computed once.
template <class T>
void take_errors(const Case<T>& c, const std::vector<cpu::Target>& targets, std::vector<Errors>& worst) {
  std::vector<Outputs<T>> got;
  got.reserve(targets.size());
  for (const cpu::Target& target : targets) got.push_back(run(target.kernels, c));
  for (std::int64_t row = 0; row < c.rows(); ++row) {
    const auto want = oracle::loss_row<Wider<T>>(c.args(), row / c.inner, row % c.inner);
    for (std::size_t k = 0; k < targets.size(); ++k) worst[k].take(errors_of_row(c, got[k], row, want));
  }
}

}  // namespace

TEST_CASE_TEMPLATE("every form of labels, along any axis: loss, lse, gradient and probabilities are within 4 ULP", T,
                   float, double) {
  const std::vector<cpu::Target> targets = cpu::targets();
  for (const Form form : all_forms) {
    std::vector<Errors> worst(targets.size());
    for (const Logits l : logits_table)
      for (const Shape3 s :
           {Shape3{3, 7, 5}, Shape3{2, 16, 17}, Shape3{1, 300, 19}, Shape3{5, 40, 3}, Shape3{3, 333, 1}})
        take_errors(random_case<T>(s.outer, s.classes, s.inner, form, l.spread, l.centre), targets, worst);
    if (form == Form::dense || form == Form::smoothed)
      take_errors(random_case<T>(1, 100003, 2, form, 5), targets, worst);
    Case<T> raw = random_case<T>(2, 50, 6, form);
    raw.unit_mass = true, raw.scale = -1.0 / 3;
    take_errors(raw, targets, worst);
    for (std::size_t k = 0; k < targets.size(); ++k) {
      const Errors& e = worst[k];
      MESSAGE(targets[k].name, " f", 8 * sizeof(T), ", ", name(form), ": loss ", e.loss, " ULP, lse ", e.lse,
              ", gradient ", e.gradient, ", probabilities ", e.probabilities);
      // 1 ULP an exponential, 1 a label (two roundings of half an ULP), 1/2 each for the weight, the product, the
      // scale, the result
      CHECK(e.loss <= 4);
      CHECK(e.lse <= 4);
      CHECK(e.gradient <= 4);
      CHECK(e.probabilities <= 4);
    }
  }
}

TEST_CASE("the loss of a confident row keeps its digits along any axis") {
  for (const cpu::Target& target : cpu::targets())
    for (const std::int64_t classes : {2, 10, 17, 300})
      for (const double gap : {10.0, 25.0, 46.0, 80.0, 95.0, 101.0}) {
        Case<float> c = random_case<float>(2, classes, 19, Form::index, 0.5);
        for (std::int64_t row = 0; row < c.rows(); ++row) {
          c.indices[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(row % classes);
          c.logits[static_cast<std::size_t>(c.at(row, row % classes))] = static_cast<float>(2 + gap);
        }
        const Outputs<float> got = run(target.kernels, c);
        for (std::int64_t row = 0; row < c.rows(); ++row) {
          const auto want = oracle::loss_row<double>(c.args(), row / c.inner, row % c.inner);
          const auto y = static_cast<std::size_t>(row % classes);
          CHECK(ulp_error(got.loss[static_cast<std::size_t>(row)], want.loss) <= 4);
          CHECK(ulp_error(got.gradient[static_cast<std::size_t>(c.at(row, row % classes))], want.gradient[y]) <= 4);
        }
      }
}

TEST_CASE_TEMPLATE("a row's bits do not depend on where in [outer, inner] it lies nor on its neighbours", T, float,
                   double, f16, bf16) {
  for (const cpu::Target& target : cpu::targets())
    for (const Form form : all_forms)
      for (const std::int64_t classes : {1, 2, 16, 17, 257})
        for (const std::int64_t inner : {1, 2, 15, 16, 17, 33}) {
          const Case<T> all = random_case<T>(3, classes, inner, form);
          const Outputs<T> together = run(target.kernels, all);
          std::vector<std::int64_t> rows(static_cast<std::size_t>(all.rows()));
          std::iota(rows.begin(), rows.end(), 0);
          std::reverse(rows.begin(), rows.end());
          if (rows.size() % 2 == 1) rows.push_back(0);
          if (inner == 1 && classes > 16) continue;  // long rows of the last axis are summed in other lanes
          Case<T> moved = some_rows(all, rows, 2);
          CHECK(equal_bits(run(target.kernels, moved), some_rows(all, together, rows, 2)));
          if (classes <= 16)
            CHECK(equal_bits(run(target.kernels, some_rows(all, rows, 1)), some_rows(all, together, rows, 1)));
          for (std::int64_t c = 0; c < classes; ++c)
            moved.logits[static_cast<std::size_t>(moved.at(1, c))] =
                rounded<T>(std::numeric_limits<double>::quiet_NaN());
          const Outputs<T> beside = run(target.kernels, moved), want = some_rows(all, together, rows, 2);
          for (std::size_t r = 0; r < rows.size(); ++r) {
            CHECK((r == 1) == std::isnan(static_cast<double>(beside.loss[r])));
            for (std::int64_t c = 0; c < classes; ++c) {
              const auto at = static_cast<std::size_t>(moved.at(static_cast<std::int64_t>(r), c));
              if (r == 1) CHECK(std::isnan(static_cast<double>(beside.gradient[at])));
              else CHECK(static_cast<double>(beside.gradient[at]) == static_cast<double>(want.gradient[at]));
            }
          }
        }
}

TEST_CASE_TEMPLATE(
    "the bits of every shape and form are those of every machine with fused multiply-add, and of every number of "
    "threads",
    T, float, double, bf16) {
  for (const Form form : {Form::index, Form::smoothed_weighted, Form::dense})
    for (const Shape3 s : {Shape3{1, 11, 30011}, Shape3{9001, 5, 7}, Shape3{2, 400, 401}, Shape3{70, 4001, 1}}) {
      Case<T> c = random_case<T>(s.outer, s.classes, s.inner, form);
      for (std::int64_t row = 0; row < c.rows(); ++row) c.keep.push_back(row % 7 != 3);
      std::vector<Outputs<T>> fused;
      for (const cpu::Target& target : cpu::targets()) {
        if (!target.name.starts_with("AVX") && !fused.empty()) continue;  // slow, and split the same way
        const ThreadCount one_thread(1);
        const Outputs<T> one = run(target.kernels, c);
        for (const int threads : {2, 3, 7}) {
          const ThreadCount count(threads);
          CHECK(equal_bits(run(target.kernels, c), one));
        }
        if (target.name.starts_with("AVX")) fused.push_back(one);
      }
      for (const Outputs<T>& o : fused) CHECK(equal_bits(o, fused[0]));
    }
}

TEST_CASE_TEMPLATE("no rows along any axis are fine", T, float, double, f16, bf16) {
  for (const cpu::Target& target : cpu::targets())
    for (const Shape3 s : {Shape3{0, 5, 1}, Shape3{0, 5, 3}, Shape3{3, 5, 0}, Shape3{0, 50, 1}})
      CHECK(run(target.kernels, Case<T>{s.outer, s.classes, s.inner, {}}).loss.empty());
}
