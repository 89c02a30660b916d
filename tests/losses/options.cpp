// The options of cross_entropy, each against the formula that names it, and linear_cross_entropy against both.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "logitape.h"
#include "logitape/core/memory.h"
#include "tests/support/same_bits_of_tensors.h"

namespace logitape::tests {
namespace {

constexpr std::int64_t rows = 37, classes = 5;

Tensor logits(std::uint64_t seed = 1) {
  Generator rng{seed};
  return randn({rows, classes}, rng, DType::f64) * 3;
}
Tensor probabilities() { return softmax(logits(2)); }
Tensor indices() {
  std::vector<int> y(rows);
  for (int r = 0; r < rows; ++r) y[static_cast<std::size_t>(r)] = r * 7 % static_cast<int>(classes);
  return from_span(y, {rows});
}
Tensor each(const Tensor& x, const Tensor& t, CrossEntropyOptions o = {}) {
  o.reduction = Reduction::none;
  return cross_entropy(x, t, o);
}

// a few ULP of sums of some hundred terms of size 1 to 10
void check_close(const Tensor& a, const Tensor& b, double tolerance = 1e-13) {
  REQUIRE(a.shape() == b.shape());
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::fabs(x[i] - y[i]) <= tolerance * (1 + std::fabs(y[i])));
}

Tensor one_hot_labels() { return one_hot(indices(), classes, DType::f64); }
Tensor mask() {
  Generator rng{5};
  return randn({rows}, rng, DType::f64) < 0.3;
}
Tensor rows_of(const Tensor& x, const Tensor& keep) {
  std::vector<std::int64_t> kept;
  const auto k = keep.to_vector<std::uint8_t>();
  for (std::size_t r = 0; r < k.size(); ++r)
    if (k[r]) kept.push_back(static_cast<std::int64_t>(r));
  return gather(x, from_span(kept, {static_cast<std::int64_t>(kept.size())}));
}

}  // namespace

TEST_CASE("label smoothing is (1 - e)*t + e/classes, for indices and probabilities") {
  const CrossEntropyOptions o{.label_smoothing = 0.1};
  check_close(each(logits(), probabilities(), o), each(logits(), probabilities() * 0.9 + 0.1 / classes));
  check_close(each(logits(), indices(), o), each(logits(), one_hot_labels() * 0.9 + 0.1 / classes));
}

TEST_CASE("class weights multiply the labels, sample weights the rows, for both kinds of label") {
  const Tensor w = tensor({0.5, 1.0, 2.0, 0.25, 3.0});
  const Tensor s = arange(0, static_cast<double>(rows), 1, DType::f64);
  check_close(each(logits(), probabilities(), {.class_weights = w}), each(logits(), probabilities() * w));
  check_close(each(logits(), indices(), {.class_weights = w}), each(logits(), one_hot_labels() * w));
  check_close(each(logits(), indices(), {.sample_weights = s}), each(logits(), indices()) * s);
  const Tensor learned = variable(w);
  check_close(grad(cross_entropy(logits(), indices(), {.class_weights = learned}), {learned})[0],
              reshape(matmul(reshape(each(logits(), indices()), {1, rows}), one_hot_labels()), {classes}) / rows);
}

TEST_CASE("temperature divides the logits, the soft cap comes before it, z-loss adds z*lse^2") {
  check_close(each(logits(), indices(), {.temperature = 2}), each(logits() / 2, indices()));
  check_close(each(logits(), indices(), {.temperature = 2, .soft_cap = 4}),
              each(tanh(logits() / 4) * 4 / 2, indices()));
  const Tensor lse = logsumexp(logits(), {.axes = {1}});
  check_close(each(logits(), indices(), {.z_loss = 0.01}), each(logits(), indices()) + lse * lse * 0.01);
}

TEST_CASE("a row that is ignored might as well not be there: the same bits of losses, sums, means and gradients") {
  const Tensor keep = mask();
  const Tensor poisoned = where(reshape(keep, {rows, 1}), logits(), std::numeric_limits<double>::quiet_NaN());
  for (const Tensor& t : {indices(), probabilities()})
    for (const Reduction reduction : {Reduction::none, Reduction::mean, Reduction::sum}) {
      const Tensor x = variable(poisoned), y = variable(rows_of(logits(), keep));
      const Tensor with = cross_entropy(x, t, {.reduction = reduction, .mask = keep});
      const Tensor without = cross_entropy(y, rows_of(t, keep), {.reduction = reduction});
      CHECK(same_bits(reduction == Reduction::none ? rows_of(with, keep) : with, without));
      CHECK(same_bits(rows_of(grad(sum(with), {x})[0], keep), grad(sum(without), {y})[0]));
      const Tensor dropped = rows_of(grad(sum(with), {x})[0], logical_not(keep));
      CHECK(same_bits(dropped, zeros(dropped.shape(), DType::f64)));
    }
  const Tensor marked = where(keep, indices(), -100);
  CHECK(same_bits(cross_entropy(logits(), marked, {.ignore_index = -100}),
                  cross_entropy(logits(), indices(), {.mask = keep})));
}

TEST_CASE("the mean's denominator is the one that is named, and so is the mean of nothing") {
  const Tensor w = tensor({0.5, 1.0, 2.0, 0.25, 3.0}), keep = mask();
  const Tensor losses = rows_of(each(logits(), indices(), {.class_weights = w}), keep);
  const double total = sum(losses).item<double>(), weights = sum(rows_of(gather(w, indices()), keep)).item<double>();
  const auto mean = [&](Denominator d) {
    return cross_entropy(logits(), indices(), {.denominator = d, .class_weights = w, .mask = keep}).item<double>();
  };
  CHECK(mean(Denominator::count) == doctest::Approx(total / static_cast<double>(losses.size())).epsilon(1e-13));
  CHECK(mean(Denominator::weights) == doctest::Approx(total / weights).epsilon(1e-13));
  CHECK(mean(Denominator::batch) == doctest::Approx(total / rows).epsilon(1e-13));
  const Tensor none = zeros({rows}, DType::boolean);
  CHECK(cross_entropy(logits(), indices(), {.mask = none}).item<double>() == 0);
  CHECK(std::isnan(cross_entropy(logits(), indices(), {.empty = EmptyMean::nan, .mask = none}).item<double>()));
  CHECK_THROWS_AS(cross_entropy(logits(), indices(), {.empty = EmptyMean::error, .mask = none}), Error);
}

TEST_CASE("f16 and bf16 are computed in f32 and rounded once") {
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = logits().to(half);
    CHECK(same_bits(cross_entropy(x, indices()), cross_entropy(x.to(DType::f32), indices()).to(half)));
    CHECK(cross_entropy(x, indices()).dtype() == half);
  }
}

TEST_CASE(
    "a mean's gradients into logits and probabilities have the same bits together, alone, and to be differentiated") {
  const auto equal = [](const Tensor& a, const Tensor& b) { return a.to_vector<double>() == b.to_vector<double>(); };
  Generator rng{11};
  for (const DType dtype : {DType::f32, DType::f64})
    for (const Shape& shape : {Shape{6, 5}, Shape{6, 40}, Shape{40, 6}})
      for (const std::int64_t axis : {0, 1}) {
        const Tensor logits = variable(randn(shape, rng).to(dtype));
        const Tensor labels = variable(softmax(randn(shape, rng).to(dtype), {.axis = axis}));
        const auto loss = [&] { return cross_entropy(logits, labels, {.axis = axis}); };
        const auto both = grad(loss(), {logits, labels}),
                   again = grad(loss(), {logits, labels}, {.create_graph = true});
        CHECK(equal(both[0], again[0]));
        CHECK(equal(both[1], again[1]));
        CHECK(equal(both[1], grad(loss(), {labels})[0]));
        CHECK(equal(both[1], grad(loss() * 1, {labels})[0]));
        const Tensor once = loss();  // with which both gradients are made
        CHECK(grad(once, {labels})[0].data() == grad(once, {labels})[0].data());
        // -scale*log p, which is label_gradient's own result
        const double scale = 1 / static_cast<double>(shape[1 - static_cast<int>(axis)]);
        CHECK(equal(both[1], -(log_softmax(stop_gradient(logits), {.axis = axis}) * scale)));
      }
}

TEST_CASE("details: log-sum-exp, probabilities, entropy, perplexity and top-k accuracy belong to the loss") {
  const CrossEntropyDetails d = cross_entropy_details(logits(), indices(), {}, {1, 2, classes});
  const Tensor p = softmax(logits());
  check_close(d.loss, cross_entropy(logits(), indices()));
  check_close(d.log_sum_exp, logsumexp(logits(), {.axes = {1}}));
  check_close(d.probabilities, p);
  check_close(d.entropy, -sum(p * log(p), {.axes = {1}}));
  check_close(d.perplexity, exp(d.loss));
  CHECK(d.top_k[0] == accuracy(logits(), indices()));
  CHECK(d.top_k[1] >= d.top_k[0]);
  CHECK(d.top_k[2] == 1);
  const Tensor tied = zeros({1, 3}, DType::f64);
  CHECK(cross_entropy_details(tied, tensor({1}), {}, {1, 2}).top_k == std::vector<double>{0, 1});
  const Tensor far = tensor({{2000.0, 0.0, 1000.0}});  // both others have p = 0
  CHECK(cross_entropy_details(far, tensor({2}), {}, {1, 2}).top_k == std::vector<double>{0, 1});
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor infinite = tensor({{infinity, 0.0, 1.0}});  // p is NaN; the order of the logits is not
  CHECK(cross_entropy_details(infinite, tensor({0}), {}, {1}).top_k[0] == accuracy(infinite, tensor({0})));
  CHECK(cross_entropy_details(infinite, tensor({1}), {}, {1, 2, 3}).top_k == std::vector<double>{0, 0, 1});
  CHECK(cross_entropy_details(tensor({{0.0, std::nan(""), 1.0}}), tensor({2}), {}, {1, 3}).top_k ==
        std::vector<double>{0, 0});
}

TEST_CASE("details of f16 and bf16 logits are f32's, rounded once") {
  for (const DType half : {DType::f16, DType::bf16}) {
    const Tensor x = logits().to(half);
    const CrossEntropyDetails got = cross_entropy_details(x, indices()),
                              want = cross_entropy_details(x.to(DType::f32), indices());
    for (const auto part :
         {&CrossEntropyDetails::loss, &CrossEntropyDetails::log_sum_exp, &CrossEntropyDetails::probabilities,
          &CrossEntropyDetails::entropy, &CrossEntropyDetails::perplexity}) {
      CHECK((got.*part).dtype() == half);
      CHECK(same_bits(got.*part, (want.*part).to(half)));
    }
    CHECK(got.top_k == want.top_k);
  }
}

TEST_CASE("linear_cross_entropy is cross_entropy of linear, with its gradients, whatever the options") {
  Generator rng{3};
  const Tensor h = variable(randn({rows, 3}, rng, DType::f64)), w = variable(randn({3, classes}, rng, DType::f64));
  const Tensor b = variable(randn({classes}, rng, DType::f64)), t = variable(probabilities());
  for (const CrossEntropyOptions& o :
       std::initializer_list<CrossEntropyOptions>{{},
                                                  {.reduction = Reduction::sum},
                                                  {.reduction = Reduction::none},
                                                  {.mask = mask()},
                                                  {.label_smoothing = 0.1, .z_loss = 0.1}}) {
    const Tensor chunked = sum(linear_cross_entropy(h, w, b, t, o)), whole = sum(cross_entropy(linear(h, w, b), t, o));
    check_close(chunked, whole);
    const auto a = grad(chunked, {h, w, b, t}), c = grad(whole, {h, w, b, t});
    for (std::size_t i = 0; i < a.size(); ++i) check_close(a[i], c[i], 1e-12);
  }
}

TEST_CASE("linear_cross_entropy adds up the weight's gradient chunk by chunk, in memory of two chunks beside it") {
  constexpr std::int64_t tokens = 90, features = 102, vocabulary = 2000,
                         chunk = features / 4;  // 25, 25, 25 and 15 rows
  Generator rng{3};
  const Tensor h = variable(randn({tokens, features}, rng, DType::f64) * 0.1),
               w = variable(randn({features, vocabulary}, rng, DType::f64)),
               b = variable(randn({vocabulary}, rng, DType::f64)),
               t = (uniform({tokens}, rng) * static_cast<double>(vocabulary)).to(DType::i64);
  for (const Tensor& left_out : {Tensor(), less(uniform({tokens}, rng), 0.7)}) {
    const CrossEntropyOptions o{.mask = left_out};
    memory::trim();
    memory::reset_peak();
    const auto before = memory::counts();
    const auto parts = grad(linear_cross_entropy(h, w, b, t, o), {h, w, b});
    const auto peak = static_cast<double>(memory::counts().peak_bytes - before.live_bytes) / 8;  // elements
    const double results = tokens * features + (features + 1) * vocabulary;
    CHECK(peak <= results + 3 * chunk * vocabulary + features * vocabulary / 4 + 3 * tokens * features + 16384);
    const auto whole = grad(cross_entropy(linear(h, w, b), t, o), {h, w, b});
    for (std::size_t i = 0; i < 3; ++i) check_close(parts[i], whole[i], 1e-12);
  }
}

TEST_CASE("linear_cross_entropy of f16 and bf16 is f32's, rounded once, gradients too") {
  Generator rng{3};
  const Tensor h = randn({rows, 3}, rng), w = randn({3, classes}, rng), b = randn({classes}, rng),
               t = probabilities().to(DType::f32);
  const Tensor by_class = uniform({classes}, rng), by_row = uniform({rows}, rng);
  for (const DType half : {DType::f16, DType::bf16})
    for (const Reduction reduction : {Reduction::mean, Reduction::none}) {
      Tensors given, wide;
      for (const Tensor& x : {h, w, b, t}) {
        given.push_back(variable(x.to(half)));
        wide.push_back(variable(x.to(half).to(DType::f32)));
      }
      const CrossEntropyOptions o{
          .reduction = reduction, .class_weights = by_class.to(half), .sample_weights = by_row.to(half)};
      CrossEntropyOptions o32 = o;
      o32.class_weights = o.class_weights.to(DType::f32);
      o32.sample_weights = o.sample_weights.to(DType::f32);
      const Tensor got = linear_cross_entropy(given[0], given[1], given[2], given[3], o);
      const Tensor want = linear_cross_entropy(wide[0], wide[1], wide[2], wide[3], o32);
      CHECK(got.dtype() == half);
      CHECK(same_bits(got, want.to(half)));
      const auto a = grad(got, given, {.seed = ones(got.shape(), half)}),
                 c = grad(want, wide, {.seed = ones(want.shape())});
      for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], c[i].to(half)));
    }
  CHECK_THROWS_WITH_AS(
      linear_cross_entropy(h.to(DType::bf16), w, indices()),
      "linear_cross_entropy: weight (f32 [3,5]) and hidden (bf16 [37,3]) are not of one dtype: cast one, as in "
      "hidden.to(DType::f32)",
      Error);
}

TEST_CASE(
    "linear_cross_entropy never holds its logits whole: memory beside inputs and gradients peaks below its formula") {
  constexpr std::int64_t tokens = 2048, features = 32, vocabulary = 4096;
  Generator rng{3};
  const Tensor h = variable(randn({tokens, features}, rng)), w = variable(randn({features, vocabulary}, rng));
  std::vector<int> y(tokens);
  for (int r = 0; r < tokens; ++r) y[static_cast<std::size_t>(r)] = r * 31 % static_cast<int>(vocabulary);
  const Tensor t = from_span(y, {tokens});
  const std::int64_t chunk = features * tokens / vocabulary;
  memory::trim();
  memory::reset_peak();
  const auto before = memory::counts();
  const auto gradients = grad(linear_cross_entropy(h, w, t), {h, w});
  const auto peak = static_cast<double>(memory::counts().peak_bytes - before.live_bytes) / 4;  // elements
  const double results = tokens * features + features * vocabulary;
  CHECK(peak <= results + 6 * chunk * vocabulary + 2 * features * vocabulary + tokens * features + 65536);
  CHECK(peak < 0.25 * tokens * vocabulary);  // of the logits alone
  MESSAGE("linear_cross_entropy: peak ", peak, " elements, the logits would be ", tokens * vocabulary);
}

}  // namespace logitape::tests
