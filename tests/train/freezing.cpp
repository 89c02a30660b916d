// Some parameters are trained, the others keep every bit: in a loop of one's own and in Trainer.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

std::vector<std::string> names_of(const Parameters& boxes) {
  std::vector<std::string> names;
  for (const Parameter* p : boxes) names.push_back(p->name);
  return names;
}

// The bytes of the parameters that are meant.
std::string bits_of(Sequential& model, const WhichParameters& which) {
  std::string bits;
  for (const Parameter* p : train_only(model, which)) {
    const std::vector<float> values = p->value.to_vector<float>();
    bits.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  return bits;
}

// Passes on what it gets, and notes whether the tape follows it in training.
struct Probe {
  bool* followed;
  Tensor operator()(const Tensor& x) {
    *followed = x.requires_grad();
    return x;
  }
  Tensor operator()(const Tensor& x, InEvaluation) const { return x; }
};

}  // namespace

TEST_CASE("train_only gives the parameters that are meant, in the model's order") {
  Sequential model = small_net();
  CHECK(names_of(train_only(model, {"3.*", "0.bias"})) == std::vector<std::string>{"0.bias", "3.weight", "3.bias"});
  CHECK(names_of(train_only(model, only_matrices)) == std::vector<std::string>{"0.weight", "3.weight"});
  CHECK(names_of(train_only(model, {})).size() == 4);
  const ModelRef view = model;
  CHECK(names_of(train_only(view, "*.bias")).size() == 2);
  CHECK(values_of(train_only(model, "3.bias"))[0].shape() == Shape{3});
}

TEST_CASE("a pattern that fits nothing and a predicate that is true of nothing name what there is") {
  Sequential model = small_net();
  const std::string names = "0.weight, 0.bias, 3.weight, 3.bias";
  CHECK_THROWS_WITH_AS(train_only(model, "head.*"),
                       ("train_only: \"head.*\" fits none of the parameters: " + names).c_str(), Error);
  CHECK_THROWS_WITH_AS(train_only(model, {"3.*", "4.*"}),
                       ("train_only: \"4.*\" fits none of the parameters: " + names).c_str(), Error);
  CHECK_THROWS_WITH_AS(train_only(model, [](const Parameter&) { return false; }),
                       ("train_only: \"a function\" is true of none of the parameters: " + names).c_str(), Error);
  CHECK_THROWS_WITH_AS((Trainer{model, AdamW{}, {.train_only = "2.*"}}),
                       ("Trainer: train_only \"2.*\" fits none of the parameters: " + names).c_str(), Error);
  CHECK_THROWS_WITH_AS(find_learning_rate(model, AdamW{}, clouds(30, 1), {.train_only = "2.*"}),
                       ("find_learning_rate: train_only \"2.*\" fits none of the parameters: " + names).c_str(), Error);
}

TEST_CASE("in a loop of one's own the others keep their bits, and the optimiser remembers nothing of them") {
  Sequential model = small_net();
  const std::string frozen = bits_of(model, "0.*"), head = bits_of(model, "3.*");
  const Dataset rows = clouds(30, 1);
  AdamW adam{{.weight_decay = 0.5}};
  const Parameters trained = train_only(model, "3.*");
  for (int k = 0; k < 5; ++k)
    adam.step(trained, grad(cross_entropy(model(rows.inputs), rows.labels), values_of(trained)));
  CHECK(bits_of(model, "0.*") == frozen);
  CHECK(bits_of(model, "3.*") != head);
  REQUIRE(adam.state().tensors.size() == 4);
  CHECK(adam.state().tensors[0].name == "first_moment/3.weight");
  CHECK_THROWS_AS(adam.step(model, grad(sum(model(rows.inputs)), model.parameters())), Error);  // of all: another model
  CHECK(bits_of(model, "0.*") == frozen);
}

TEST_CASE("Trainer trains the last layer as it would alone, on what the frozen layers put out, bit for bit") {
  Sequential model = small_net(1, 0.0);
  const auto [weight, bias] = std::pair{model.parameters()[2], model.parameters()[3]};
  const Dataset rows = clouds(58, 1);
  const Tensor features = stop_gradient(relu(linear(rows.inputs, model.parameters()[0], model.parameters()[1])));
  Sequential alone = Sequential::of(Linear{8, 3});
  const Parameters boxes = parameters_of(alone);
  boxes[0]->value = weight;
  boxes[1]->value = bias;
  const TrainerOptions options{.epochs = 3, .batch_size = 15, .clip = {.norm = 0.5}};
  TrainerOptions last = options;
  last.train_only = "3.*";
  Trainer{model, AdamW{}, last}.fit(rows);
  Trainer{alone, AdamW{}, options}.fit({features, rows.labels});
  CHECK(bits_of(model, "3.*") == bits_of(alone, "*"));
}

TEST_CASE(
    "with all that Trainer has switched on, frozen parameters keep their bits, also in the average and the best") {
  Sequential model = small_net();
  const std::string frozen = bits_of(model, {"0.weight", "3.bias"}), before = bits_of(model, {"0.bias", "3.weight"});
  const Dataset rows = clouds(58, 1), held_out = clouds(30, 2);
  const TrainerOptions options{.epochs = 4,
                               .batch_size = 15,
                               .label_smoothing = 0.1,
                               .mixup = 0.3,
                               .mixed_precision = true,
                               .train_only = {"0.bias", "3.weight"},
                               .clip = {.norm = 1, .value = 0.5},
                               .average_decay = 0.9};
  Trainer trainer{model, AdamW{{.learning_rate = 0.05, .weight_decay = 0.5}}, options};
  trainer.on_batch([&](const BatchEnd&) {
    CHECK(bits_of(model, {"0.weight", "3.bias"}) == frozen);
    for (const Tensor& p : model.parameters()) CHECK(p.requires_grad());  // leaves again, once the step is done
  });
  trainer.fit(rows, held_out);
  CHECK(bits_of(model, {"0.weight", "3.bias"}) == frozen);
  CHECK(bits_of(model, {"0.bias", "3.weight"}) != before);
}

TEST_CASE("the tape does not follow what only frozen parameters made") {
  bool followed = false;
  Sequential model{Linear{4, 8}, Probe{&followed}, Linear{8, 3}};
  Generator rng{1};
  model.initialise(rng);
  Trainer{model, SGD{}, {.epochs = 1}}.fit(clouds(30, 1));
  CHECK(followed);
  Trainer{model, SGD{}, {.epochs = 1, .train_only = "2.*"}}.fit(clouds(30, 1));
  CHECK(!followed);
  Trainer{model, SGD{}, {.epochs = 1, .train_only = "0.bias"}}.fit(clouds(30, 1));
  CHECK(followed);
}

TEST_CASE("a step that fails leaves the frozen parameters as leaves, with their bits") {
  Sequential model = small_net();
  const std::string before = bits_of(model);
  Trainer trainer{model, SGD{}, {.batch_size = 16, .train_only = "3.*"}};
  CHECK_THROWS_AS(trainer.fit(Dataset{ones({16, 4}), full({16}, 3, DType::i64)}), Error);
  CHECK(bits_of(model) == before);
  for (const Tensor& p : model.parameters()) CHECK(p.requires_grad());
}

TEST_CASE("a checkpoint holds the moments of trained parameters alone, and a trainer of others refuses it") {
  const TemporaryFolder folder;
  const Dataset rows = clouds(58, 1);
  Sequential model = small_net();
  Trainer trainer{model, AdamW{}, {.epochs = 1, .train_only = "3.*"}};
  trainer.fit(rows);
  trainer.save(folder / "c");
  int moments = 0;
  for (const auto& [name, tensor] : load_safetensors(folder / "c").tensors) {
    CHECK(!name.starts_with("optimiser/first_moment/0"));
    moments += name.starts_with("optimiser/");
  }
  CHECK(moments == 4);
  const auto refused = [&](const TrainerOptions& options, const std::string& now) {
    Trainer other{model, AdamW{}, options};
    CHECK_THROWS_WITH_AS(
        other.resume(folder / "c"),
        ("Trainer::resume: \"" + (folder / "c") + "\" was written with train_only 3.*, this trainer has " + now)
            .c_str(),
        Error);
  };
  refused({.epochs = 1}, "all");
  refused({.epochs = 1, .train_only = {"3.*", "0.bias"}}, "3.*, 0.bias");
}

TEST_CASE("the learning rate is found for the trained parameters, and the model stays as it was") {
  Sequential model = small_net(1, 0.0);
  const std::string before = bits_of(model);
  const LearningRates all = find_learning_rate(model, SGD{}, clouds(90, 1)),
                      last = find_learning_rate(model, SGD{}, clouds(90, 1), {.train_only = "3.*"});
  CHECK(bits_of(model) == before);
  CHECK(all.losses != last.losses);
}

}  // namespace logitape::tests
