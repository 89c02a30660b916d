// What holds for every row of logits and labels, on random ones: LOGITAPE_LAWS cases (2,000; the laws suite has
// 100,000) from the seed LOGITAPE_SEED (1).
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "logitape.h"
#include "tests/support/same_bits_of_tensors.h"

namespace logitape::tests {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given ? std::stoull(given) : otherwise;
}

struct Random {
  std::int64_t rows, classes;
  DType dtype;
  double epsilon, largest;
  Tensor x, t, y;  // logits, a distribution (zeros among it), class indices

  explicit Random(Generator& rng)
      : rows(1 + static_cast<std::int64_t>(rng.below(9))), classes(1 + static_cast<std::int64_t>(rng.below(40))),
        dtype(rng.below(2) == 0 ? DType::f32 : DType::f64), epsilon(dtype == DType::f32 ? 0x1p-23 : 0x1p-52) {
    const double scales[] = {0.1, 1, 30, 1000, 1e5};
    // multiples of 1/16 below 2^20: adding whole numbers below 2^4 to them is exact in f32
    const Tensor steps =
        (randn({rows, classes}, rng, DType::f64) * (scales[rng.below(5)] * 4)).to(DType::i64).to(DType::f64) / 16;
    x = clamp(steps, -50000, 50000).to(dtype);
    largest = max(abs(x)).item<double>();
    const Tensor u = uniform({rows, classes}, rng, DType::f64);
    const Tensor some = where(u < 0.7, u + 1e-3, 0.0) + one_hot(zeros({rows}, DType::i32), classes, DType::f64) * 0.5;
    t = (some / sum(some, {.axes = {1}, .keep_dims = true})).to(dtype);
    std::vector<std::int64_t> labels;
    for (std::int64_t r = 0; r < rows; ++r)
      labels.push_back(static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(classes))));
    y = from_span(labels, {rows});
  }
  // Rounding of terms of the size of the logits, and of the labels' sum, which is not 1 exactly.
  double rounding() const { return 8 * epsilon * (1 + largest + static_cast<double>(classes)); }
};

Tensor each(const Tensor& x, const Tensor& t) { return cross_entropy(x, t, {.reduction = Reduction::none}); }
double apart(const Tensor& a, const Tensor& b) {
  return a.size() == 0 ? 0 : max(abs(a.to(DType::f64) - b.to(DType::f64))).item<double>();
}
Tensor gradient(const Tensor& x, const Tensor& t) {
  const Tensor leaf = variable(x);
  return grad(sum(each(leaf, t)), {leaf})[0];
}
Tensor backwards(std::int64_t n) { return (n - 1 - arange(0, static_cast<double>(n), 1, DType::f64)).to(DType::i64); }

void check_values(const Random& c, Generator& rng) {
  const Tensor loss = each(c.x, c.t), by_index = each(c.x, c.y);
  const double shift = static_cast<double>(rng.below(16));
  CHECK_MESSAGE(apart(each(c.x + shift, c.t), loss) <= c.rounding(), "shift invariance");
  const IndexOptions classes{.axis = 1};
  CHECK_MESSAGE(apart(each(gather(c.x, backwards(c.classes), classes), gather(c.t, backwards(c.classes), classes)),
                      loss) <= c.rounding(),
                "permutation of classes");
  CHECK_MESSAGE(same_bits(each(c.x, one_hot(c.y, c.classes, c.dtype)), by_index),
                "a one-hot label is the index, bit for bit");
  CHECK_MESSAGE(min(loss).item<double>() >= -c.rounding(), "the loss of a distribution is not negative");
  CHECK_MESSAGE(min(by_index).item<double>() >= 0, "the loss of an index is not negative");
  const Tensor entropy = -sum(c.t * where(equal(c.t, 0), 0, log(where(equal(c.t, 0), 1, c.t))), {.axes = {1}});
  const Tensor kl = kl_divergence({.labels = c.t, .log_probabilities = log_softmax(c.x), .reduction = Reduction::none});
  CHECK_MESSAGE(apart(entropy + (kl.rank() == 2 ? sum(kl, {.axes = {1}}) : kl), loss) <= 4 * c.rounding(),
                "cross-entropy is entropy + divergence");
}

void check_rows(const Random& c, Generator& rng) {
  const auto chosen = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(c.rows)));
  const Tensor is_chosen = equal(arange(c.rows), static_cast<double>(chosen));
  std::vector<std::int64_t> others;
  for (std::int64_t r = 0; r < c.rows; ++r)
    if (r != chosen) others.push_back(r);
  const Tensor kept = from_span(others, {static_cast<std::int64_t>(others.size())});
  const Tensor changed = where(reshape(is_chosen, {c.rows, 1}), c.x * 3 + 1, c.x);
  CHECK_MESSAGE(same_bits(gather(each(changed, c.t), kept), gather(each(c.x, c.t), kept)),
                "one row's change leaves the others' bits");
  for (const Tensor& labels : {c.t, c.y})
    for (const Reduction reduction : {Reduction::mean, Reduction::sum})
      CHECK_MESSAGE(same_bits(cross_entropy(c.x, labels, {.reduction = reduction, .mask = logical_not(is_chosen)}),
                              cross_entropy(gather(c.x, kept), gather(labels, kept), {.reduction = reduction})),
                    "a row that is ignored might as well not be there, bit for bit");
}

void check_derivatives(const Random& c, Generator& rng) {
  const double mass = 1.5;
  const Tensor g = gradient(c.x, c.t * mass);
  CHECK_MESSAGE(max(abs(sum(g.to(DType::f64), {.axes = {1}}))).item<double>() <=
                    8 * c.epsilon * (mass + static_cast<double>(c.classes)),
                "a row's gradient sums to 0");
  const Tensor u = randn(c.x.shape(), rng, c.dtype), v = randn(c.x.shape(), rng, c.dtype), leaf = variable(c.x);
  const Tensor first = grad(sum(each(leaf, c.t)), {leaf}, {.create_graph = true})[0];
  const auto times = [&](const Tensor& w) { return grad(first, {leaf}, {.seed = w})[0].to(DType::f64); };
  const Tensor hu = times(u), hv = times(v), ones_h = times(ones(c.x.shape(), c.dtype));
  const auto inner = [](const Tensor& a, const Tensor& b) {
    return sum(a.to(DType::f64) * b.to(DType::f64)).item<double>();
  };
  const double rounding = 64 * c.epsilon * static_cast<double>(c.rows * c.classes);
  CHECK_MESSAGE(std::fabs(inner(u, hv) - inner(v, hu)) <= rounding, "the Hessian is symmetric");
  CHECK_MESSAGE(inner(u, hu) >= -rounding, "the Hessian is positive semidefinite");
  CHECK_MESSAGE(max(abs(ones_h)).item<double>() <= rounding, "the Hessian's rows sum to 0");
}

}  // namespace

TEST_CASE("laws of the cross-entropy hold for random logits and labels") {
  const std::uint64_t cases = setting("LOGITAPE_LAWS", 2000), seed = setting("LOGITAPE_SEED", 1);
  Generator rng{seed};
  for (std::uint64_t i = 0; i < cases; ++i) {
    const Random c(rng);
    CAPTURE(i);
    CAPTURE(c.rows);
    CAPTURE(c.classes);
    CAPTURE(c.dtype);
    CAPTURE(c.largest);
    check_values(c, rng);
    check_rows(c, rng);
    check_derivatives(c, rng);
  }
  MESSAGE("laws: ", cases, " cases, seed ", seed);
}

}  // namespace logitape::tests
