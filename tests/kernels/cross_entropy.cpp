// The loss kernel against its scalar twin, row by row: digits at every scale of logits, what is special, what must be equal.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "../oracle/cross_entropy.h"
#include "../support/ulp.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/thread_pool.h"

using namespace logitape;
using tests::ulp_error;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

template <class T>
struct Batch {
  std::int64_t rows, classes;
  std::vector<T> logits;
  std::vector<std::int32_t> indices;
  std::vector<T> labels;  // dense; one-hot of the indices unless a test says otherwise
};

struct Options {
  bool dense = false;
  bool unit_mass = false;
  bool gradient = true;
  double scale = 1;
};

template <class T>
struct Result {
  std::vector<T> loss, gradient;
};

template <class T>
void set_one_hot(Batch<T>& b) {
  b.labels.assign(b.logits.size(), T{0});
  for (std::int64_t r = 0; r < b.rows; ++r) b.labels[static_cast<std::size_t>(r * b.classes + b.indices[static_cast<std::size_t>(r)])] = 1;
}

// Logits centre + spread * normal; in every second row the label is the likeliest class.
template <class T>
Batch<T> random_batch(std::int64_t rows, std::int64_t classes, double spread, double centre = 0, unsigned seed = 1) {
  std::mt19937_64 bits(seed);
  std::normal_distribution<double> normal;
  Batch<T> b{rows, classes, {}, {}, {}};
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t likeliest = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
      b.logits.push_back(static_cast<T>(centre + spread * normal(bits)));
      if (b.logits.back() > b.logits[static_cast<std::size_t>(r * classes + likeliest)]) likeliest = c;
    }
    const auto other = static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(classes));
    b.indices.push_back(static_cast<std::int32_t>(r % 2 == 0 ? likeliest : other));
  }
  set_one_hot(b);
  return b;
}

template <class T>
Batch<T> one_row(std::vector<double> logits, std::vector<double> labels) {
  Batch<T> b{1, static_cast<std::int64_t>(logits.size()), {}, {0}, {}};
  for (const double x : logits) b.logits.push_back(static_cast<T>(x));
  for (const double t : labels) b.labels.push_back(static_cast<T>(t));
  return b;
}

template <class T>
Result<T> run(const backends::Kernels& k, const Batch<T>& b, Options o) {
  Result<T> result{std::vector<T>(static_cast<std::size_t>(b.rows), T{-7}), std::vector<T>(b.logits.size(), T{-7})};
  // clang-format off
  k.cross_entropy({.dtype = dtype_of<T>(), .index_dtype = DType::i32, .rows = b.rows, .classes = b.classes, .logits = b.logits.data(),
                   .labels = o.dense ? b.labels.data() : nullptr, .indices = o.dense ? nullptr : b.indices.data(), .scale = o.scale,
                   .unit_mass = o.unit_mass, .loss = result.loss.data(), .gradient = o.gradient ? result.gradient.data() : nullptr});
  // clang-format on
  return result;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
bool same_bits(const Result<T>& a, const Result<T>& b) {
  return same_bits(a.loss, b.loss) && same_bits(a.gradient, b.gradient);
}

struct Errors {
  double loss = 0;
  double gradient = 0;  // in ULP of the row's largest gradient (dense labels: of the largest S*p or t, which may cancel)
  double largest = 0;   // in ULP of itself, at the largest logit of rows whose label (or most of it) is there
};

// The oracle's rows, in S wider than T.
template <class S>
struct Exact {
  std::vector<S> loss, gradient;
};

template <class S, class T>
std::pair<std::vector<S>, std::vector<S>> row_of(const Batch<T>& b, std::int64_t r) {
  const auto at = static_cast<std::ptrdiff_t>(r * b.classes);
  return {{b.logits.begin() + at, b.logits.begin() + at + b.classes}, {b.labels.begin() + at, b.labels.begin() + at + b.classes}};
}

template <class S, class T>
Exact<S> exact(const Batch<T>& b, Options o) {
  Exact<S> all;
  for (std::int64_t r = 0; r < b.rows; ++r) {
    const auto [x, t] = row_of<S>(b, r);
    all.loss.push_back(oracle::cross_entropy_loss(x, t));
    for (const S g : oracle::cross_entropy_gradient(x, t, o.unit_mass)) all.gradient.push_back(static_cast<S>(o.scale) * g);
  }
  return all;
}

template <class S, class T>
Errors errors(const Batch<T>& b, const Result<T>& got, const Exact<S>& want, Options o) {
  Errors worst;
  for (std::int64_t r = 0; r < b.rows; ++r) {
    const auto [x, t] = row_of<S>(b, r);
    const auto at = static_cast<std::size_t>(r * b.classes);
    worst.loss = std::max(
        worst.loss, ulp_error(got.loss[static_cast<std::size_t>(r)], static_cast<long double>(want.loss[static_cast<std::size_t>(r)])));

    S size = 0;
    for (std::size_t c = 0; c < x.size(); ++c)
      size = std::max<S>({size, std::fabs(want.gradient[at + c]), o.dense ? static_cast<S>(o.scale) * std::fabs(t[c]) : S{0}});
    if (size < static_cast<S>(std::numeric_limits<T>::min())) continue;
    const S ulp = std::ldexp(S{1}, std::ilogb(size) + 1 - std::numeric_limits<T>::digits);
    const S max = oracle::largest(x);
    for (std::size_t c = 0; c < x.size(); ++c) {
      const T g = got.gradient[at + c];
      if (!std::isfinite(g)) return {infinity, infinity, infinity};
      worst.gradient = std::max(worst.gradient, static_cast<double>(std::fabs(static_cast<S>(g) - want.gradient[at + c]) / ulp));
      if (x[c] == max && !o.dense && t[c] == 1)
        worst.largest = std::max(worst.largest, ulp_error(g, static_cast<long double>(want.gradient[at + c])));
    }
  }
  return worst;
}

Errors larger(Errors a, Errors b) { return {std::max(a.loss, b.loss), std::max(a.gradient, b.gradient), std::max(a.largest, b.largest)}; }

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
        for (std::size_t k = 0; k < targets.size(); ++k) worst[k] = larger(worst[k], errors(b, run(targets[k].kernels, b, o), want, o));
      }
    }
    for (std::size_t k = 0; k < targets.size(); ++k) {
      MESSAGE(targets[k].name, " f", 8 * sizeof(T), ", ", l.name, ": loss ", worst[k].loss, " ULP, gradient ", worst[k].gradient,
              ", at the largest logit ", worst[k].largest);
      CHECK(worst[k].loss <= tolerance);
      CHECK(worst[k].gradient <= tolerance);
      CHECK(worst[k].largest <= tolerance);
    }
  }
}

}  // namespace

TEST_CASE("f32 loss and gradient are within 4 ULP of the double oracle for logits of every size") {
  check_digits<double, float>(4);  // 1 ULP an exponential, 1 for sums of four in f32, 1/2 each for the weight, the product, the scale
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
      for (std::size_t k = 0; k < targets.size(); ++k) worst[k] = larger(worst[k], errors(b, run(targets[k].kernels, b, o), want, o));
    }
  }
  for (std::size_t k = 0; k < targets.size(); ++k) {
    MESSAGE(targets[k].name, " f", 8 * sizeof(T), ", dense: loss ", worst[k].loss, " ULP, gradient ", worst[k].gradient);
    CHECK(worst[k].loss <= 4);
    CHECK(worst[k].gradient <= 4);
  }
}

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

TEST_CASE_TEMPLATE("a row's bits depend on that row alone, and the loss on whether a gradient is asked for not at all", T, float, double) {
  for (const cpu::Target& target : cpu::targets()) {
    for (std::int64_t classes = 1; classes <= 70; ++classes) {
      Batch<T> all = random_batch<T>(37, classes, 3);
      const Result<T> together = run(target.kernels, all, {});
      CHECK(same_bits(run(target.kernels, all, {.gradient = false}).loss, together.loss));
      for (std::int64_t r = 0; r < all.rows; r += 5) {
        const auto at = static_cast<std::ptrdiff_t>(r * classes);
        Batch<T> alone{
            1, classes, {all.logits.begin() + at, all.logits.begin() + at + classes}, {all.indices[static_cast<std::size_t>(r)]}, {}};
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

TEST_CASE_TEMPLATE("vector body and tail agree: a class moved to another place takes its gradient along", T, float, double) {
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

TEST_CASE_TEMPLATE("the bits are those of every machine with fused multiply-add, and of every number of threads", T, float, double) {
  const int before = num_threads();
  Batch<T> shapes[] = {random_batch<T>(4099, 67, 4), random_batch<T>(3, 100003, 4), random_batch<T>(1031, 300, 400),
                       random_batch<T>(30011, 10, 2)};
  for (Batch<T>& b : shapes) {
    for (std::size_t i = 0; i < b.labels.size(); ++i) b.labels[i] = static_cast<T>(std::sin(static_cast<double>(i)));
    for (const bool dense : {false, true}) {
      std::vector<Result<T>> fused;
      for (const cpu::Target& target : cpu::targets()) {
        set_num_threads(1);
        const Result<T> one = run(target.kernels, b, {.dense = dense});
        for (const int threads : {2, 3, 7}) {
          set_num_threads(threads);
          CHECK(same_bits(run(target.kernels, b, {.dense = dense}), one));
        }
        if (target.name.starts_with("AVX")) fused.push_back(one);
      }
      for (const Result<T>& r : fused) CHECK(same_bits(r, fused[0]));
    }
  }
  set_num_threads(before);
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
  const auto gives = [](const backends::Kernels& k, std::vector<double> x, std::vector<double> t, bool unit_mass, double loss,
                        std::vector<double> gradient) {
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

TEST_CASE_TEMPLATE("zero losses and the gradient of a single class are +0; no rows are fine; every index dtype is read", T, float, double) {
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
    backends::CrossEntropyArgs a{dtype_of<T>(), DType::i64, 1, 4, logits, nullptr, &wide, 1, false, &want, nullptr};
    target.kernels.cross_entropy(a);
    a.loss = &loss;
    for (const DType index : {DType::i8, DType::u8, DType::i16, DType::i32}) {
      a.index_dtype = index;  // little endian: the low bytes of `wide`
      target.kernels.cross_entropy(a);
      CHECK(loss == want);
    }
  }
}
