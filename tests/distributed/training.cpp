// Trainer in several ranks ends with the bits of Trainer in one, whatever is switched on.
#include <doctest/doctest.h>

#include <mutex>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/losses.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/data/dataset.h"
#include "logitape/train/distributed/sharded.h"
#include "logitape/train/fit/trainer.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/norm_layers.h"
#include "logitape/train/nn/sequential.h"
#include "logitape/train/optim/adam.h"
#include "logitape/train/optim/sgd.h"
#include "tests/distributed/loopback.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/temporary_folder.h"

using namespace logitape;
using distributed::World;

namespace {

constexpr std::int64_t rows = 110;  // a last batch of 14, of batches of 32

Dataset data(std::uint64_t seed, std::int64_t count = rows) {
  Generator rng(seed);
  return {randn({count, 6}, rng), (uniform({count}, rng) * 3).to(DType::i64)};
}

TrainerOptions everything(World* world) {
  TrainerOptions o;
  o.epochs = 3;
  o.batch_size = 32;
  o.seed = 5;
  o.class_weights = tensor({1.f, 2.f, 0.5f});
  o.label_smoothing = 0.1;
  o.mixup = 0.3;
  o.clip = {.norm = 0.5};
  o.average_decay = 0.9;
  o.row_weights = std::vector<double>(rows, 1.0);
  o.row_weights[3] = 9;
  o.early_stopping = EarlyStoppingOptions{.patience = 1};
  o.reduce_on_plateau = PlateauOptions{.patience = 0};
  o.world = world;
  o.blocks = 8;
  return o;
}

struct Result {
  Tensors values;
  std::vector<Epoch> history;
};

Result trained(TrainerOptions options) {
  Sequential model{Linear{6, 16}, BatchNorm{16}, Relu{}, Dropout{0.3}, LayerNorm{16}, Linear{16, 3}};
  Generator rng(1);
  model.initialise(rng);
  Trainer trainer{model, AdamW{{.learning_rate = 1e-2}}, std::move(options)};
  Result r;
  r.history = trainer.fit(data(2), data(3, 37));
  r.values = values_of(parameters_of(model));
  for (const Tensor& buffer : values_of(ModelRef(model)).buffers) r.values.push_back(buffer);
  return r;
}

bool same(const Result& a, const Result& b) {
  bool all = a.history.size() == b.history.size() && a.values.size() == b.values.size();
  for (std::size_t i = 0; all && i < a.values.size(); ++i) all = tests::same_bits(a.values[i], b.values[i]);
  for (std::size_t i = 0; all && i < a.history.size(); ++i)
    all = a.history[i].loss == b.history[i].loss && a.history[i].accuracy == b.history[i].accuracy &&
          a.history[i].held_out_loss == b.history[i].held_out_loss &&
          a.history[i].held_out_accuracy == b.history[i].held_out_accuracy;
  return all;
}

void check_ranks(const std::function<TrainerOptions(World*)>& options) {
  const Result expected = trained(options(nullptr));
  for (const int ranks : {1, 2, 3, 4, 5, 8, 10}) {
    CAPTURE(ranks);
    const auto thrown = loopback::run(ranks, [&](World& world) {
      require(same(trained(options(&world)), expected), "test", "rank {} has other bits", world.rank());
    });
    for (const std::string& t : thrown) CHECK_EQ(t, "");
  }
}

}  // namespace

TEST_CASE("1 to 10 ranks end with the bits of one process, with every option on") { check_ranks(everything); }

TEST_CASE("an optimiser whose state is shared out has the bits of one that is not, and its checkpoints") {
  const tests::TemporaryFolder folder;
  const auto run = [&](World* world, int epochs, bool shards, bool resumes) {
    TrainerOptions o = everything(world);
    o.epochs = epochs;
    o.checkpoint = {.folder = folder.path.string()};
    Sequential model{Linear{6, 16}, BatchNorm{16}, Relu{}, Linear{16, 3}};
    Generator rng(1);
    model.initialise(rng);
    const AdamW adam{{.learning_rate = 1e-2, .decays = only_matrices}};
    Trainer trainer{model, shards ? AnyOptimiser(distributed::Sharded{*world, adam}) : AnyOptimiser(adam),
                    std::move(o)};
    if (resumes) trainer.resume(folder / "last.safetensors");
    Result r;
    r.history = trainer.fit(data(2), data(3, 37));
    r.values = values_of(parameters_of(model));
    return r;
  };
  const Result expected = run(nullptr, 3, false, false);
  for (const int ranks : {1, 2, 3, 4, 7, 10}) {
    CAPTURE(ranks);
    for (const std::string& t : loopback::run(ranks, [&](World& world) {
           require(same(run(&world, 3, true, false), expected), "test", "rank {} has other bits", world.rank());
         }))
      CHECK_EQ(t, "");
  }
  for (const std::string& t : loopback::run(4, [&](World& world) { run(&world, 1, true, false); })) CHECK_EQ(t, "");
  for (const std::string& t : loopback::run(3, [&](World& world) { run(&world, 2, true, true); })) CHECK_EQ(t, "");
  CHECK(same(run(nullptr, 3, false, true), expected));
}

TEST_CASE("a loss of one's own, with a penalty and a term across rows, has them too") {
  check_ranks([](World* world) {
    TrainerOptions o{.epochs = 2, .batch_size = 20, .drop_last = true};
    o.loss = [](const Tensor& outputs, const Tensor& labels) {
      const Tensor centre = mean(outputs, {.axes = {0}, .keep_dims = true});
      return cross_entropy(outputs, labels) + 0.1 * mean((outputs - centre) * (outputs - centre));
    };
    o.world = world;
    o.blocks = 8;
    return o;
  });
}

TEST_CASE("blocks below 0 are refused") {
  Linear model{6, 3};
  Generator rng(1);
  model.initialise(rng);
  CHECK_THROWS_WITH_AS((Trainer{model, SGD{{}}, {.blocks = -1}}), doctest::Contains("blocks is -1; at least 0"), Error);
}

TEST_CASE("blocks is in the result, and 1 is what it is without a world") {
  TrainerOptions o{.epochs = 1};
  const Result plain = trained(o);
  o.blocks = 1;
  CHECK(same(trained(o), plain));
  o.blocks = 8;
  CHECK_FALSE(same(trained(o), plain));
}

TEST_CASE("ranks that differ are told so before the first step, by name") {
  for (const std::string& t : loopback::run(3, [](World& world) {
         TrainerOptions o = everything(&world);
         if (world.rank() == 2) o.mixup = 0.4;
         trained(o);
       }))
    CHECK_EQ(t, "World: the mixup of rank 2 of 3 differs: 0.4; rank 0 has 0.3");
  for (const std::string& t : loopback::run(2, [](World& world) {
         Linear model{6, 3};
         Generator rng(static_cast<std::uint64_t>(world.rank()));
         model.initialise(rng);
         Trainer trainer{model, SGD{{}}, {.epochs = 1, .world = &world}};
         trainer.fit(data(2));
       }))
    CHECK(t.find("the model of rank 1 of 2 differs: parameters of digest") != std::string::npos);
  for (const std::string& t : loopback::run(2, [](World& world) {
         Linear model{6, 3};
         Generator rng(1);
         model.initialise(rng);
         Trainer trainer{model, SGD{{}}, {.epochs = 1, .world = &world}};
         trainer.fit(data(2, world.rank() == 0 ? 100 : 101));
       }))
    CHECK(t.find("the training set of rank 1 of 2 differs: 101 rows of digest") != std::string::npos);
}

TEST_CASE("a rank that fails in the middle of a step leaves all weights as they were") {
  const auto thrown = loopback::run(3, [](World& world) {
    Linear model{6, 3};
    Generator rng(1);
    model.initialise(rng);
    Trainer trainer{model, SGD{{}}, {.epochs = 1, .batch_size = 10, .world = &world}};
    std::int64_t steps = 0;
    Tensors before;
    trainer.on_batch([&](const BatchEnd& end) {
      steps = end.step;
      before = values_of(parameters_of(model));
      if (end.step == 4 && world.rank() == 1) fail(ErrorCode::io, "callback", "the disk is full");
    });
    std::string heard;
    try {
      trainer.fit(data(2));
    } catch (const Error& e) {
      heard = e.what();
    }
    require(heard == "rank 1 of 3: callback: the disk is full", "test", "heard {}", heard);
    const Tensors after = values_of(parameters_of(model));
    for (std::size_t i = 0; i < after.size(); ++i) require(tests::same_bits(after[i], before[i]), "test", "moved");
    require(steps == 4, "test", "{} steps", steps);
  });
  for (const std::string& t : thrown) CHECK_EQ(t, "");
}

TEST_CASE("a stop that one rank hears stops all after the same step") {
  std::mutex lock;
  std::vector<std::int64_t> steps;
  loopback::run(3, [&](World& world) {
    Linear model{6, 3};
    Generator rng(1);
    model.initialise(rng);
    Trainer trainer{model, SGD{{}}, {.epochs = 9, .batch_size = 10, .world = &world}};
    std::int64_t last = 0;
    trainer.on_batch([&](const BatchEnd& end) {
      last = end.step;
      if (end.step == 5 && world.rank() == 2) trainer.stop();
    });
    trainer.fit(data(2));
    const std::lock_guard guard(lock);
    steps.push_back(last);
  });
  CHECK_EQ(steps, std::vector<std::int64_t>(3, 5));
}

TEST_CASE("a run of 4 ranks goes on in 3, and in one process, to the same bits") {
  const Result expected = trained(everything(nullptr));
  const tests::TemporaryFolder folder;
  const auto part = [&](World* world, int epochs, bool resumes) {
    TrainerOptions o = everything(world);
    o.epochs = epochs;
    o.checkpoint = {.folder = folder.path.string()};
    Sequential model{Linear{6, 16}, BatchNorm{16}, Relu{}, Dropout{0.3}, LayerNorm{16}, Linear{16, 3}};
    Generator rng(1);
    model.initialise(rng);
    Trainer trainer{model, AdamW{{.learning_rate = 1e-2}}, std::move(o)};
    if (resumes) trainer.resume(folder / "last.safetensors");
    Result r;
    r.history = trainer.fit(data(2), data(3, 37));
    r.values = values_of(parameters_of(model));
    for (const Tensor& buffer : values_of(ModelRef(model)).buffers) r.values.push_back(buffer);
    return r;
  };
  for (const std::string& t : loopback::run(4, [&](World& world) { part(&world, 1, false); })) CHECK_EQ(t, "");
  for (const std::string& t : loopback::run(3, [&](World& world) { part(&world, 2, true); })) CHECK_EQ(t, "");
  CHECK(same(part(nullptr, 3, true), expected));
}
