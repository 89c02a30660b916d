// A number that is not finite stops the run with a sentence that says where it came from, at the last good step.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// x with one element replaced.
Tensor with(const Tensor& x, std::size_t at, float value) {
  auto values = x.to_vector<float>();
  values[at] = value;
  return from_span(values, x.shape());
}

// The sentence that fit stops with; the weights have to be those after `steps` steps.
std::string stopped(const AnyModule& start, const AnyOptimiser& optimiser, const Dataset& rows, TrainerOptions options,
                    int steps = 0) {
  AnyModule model = start, twin = start;
  options.batch_size = 16;
  if (steps > 0) {
    Trainer reference{twin, optimiser, options};
    reference.on_batch([&](const BatchEnd& b) {
      if (b.step == steps) reference.stop();
    });
    reference.fit(rows);
  }
  Trainer trainer{model, optimiser, options};
  try {
    trainer.fit(rows);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::out_of_range);
    CHECK(bits_of(model) == bits_of(twin));
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a NaN among the inputs is named by its row and column in the whole set") {
  Dataset rows = clouds(16, 1);
  rows.inputs = with(rows.inputs, 30, nan);
  CHECK(stopped(small_net(), SGD{}, rows, {}) ==
        "Trainer: the loss is nan in epoch 1, step 1: the inputs have nan at row 7, column 2 of the set; the "
        "parameters are those before "
        "the step");
}

TEST_CASE("a parameter that was bad from the beginning is named") {
  Sequential model = small_net();
  model.visit([&](Parameter& p) {
    if (p.name == "3.bias") p.value = variable(with(p.value, 1, std::numeric_limits<float>::infinity()));
  });
  CHECK(stopped(model, SGD{}, clouds(16, 1), {})
            .find("step 1: parameter \"3.bias\" has inf at element 1; the parameters") != std::string::npos);
}

TEST_CASE("the layer whose output first is not finite is named, the good steps before it stay") {
  struct Overflow {  // in its third pass alone: to find the layer, that pass has to begin again
    Parameter passes{"passes", tensor(0.f)};
    Tensor operator()(const Tensor& x) {
      passes.value = passes.value + 1;
      return passes.value.item<int>() == 3 ? x * 1e30 * 1e30 : x;
    }
    Tensor operator()(const Tensor& x, InEvaluation) const { return x; }
    void visit_buffers(const ParameterVisitor& show) { show(passes); }
    std::string str() const { return "Overflow"; }
  };
  Sequential model{Linear{4, 8}, Tanh{}, Overflow{}, Linear{8, 3}};
  Generator rng{1};
  model.initialise(rng);
  Sequential kept = model;
  Trainer trainer{model, SGD{{.learning_rate = 0.1}}, {.batch_size = 16}};
  std::string after_two;
  trainer.on_batch([&](const BatchEnd& b) {
    if (b.step == 2) after_two = bits_of(model);
  });
  try {
    trainer.fit(clouds(64, 1));
    FAIL("no error");
  } catch (const Error& e) {
    const std::string what = e.what();
    CHECK(what.starts_with("Trainer: the loss is "));
    CHECK(what.find("in epoch 1, step 3: layer 2 of Sequential, Overflow, put out ") != std::string::npos);
    CHECK(what.find(" at row 0, column 0 of the batch") != std::string::npos);
  }
  CHECK(bits_of(model) == after_two);
  CHECK(bits_of(kept) != after_two);
}

TEST_CASE("a gradient that is not finite is named by its parameter, though the loss was finite") {
  const auto root = [](const Tensor& logits, const Tensor&) {
    return sum(sqrt(logits * 0));
  };  // 0, of slope 0 times infinity
  const std::string what = stopped(small_net(), SGD{}, clouds(16, 1), {.loss = root});
  CHECK(what ==
        "Trainer: the loss is 0 in epoch 1, step 1: the gradient of parameter \"0.weight\" has nan at row 0, column 0; "
        "the "
        "parameters are those before the step");
}

TEST_CASE("a step that overflows is undone, and the learning rate is suspected") {
  const std::string what = stopped(
      small_net(), SGD{{.learning_rate = 3e38}}, clouds(64, 1),
      {.loss = [](const Tensor& logits, const Tensor& labels) { return cross_entropy(logits, labels) * 1000; }});
  CHECK(what.find("in epoch 1, step 1: the step gave parameter \"0.weight\" ") != std::string::npos);
  CHECK(what.find("of finite gradients: a smaller learning rate may help") != std::string::npos);
}

TEST_CASE("dropout and the optimiser stand where they stood before the step that failed") {
  Dataset rows = clouds(64, 1);
  rows.inputs = with(rows.inputs, 160, nan);
  Sequential model = small_net();
  Trainer trainer{model, AdamW{}, {.epochs = 3, .batch_size = 16}};
  CHECK_THROWS_AS(trainer.fit(rows), Error);
  Sequential twin = small_net();
  Trainer whole{twin, AdamW{}, {.epochs = 3, .batch_size = 16}};
  whole.fit(clouds(64, 1));
  trainer.fit(clouds(64, 1));  // the same rows, mended: it goes on with the step that failed
  CHECK(bits_of(model) == bits_of(twin));
}

TEST_CASE("an optimiser that has stepped on a bad gradient forgets it with the step") {
  int calls = 0;
  const auto bad_once = [&](const Tensor& logits, const Tensor& labels) {
    const Tensor loss = cross_entropy(logits, labels);
    return ++calls == 3 ? loss + sum(sqrt(logits * 0)) : loss;
  };
  Sequential model = small_net(), twin = small_net();
  Trainer trainer{model, AdamW{}, {.batch_size = 16, .loss = bad_once, .average_decay = 0.9}};
  CHECK_THROWS_AS(trainer.fit(clouds(64, 1)), Error);
  trainer.fit(clouds(64, 1));
  Trainer whole{twin, AdamW{}, {.batch_size = 16, .average_decay = 0.9}};
  whole.fit(clouds(64, 1));
  CHECK(bits_of(model) == bits_of(twin));
}

TEST_CASE("a loss of what is held out that is not finite stops the run too") {
  Dataset held_out = clouds(16, 2);
  held_out.inputs = with(held_out.inputs, 5, nan);
  Sequential model = small_net();
  Trainer trainer{model, SGD{}, {}};
  CHECK_THROWS_WITH_AS(
      trainer.fit(clouds(32, 1), held_out),
      "Trainer: the loss of what is held out is nan after epoch 1: the inputs have nan at row 1, column 1 of the set",
      Error);
}

}  // namespace logitape::tests
