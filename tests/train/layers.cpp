// Layers of images, normalisation and embedding: against loops and formulas, their buffers, and models of them that
// learn.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/support/temporary_folder.h"

using namespace logitape;

namespace {

template <class M>
std::vector<std::string> names(M& model, bool buffers) {
  std::vector<std::string> all;
  const ParameterVisitor show = [&](Parameter& p) { all.push_back(p.name); };
  if (buffers) model.visit_buffers(show);
  else model.visit(show);
  return all;
}

std::vector<double> buffer(BatchNorm& norm, int which) {
  std::vector<std::vector<double>> all;
  norm.visit_buffers([&](Parameter& p) { all.push_back(p.value.to_vector<double>()); });
  return all[static_cast<std::size_t>(which)];
}

// The loss before and after some steps on the same examples of the digits.
struct Losses {
  double before, after;
};
Losses after_steps(Sequential model, int steps) {
  const Dataset digits = dataset_of(load_examples(LOGITAPE_SOURCE_DIR "/examples/data/digits.csv"));
  const Tensor x = slice(digits.inputs, {0, 0}, {64, -1}) / 16, labels = slice(digits.labels, {0}, {64});
  Generator rng{3};
  model.initialise(rng);
  AdamW adam{{.learning_rate = 3e-3}};
  Losses progress{};
  for (int step = 0; step <= steps; ++step) {
    const Tensor loss = cross_entropy(model(x), labels);
    (step == 0 ? progress.before : progress.after) = loss.item<double>();
    adam.step(model, grad(loss, model.parameters()));
  }
  return progress;
}

}  // namespace

TEST_CASE("a Conv2d is a Linear of what its window sees, and one with a Relu behind it has the same bits in one pass") {
  Generator rng{5};
  Conv2d conv{2, 3, {2, 2}};
  conv.initialise(rng);
  Parameters boxes = parameters_of(conv);
  const Tensor x = randn({1, 3, 2, 2}, rng);
  const Tensor rows =
      stack({reshape(slice(x, {0, 0, 0, 0}, {1, 2, 2, 2}), {8}), reshape(slice(x, {0, 1, 0, 0}, {1, 2, 2, 2}), {8})});
  const Tensor want = linear(rows, reshape(boxes[0]->value, {8, 3}), boxes[1]->value);
  CHECK(conv(x).to_vector<float>() == want.to_vector<float>());
  CHECK(Sequential{conv, Relu{}}(x).to_vector<float>() == relu(want).to_vector<float>());
}

TEST_CASE("the gradient of a largest element goes to the first of equals, and to a NaN") {
  const Tensor x = variable(reshape(tensor({1.f, 2.f, 2.f, 0.f, 2.f, 2.f, 0.f, 0.f, NAN}), {1, 3, 3, 1}));
  const Tensor y = max_pool2d(x, {.size = 2, .stride = 1});
  CHECK(slice(reshape(y, {4}), {0}, {3}).to_vector<float>() == std::vector<float>{2, 2, 2});
  CHECK(std::isnan(reshape(y, {4}).to_vector<float>()[3]));
  CHECK(grad(sum(y), {x})[0].to_vector<float>() == std::vector<float>{0, 2, 0, 0, 1, 0, 0, 0, 1});
}

TEST_CASE("an average counts padding as zeros, and every element in each window that sees it") {
  const Tensor x = variable(reshape(tensor({1., 2., 3., 4.}), {1, 2, 2, 1}));
  const Tensor y = avg_pool2d(x, {.size = 2, .stride = 1, .padding = 1});
  CHECK(y.to_vector<double>() == std::vector<double>{0.25, 0.75, 0.5, 1, 2.5, 1.5, 0.75, 1.75, 1});
  CHECK(grad(sum(y), {x})[0].to_vector<double>() == std::vector<double>{1, 1, 1, 1});
}

TEST_CASE("a BatchNorm in training uses the batch's own moments and remembers them, in evaluation those it remembers") {
  Generator rng{1};
  BatchNorm norm{2, {.momentum = 0.25, .epsilon = 1, .dtype = DType::f64}};
  norm.initialise(rng);
  const Tensor x = tensor({{0., 10.}, {4., 10.}});  // means 2 and 10, variances 4 and 0, unbiased 8 and 0
  const double one = 2 / std::sqrt(5.0);
  CHECK(norm(x).to_vector<double>()[0] == doctest::Approx(-one).epsilon(1e-15));
  CHECK(norm(x).to_vector<double>()[2] == doctest::Approx(one).epsilon(1e-15));
  // twice: m = 0.75*(0.75*0 + 0.25*b) + 0.25*b = 0.4375*b; the variance began as 1, of which 0.5625 is left
  CHECK(buffer(norm, 0) == std::vector<double>{0.875, 4.375});
  CHECK(buffer(norm, 1) == std::vector<double>{0.5625 + 3.5, 0.5625});
  const Tensor y = norm(x, evaluation);
  CHECK(y.to_vector<double>()[2] == doctest::Approx((4 - 0.875) / std::sqrt(5.0625)).epsilon(1e-15));
  CHECK(buffer(norm, 0) == std::vector<double>{0.875, 4.375});
}

TEST_CASE("a BatchNorm of images has a mean a channel, and no gradient flows into what it remembers") {
  Generator rng{1};
  BatchNorm norm{3};
  norm.initialise(rng);
  const Tensor x = randn({2, 4, 5, 3}, rng) * 3 + 1;
  const Tensor y = norm(x);
  for (const double m : mean(y, {.axes = {0, 1, 2}}).to_vector<double>()) CHECK(std::abs(m) < 1e-6);  // f32 near 0
  CHECK(names(norm, false) == std::vector<std::string>{"weight", "bias"});
  CHECK(names(norm, true) == std::vector<std::string>{"running_mean", "running_variance"});
  norm.visit_buffers([](Parameter& p) { CHECK_FALSE(p.value.requires_grad()); });
}

TEST_CASE("running moments are saved with the parameters, come back, and are no optimiser's") {
  const tests::TemporaryFolder folder;
  const std::string file = folder / "weights.safetensors";
  Generator rng{2};
  Sequential model{Linear{4, 3}, BatchNorm{3}, Relu{}, Linear{3, 2}};
  model.initialise(rng);
  const Tensor x = randn({8, 4}, rng);
  CHECK(model.parameters().size() == 6);
  AdamW adam;
  adam.step(model, grad(sum(model(x)), model.parameters()));
  save_parameters(file, model);

  Sequential other{Linear{4, 3}, BatchNorm{3}, Relu{}, Linear{3, 2}};
  other.initialise(rng);
  load_parameters(file, other);
  CHECK(other(x, evaluation).to_vector<float>() == model(x, evaluation).to_vector<float>());
  CHECK(names(other, true) == std::vector<std::string>{"1.running_mean", "1.running_variance"});
  other.visit_buffers([](Parameter& p) { CHECK_FALSE(p.value.requires_grad()); });
}

TEST_CASE("an EmbeddingBag is the mean of its rows, padding apart; its table's gradient adds up what was used twice") {
  const Tensor table = variable(tensor({{1., 2.}, {3., 4.}, {5., 6.}}));
  const Tensor indices = tensor({{0, 2, -1}, {1, 1, 1}, {-1, -1, -1}});
  const Tensor y = embedding_bag(table, indices);
  CHECK(y.to_vector<double>() == std::vector<double>{3, 4, 3, 4, 0, 0});
  CHECK(grad(sum(y), {table})[0].to_vector<double>() == std::vector<double>{0.5, 0.5, 1, 1, 0.5, 0.5});
  CHECK(embedding_bag(table, indices, {.mean = false}).to_vector<double>() == std::vector<double>{6, 8, 9, 12, 0, 0});
  const Tensor ragged = embedding_bag(table, tensor({0, 2, 1, 1, 1}), tensor({0, 0, 1, 1, 1}), 3);
  CHECK(ragged.to_vector<double>() == y.to_vector<double>());
}

TEST_CASE("a classifier of bags of words learns which words belong to which class") {
  // words 0 to 4 are of class 0, 5 to 9 of class 1
  const Tensor x = tensor({{0, 1, 2, -1}, {3, 4, -1, -1}, {5, 6, 7, 8}, {9, 5, -1, -1}}), labels = tensor({0, 0, 1, 1});
  Generator rng{4};
  Sequential model{EmbeddingBag{10, 8}, Linear{8, 2}};
  model.initialise(rng);
  AdamW adam{{.learning_rate = 0.05}};
  for (int step = 0; step < 60; ++step) adam.step(model, grad(cross_entropy(model(x), labels), model.parameters()));
  CHECK(accuracy(model(x), labels) == 1);
  CHECK(accuracy(model(tensor({{4, 0, 2, 1}, {8, 9, 7, -1}})), tensor({0, 1})) == 1);
}

TEST_CASE("LeNet and a small residual network learn: some steps lower the loss of digits tenfold") {
  for (const Losses& p : {after_steps(lenet(10, {8, 8, 1}), 60), after_steps(small_resnet(10, {8, 8, 1}, 8), 25)}) {
    MESSAGE("loss ", p.before, " before, ", p.after, " after");
    CHECK(p.after < p.before / 10);
  }
}

TEST_CASE(
    "a residual network names its parts, leaves out the shortcut that is not needed, and is a snapshot when copied") {
  Generator rng{4};
  ResidualBlock same{4, 4}, wider{4, 8, 2};
  CHECK(names(same, false) == std::vector<std::string>{"conv1.weight", "norm1.weight", "norm1.bias", "conv2.weight",
                                                       "norm2.weight", "norm2.bias"});
  CHECK(names(wider, false).size() == 9);
  CHECK(names(wider, true).size() == 6);
  CHECK(names(wider, true).back() == "shortcut_norm.running_variance");
  Sequential model = small_resnet(3, {8, 8, 1}, 4);
  model.initialise(rng);
  const Tensor x = randn({4, 64}, rng);
  Sequential copy = model;
  model(x);
  model(x);
  copy(x);
  // it remembers another running mean
  CHECK(model(x, evaluation).to_vector<float>() != copy(x, evaluation).to_vector<float>());
}
