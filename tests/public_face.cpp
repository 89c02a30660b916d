// The names that users' code relies on, each used as it is promised; this file must go on compiling as it stands.
#include <doctest/doctest.h>
#include <logitape.h>

#include <cstdint>
#include <sstream>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace lt = logitape;

namespace {

TEST_CASE("tensors are made, asked and read by the promised names") {
  lt::Tensor x = lt::tensor({{4.f, 2.f, 1.f}, {0.f, 5.f, 1.f}});
  const std::vector<double> v(6, 2.5);
  lt::Tensor y = lt::from_span(std::span<const double>(v), {2, 3});
  CHECK(lt::from_span(std::vector<lt::f16>{lt::f16(1.5)}, {1}).dtype() == lt::DType::f16);
  CHECK(lt::from_span(std::vector<lt::bf16>{lt::bf16(1.5)}, {1}).item<float>() == 1.5f);
  lt::Generator rng{7};
  CHECK(lt::zeros({2, 3}, lt::DType::f64).dtype() == lt::DType::f64);
  CHECK(lt::sum(lt::ones({2, 3})).item<float>() == 6);
  CHECK(lt::full({2}, 3.5).to_vector<float>() == std::vector<float>{3.5f, 3.5f});
  CHECK(lt::arange(3).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2});
  CHECK(lt::randn({2, 3}, rng).size() == 6);
  lt::Tensor w = lt::variable(x);
  CHECK(x.shape() == lt::Shape{2, 3});
  CHECK(x.rank() == 2);
  CHECK(x.size() == 6);
  CHECK(x.dtype() == lt::DType::f32);
  CHECK(x.device() == lt::Device::cpu());
  CHECK(w.requires_grad());
  CHECK(x.to(lt::DType::bf16).dtype() == lt::DType::bf16);
  CHECK_THROWS_AS(x.to(lt::Device::cuda(lt::cuda_devices())), lt::Error);  // they count from 0
  CHECK(lt::tensor(2.f).item<float>() == 2);
  CHECK(y.to_vector<float>()[5] == 2.5f);
  const lt::Shape s = {2, 3};
  CHECK(s[1] == 3);
  CHECK(s.rank() == 2);
  for (const lt::DType d : {lt::DType::f16, lt::DType::bf16, lt::DType::f32, lt::DType::f64, lt::DType::i8,
                            lt::DType::u8, lt::DType::i16, lt::DType::i32, lt::DType::i64, lt::DType::boolean})
    CHECK(lt::ones({1}, d).dtype() == d);
  std::ostringstream out;
  out << lt::tensor({1, 2});
  CHECK(out.str() == "[1 2]");
}

TEST_CASE("ops, losses and gradients go by the promised names") {
  const lt::Tensor w = lt::variable(lt::tensor({{4.f, 2.f, 1.f}, {0.f, 5.f, 1.f}}));
  const lt::Tensor b = lt::variable(lt::tensor({1.f, 2.f, 3.f}));
  CHECK(lt::add(w, b).shape() == w.shape());
  CHECK(lt::sub(w, b).shape() == lt::mul(w, b).shape());
  CHECK((lt::div(w, b) * 2 - 1 + w / b).shape() == w.shape());
  CHECK(lt::sum(w, {.axes = {0}, .keep_dims = true}).shape() == lt::Shape{1, 3});
  CHECK(lt::matmul(w, w, {.transpose_b = true}).shape() == lt::Shape{2, 2});
  const lt::Tensor targets = lt::tensor({0, 1});
  const lt::Tensor loss = lt::cross_entropy(w + b, targets);
  loss.backward();
  CHECK(w.grad().has_value());
  CHECK(lt::cross_entropy(w, targets, {.reduction = lt::Reduction::none}).shape() == lt::Shape{2});
  const std::vector<lt::Tensor> g =
      lt::grad(loss, {w, b}, {.seed = lt::tensor(2.f), .create_graph = true, .unreached = lt::Unreached::zero});
  CHECK(g.size() == 2);
  CHECK(lt::softmax(w).shape() == lt::log_softmax(w, {.axis = 1}).shape());
  CHECK(lt::linear_cross_entropy(w, lt::ones({3, 4}), targets).size() == 1);
  {
    lt::NoGrad guard;
    CHECK_FALSE((w * 2).requires_grad());
  }
  CHECK_FALSE(lt::stop_gradient(w).requires_grad());
  const auto fn = [](std::span<const lt::Tensor> in) { return lt::exp(in[0]) * in[1]; };
  const lt::GradientReport r = lt::check_gradients(fn, {lt::tensor({0.5, 1.0}), lt::tensor({2.0, 3.0})}, {.order = 2});
  CHECK(r.ok());
  CHECK(!r.str().empty());
  CHECK(r.json().front() == '{');
  const auto twice = lt::custom_op(
      "twice", [](lt::TensorList in) { return in[0] * 2; },
      [](lt::TensorList, lt::TensorList, lt::TensorList c) { return lt::Tensors{c[0] * 2}; });
  CHECK(lt::check_gradients(twice, {lt::tensor({0.5, 1.0})}).ok());
  std::ostringstream printed;
  printed << r;
  CHECK(printed.str() == r.str());
  CHECK((w < b).dtype() == lt::DType::boolean);
  CHECK((2.0 >= w).to_vector<int>() == std::vector<int>{0, 1, 1, 1, 0, 1});
  const int threads = lt::num_threads();
  lt::set_num_threads(2);
  lt::set_num_threads(threads);
  lt::logging::set_sink([](lt::logging::Level, std::string_view) {});
  lt::logging::set_level(lt::logging::Level::debug);
  lt::logging::set_level(lt::logging::Level::off);
  lt::logging::set_sink({});
}

TEST_CASE("a classifier is trained by the promised names") {
  lt::Generator rng{7};
  lt::Sequential model{lt::Linear{64, 128}, lt::Relu{}, lt::Linear{128, 10}};
  const lt::Dataset train_set{lt::randn({96, 64}, rng), lt::zeros({96}, lt::DType::i32)};
  CHECK_THROWS_AS(model(train_set.inputs), lt::Error);  // not initialised
  model.initialise(rng);
  lt::AdamW adam{{.learning_rate = 1e-3}};
  double first = 0, last = 0;
  for (int epoch = 0; epoch < 5; ++epoch)
    for (auto [inputs, labels] : lt::Batches{train_set, {.size = 64, .shuffle = &rng}}) {
      const lt::Tensor loss = lt::cross_entropy(model(inputs), labels);
      adam.step(model, lt::grad(loss, model.parameters()));
      last = loss.item<double>();
      if (first == 0) first = last;
    }
  CHECK(last < first);
  CHECK(lt::parameters(model).size() == model.parameters().size());
}

TEST_CASE("a file becomes a trained classifier of raw rows by the promised names") {
  lt::Generator rng{7};
  const lt::Examples all = lt::load_examples(LOGITAPE_SOURCE_DIR "/examples/data/iris.csv", {.label = "-1"});
  const lt::SplitExamples parts = lt::split(all, {.validation = 0.1, .test = 0.2}, rng);
  const lt::Preprocessing prepare = lt::Preprocessing::fit(parts.train, {.scaling = lt::Scaling::standardise});
  const lt::Dataset train_set = prepare(parts.train);
  lt::Sequential model{lt::Linear{4, 16}, lt::Tanh{}, lt::Linear{16, 3}};
  model.initialise(rng);
  lt::AdamW adam{{.learning_rate = 1e-2}};
  const std::vector<double> weights = lt::balanced_weights(train_set.labels);
  for (int epoch = 0; epoch < 40; ++epoch)
    for (auto [x, y] : lt::Batches{train_set, {.size = 16, .shuffle = &rng, .weights = weights, .prefetch = 2}})
      adam.step(model, lt::grad(lt::cross_entropy(model(x), y), model.parameters()));
  const lt::Dataset test_set = prepare(parts.test);
  CHECK(lt::accuracy(model(test_set.inputs, lt::evaluation), test_set.labels) >= 0.9);  // of 30: three may be wrong
  const lt::Preprocessing again = lt::Preprocessing::from_json(prepare.json());
  const lt::Table raw = lt::read_csv(LOGITAPE_SOURCE_DIR "/examples/data/iris.csv");
  const lt::Table predicted = lt::prediction_table(model(again.inputs(raw), lt::evaluation), again.classes);
  CHECK(predicted.at("predicted").text(0) == "setosa");
  CHECK(lt::folds(all.labels, 5, rng).size() == 5);
}

TEST_CASE("a classifier is trained, calibrated, kept and used by the promised names") {
  const logitape::tests::TemporaryFolder folder;
  lt::Generator rng{7};
  const lt::Tensor points = lt::randn({1000, 2}, rng);
  const lt::Tensor inside = (lt::sum(points * points, {.axes = {1}}) < 1.4).to(lt::DType::i64);  // of a circle: class 1
  const auto [rows, test_set] = lt::split({points, inside}, 0.2, rng);
  const auto [train_set, held_out] = lt::split(rows, 0.25, rng);

  lt::Classifier classifier{"mlp:2,32,2", {"outside", "inside"}, rng};
  const double rate = lt::find_learning_rate(classifier, lt::AdamW{}, train_set).suggestion;
  CHECK(rate > 0);
  lt::Trainer trainer{classifier,
                      lt::AdamW{{.learning_rate = 2e-2}},
                      {.epochs = 40,
                       .batch_size = 32,
                       .seed = 7,
                       .label_smoothing = 0.02,
                       .schedule = lt::warm_up(20, lt::cosine()),
                       .early_stopping = lt::EarlyStoppingOptions{.patience = 8},
                       .checkpoint = {.folder = folder / "run"}}};
  trainer.fit(train_set, held_out);
  const lt::Calibration calibration = classifier.calibrate(held_out);
  CHECK(calibration.loss_after <= calibration.loss_before);
  classifier.save(folder / "circle.safetensors");

  const lt::Prediction p = lt::Classifier::load(folder / "circle.safetensors").predict(test_set.inputs);
  const auto truth = test_set.labels.to_vector<std::int64_t>();
  int right = 0;
  for (std::size_t row = 0; row < truth.size(); ++row)
    right += p.labels[row] == classifier.classes()[static_cast<std::size_t>(truth[row])];
  CHECK(right >= 190);  // of 200: chance is 100, what separates them is a circle
  CHECK(lt::expected_calibration_error(lt::reliability_diagram(p.probabilities, test_set.labels)) < 0.1);
}

TEST_CASE("a classifier of texts is trained beside its baselines by the promised names") {
  lt::Generator rng{7};
  const lt::Examples all = lt::load_examples(LOGITAPE_SOURCE_DIR "/examples/data/sentences.csv");
  const lt::SplitExamples parts = lt::split(all, {.test = 0.2}, rng);
  const lt::HashingTokenizer tokenizer{.buckets = 4096, .words = 2};
  const lt::Preprocessing prepare = lt::Preprocessing::fit(parts.train, {.free_text = true, .tokenizer = tokenizer});
  const lt::Dataset train_set = prepare(parts.train), test_set = prepare(parts.test);
  lt::Classifier classifier{prepare, "text:4096,16,3", rng};
  lt::Trainer trainer{classifier, lt::AdamW{{.learning_rate = 1e-2}}, {.epochs = 30, .batch_size = 8}};
  trainer.fit(train_set);
  const double accuracy = lt::evaluate(classifier, test_set).accuracy;
  const lt::NearestNeighbours neighbours{train_set, 5};
  CHECK(lt::accuracy(neighbours(test_set.inputs), test_set.labels) <= 1);
  CHECK(accuracy > lt::majority_accuracy(train_set.labels, test_set.labels));
  CHECK(tokenizer(std::vector<std::string>{"one two", ""}).shape() == lt::Shape{2, 3});
}

TEST_CASE("a classifier of images is made by the promised names") {
  lt::Generator rng{7};
  lt::Sequential model{lt::Unflatten{{8, 8, 1}},
                       lt::Conv2d{1, 4, 3, {.stride = 1, .padding = 1}},
                       lt::BatchNorm{4},
                       lt::Relu{},
                       lt::MaxPool2d{},
                       lt::AvgPool2d{{.size = 2}},
                       lt::Flatten{},
                       lt::LayerNorm{16},
                       lt::Linear{16, 10}};
  model.initialise(rng);
  CHECK(model(lt::randn({5, 64}, rng)).shape() == lt::Shape{5, 10});
  CHECK(model(lt::randn({1, 8, 8, 1}, rng), lt::evaluation).shape() == lt::Shape{1, 10});
  lt::Sequential texts{lt::EmbeddingBag{100, 8}, lt::Linear{8, 2}};
  texts.initialise(rng);
  CHECK(texts(lt::tensor({{3, 99, -1}})).shape() == lt::Shape{1, 2});
  const lt::Tensor images = lt::ones({1, 4, 4, 2});
  CHECK(lt::conv2d(images, lt::ones({3, 3, 2, 5}), lt::zeros({5}), {.padding = {1, 1}, .relu = true}).shape() ==
        lt::Shape{1, 4, 4, 5});
  CHECK(lt::max_pool2d(images, {.size = 2, .stride = 2}).shape() == lt::avg_pool2d(images, {.size = {2, 2}}).shape());
  CHECK(lt::normalise(images, {.axes = {0, 1, 2}}).mean.size() == 2);
  CHECK(lt::embedding(lt::ones({3, 2}), lt::tensor({0, 2})).shape() ==
        lt::embedding_bag(lt::ones({3, 2}), lt::tensor({{0}, {2}})).shape());
  for (lt::Sequential m : {lt::lenet(10, {28, 28, 1}), lt::small_resnet(10, {28, 28, 1}, 4)}) m.initialise(rng);
}

}  // namespace
