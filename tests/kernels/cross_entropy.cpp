// The loss kernel against its scalar twin, row by row: digits at every scale of logits, confident rows, labels of any
// mass. What is special and what must be equal: cross_entropy_rules.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "logitape/backends/oracle/cross_entropy.h"
#include "../support/ulp.h"
#include "cross_entropy_batch.h"
#include "logitape/backends/cpu/cpu.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Errors {
  double loss = 0;
  double gradient =
      0;               // in ULP of the row's largest gradient (dense labels: of the largest S*p or t, which may cancel)
  double largest = 0;  // in ULP of itself, at the largest logit of rows whose label (or most of it) is there
};

// The oracle's rows, in S wider than T.
template <class S>
struct Exact {
  std::vector<S> loss, gradient;
};

template <class S, class T>
std::pair<std::vector<S>, std::vector<S>> row_of(const Batch<T>& b, std::int64_t r) {
  const auto at = static_cast<std::ptrdiff_t>(r * b.classes);
  return {{b.logits.begin() + at, b.logits.begin() + at + b.classes},
          {b.labels.begin() + at, b.labels.begin() + at + b.classes}};
}

template <class S, class T>
Exact<S> exact(const Batch<T>& b, Options o) {
  Exact<S> all;
  for (std::int64_t r = 0; r < b.rows; ++r) {
    const auto [x, t] = row_of<S>(b, r);
    all.loss.push_back(oracle::cross_entropy_loss(x, t));
    for (const S g : oracle::cross_entropy_gradient(x, t, o.unit_mass))
      all.gradient.push_back(static_cast<S>(o.scale) * g);
  }
  return all;
}

template <class S, class T>
Errors errors(const Batch<T>& b, const Result<T>& got, const Exact<S>& want, Options o) {
  Errors worst;
  for (std::int64_t r = 0; r < b.rows; ++r) {
    const auto [x, t] = row_of<S>(b, r);
    const auto at = static_cast<std::size_t>(r * b.classes);
    worst.loss = std::max(worst.loss, ulp_error(got.loss[static_cast<std::size_t>(r)],
                                                static_cast<long double>(want.loss[static_cast<std::size_t>(r)])));

    S size = 0;
    for (std::size_t c = 0; c < x.size(); ++c)
      size = std::max<S>(
          {size, std::fabs(want.gradient[at + c]), o.dense ? static_cast<S>(o.scale) * std::fabs(t[c]) : S{0}});
    if (size < static_cast<S>(std::numeric_limits<T>::min())) continue;
    const S ulp = std::ldexp(S{1}, std::ilogb(size) + 1 - std::numeric_limits<T>::digits);
    const S max = oracle::largest(x);
    for (std::size_t c = 0; c < x.size(); ++c) {
      const T g = got.gradient[at + c];
      if (!std::isfinite(g)) return {infinity, infinity, infinity};
      worst.gradient =
          std::max(worst.gradient, static_cast<double>(std::fabs(static_cast<S>(g) - want.gradient[at + c]) / ulp));
      if (x[c] == max && !o.dense && t[c] == 1)
        worst.largest = std::max(worst.largest, ulp_error(g, static_cast<long double>(want.gradient[at + c])));
    }
  }
  return worst;
}

Errors larger(Errors a, Errors b) {
  return {std::max(a.loss, b.loss), std::max(a.gradient, b.gradient), std::max(a.largest, b.largest)};
}

struct Logits {
  std::string name;
  double spread, centre;
};
// clang-format off
const Logits logits_table[] = {{"scale 1", 1, 0},          {"scale 5", 5, 0},           {"scale 30", 30, 0},
                                   {"scale 100", 100, 0},      {"scale 1000", 1000, 0},     {"around 200", 20, 200},
                                   {"around -300", 20, -300},  {"around 1e5", 5, 1e5},      {"around -1e5", 5, -1e5},
                                   {"around 1e9", 300, 1e9},   {"around 1e30", 1e23, 1e30}, {"scale 1e30", 1e30, 0}};
// clang-format on

template <class S, class T>
void check_digits(double tolerance) {
  const std::vector<cpu::Target> targets = cpu::targets();
  for (const Logits& l : logits_table) {
    std::vector<Errors> worst(targets.size());
    for (const auto& [rows, classes] : {std::pair{200, 10}, std::pair{10, 1000}, std::pair{1, 10007}}) {
      const Batch<T> b = random_batch<T>(rows, classes, l.spread, l.centre);
      for (const Options o : {Options{}, Options{.unit_mass = true, .scale = 1.0 / 3}}) {
        const Exact<S> want = exact<S>(b, o);
        for (std::size_t k = 0; k < targets.size(); ++k)
          worst[k] = larger(worst[k], errors(b, run(targets[k].kernels, b, o), want, o));
      }
    }
    for (std::size_t k = 0; k < targets.size(); ++k) {
      MESSAGE(targets[k].name, " f", 8 * sizeof(T), ", ", l.name, ": loss ", worst[k].loss, " ULP, gradient ",
              worst[k].gradient, ", at the largest logit ", worst[k].largest);
      CHECK(worst[k].loss <= tolerance);
      CHECK(worst[k].gradient <= tolerance);
      CHECK(worst[k].largest <= tolerance);
    }
  }
}

}  // namespace

TEST_CASE("f32 loss and gradient are within 4 ULP of the double oracle for logits of every size") {
  check_digits<double, float>(
      4);  // 1 ULP an exponential, 1 for sums of four in f32, 1/2 each for the weight, the product, the scale
}

TEST_CASE("f64 loss and gradient are within 4 ULP of the long double oracle for logits of every size") {
  check_digits<long double, double>(4);  // as for f32, and the chains of a block of 8,192 in f64
}

TEST_CASE("the loss of a confident row keeps its digits down to where f32 ends") {
  for (const cpu::Target& target : cpu::targets()) {
    double worst_loss = 0, worst_gradient = 0;
    for (const std::int64_t classes : {2, 3, 10, 17, 100}) {
      for (const double gap : {1.0, 10.0, 17.0, 25.0, 46.0, 60.0, 80.0, 87.5, 95.0, 101.0}) {
        for (const double centre : {0.0, 3.7, 1e3}) {
          Batch<float> b = random_batch<float>(1, classes, 0.5, centre);
          const std::int64_t label = classes / 2;
          b.logits[static_cast<std::size_t>(label)] = static_cast<float>(centre + 2 + gap);
          b.indices[0] = static_cast<std::int32_t>(label);
          set_one_hot(b);
          const Errors e = errors(b, run(target.kernels, b, {}), exact<double>(b, {}), {});
          worst_loss = std::max(worst_loss, e.loss);
          worst_gradient = std::max(worst_gradient, e.largest);
        }
      }
    }
    MESSAGE(target.name, ": confident loss ", worst_loss, " ULP, gradient at the label ", worst_gradient);
    CHECK(worst_loss <= 4);
    CHECK(worst_gradient <= 4);
  }
}

TEST_CASE_TEMPLATE("dense labels of any mass: loss and gradient are those of S*lse(x) - sum(t*x)", T, float, double) {
  using S = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  const std::vector<cpu::Target> targets = cpu::targets();
  std::mt19937_64 bits(3);
  std::uniform_real_distribution<double> uniform(0, 2);
  std::vector<Errors> worst(targets.size());
  for (const Logits& l : logits_table) {
    for (const std::int64_t classes : {1, 7, 64, 333, 9001}) {
      Batch<T> b = random_batch<T>(classes > 1000 ? 1 : 5, classes, l.spread, l.centre);
      for (T& t : b.labels) t = static_cast<T>(uniform(bits));
      const Options o{.dense = true, .unit_mass = classes % 2 == 0, .scale = 0.7};
      const Exact<S> want = exact<S>(b, o);
      for (std::size_t k = 0; k < targets.size(); ++k)
        worst[k] = larger(worst[k], errors(b, run(targets[k].kernels, b, o), want, o));
    }
  }
  for (std::size_t k = 0; k < targets.size(); ++k) {
    MESSAGE(targets[k].name, " f", 8 * sizeof(T), ", dense: loss ", worst[k].loss, " ULP, gradient ",
            worst[k].gradient);
    CHECK(worst[k].loss <= 4);
    CHECK(worst[k].gradient <= 4);
  }
}
