// Training and evaluation are told apart by an argument: who may be called which way, what each way computes, and that
// evaluation changes nothing. Threads that share a model: tests/programs/predict_threads.cpp.
#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

// A const model is evaluated and cannot be trained; the argument is written out.
template <class M>
constexpr bool evaluates = std::is_invocable_r_v<Tensor, const M&, const Tensor&, InEvaluation>;
template <class M>
constexpr bool trains_when_const = std::is_invocable_v<const M&, const Tensor&>;
template <class M>
constexpr bool takes_braces = requires(const M& m, const Tensor& x) {
  m(x, {});
};
template <class... M>
constexpr bool differ = ((evaluates<M> && !trains_when_const<M> && !takes_braces<M>)&&...);
static_assert(differ<Dropout, BatchNorm, Sequential, ResidualBlock, AnyModule, Classifier>);
template <class... M>
constexpr bool alike = ((trains_when_const<M> && !evaluates<M>)&&...);
static_assert(alike<Linear, Conv2d, Relu, Gelu, Silu, Tanh, Sigmoid, Flatten, Unflatten, LayerNorm>);
static_assert(alike<MaxPool2d, AvgPool2d, GlobalAvgPool2d, Embedding, EmbeddingBag, NearestNeighbours>);
static_assert(requires(const Classifier& c, const Tensor& x, const Examples& e, const Table& t) {
  c.predict(x);
  c.predict(e);
  c.predict(t);
  c.save("");
  save_parameters("", c);
  header_text(c);
});

// The second of two calls that a module of one's own has.
struct Counter {
  Parameter calls{"calls", zeros({1})};
  Tensor operator()(const Tensor& x) {
    calls.value = calls.value + 1;
    return x * calls.value;
  }
  Tensor operator()(const Tensor& x, InEvaluation) const { return x; }
  void visit_buffers(const ParameterVisitor& show) { show(calls); }
};

std::vector<Sequential> models() {
  std::vector<Sequential> all = {{Unflatten{{6, 6, 1}}, Conv2d{1, 4, 3, {.padding = 1}}, BatchNorm{4}, Relu{},
                                  ResidualBlock{4, 6, 2}, Sequential{Dropout{0.3}, GlobalAvgPool2d{}}, Linear{6, 3}},
                                 {Dropout{0.5}, Linear{36, 8}, Relu{}, LayerNorm{8}, Counter{}, Linear{8, 3}},
                                 {Unflatten{{6, 6, 1}}, ResidualBlock{1, 3},
                                  Sequential{GlobalAvgPool2d{}, BatchNorm{3}, Sequential::of(Dropout{0.1})}},
                                 lenet(3, {6, 6, 1}),
                                 small_resnet(3, {6, 6, 1}, 4)};
  Generator rng{1};
  for (Sequential& m : all) m.initialise(rng);
  return all;
}

// Parameters and buffers, all of them.
std::string state_of(const ModelRef& model) {
  std::string bits;
  const ModelValues values = values_of(model);
  for (const Tensors& list : {values.parameters, values.buffers})
    for (const Tensor& t : list) {
      const auto bytes = static_cast<std::size_t>(t.size()) * byte_size(t.dtype());
      bits.append(static_cast<const char*>(t.data()), bytes);
    }
  return bits;
}

std::vector<float> numbers(const Tensor& x) { return x.to_vector<float>(); }

Dataset noise(std::int64_t rows) {
  Generator rng{2};
  std::vector<std::int64_t> labels;
  for (std::int64_t r = 0; r < rows; ++r) labels.push_back(r % 3);
  return {randn({rows, 36}, rng), from_span(labels, {rows})};
}

}  // namespace

TEST_CASE("evaluation gives the same bits again, and leaves parameters, running moments and generators as they are") {
  const Dataset rows = noise(12);
  for (Sequential& model : models()) {
    CAPTURE(model.modules().size());
    model(rows.inputs);
    const std::string before = state_of(model);
    const Sequential& fixed = model;
    const auto y = numbers(fixed(rows.inputs, evaluation));
    CHECK(numbers(fixed(rows.inputs, evaluation)) == y);
    CHECK(numbers(AnyModule(fixed)(rows.inputs, evaluation)) == y);
    CHECK(numbers(evaluated(fixed, rows.inputs)) == y);
    CHECK(numbers(ModelRef(model)(rows.inputs, evaluation)) == y);
    CHECK(numbers(outputs_of(fixed, rows.inputs)) == y);
    CHECK(numbers(evaluate(fixed, rows).outputs) == y);
    CHECK(state_of(model) == before);
  }
}

TEST_CASE("a training between whose steps the model is evaluated takes the steps of one that is not") {
  const Dataset rows = noise(12);
  std::vector<Sequential> watched = models(), alone = models();
  for (std::size_t m = 0; m < watched.size(); ++m) {
    CAPTURE(m);
    const TrainerOptions options{.epochs = 2, .batch_size = 4};
    Trainer seen{watched[m], AdamW{}, options}, unseen{alone[m], AdamW{}, options};
    int evaluations = 0;
    seen.on_batch([&](const BatchEnd&) { evaluations += evaluate(watched[m], rows).loss > 0; });
    CHECK(measured(seen.fit(rows)) == measured(unseen.fit(rows)));
    CHECK(evaluations == 6);
    CHECK(state_of(watched[m]) == state_of(alone[m]));
  }
}

TEST_CASE("in training and in evaluation a model computes what its formulas say, bit for bit") {
  Generator rng{5}, same{5};
  const Tensor x = noise(8).inputs;
  Dropout dropout{0.25};
  dropout.initialise(rng);
  Generator own = same.split();
  CHECK(numbers(dropout(x)) == numbers(logitape::dropout(x, 0.25, own)));
  CHECK(numbers(dropout(x)) == numbers(logitape::dropout(x, 0.25, own)));  // the next numbers of its generator
  CHECK(numbers(dropout(x, evaluation)) == numbers(x));

  BatchNorm norm{36, {.epsilon = 0.1}};
  norm.initialise(rng);
  const Tensor one = ones({36}), zero = zeros({36});
  CHECK(numbers(norm(x)) == numbers(normalise(x, {.axes = 0, .epsilon = 0.1}).y));
  const Tensors kept = values_of(norm).buffers;
  CHECK(numbers(norm(x, evaluation)) == numbers(batch_norm(x, kept[0], kept[1], one, zero, {.epsilon = 0.1})));
  CHECK(norm(slice(x, {0, 0}, {1, 36}), evaluation).shape() == Shape{1, 36});

  Linear a{36, 8}, b{8, 3};
  a.initialise(rng), b.initialise(rng);
  const Sequential model{norm, a, Relu{}, Dropout{0.5}, Sequential{Counter{}, b}};
  CHECK(numbers(model(x, evaluation)) == numbers(b(relu(a(norm(x, evaluation))))));
}

TEST_CASE("only the argument tells: without it a trained model drops, off the tape too") {
  const Dataset rows = clouds(60, 1);
  Sequential model = small_net(1, 0.5);
  Trainer{model, AdamW{}, {.epochs = 1}}.fit(rows, rows);
  const NoGrad guard;
  CHECK(numbers(model(rows.inputs)) != numbers(model(rows.inputs)));
  CHECK(numbers(model(rows.inputs, evaluation)) == numbers(model(rows.inputs, evaluation)));
}

TEST_CASE("evaluation is on the tape where nothing says otherwise") {
  const Dataset rows = noise(4);
  const Sequential model = models()[0];
  const Tensor x = variable(rows.inputs);
  const auto g = grad(cross_entropy(model(x, evaluation), rows.labels), {x});
  CHECK(numbers(sum(abs(g[0])))[0] > 0);
  CHECK_FALSE(outputs_of(model, x).requires_grad());
}

TEST_CASE("whatever maps a tensor to a tensor is evaluated, const, and with parameters or without") {
  const Dataset rows = clouds(30, 1);
  CHECK(evaluate(NearestNeighbours{rows, 1}, rows).accuracy == 1);
  CHECK(numbers(outputs_of(Relu{}, tensor({{-1.f, 2.f}}))) == std::vector<float>{0, 2});
  CHECK(numbers(outputs_of([](const Tensor& x) { return x * 2; }, tensor({{-1.f, 2.f}}))) == std::vector<float>{-2, 4});
  const Sequential model = small_net();
  const auto softly = [&](const Tensor& x) { return model(x, evaluation) / 2; };
  CHECK(numbers(outputs_of(softly, rows.inputs)) == numbers(outputs_of(model, rows.inputs) / 2));
}

}  // namespace logitape::tests
