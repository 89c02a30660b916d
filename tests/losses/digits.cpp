// How many digits of each loss are right, against the textbook formula in long double, for inputs of scale 1e-3 to
// 1e30.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/ulp.h"

namespace logitape::tests {
namespace {

using Real = long double;
using Row = std::vector<Real>;  // one row of classes, or the elements of one vector

Real softplus(Real x) { return std::max(x, Real(0)) + std::log1p(std::exp(-std::fabs(x))); }
Real sigmoid(Real x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

Real log_sum_exp(const Row& x, std::size_t but) {
  Real largest = -HUGE_VALL, sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j)
    if (j != but) largest = std::max(largest, x[j]);
  for (std::size_t j = 0; j < x.size(); ++j)
    if (j != but) sum += std::exp(x[j] - largest);
  return largest + std::log(sum);
}
constexpr std::size_t none = 99;

Row softmax(const Row& x) {
  Row p;
  const Real all = log_sum_exp(x, none);
  for (const Real v : x) p.push_back(std::exp(v - all));
  return p;
}

// log of a row that is normalised to the last digit only: what a caller would hand in.
Real kl(const Row& p, const Row& log_q) {
  Real sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) sum += p[c] == 0 ? 0 : p[c] * (std::log(p[c]) - log_q[c]);
  return sum;
}

Real jensen_shannon(const Row& a, const Row& b) {
  const Row p = softmax(a), q = softmax(b);
  Real sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) {
    const Real m = (p[c] + q[c]) / 2;
    sum += (p[c] == 0 ? 0 : p[c] * std::log(p[c] / m)) + (q[c] == 0 ? 0 : q[c] * std::log(q[c] / m));
  }
  return sum / 2;
}

constexpr std::size_t label = 2;
constexpr std::int64_t rows = 200, classes = 5;
// With gap = log of the others' odds against the label, p = sigmoid(-gap).
Real gap(const Row& x) { return log_sum_exp(x, label) - x[label]; }

// Which values the second input has.
enum class Second { logits, probabilities, binary };

struct Loss {
  const char* name;
  std::function<Tensor(const Tensor& a, const Tensor& b)>
      call;                                               // [rows, classes] each, with one loss an element or a row
  std::function<Real(const Row& a, const Row& b)> exact;  // of one row; elementwise losses look at the first element
  Second second;
  double f32;  // bounds in ULP
  double f64;
};

constexpr LossOptions all{.reduction = Reduction::none};
// f32: half an ULP where the loss is rounded once from f64. f64, and the binary cross-entropy in either: exp and log1p
// 1 ULP each, sigmoid and log_softmax 2.5 at most, half an ULP for each product and sum, of terms that do not cancel; a
// power of gamma multiplies sigmoid's error.
constexpr double once = 0.51;

// In f64, differences of logits are rounded before an exponential multiplies their error by up to 700, and terms of a
// divergence cancel: these losses promise a few ULP of the largest term only, and have infinity here.
constexpr double not_promised = HUGE_VAL;

const std::vector<Loss> losses = {
    {"binary cross-entropy",
     [](const Tensor& x, const Tensor& t) {
       return binary_cross_entropy_with_logits(x, t, {.reduction = Reduction::none});
     },
     [](const Row& x, const Row& t) { return t[0] * softplus(-x[0]) + (1 - t[0]) * softplus(x[0]); }, Second::binary, 2,
     2},
    {"binary cross-entropy, weighted",
     [](const Tensor& x, const Tensor& t) {
       return binary_cross_entropy_with_logits(x, t,
                                               {.pos_weight = full({}, 2.5, x.dtype()), .reduction = Reduction::none});
     },
     [](const Row& x, const Row& t) { return 2.5L * t[0] * softplus(-x[0]) + (1 - t[0]) * softplus(x[0]); },
     Second::binary, 3, 3},
    {"sigmoid focal",
     [](const Tensor& x, const Tensor& t) {
       return sigmoid_focal_loss(x, t, {.alpha = 0.25, .reduction = Reduction::none});
     },
     [](const Row& x, const Row& t) {
       return t[0] * softplus(-x[0]) * std::pow(sigmoid(-x[0]), 2.0L) / 4 +
              (1 - t[0]) * softplus(x[0]) * std::pow(sigmoid(x[0]), 2.0L) * 3 / 4;
     },
     Second::binary, once, 8},
    {"hinge", [](const Tensor& x, const Tensor& t) { return hinge_loss(x, t, {.reduction = Reduction::none}); },
     [](const Row& x, const Row& t) { return std::max(Real(0), 1 - (2 * t[0] - 1) * x[0]); }, Second::binary, once,
     not_promised},
    {"nll", [](const Tensor& x, const Tensor&) { return nll_loss(x, full({rows}, label, DType::i32), all); },
     [](const Row& x, const Row&) { return -x[label]; }, Second::logits, 0, 0},
    {"focal",
     [](const Tensor& x, const Tensor&) {
       return focal_loss(x, full({rows}, label, DType::i32), {.reduction = Reduction::none});
     },
     [](const Row& x, const Row&) { return softplus(gap(x)) * std::pow(sigmoid(gap(x)), 2.0L); }, Second::logits, once,
     not_promised},
    {"poly1",
     [](const Tensor& x, const Tensor&) {
       return poly1_loss(x, full({rows}, label, DType::i32), {.reduction = Reduction::none});
     },
     [](const Row& x, const Row&) { return softplus(gap(x)) + sigmoid(gap(x)); }, Second::logits, once, 4},
    {"poly1 of probabilities",
     [](const Tensor& x, const Tensor& t) { return poly1_loss(x, t, {.reduction = Reduction::none}); },
     [](const Row& x, const Row& t) {
       Real sum = 0;
       const Row p = softmax(x);
       for (std::size_t c = 0; c < x.size(); ++c) sum += t[c] * (log_sum_exp(x, none) - x[c] + (1 - p[c]));
       return sum;
     },
     Second::probabilities, once, 4},
    {"multiclass hinge",
     [](const Tensor& x, const Tensor&) {
       return multiclass_hinge_loss(x, full({rows}, label, DType::i32), {.reduction = Reduction::none});
     },
     [](const Row& x, const Row&) {
       Real largest = -HUGE_VALL;
       for (std::size_t c = 0; c < x.size(); ++c)
         if (c != label) largest = std::max(largest, x[c]);
       return std::max(Real(0), 1 + largest - x[label]);
     },
     Second::logits, once, not_promised},
    {"KL",
     [](const Tensor& x, const Tensor& p) {
       return kl_divergence({.labels = p, .log_probabilities = x, .reduction = Reduction::none});
     },
     [](const Row& x, const Row& p) { return kl(p, x); }, Second::probabilities, once, not_promised},
    {"Jensen-Shannon", [](const Tensor& a, const Tensor& b) { return jensen_shannon_divergence(a, b, all); },
     jensen_shannon, Second::logits, once, not_promised},
    {"MSE", [](const Tensor& a, const Tensor& b) { return mse_loss(a, b, all); },
     [](const Row& a, const Row& b) { return (a[0] - b[0]) * (a[0] - b[0]); }, Second::logits, once, 3},
    {"Huber", [](const Tensor& a, const Tensor& b) { return huber_loss(a, b, {.reduction = Reduction::none}); },
     [](const Row& a, const Row& b) {
       const Real d = std::fabs(a[0] - b[0]);
       return d <= 1 ? d * d / 2 : d - 0.5L;
     },
     Second::logits, once, 3},
};

// Random numbers of the scale; every seventh near 0, where exp and log lose digits in other ways.
template <class T>
std::vector<T> values(Generator& rng, double scale) {
  std::vector<T> v(rows * classes);
  for (std::size_t i = 0; i < v.size(); ++i)
    v[i] = static_cast<T>((rng.next_uniform() * 2 - 1) * (i % 7 == 0 ? 1e-3 : 1) * scale);
  return v;
}

template <class T>
std::vector<T> labels(Generator& rng) {  // 0, 1 and nearly 1 among them
  std::vector<T> v(rows * classes);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const double u = rng.next_uniform();
    v[i] = static_cast<T>(i % 5 == 0 ? 0 : i % 5 == 1 ? 1 : i % 5 == 2 ? 1 - 1e-4 * u : u);
  }
  return v;
}

template <class T>
double worst(const Loss& loss, double scale) {
  Generator rng(static_cast<std::uint64_t>(scale) + 3);
  const std::vector<T> a = values<T>(rng, scale),
                       b = loss.second == Second::logits ? values<T>(rng, scale) : labels<T>(rng);
  const Tensor got = loss.call(from_span(a, {rows, classes}), from_span(b, {rows, classes}));
  const bool elementwise = got.rank() == 2;
  const std::size_t step = elementwise ? 1 : classes;
  const std::vector<T> found = got.to_vector<T>();
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto row = [&](const std::vector<T>& v) {
      return Row(v.begin() + static_cast<std::ptrdiff_t>(i * step),
                 v.begin() + static_cast<std::ptrdiff_t>(i * step + step));
    };
    largest = std::max(largest, ulp_error(found[i], loss.exact(row(a), row(b))));
  }
  return largest;
}

TEST_CASE("every loss has its digits, for inputs of scale 1e-3 to 1e30") {
  for (const Loss& loss : losses) {
    double f32 = 0, f64 = 0;
    for (const double scale : {1e-3, 1.0, 10.0, 1e3, 1e10, 1e30}) {
      CAPTURE(loss.name);
      CAPTURE(scale);
      if (scale == 1e30 && std::string(loss.name) == "MSE") continue;  // beyond f32; tests/losses/semantics.cpp
      const double single = worst<float>(loss, scale), wide = worst<double>(loss, scale);
      CHECK(single <= loss.f32);
      CHECK(wide <= loss.f64);
      f32 = std::max(f32, single);
      f64 = std::max(f64, wide);
    }
    MESSAGE(std::string(loss.name), ": ", f32, " ULP in f32, ", f64, " in f64");
  }
}

TEST_CASE("the divergence of two distributions that nearly agree keeps its digits") {
  Generator rng(5);
  for (const double apart : {1e-1, 1e-2, 1e-3}) {
    CAPTURE(apart);
    std::vector<float> a = values<float>(rng, 3), b = a;
    for (float& v : b) v += static_cast<float>(apart * (rng.next_uniform() - 0.5));
    const std::vector<float> got =
        jensen_shannon_divergence(from_span(a, {rows, classes}), from_span(b, {rows, classes}), all).to_vector<float>();
    for (std::size_t r = 0; r < rows; ++r) {
      const auto row = [r](const std::vector<float>& v) {
        return Row(v.begin() + static_cast<std::ptrdiff_t>(r * classes),
                   v.begin() + static_cast<std::ptrdiff_t>((r + 1) * classes));
      };
      // half an ULP, and what f64 and the formula's own cancellation in long double leave of 1e-8
      CHECK(ulp_error(got[r], jensen_shannon(row(a), row(b))) <= 0.51);
    }
  }
}

TEST_CASE("cosine similarity has f32's digits for vectors of any length, f64's within a few ULP of 1") {
  Generator rng(9);
  const auto exact = [](const auto& a, const auto& b, std::size_t r) {
    Real ab = 0, aa = 0, bb = 0;
    for (std::size_t c = r * classes; c < (r + 1) * classes; ++c) {
      ab += Real(a[c]) * Real(b[c]);
      aa += Real(a[c]) * Real(a[c]);
      bb += Real(b[c]) * Real(b[c]);
    }
    return ab / (std::sqrt(aa) * std::sqrt(bb));
  };
  const auto check = [&]<class T>(T, double scale, double bound) {
    const std::vector<T> a = values<T>(rng, scale), b = values<T>(rng, 1 / scale);
    const std::vector<T> got =
        cosine_similarity(from_span(a, {rows, classes}), from_span(b, {rows, classes})).template to_vector<T>();
    for (std::size_t r = 0; r < rows; ++r)
      CHECK(std::fabs(static_cast<double>(Real(got[r]) - exact(a, b, r))) <= bound);
  };
  for (const double scale : {1.0, 1e10, 1e30}) {
    CAPTURE(scale);
    check(float(), scale, 0.51 * 0x1p-24);  // rounded once, below 1
    check(double(), scale, 8 * 0x1p-53);    // divisions, products, roots: eight roundings
  }
  check(double(), 1e300, 8 * 0x1p-53);
}

// x -> L, dL/dx, d2L/dx2, d3L/dx3.
template <class T>
std::array<T, 4> derivatives(const std::function<Tensor(const Tensor&)>& f, T at) {
  const Tensor x = variable(tensor(at));
  std::array<T, 4> found{};
  Tensor y = f(x);
  for (std::size_t order = 0;; ++order) {
    found[order] = y.item<T>();
    if (order == 3) return found;
    y = grad(y, {x}, {.create_graph = true})[0];
  }
}

TEST_CASE(
    "the binary cross-entropy has its first three derivatives, p - t, p(1-p) and p(1-p)(1-2p), at 0 and far out") {
  const auto check = [](auto at, double t) {
    using T = decltype(at);
    CAPTURE(at);
    CAPTURE(t);
    const auto got = derivatives<T>(
        [t](const Tensor& x) { return binary_cross_entropy_with_logits(x, full({}, t, x.dtype())); }, at);
    const Real p = sigmoid(Real(at)), q = sigmoid(-Real(at)), label_value = static_cast<T>(t);
    // sigmoid is within 2.5 ULP: one factor of it, two, and three, with their products
    CHECK(ulp_error(got[1], (1 - label_value) * p - label_value * q) <= (t == 0 || t == 1 ? 3 : 8));
    CHECK(ulp_error(got[2], p * q) <= 7);
    CHECK(std::fabs(static_cast<double>(Real(got[3]) - p * q * (q - p))) <=
          static_cast<double>(12 * p * q * std::numeric_limits<T>::epsilon()));
  };
  for (const double t : {0.0, 0.25, 1.0})
    for (const double x : {0.0, 0.5, -2.0, 20.0, -40.0, 1e30, -1e30}) {
      check(static_cast<float>(x), t);
      check(x, t);
    }
}

}  // namespace
}  // namespace logitape::tests
