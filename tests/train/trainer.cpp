// The training loop: what it reaches, that a seed gives the same bits, and each option against what it means.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/stride.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

// One full-batch step of plain descent at rate 1: the parameters move by minus the gradient.
std::vector<float> moved_by(TrainerOptions options, const Dataset& rows) {
  Sequential model = small_net(1, 0);
  options.epochs = 1;
  options.batch_size = rows.size();
  Trainer trainer{model, SGD{{.learning_rate = 1}}, options};
  trainer.fit(rows);
  return model.parameters()[0].to_vector<float>();
}

// The same by hand.
std::vector<float> moved_by(const Dataset& rows, const auto& loss) {
  Sequential model = small_net(1, 0);
  SGD sgd{{.learning_rate = 1}};
  sgd.step(model, grad(loss(model(rows.inputs)), model.parameters()));
  return model.parameters()[0].to_vector<float>();
}

void check_close(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(std::abs(a[i] - b[i]) <= 2e-6);  // f32: rows are summed in another order, gradients are below 1
}

}  // namespace

TEST_CASE("thirty epochs tell three clouds apart, and the history has a row an epoch") {
  Sequential model = small_net();
  const Dataset train_set = clouds(150, 1), held_out = clouds(60, 2);
  Trainer trainer{
      model, AdamW{{.learning_rate = 0.02}}, {.epochs = 30, .batch_size = 16, .schedule = warm_up(10, cosine())}};
  const auto history = trainer.fit(train_set, held_out);
  REQUIRE(history.size() == 30);
  CHECK(history.front().number == 1);
  CHECK(history.back().held_out_accuracy >= 0.95);  // the clouds are 4 units apart, 0.7 wide
  CHECK(history.back().loss < history.front().loss);
  CHECK(history.back().learning_rate < 0.01 * history.front().learning_rate);
  CHECK(trainer.best_epoch() >= 1);
  CHECK(evaluate(model, held_out).loss == history[static_cast<std::size_t>(trainer.best_epoch() - 1)].held_out_loss);
}

TEST_CASE("a seed gives the same bits for 1, 2, 3 and 7 threads, whatever is switched on") {
  const Dataset train_set = clouds(60, 1), held_out = clouds(30, 2);
  std::vector<std::string> bits;
  std::vector<std::vector<double>> numbers;
  for (const int threads : {1, 2, 3, 7}) {
    const ThreadCount count(threads);
    // wide enough for the kernels to share a step's work among threads
    Sequential model{Linear{4, 512}, Relu{}, Dropout{0.2}, Linear{512, 256}, Tanh{}, Linear{256, 3}};
    Generator rng{3};
    model.initialise(rng);
    Trainer trainer{
        model,
        AdamW{},
        {.epochs = 2, .seed = 9, .label_smoothing = 0.1, .mixup = 0.2, .clip = {.norm = 1}, .average_decay = 0.9}};
    numbers.push_back(measured(trainer.fit(train_set, held_out)));
    bits.push_back(bits_of(model));
  }
  for (std::size_t i = 1; i < bits.size(); ++i) {
    CHECK(bits[i] == bits[0]);
    CHECK(numbers[i] == numbers[0]);
  }
}

TEST_CASE(
    "in mixed precision steps multiply in bf16, weights stay f32 and what is held out is measured in f32, whatever is "
    "around fit") {
  const Dataset train_set = clouds(90, 1), held_out = clouds(30, 2);
  const auto fit = [&](bool mixed, bool around, std::string& bits) {
    Sequential model = small_net();
    const MixedPrecision precision(around);
    Trainer trainer{
        model, AdamW{{.learning_rate = 0.01}}, {.epochs = 10, .mixed_precision = mixed, .keep_best = false}};
    std::vector<double> numbers = measured(trainer.fit(train_set, held_out));
    bits = bits_of(model);
    CHECK(model.parameters()[0].dtype() == DType::f32);
    const MixedPrecision full(false);
    CHECK(evaluate(model, held_out).loss == trainer.history().back().held_out_loss);
    CHECK(trainer.history().back().held_out_accuracy > 0.9);
    return numbers;
  };
  std::string full, mixed, full_inside, mixed_inside;
  const std::vector<double> numbers = fit(true, false, mixed);
  CHECK(fit(true, true, mixed_inside) == numbers);
  CHECK(fit(false, false, full) != numbers);
  CHECK(fit(false, true, full_inside) != numbers);
  CHECK(mixed == mixed_inside);
  CHECK(full == full_inside);
  CHECK(mixed != full);
  // one step of plain descent at rate 1 is that of the gradient within the guard
  const Dataset rows = clouds(30, 4);
  const std::vector<float> by_trainer = moved_by({.mixed_precision = true}, rows);
  const MixedPrecision precision;
  check_close(by_trainer, moved_by(rows, [&](const Tensor& logits) { return cross_entropy(logits, rows.labels); }));
}

TEST_CASE("another seed gives another order, and other bits") {
  std::vector<std::string> bits;
  for (const std::uint64_t seed : {1u, 2u}) {
    Sequential model = small_net();
    Trainer{model, SGD{}, {.epochs = 1, .batch_size = 16, .seed = seed}}.fit(clouds(60, 1));
    bits.push_back(bits_of(model));
  }
  CHECK(bits[0] != bits[1]);
}

TEST_CASE("the loss's options are those of cross_entropy, and a loss of one's own takes its place") {
  const Dataset rows = clouds(30, 4);
  const Tensor weights = tensor({1.f, 2.f, 0.5f});
  check_close(moved_by({.class_weights = weights, .label_smoothing = 0.2}, rows),
              moved_by(rows, [&](const Tensor& logits) {
                return cross_entropy(logits, rows.labels, {.class_weights = weights, .label_smoothing = 0.2});
              }));
  const auto squares = [](const Tensor& outputs, const Tensor& labels) {
    return mean(outputs * outputs) + 0 * sum(cast(labels, DType::f32));
  };
  check_close(moved_by({.loss = squares}, rows),
              moved_by(rows, [&](const Tensor& logits) { return mean(logits * logits); }));
}

TEST_CASE("clipping bounds the step: by the norm all of it, by value each element") {
  const Dataset rows = clouds(30, 4);
  const auto length = [&](const TrainerOptions& options, bool largest) {
    const auto before = small_net(1, 0).parameters()[0].to_vector<float>(), after = moved_by(options, rows);
    double squares = 0, most = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      const double d = static_cast<double>(after[i]) - before[i];
      squares += d * d;
      most = std::max(most, std::abs(d));
    }
    return largest ? most : std::sqrt(squares);
  };
  CHECK(length({}, false) > 0.1);
  CHECK(length({.clip = {.norm = 0.01}}, false) <= 0.01 * (1 + 1e-4));  // f32: a weight near 1 minus a step of 1e-3
  CHECK(length({.clip = {.value = 0.001}}, true) <= 0.001 * (1 + 1e-3));
}

TEST_CASE("early stopping waits out its patience and keeps the best weights") {
  Sequential model = small_net();
  // what is held out has its classes exchanged: learning makes it worse
  Dataset held_out = clouds(60, 2);
  held_out.labels = from_span(std::vector<std::int64_t>(60, 1), {60});
  Trainer trainer{model,
                  AdamW{{.learning_rate = 0.05}},
                  {.epochs = 50, .batch_size = 16, .early_stopping = EarlyStopping{.patience = 3}}};
  const auto history = trainer.fit(clouds(90, 1), held_out);
  const auto best = static_cast<std::size_t>(trainer.best_epoch());
  CHECK(history.size() == best + 4);
  for (const Epoch& e : history) CHECK(e.held_out_loss >= history[best - 1].held_out_loss);
  CHECK(evaluate(model, held_out).loss == history[best - 1].held_out_loss);
}

TEST_CASE("the monitored number decides which epoch is best; without held-out rows nothing is chosen") {
  for (const Monitor monitor : {Monitor::loss, Monitor::accuracy, Monitor::held_out_loss, Monitor::held_out_accuracy}) {
    Sequential model = small_net();
    Trainer trainer{model, AdamW{{.learning_rate = 0.1}}, {.epochs = 6, .batch_size = 16, .monitor = monitor}};
    const auto history = trainer.fit(clouds(60, 1), clouds(30, 2));
    const auto score = [&](const Epoch& e) {
      const double scores[] = {-e.loss, e.accuracy, -e.held_out_loss, e.held_out_accuracy};
      return scores[static_cast<int>(monitor)];
    };
    const auto best = std::max_element(history.begin(), history.end(),
                                       [&](const Epoch& a, const Epoch& b) { return score(a) < score(b); });
    CHECK(trainer.best_epoch() == best->number);  // the first of equals
  }
  Sequential model = small_net();
  Trainer trainer{model, AdamW{}, {.epochs = 2}};
  CHECK(std::isnan(trainer.fit(clouds(60, 1)).back().held_out_loss));
  CHECK(trainer.best_epoch() == 0);
}

TEST_CASE("a plateau lowers the learning rate") {
  Sequential model = small_net();
  Trainer trainer{model,
                  SGD{{.learning_rate = 0.1}},
                  {.epochs = 4, .reduce_on_plateau = PlateauOptions{.factor = 0.5, .patience = 0, .min_delta = 1e6}}};
  const auto history = trainer.fit(clouds(60, 1));
  std::vector<double> rates;
  rates.reserve(history.size());
  for (const Epoch& e : history) rates.push_back(e.learning_rate);
  CHECK(rates == std::vector<double>{0.1, 0.1, 0.05, 0.025});  // the first epoch is the best there is
}

TEST_CASE("averaged weights follow their formula, are evaluated, and stay in the model") {
  const Dataset rows = clouds(32, 1), held_out = clouds(30, 2);
  Sequential model = small_net(1, 0), twin = small_net(1, 0);
  Trainer trainer{
      model, SGD{{.learning_rate = 0.5}}, {.epochs = 3, .batch_size = 32, .average_decay = 0.3, .keep_best = false}};
  const auto history = trainer.fit(rows, held_out);

  Trainer plain{twin, SGD{{.learning_rate = 0.5}}, {.epochs = 3, .batch_size = 32, .keep_best = false}};
  std::vector<std::vector<double>> steps;
  plain.on_batch([&](const BatchEnd&) { steps.push_back(twin.parameters()[0].to_vector<double>()); });
  plain.fit(rows, held_out);
  std::vector<double> wanted = steps[0];
  for (const std::size_t n : {2u, 3u}) {
    const double d = std::min(0.3, (1.0 + static_cast<double>(n)) / (10.0 + static_cast<double>(n)));
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = d * wanted[i] + (1 - d) * steps[n - 1][i];
  }
  const auto found = model.parameters()[0].to_vector<double>();
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK(std::abs(found[i] - wanted[i]) <= 1e-6);  // f32: three roundings a step
  CHECK(evaluate(model, held_out).loss == history.back().held_out_loss);
}

TEST_CASE("callbacks see every step and epoch, and stop the run where they are; fit goes on from there") {
  const Dataset rows = clouds(64, 1);
  Sequential model = small_net(), twin = small_net();
  Trainer trainer{model, AdamW{}, {.epochs = 3, .batch_size = 16}};
  std::vector<std::int64_t> steps;
  std::vector<int> epochs;
  int ends = 0;
  trainer.on_batch([&](const BatchEnd& b) {
    steps.push_back(b.step);
    CHECK(b.rows_done == 16 * b.step);
    CHECK(b.rows_in_run == 192);
    if (b.step == 6) trainer.stop();
  });
  trainer.on_epoch([&](const Epoch& e) { epochs.push_back(e.number); });
  trainer.on_end([&] { ++ends; });
  CHECK(trainer.fit(rows).size() == 1);
  CHECK(steps.back() == 6);
  CHECK(trainer.fit(rows).size() == 3);
  CHECK(steps == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  CHECK(epochs == std::vector<int>{1, 2, 3});
  CHECK(ends == 2);
  Trainer at_once{twin, AdamW{}, {.epochs = 3, .batch_size = 16}};
  CHECK(measured(at_once.fit(rows)) == measured(trainer.history()));
  CHECK(bits_of(model) == bits_of(twin));
}

TEST_CASE("a stop that comes before fit is heard by that fit, and by no other, even where it fails") {
  const Dataset rows = clouds(32, 1);
  Sequential model = small_net();
  Trainer trainer{model, AdamW{}, {.epochs = 2, .batch_size = 16}};
  trainer.stop();
  CHECK(trainer.fit(rows).empty());
  trainer.stop();
  CHECK_THROWS_AS(trainer.fit(clouds(30, 1)), Error);
  CHECK(trainer.fit(rows).size() == 2);
}

TEST_CASE("drop_last leaves out a last batch of one row, which BatchNorm cannot train on, but never every batch") {
  const Dataset rows = clouds(65, 1);
  const auto fit = [&](bool drop_last, std::int64_t batch_size) {
    Sequential model{Linear{4, 8}, BatchNorm{8}, Relu{}, Linear{8, 3}};
    Generator rng{1};
    model.initialise(rng);
    Trainer trainer{model, AdamW{}, {.epochs = 2, .batch_size = batch_size, .drop_last = drop_last}};
    BatchEnd last;
    trainer.on_batch([&](const BatchEnd& b) { last = b; });
    trainer.fit(rows);
    return last;
  };
  CHECK_THROWS_AS(fit(false, 64), Error);
  const BatchEnd last = fit(true, 64);
  CHECK(last.step == 2);
  CHECK(last.batches == 1);
  CHECK(last.rows_done == 128);
  CHECK(last.rows_in_run == 128);
  CHECK_THROWS_WITH_AS(fit(true, 66),
                       "Trainer: drop_last leaves no batch: the training set has 65 rows, batch_size is 66", Error);
}

TEST_CASE("progress in a log is the table: its header and a row an epoch") {
  const TemporaryFolder folder;
  std::FILE* out = std::fopen((folder / "log").c_str(), "w");
  REQUIRE(out != nullptr);
  {
    Sequential model = small_net();
    Trainer trainer{model, AdamW{}, {.epochs = 2}};
    show_progress(trainer, out, Terminal{});
    trainer.fit(clouds(60, 1), clouds(30, 2));
  }
  std::fclose(out);
  const std::string text = text_of(folder / "log");
  CHECK(text.starts_with(epoch_header() + "\n       1 "));
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
}

TEST_CASE("options that are out of range or contradict each other are refused") {
  Sequential model = small_net();
  const auto refused = [&](const char* why, const TrainerOptions& options) {
    CHECK_THROWS_WITH_AS((Trainer{model, SGD{}, options}), why, Error);
  };
  refused("Trainer: epochs is 0; at least 1 is needed", {.epochs = 0});
  refused("Trainer: batch_size is 0; at least 1 is needed", {.batch_size = 0});
  refused("Trainer: label_smoothing 2 is outside [0, 1]", {.label_smoothing = 2});
  refused("Trainer: mixup -1 is not a finite number of 0 or more", {.mixup = -1});
  refused("Trainer: clip.norm -1 is not a finite number of 0 or more", {.clip = {.norm = -1}});
  refused("Trainer: average_decay 1 is outside [0, 1)", {.average_decay = 1});
  refused("Trainer: early_stopping.patience is -1; at least 0 is needed",
          {.early_stopping = EarlyStopping{.patience = -1}});
  refused("Trainer: checkpoint.every_epochs is -1, every_steps 0; both need 0 or more",
          {.checkpoint = {.every_epochs = -1}});
  refused("Trainer: a loss of one's own is given, and label_smoothing or class_weights, which are cross_entropy's",
          {.loss = [](const Tensor& x, const Tensor&) { return mean(x); }, .label_smoothing = 0.1});
  Sequential wide{Linear{4, 3, {.dtype = DType::f64}}, Relu{}};
  Generator rng{1};
  wide.initialise(rng);
  CHECK_THROWS_WITH_AS((Trainer{wide, SGD{}, {.mixed_precision = true}}),
                       "Trainer: mixed_precision rounds products of f32, and a parameter of the model is f64", Error);
  Sequential blank{Linear{4, 3}, Relu{}};
  CHECK_THROWS_WITH_AS((Trainer{blank, SGD{}}),
                       "values_of: parameter \"0.weight\" is not initialised: call initialise(rng) first", Error);
  Trainer monitored{model, SGD{}, {.monitor = Monitor::held_out_loss}};
  CHECK_THROWS_WITH_AS(monitored.fit(clouds(6, 1)), "Trainer: what is held out is monitored, and nothing is held out",
                       Error);
  Trainer begun{model, SGD{}, {.epochs = 1}};
  begun.fit(clouds(6, 1));
  CHECK_THROWS_WITH_AS(begun.fit(clouds(9, 1)), "Trainer: the run began with 6 rows to train on, this set has 9",
                       Error);
}

TEST_CASE("a layer's refusal inside fit, or a label out of range, leaves the model as it was") {
  Sequential model = small_net();
  const std::string before = bits_of(model);
  Trainer trainer{model, SGD{{.learning_rate = 0.1}}, {.batch_size = 16}};
  CHECK_THROWS_AS(trainer.fit(Dataset{ones({16, 5}), zeros({16}, DType::i64)}), Error);
  CHECK(bits_of(model) == before);
  CHECK_THROWS_AS(trainer.fit(Dataset{ones({16, 4}), full({16}, 3, DType::i64)}), Error);
  CHECK(bits_of(model) == before);
}

TEST_CASE("a run that finds no memory, at any request, stops between two steps, and goes on to the same bits") {
  const Dataset rows = clouds(24, 1), held_out = clouds(12, 2);
  const TrainerOptions options{.epochs = 2,
                               .batch_size = 12,
                               .mixup = 0.3,
                               .clip = {.norm = 0.1},
                               .reduce_on_plateau = PlateauOptions{.patience = 0, .min_delta = 1},
                               .average_decay = 0.5};
  Sequential twin = small_net();
  Trainer whole{twin, AdamW{}, options};
  const auto wanted = measured(whole.fit(rows, held_out));
  int failures = 0;
  for (std::int64_t n = 1;; n += sanitized ? 37 : 1) {
    Sequential model = small_net();
    Trainer trainer{model, AdamW{}, options};
    memory::fail_request(n);
    bool failed = false;
    try {
      trainer.fit(rows, held_out);
    } catch (const Error& e) {
      failed = true;
      CHECK(e.code() == ErrorCode::out_of_memory);
    }
    memory::fail_request(0);
    CHECK(measured(trainer.fit(rows, held_out)) == wanted);
    CHECK(bits_of(model) == bits_of(twin));
    if (!failed) break;
    ++failures;
  }
  CHECK(failures > (sanitized ? 10 : 400));
}

}  // namespace logitape::tests
