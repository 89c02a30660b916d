// A run cut at any batch and taken up by another trainer gives the bits of the run that was never cut; what is no
// checkpoint of it is refused and changes nothing.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/small_disk.h"
#include "tests/support/stride.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/trainer_test.h"

namespace logitape::tests {
namespace {

struct Outcome {
  std::string bits;
  std::vector<double> history;
  int best;
  bool operator==(const Outcome&) const = default;
};

const Dataset& train_rows() {
  static const Dataset rows = clouds(58, 1);
  return rows;
}
const Dataset& held_out_rows() {
  static const Dataset rows = clouds(30, 2);
  return rows;
}

// The run, saved and given up after `cut` steps (0: never), and taken up by another trainer.
Outcome run(const AnyOptimiser& optimiser, const TrainerOptions& options, std::int64_t cut, const std::string& path) {
  const auto outcome = [&](Trainer& trainer, Sequential& model) {
    const auto& history = trainer.fit(train_rows(), held_out_rows());
    return Outcome{bits_of(model), measured(history), trainer.best_epoch()};
  };
  Sequential model = small_net(1);
  Trainer trainer{model, optimiser, options};
  if (cut == 0) return outcome(trainer, model);
  struct GivenUp {};
  trainer.on_batch([&](const BatchEnd& b) {
    if (b.step != cut) return;
    trainer.save(path);
    throw GivenUp{};
  });
  CHECK_THROWS_AS(trainer.fit(train_rows(), held_out_rows()), GivenUp);
  Sequential fresh = small_net(77);  // other weights: all has to come from the file
  Trainer second{fresh, optimiser, options};
  second.resume(path);
  return outcome(second, fresh);
}

TrainerOptions everything() {
  return {.epochs = 3,
          .batch_size = 15,
          .seed = 5,
          .class_weights = tensor({1.f, 2.f, 1.f}),
          .label_smoothing = 0.1,
          .augment = {.flip = true, .crop = true, .image = {2, 2}},
          .mixup = 0.3,
          .row_weights = balanced_weights(train_rows().labels),
          .prefetch = 2,
          .mixed_precision = true,
          .train_only = {"0.weight", "3.*"},
          .clip = {.norm = 1, .value = 0.5},
          .schedule = warm_up(3, cosine()),
          .reduce_on_plateau = PlateauOptions{.factor = 0.5, .patience = 0, .min_delta = 0.2},
          .early_stopping = EarlyStoppingOptions{.patience = 5, .min_delta = 0.01},
          .average_decay = 0.5};
}

void check_every_cut(const AnyOptimiser& optimiser, const TrainerOptions& options) {
  const TemporaryFolder folder;
  INFO(optimiser.str() << ", " << options.schedule.str());
  const Outcome whole = run(optimiser, options, 0, {});
  CHECK(whole.history.size() == 18);                                                  // three epochs of six numbers
  const std::int64_t every = sanitized ? 5 : 1, batches = options.drop_last ? 3 : 4;  // of 15 rows, the last of 13
  for (std::int64_t cut = 1; cut <= 3 * batches; cut += every) {
    INFO("cut after step " << cut);
    CHECK(run(optimiser, options, cut, folder / "c") == whole);
  }
}

}  // namespace

TEST_CASE("k steps, resume, n-k steps are n steps, bit for bit, for every optimiser cut at any batch") {
  TrainerOptions options = everything();
  check_every_cut(SGD{{.learning_rate = 0.1}}, options);
  check_every_cut(SGD{{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.01}}, options);
  check_every_cut(SGD{{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}}, options);
  check_every_cut(Adam{{.learning_rate = 0.01}}, options);
  check_every_cut(AdamW{{.learning_rate = 0.01}}, options);
  check_every_cut(AdamW{{.learning_rate = 0.01,
                         .weight_decay = 0.1,
                         .decays = only_matrices,
                         .groups = {{.parameters = "0.*", .learning_rate_factor = 0.1, .weight_decay = 0}}}},
                  options);
  options.drop_last = true;
  check_every_cut(AdamW{{.learning_rate = 0.01}}, options);
}

TEST_CASE("the same for every schedule, with nothing else switched on") {
  for (const Schedule& schedule : {Schedule(), step_decay(3, 0.5), exponential(3, 0.5), linear(0.1), polynomial(2),
                                   cosine(0.1), warm_up(5, step_decay(2)), one_cycle()})
    check_every_cut(AdamW{{.learning_rate = 0.01}}, {.epochs = 3, .batch_size = 15, .schedule = schedule});
}

TEST_CASE(
    "a run that grows worse keeps its best weights and its patience over a cut, whether in a file or in the trainer") {
  const TemporaryFolder folder;
  const Dataset wrong{held_out_rows().inputs, zeros({30}, DType::i64)};  // all of one class: learning makes it worse
  const TrainerOptions options{.epochs = 20, .batch_size = 15, .early_stopping = EarlyStoppingOptions{.patience = 3}};
  const AnyOptimiser adam = AdamW{{.learning_rate = 0.05}};
  Sequential whole_model = small_net(1);
  Trainer whole{whole_model, adam, options};
  const std::vector<double> wanted = measured(whole.fit(train_rows(), wrong));
  const int best = whole.best_epoch(), last = whole.history().back().number;
  CHECK(last == best + 4);
  for (int cut = best + 1; cut < last; ++cut) {
    Sequential model = small_net(1), fresh = small_net(2);
    Trainer trainer{model, adam, options}, second{fresh, adam, options};
    trainer.on_epoch([&](const Epoch& e) {
      if (e.number == cut) trainer.stop();
    });
    trainer.fit(train_rows(), wrong);
    trainer.save(folder / "c");
    second.resume(folder / "c");
    for (Trainer* const one : {&second, &trainer}) {
      CHECK(measured(one->fit(train_rows(), wrong)) == wanted);
      CHECK(one->best_epoch() == best);
    }
    CHECK(bits_of(fresh) == bits_of(whole_model));
    CHECK(bits_of(model) == bits_of(whole_model));
    second.save(folder / "c");  // an end that came early is an end after a resume too
    Trainer third{fresh, adam, options};
    third.resume(folder / "c");
    CHECK(measured(third.fit(train_rows(), wrong)) == wanted);
  }
}

TEST_CASE("a run that writes its own checkpoints goes on from the last, and its best weights are loaded by name") {
  const TemporaryFolder folder;
  TrainerOptions options = everything();
  options.checkpoint = {.folder = (folder.path / "run").string(), .every_epochs = 0, .every_steps = 5};
  const std::string last = folder / "run/last.safetensors";
  Sequential model = small_net(1);
  Trainer trainer{model, AdamW{}, options};
  trainer.on_batch([&](const BatchEnd& b) {
    if (b.step == 7) trainer.stop();
  });
  trainer.fit(train_rows(), held_out_rows());

  Sequential second_model = small_net(2), whole_model = small_net(1);
  Trainer second{second_model, AdamW{}, options};
  second.resume(last);
  second.fit(train_rows(), held_out_rows());
  TrainerOptions unsaved = options;
  unsaved.checkpoint = {};
  Trainer whole{whole_model, AdamW{}, unsaved};
  whole.fit(train_rows(), held_out_rows());
  CHECK(bits_of(second_model) == bits_of(whole_model));
  CHECK(measured(second.history()) == measured(whole.history()));

  Sequential best = small_net(3);
  const Metadata about = load_parameters(folder / "run/best.safetensors", best);
  CHECK(bits_of(best) == bits_of(whole_model));
  CHECK(about.at("epoch") == std::to_string(whole.best_epoch()));
}

TEST_CASE("a finished run that is given more epochs goes on from the weights in training, not from the best ones") {
  const TemporaryFolder folder;
  TrainerOptions three = {.epochs = 3, .batch_size = 15}, two = three;
  two.epochs = 2;
  Sequential model = small_net(1), fresh = small_net(2), whole_model = small_net(1);
  Trainer first{model, AdamW{{.learning_rate = 0.5}}, two};
  first.fit(train_rows(), held_out_rows());
  first.save(folder / "c");
  Trainer second{fresh, AdamW{{.learning_rate = 0.5}}, three};
  second.resume(folder / "c");
  Trainer whole{whole_model, AdamW{{.learning_rate = 0.5}}, three};
  CHECK(measured(second.fit(train_rows(), held_out_rows())) == measured(whole.fit(train_rows(), held_out_rows())));
  CHECK(bits_of(fresh) == bits_of(whole_model));
}

namespace {

// Subtracts a running mean of what it has seen: a buffer of floats.
struct Centre {
  Parameter mean{"mean", {}};
  Tensor operator()(const Tensor& x) {
    mean.value = mean.value * 0.9 + logitape::mean(stop_gradient(x), {.axes = {0}}) * 0.1;
    return x - mean.value;
  }
  Tensor operator()(const Tensor& x, InEvaluation) const { return x - mean.value; }
  void visit(const ParameterVisitor&) {}
  void visit_buffers(const ParameterVisitor& show) { show(mean); }
  void initialise(Generator&) { mean.value = zeros({4}); }
};

Sequential centred_net(std::uint64_t seed) {
  Sequential model{Centre{}, Linear{4, 3}};
  Generator rng{seed};
  model.initialise(rng);
  return model;
}

}  // namespace

TEST_CASE("what a layer remembers besides its parameters is averaged, kept, and taken up with them") {
  const TemporaryFolder folder;
  const TrainerOptions options{.epochs = 2, .batch_size = 15, .average_decay = 0.5};
  Sequential whole = centred_net(1), model = centred_net(1), fresh = centred_net(2), loaded = centred_net(3);
  const auto buffer = [](Sequential& m) { return values_of(m).buffers.at(0).to_vector<float>(); };
  Trainer(whole, AdamW{}, options).fit(train_rows(), held_out_rows());
  Trainer first{model, AdamW{}, options};
  first.on_batch([&](const BatchEnd& b) {
    if (b.step == 6) first.stop();
  });
  first.fit(train_rows(), held_out_rows());
  first.save(folder / "c");
  Trainer second{fresh, AdamW{}, options};
  second.resume(folder / "c");
  second.fit(train_rows(), held_out_rows());
  CHECK(buffer(fresh) == buffer(whole));
  CHECK(buffer(fresh) != std::vector<float>(4));
  CHECK(bits_of(fresh) == bits_of(whole));
  save_parameters(folder / "w", whole);
  load_parameters(folder / "w", loaded);
  CHECK(buffer(loaded) == buffer(whole));
  CHECK(load_safetensors(folder / "w").at("0.mean").shape() == Shape{4});
}

TEST_CASE(
    "a disk that runs full stops the run with the file's name, leaves the old checkpoint, and the run can go on") {
  const TemporaryFolder folder;
  Sequential model = small_net(1), twin = small_net(1), fresh = small_net(2);
  const TrainerOptions options{.epochs = 3, .batch_size = 15, .checkpoint = {.folder = folder.path.string()}};
  const std::string last = folder / "last.safetensors";
  Trainer trainer{model, AdamW{}, options};
  trainer.on_epoch([&](const Epoch& e) {
    if (e.number == 1) trainer.stop();
  });
  trainer.fit(train_rows());
  const std::string before = text_of(last);
  {
    const SmallDisk disk(1000);
    CHECK_THROWS_WITH_AS(trainer.fit(train_rows()),
                         ("write_file: \"" + last + "\" could not be written: File too large").c_str(), Error);
  }
  CHECK(text_of(last) == before);
  CHECK(folder.files() == 1);
  Trainer(twin, AdamW{}, {.epochs = 3, .batch_size = 15}).fit(train_rows());
  trainer.fit(train_rows());
  CHECK(bits_of(model) == bits_of(twin));
  Trainer second{fresh, AdamW{}, options};
  second.resume(last);
  second.fit(train_rows());
  CHECK(bits_of(fresh) == bits_of(twin));
}

namespace {

// Resuming from the path is refused with that sentence behind the file's name, and model and trainer are as they were.
void check_refused(const std::string& path, const std::string& why, const AnyOptimiser& optimiser = AdamW{},
                   TrainerOptions options = {}, Sequential model = small_net(8)) {
  const std::string before = bits_of(model);
  Trainer trainer{model, optimiser, std::move(options)};
  try {
    trainer.resume(path);
    FAIL_CHECK("no error, but expected: " << why);
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("\"" + path + "\" " + why) != std::string::npos);
    CHECK_MESSAGE(std::string(e.what()).find(why) != std::string::npos, e.what());
  }
  CHECK(bits_of(model) == before);
  CHECK(trainer.history().empty());
}

// A copy of the checkpoint with its metadata or tensors changed.
void rewrite(const std::string& from, const std::string& to, const auto& change) {
  Safetensors file = load_safetensors(from);
  change(file);
  save_safetensors(to, file.tensors, file.metadata);
}

}  // namespace

TEST_CASE(
    "what is no checkpoint of this run is refused: a foreign, old, cut or missing file, another model or option") {
  const TemporaryFolder folder;
  const std::string good = folder / "good", bad = folder / "bad";
  {
    Sequential model = small_net();
    Trainer trainer{model, AdamW{}, {.epochs = 1}};
    trainer.fit(train_rows());
    trainer.save(good);
    save_parameters(folder / "foreign", model);
  }
  check_refused(folder / "none", "cannot be read: No such file or directory");
  check_refused(folder / "foreign",
                "is a safetensors file, but no checkpoint: its metadata has no \"logitape.checkpoint\"");
  rewrite(good, bad, [](Safetensors& f) { f.metadata["logitape.checkpoint"] = "0"; });
  check_refused(bad, "is a checkpoint of format 0; this version reads formats 4 and 5");
  rewrite(good, bad, [](Safetensors& f) { f.metadata.erase("state"); });
  check_refused(bad, "is a checkpoint without settings or state");
  rewrite(good, bad, [](Safetensors& f) { f.metadata["state"] = "{\"epoch\": "; });
  check_refused(bad, "is a checkpoint whose settings or state cannot be read");
  rewrite(good, bad, [](Safetensors& f) { f.metadata["state"] = "{}"; });
  check_refused(bad, "is a checkpoint whose settings or state cannot be read");
  rewrite(good, bad, [](Safetensors& f) { f.tensors.pop_back(); });
  check_refused(bad, "has no \"");
  rewrite(good, bad, [](Safetensors& f) { f.tensors.push_back({"model/9.weight", ones({2})}); });
  check_refused(bad, "has \"model/9.weight\"; this trainer has no such tensor");

  const std::string whole = text_of(good);
  const std::size_t every = 97 * stride;  // a prime, so that cuts fall everywhere
  for (std::size_t length = 0; length < whole.size(); length += every) {
    write_file(bad, whole.substr(0, length));
    check_refused(bad, "");
  }

  Sequential wider{Linear{4, 9}, Relu{}, Dropout{0.2}, Linear{9, 3}};
  Generator rng{1};
  wider.initialise(rng);
  check_refused(good, "has \"model/0.weight\" as f32 [4,8], the model as f32 [4,9]", AdamW{}, {}, wider);
  check_refused(good, "was written with label_smoothing 0, this trainer has 0.1", AdamW{}, {.label_smoothing = 0.1});
  check_refused(good, "was written with schedule constant, this trainer has cosine(0)", AdamW{},
                {.schedule = cosine()});
  check_refused(good, "was written with optimiser AdamW{learning_rate 0.001, beta1 0.9,", SGD{});
}

TEST_CASE("a checkpoint with numbers or moments that no run comes to is refused") {
  const TemporaryFolder folder;
  const std::string good = folder / "good", bad = folder / "bad";
  Sequential model = small_net();
  Trainer trainer{model, AdamW{}, {.epochs = 2}};
  trainer.fit(train_rows());
  trainer.save(good);
  const auto refused = [&](const std::string& number, const std::string& instead, const std::string& why) {
    rewrite(good, bad, [&](Safetensors& f) {
      std::string& state = f.metadata["state"];
      const std::size_t at = state.find(number);
      REQUIRE(at != std::string::npos);
      state.replace(at, number.size(), instead);
    });
    check_refused(bad, "is a checkpoint whose state cannot be: its " + why);
  };
  refused("\"best\":[null,0]", "\"best\":[null,2]", "best epoch is 2, where 0, without best weights, is needed");
  refused("\"best\":[null,0]", "\"best\":[null,-1]", "best epoch is -1, where 0 to 2 is needed");
  refused("\"epoch\":2", "\"epoch\":7", "epoch is 7, where the 2 of its history is needed");
  refused("\"batch\":0", "\"batch\":-1", "batch is -1, where 0 to 1 is needed");
  refused("\"batch\":0", "\"batch\":4000000000000", "batch is 4000000000000, where 0 to 1 is needed");
  refused("\"step\":2", "\"step\":-2", "step is -2, where 0 or more is needed");
  refused("\"early_stopping\":[null,0,0,0]", "\"early_stopping\":[null,-5,0,0]",
          "count of epochs waited is -5, where 0 or more is needed");
  refused("\"early_stopping\":[null,0,0,0]", "\"early_stopping\":[null,0,0,3]",
          "count of scores is 3, where 0 to 2 is needed");
  refused("\"early_stopping\":[null,0,0,0]", "\"early_stopping\":[null,0,1,0]",
          "best epoch of early stopping is 1, where 0 to 0 is needed");
  for (const std::string kind : {"first", "second"}) {
    const std::string name = "optimiser/" + kind + "_moment/0.weight";
    rewrite(good, bad, [&](Safetensors& f) {
      for (NamedTensor& t : f.tensors)
        if (t.name == name) t.tensor = zeros({1});
    });
    check_refused(bad, "has \"" + name + "\" as f32 [1], the parameter is f32 [4,8]");
  }
}

TEST_CASE("best.safetensors is that of the run that was resumed, even where both have the same best epoch") {
  const TemporaryFolder folder;
  const TrainerOptions plain{.epochs = 1};
  TrainerOptions kept = plain;
  kept.checkpoint.folder = folder / "run";
  Sequential model = small_net(1), other = small_net(2), best = small_net(3);
  Trainer first{model, AdamW{}, kept}, second{other, AdamW{}, plain};
  first.fit(train_rows(), held_out_rows());
  second.fit(train_rows(), held_out_rows());
  second.save(folder / "c");
  first.resume(folder / "c");
  first.fit(train_rows(), held_out_rows());
  load_parameters(folder / "run/best.safetensors", best);
  CHECK(bits_of(best) == bits_of(other));
}

}  // namespace logitape::tests
