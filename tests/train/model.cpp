// Modules: names, snapshots, first values, use before initialise(), dropout, and models with parts of one's own.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "logitape.h"

using namespace logitape;

namespace {

std::vector<std::string> names(const Sequential& model) {
  std::vector<std::string> all;
  for (const Parameter& p : model.named_parameters()) all.push_back(p.name);
  return all;
}

struct Moments {
  double mean = 0, variance = 0, low = 0, high = 0;
};

Moments moments(const Tensor& t) {
  Moments m;
  const auto values = t.to_vector<double>();
  for (const double v : values) m.mean += v / static_cast<double>(values.size());
  for (const double v : values) {
    m.variance += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
    m.low = std::min(m.low, v);
    m.high = std::max(m.high, v);
  }
  return m;
}

// x + b(relu(a(x))): a module with parameters that knows nothing of the library's own modules.
struct Residual {
  Linear a, b;
  explicit Residual(std::int64_t width) : a(named("a", Linear{width, width})), b(named("b", Linear{width, width})) {}
  Tensor operator()(const Tensor& x) const { return x + b(relu(a(x))); }
  void visit(const ParameterVisitor& show) { a.visit(show), b.visit(show); }
  void initialise(Generator& rng) { a.initialise(rng), b.initialise(rng); }
};

}  // namespace

// one module goes through Sequential::of: braces around one would mean a copy or a model, by compiler
static_assert(!std::is_constructible_v<Sequential, Linear> && !std::is_constructible_v<Sequential, int, Linear>);

TEST_CASE("parameters are named by position, nested models included") {
  Generator rng{1};
  Sequential model{Linear{2, 3}, Relu{}, Linear{3, 4, {.bias = false}},
                   Sequential{Linear{4, 4}, Tanh{}, Sequential::of(Linear{4, 2})}};
  model.initialise(rng);
  CHECK(names(model) == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "3.0.weight", "3.0.bias",
                                                 "3.2.0.weight", "3.2.0.bias"});
  CHECK(model.parameters().size() == 7);
  CHECK(model.parameters()[2].shape() == Shape{3, 4});
}

TEST_CASE("a model used before initialise says which parameter is missing") {
  Sequential model{Linear{2, 3}, Relu{}, Linear{3, 4}};
  CHECK_THROWS_WITH_AS(model(ones({1, 2})),
                       "Linear (layer 0 of Sequential, Linear{2, 3}): parameter \"0.weight\" is not initialised: call "
                       "initialise(rng) first",
                       Error);
  CHECK_THROWS_WITH_AS(model.parameters(),
                       "Sequential: parameter \"0.weight\" is not initialised: call initialise(rng) first", Error);
  CHECK_THROWS_WITH_AS(Dropout{0.5}(ones({2})), "Dropout: it has no generator in training: call initialise(rng) first",
                       Error);
}

TEST_CASE("a layer that refuses its input is named, by its path in nested models, and the error's op and code stay") {
  Generator rng{1};
  const auto refusal = [&](Sequential model, const Tensor& x) -> Error {
    model.initialise(rng);
    try {
      model(x);
    } catch (const Error& e) {
      return e;
    }
    return {ErrorCode::io, "none", "no error was thrown"};
  };
  const Error flat = refusal({Linear{8, 32}, Relu{}, Linear{64, 10}}, ones({4, 8}));
  CHECK(std::string(flat.what()) ==
        "linear (layer 2 of Sequential, Linear{64, 10}): x [4,32] and weight [64,10] do not meet: 32 is not 64");
  CHECK(flat.op() == "linear");
  CHECK(flat.code() == ErrorCode::invalid_argument);
  const Error fused = refusal({Linear{3, 2}, Relu{}}, ones({4, 8}));
  CHECK(std::string(fused.what()) ==
        "linear (layer 0 of Sequential, Linear{3, 2}): x [4,8] and weight [3,2] do not meet: 8 is not 3");
  const Error nested = refusal({Relu{}, Sequential{Tanh{}, Sequential::of(Linear{5, 2})}}, ones({1, 4}));
  CHECK(std::string(nested.what()) ==
        "linear (layer 1.1.0 of Sequential, Linear{5, 2}): x [1,4] and weight [5,2] do not meet: 4 is not 5");
  CHECK(std::string(refusal({Tanh{}, Relu{}}, arange(2)).what())
            .starts_with("tanh (layer 0 of Sequential, Tanh): arithmetic takes"));
  CHECK(std::string(refusal({Relu{}, Residual{3}}, ones({1, 4})).what())
            .starts_with("linear (layer 1 of Sequential, Residual): x [1,4]"));
  const auto lambda = [](const Tensor& x) { return reshape(x, {7}); };
  CHECK(std::string(refusal({Relu{}, lambda}, ones({4})).what())
            .starts_with("reshape (layer 1 of Sequential, a lambda): "));
}

TEST_CASE("a layer that finds no memory is not blamed for it") {
  Generator rng{1};
  Sequential model{Linear{2, 3}, Tanh{}};
  model.initialise(rng);
  const Tensor x = ones({1, 2});
  memory::fail_request(1);
  try {
    model(x);
    FAIL("no error was thrown");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::out_of_memory);
    CHECK(std::string(e.what()).starts_with("allocate: "));
  }
  memory::fail_request(0);
}

TEST_CASE("a copy is a snapshot: training one leaves the other alone") {
  Generator rng{1};
  Sequential model{Linear{2, 3}, Relu{}, Linear{3, 2}};
  model.initialise(rng);
  Sequential copy = model;
  const Tensor x = randn({4, 2}, rng);
  const auto before = copy(x).to_vector<float>();
  SGD sgd{{.learning_rate = 1}};
  sgd.step(model, grad(sum(model(x)), model.parameters()));
  CHECK(copy(x).to_vector<float>() == before);
  CHECK(model(x).to_vector<float>() != before);
}

TEST_CASE("initialise is repeatable by seed, and changes nothing when it fails") {
  const Sequential blank{Linear{8, 8}, Dropout{0.5}, Linear{8, 8}};
  Generator first{5}, second{5};
  Sequential a = blank, b = blank;
  a.initialise(first);
  b.initialise(second);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(a.parameters()[i].to_vector<float>() == b.parameters()[i].to_vector<float>());

  const auto before = a.parameters()[0].to_vector<float>();
  const auto position = first.position();
  memory::fail_request(8);  // inside the first or the second Linear
  CHECK_THROWS_AS(a.initialise(first), Error);
  memory::fail_request(0);
  CHECK(a.parameters()[0].to_vector<float>() == before);
  CHECK(first.position() == position);
}

TEST_CASE("initialisers have the bounds and the variance of their formulas") {
  Generator rng{11};
  const Shape shape = {400, 100};
  // 40,000 draws: the mean is within 5 standard errors of 0, the variance within 5% of its own value
  const auto check = [](const Tensor& t, double variance) {
    const Moments m = moments(t);
    CHECK(std::abs(m.mean) < 5 * std::sqrt(variance / 40000));
    CHECK(m.variance == doctest::Approx(variance).epsilon(0.05));
  };
  check(kaiming_uniform(shape, rng), 2.0 / 400);
  check(kaiming_normal(shape, rng), 2.0 / 400);
  check(xavier_uniform(shape, rng), 2.0 / 500);
  check(xavier_normal(shape, rng), 2.0 / 500);
  const Moments kaiming = moments(kaiming_uniform(shape, rng, DType::f64)),
                xavier = moments(xavier_uniform(shape, rng, DType::f64));
  const double kaiming_bound = std::sqrt(6.0 / 400), xavier_bound = std::sqrt(6.0 / 500);
  CHECK((kaiming.low >= -kaiming_bound && kaiming.low < -0.99 * kaiming_bound && kaiming.high <= kaiming_bound &&
         kaiming.high > 0.99 * kaiming_bound));
  CHECK((xavier.low >= -xavier_bound && xavier.low < -0.99 * xavier_bound && xavier.high <= xavier_bound &&
         xavier.high > 0.99 * xavier_bound));
  CHECK_THROWS_WITH_AS(kaiming_uniform({3}, rng),
                       "kaiming_uniform: the weight is [3]; rank 2 or more, without extents of 0, is needed", Error);
}

TEST_CASE("a Linear takes another initialiser, f64, and no bias") {
  Generator rng{2};
  Linear linear{2,
                3,
                {.bias = false,
                 .weight = [](const Shape& s, Generator&, DType d) { return full(s, 2, d); },
                 .dtype = DType::f64}};
  linear.initialise(rng);
  CHECK(linear(tensor({{1.0, 10.0}})).to_vector<double>() == std::vector<double>{22, 22, 22});
  CHECK_THROWS_WITH_AS((Linear{0, 3}), "Linear: in is 0, out is 3; both need at least 1", Error);
  CHECK_THROWS_WITH_AS((Linear{1, 3, {.dtype = DType::i32}}), "Linear: dtype i32 is asked for; f32 or f64 is needed",
                       Error);
  Linear wrong{2, 3, {.weight = [](const Shape&, Generator&, DType d) { return zeros({3, 2}, d); }}};
  CHECK_THROWS_WITH_AS(wrong.initialise(rng),
                       "Linear: the initialiser of \"weight\" returned f32 [3,2]; f32 [2,3] is needed", Error);
}

TEST_CASE("a Linear fused with its Relu gives the same bits as the two apart, gradients included") {
  Generator rng{4};
  Sequential fused{Linear{7, 9}, Relu{}, Linear{9, 3}};
  fused.initialise(rng);
  int calls = 0;
  Sequential apart{Linear{7, 9}, [&calls](const Tensor& x) { return ++calls, relu(x); },
                   Linear{9, 3}};  // a lambda is a module
  Generator same{4};
  apart.initialise(same);
  const Tensor x = randn({5, 7}, rng);
  CHECK(fused(x).to_vector<float>() == apart(x).to_vector<float>());
  CHECK(calls == 1);
  const auto a = grad(sum(fused(x)), fused.parameters()), b = grad(sum(apart(x)), apart.parameters());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i].to_vector<float>() == b[i].to_vector<float>());
}

TEST_CASE("dropout drops in training only, scales what it keeps, and repeats by seed") {
  Generator rng{9};
  Sequential model{Dropout{0.25}, Flatten{}};
  model.initialise(rng);
  const Tensor x = ones({100, 100});
  Sequential twin = model;
  const auto y = model(x).to_vector<float>();
  CHECK(twin(x).to_vector<float>() == y);
  CHECK(model(x).to_vector<float>() != y);  // other elements in the next pass
  std::int64_t dropped = 0;
  for (const float v : y) {
    CHECK((v == 0.f || v == 1.f / 0.75f));
    dropped += v == 0.f;
  }
  CHECK(std::abs(static_cast<double>(dropped) - 2500) < 5 * std::sqrt(10000 * 0.25 * 0.75));  // 5 standard deviations
  CHECK(model(x, evaluation).to_vector<float>() == x.to_vector<float>());
  CHECK_THROWS_WITH_AS(Dropout{1}, "Dropout: rate 1 is outside [0, 1)", Error);
}

TEST_CASE("a module of one's own trains like the library's") {
  Generator rng{6};
  Sequential model{Linear{3, 4}, Residual{4}, Gelu{}, Linear{4, 2}};
  model.initialise(rng);
  CHECK(names(model)[2] == "1.a.weight");
  CHECK(names(model)[5] == "1.b.bias");
  const Tensor x = randn({8, 3}, rng), labels = tensor({0, 1, 0, 1, 0, 1, 0, 1});
  const auto loss = [&] { return cross_entropy(model(x), labels); };
  const double before = loss().item<double>();
  AdamW adam{{.learning_rate = 0.02}};
  for (int k = 0; k < 20; ++k) adam.step(model, grad(loss(), model.parameters()));
  CHECK(loss().item<double>() < 0.8 * before);
}

TEST_CASE("a hand-written model trains without a loop over its parameters") {
  Generator rng{6};
  Residual model{3};
  CHECK_THROWS_WITH_AS(parameters(model),
                       "parameters: parameter \"a.weight\" is not initialised: call initialise(rng) first", Error);
  model.initialise(rng);
  const Tensor x = randn({8, 3}, rng), labels = tensor({0, 1, 0, 1, 0, 1, 0, 1});
  const auto loss = [&] { return cross_entropy(model(x), labels); };
  const double before = loss().item<double>();
  SGD sgd{{.learning_rate = 0.1}};
  for (int k = 0; k < 20; ++k) sgd.step(model, grad(loss(), parameters(model)));
  CHECK(loss().item<double>() < 0.8 * before);
  CHECK(parameters(model).size() == 4);
  const Sequential whole{model, Relu{}};
  CHECK(parameters(whole).size() == whole.parameters().size());
  CHECK(parameters(whole)[3].data() == whole.parameters()[3].data());
}

TEST_CASE("Flatten keeps the batch axis, of zero rows too") {
  CHECK(Flatten{}(ones({2, 3, 4})).shape() == Shape{2, 12});
  CHECK(Flatten{}(ones({0, 3, 4})).shape() == Shape{0, 12});
  CHECK(Flatten{}(ones({2})).shape() == Shape{2, 1});
  CHECK_THROWS_WITH_AS(Flatten{}(tensor(1.f)), "Flatten: x is f32 []; rank 1 or more is needed", Error);
}
