// Models by name, calibration against what can be worked out by hand, and classifiers kept in a file.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

std::vector<std::string> names(Sequential model) {
  Generator rng{1};
  model.initialise(rng);
  std::vector<std::string> all;
  for (const Parameter& p : model.named_parameters()) all.push_back(p.name + " " + to_string(p.value.shape()));
  return all;
}

Classifier trained(const std::string& architecture = "mlp:4,8,3") {
  Generator rng{1};
  Classifier classifier(architecture, {"a", "b", "c"}, rng);
  Trainer trainer{classifier, AdamW{{.learning_rate = 0.02}}, {.epochs = 15, .batch_size = 16}};
  trainer.fit(clouds(90, 1));
  return classifier;
}

}  // namespace

TEST_CASE("models are built from their names, with their layers, activations and dropout") {
  using Names = std::vector<std::string>;
  CHECK(names(build_model("linear:64,10")) == Names{"1.weight [64,10]", "1.bias [10]"});
  CHECK(names(build_model("mlp:4,8,3")) == Names{"1.weight [4,8]", "1.bias [8]", "3.weight [8,3]", "3.bias [3]"});
  CHECK(names(build_model("mlp:4,8,6,3;dropout=0.5;activation=gelu"))[2] == "4.weight [8,6]");
  CHECK(names(build_model("text:50,8,3")) == Names{"0.weight [50,8]", "1.weight [8,3]", "1.bias [3]"});
  CHECK(build_model("text:50,8,3").modules().front().str() == "EmbeddingBag{50, 8}");
  CHECK(model_names() == Names{"linear", "mlp", "lenet", "small_resnet", "text"});
  Generator rng{1};
  Sequential by_name = build_model("mlp:4,8,3;activation=tanh"), by_hand{Linear{4, 8}, Tanh{}, Linear{8, 3}};
  by_name.initialise(rng);
  Generator same{1};
  by_hand.initialise(same);
  CHECK(by_name(ones({1, 4})).to_vector<float>() == by_hand(ones({1, 4})).to_vector<float>());
}

TEST_CASE("names that no model has are refused with what is wrong") {
  const auto refused = [](const char* architecture, const char* why) {
    CHECK_THROWS_WITH_AS(build_model(architecture),
                         ("build_model: \"" + std::string(architecture) + "\" " + why).c_str(), Error);
  };
  refused("lenat:1", "is of the model \"lenat\"; linear, mlp, lenet, small_resnet, text are known");
  refused("", "is of the model \"\"; linear, mlp, lenet, small_resnet, text are known");
  refused("linear:4", "has 1 sizes; linear has 2: inputs, classes");
  refused("mlp:4,3", "has 2 sizes; mlp has 3 or more: inputs, hidden layers, classes");
  refused("mlp:4,x,3", "has the size \"x\"; whole numbers of 1 or more are needed");
  refused("mlp:4,0,3", "has the size \"0\"; whole numbers of 1 or more are needed");
  refused("mlp:4,8,3;depth=2", "has the option \"depth\"; mlp has no such option");
  refused("mlp:4,8,3;dropout=a", "has the dropout \"a\", which is no number");
  refused("mlp:4,8,3;dropout=0;dropout=0", "has the option \"dropout\" twice");
  refused("mlp:4,8,3;activation=swish", "has the activation \"swish\"; relu, gelu, silu and tanh are known");
  refused("lenet:8,8,3", "has 3 sizes; lenet has 4: height, width, channels, classes");
  refused("text:50,3", "has 2 sizes; text has 3: buckets, dimensions, classes");
  refused("text:50,8,3;dropout=0", "has the option \"dropout\"; text has no such option");
  refused("small_resnet:8,8,1,3;width=x", "has the width \"x\"; a whole number of 1 or more is needed");
  CHECK_THROWS_WITH_AS(build_model("mlp:4,8,3;dropout=1"), "Dropout: rate 1 is outside [0, 1)", Error);
}

TEST_CASE("the temperature is the one at which logits are as sure as they are right") {
  // of 100 rows with logits (x, 0), 70 are of class 0: the loss is least where sigmoid(x / T) = 0.7
  const double x = 3;
  std::vector<double> logits;
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 100; ++i) {
    logits.insert(logits.end(), {x, 0.0});
    labels.push_back(i < 70 ? 0 : 1);
  }
  const double wanted = x / std::log(0.7 / 0.3);
  const Tensor l = from_span(logits, {100, 2}), t = from_span(labels, {100});
  CHECK(fit_temperature(l, t) == doctest::Approx(wanted).epsilon(1e-6));  // the loss is flat to 1e-16 within 1e-8 of it
  const Calibration c = calibrate(l.to(DType::f32), t);
  CHECK(c.temperature == doctest::Approx(wanted).epsilon(1e-6));
  CHECK(c.loss_after ==
        doctest::Approx(-0.7 * std::log(0.7) - 0.3 * std::log(0.3)).epsilon(1e-12));  // T off by 1e-6 moves it by 1e-13
  CHECK(c.loss_after < c.loss_before);
  CHECK(c.error_before == doctest::Approx(1 / (1 + std::exp(-x)) - 0.7).epsilon(1e-13));  // a sum of 100 in f64
  CHECK(c.error_after < 1e-6);
}

TEST_CASE("a classifier in a file predicts the same probabilities and names, bit for bit") {
  const TemporaryFolder folder;
  for (const char* const architecture : {"linear:4,3", "mlp:4,8,3", "mlp:4,8,8,3;activation=silu;dropout=0.1"}) {
    Classifier classifier = trained(architecture);
    const Calibration c = classifier.calibrate(third_wrong(clouds(60, 3)));
    CHECK(c.loss_after < c.loss_before);
    CHECK(c.temperature != 1);
    classifier.save(folder / "model");
    Classifier loaded = Classifier::load(folder / "model");
    const Dataset rows = clouds(30, 2);
    const Prediction before = classifier.predict(rows.inputs), after = loaded.predict(rows.inputs);
    CHECK(after.probabilities.to_vector<float>() == before.probabilities.to_vector<float>());
    CHECK(after.labels == before.labels);
    CHECK(after.labels[0] == loaded.classes()[static_cast<std::size_t>(after.classes[0])]);
    CHECK(loaded.temperature() == c.temperature);
    CHECK(loaded.architecture() == architecture);
    CHECK_FALSE(loaded.preprocessing.has_value());
    double right = 0;
    for (std::size_t row = 0; row < 30; ++row)
      right += after.labels[row] == std::string(1, static_cast<char>('a' + row % 3));
    CHECK(right >= 27);
  }
}

TEST_CASE("a classifier with its preprocessing takes raw rows: tensors, examples and tables, from a file too") {
  const TemporaryFolder folder;
  Generator rng{3};
  const Tensor raw = randn({40, 2}, rng) * 50 + 1000, labels = (arange(40) >= 20).to(DType::i64);
  const Examples examples = examples_of(raw, labels, {"low", "high"});
  Classifier classifier(Preprocessing::fit(examples), "linear:2,2", rng);
  CHECK(classifier.classes() == std::vector<std::string>{"low", "high"});
  classifier.save(folder / "model");
  Classifier loaded = Classifier::load(folder / "model");
  const auto wanted = softmax(classifier(classifier.preprocessing->inputs(examples), evaluation)).to_vector<float>();
  CHECK(loaded.predict(examples.inputs).probabilities.to_vector<float>() == wanted);
  CHECK(loaded.predict(examples).probabilities.to_vector<float>() == wanted);
  Classifier bare = trained();
  CHECK_THROWS_WITH_AS(bare.predict(Table{}),
                       "Classifier::predict: a table of 0 columns is given, and the classifier has no preprocessing",
                       Error);
  CHECK_THROWS_WITH_AS(
      bare.predict(examples),
      "Classifier::predict: raw examples are given, inputs f32 [40,2], and the classifier has no preprocessing", Error);
}

TEST_CASE("images are classified by models that a line of text names") {
  Generator rng{1};
  for (const char* const name : {"lenet:8,8,1,3", "small_resnet:8,8,1,3;width=4"}) {
    Classifier classifier(name, {"a", "b", "c"}, rng);
    CHECK(classifier.predict(zeros({2, 8, 8, 1})).probabilities.shape() == Shape{2, 3});
  }
}

TEST_CASE("probabilities are the softmax of logits over the temperature") {
  Classifier classifier = trained();
  classifier.calibrate(third_wrong(clouds(60, 3)));
  CHECK(classifier.temperature() != 1);
  const Tensor x = clouds(9, 2).inputs;
  const auto wanted = softmax(classifier(x, evaluation) / classifier.temperature()).to_vector<float>();
  CHECK(classifier.predict(x).probabilities.to_vector<float>() == wanted);
}

TEST_CASE("a file that is no classifier, or not whole, is refused by path and reason") {
  const TemporaryFolder folder;
  const std::string good = folder / "good", bad = folder / "bad";
  Classifier classifier = trained();
  classifier.save(good);
  const auto refused = [&](const std::string& why, const auto& change) {
    Safetensors file = load_safetensors(good);
    change(file);
    save_safetensors(bad, file.tensors, file.metadata);
    CHECK_THROWS_WITH_AS(Classifier::load(bad), ("Classifier::load: \"" + bad + "\" " + why).c_str(), Error);
  };
  refused("is a safetensors file, but no classifier: its metadata has no \"logitape.classifier\"",
          [](Safetensors& f) { f.metadata.erase("logitape.classifier"); });
  refused("is a classifier of format 4; this version reads formats 1, 2 and 3",
          [](Safetensors& f) { f.metadata["logitape.classifier"] = "4"; });
  refused("is a classifier without \"threshold\"", [](Safetensors& f) { f.metadata["logitape.classifier"] = "2"; });
  refused("has a threshold for 3 classes; there are 2 where there is one", [](Safetensors& f) {
    f.metadata["logitape.classifier"] = "2";
    f.metadata["threshold"] = "0.5";
  });
  refused("is a classifier without \"classes\"", [](Safetensors& f) { f.metadata.erase("classes"); });
  refused("is a classifier whose classes, temperature or threshold cannot be read",
          [](Safetensors& f) { f.metadata["classes"] = "[1"; });
  refused("has the temperature 0; a number above 0 is needed", [](Safetensors& f) { f.metadata["temperature"] = "0"; });
  refused("has \"1.weight\" as f32 [4,8], its model mlp:4,9,3 as f32 [4,9]",
          [](Safetensors& f) { f.metadata["architecture"] = "mlp:4,9,3"; });
  refused("names the model linear:100000000,2 of 200000000 weights or more, and holds 67",
          [](Safetensors& f) { f.metadata["architecture"] = "linear:100000000,2"; });
  refused("names the model small_resnet:8,8,1,3;width=100000 of 90000000000 weights or more, and holds 67",
          [](Safetensors& f) { f.metadata["architecture"] = "small_resnet:8,8,1,3;width=100000"; });
  refused("has no \"5.weight\", which its model mlp:4,8,3,3 has",
          [](Safetensors& f) { f.metadata["architecture"] = "mlp:4,8,3,3"; });
  refused("has 5 weights, its model mlp:4,8,3 has 4", [](Safetensors& f) {
    f.tensors.push_back({"9.weight", ones({1})});
  });
  Generator rng{1};
  CHECK_THROWS_WITH_AS((Classifier{"linear:4,3", {"a"}, rng}), "Classifier: 1 classes are named; at least 2 are needed",
                       Error);
  CHECK_THROWS_WITH_AS((Classifier{"linear:4,3", {"a", "b", "a"}, rng}), "Classifier: two classes are named \"a\"",
                       Error);
  Classifier two{"linear:4,3", {"a", "b"}, rng};
  CHECK_THROWS_WITH_AS(two.predict(ones({1, 4})),
                       "Classifier::predict: the model puts out f32 [1,3]; [rows, 2] is needed, one for each class",
                       Error);
}

}  // namespace logitape::tests
