// A training step through the public API: forward, loss, gradients, update. Beside it the peers', the same kernels
// called by hand, and what Trainer adds.
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <logitape.h>

#include "tests/bench/bench.h"
#include "tests/bench/copy.h"
#include "tests/bench/hand_written.h"

namespace bench {
namespace lt = logitape;
namespace {

lt::Sequential model_of(const std::vector<std::int64_t>& widths) {
  std::vector<lt::AnyModule> modules;
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (i > 1) modules.emplace_back(lt::Relu{});
    modules.emplace_back(lt::Linear{widths[i - 1], widths[i]});
  }
  return lt::Sequential::of(modules);
}

struct Rows {
  lt::Tensor inputs, labels;
};
Rows rows_of(const lt::Shape& inputs) {
  lt::Generator rng{1};
  return {lt::randn(inputs, rng), lt::argmax(lt::randn({inputs[0], 10}, rng), 1)};
}

// A step of SGD.
struct Step {
  lt::Sequential model;
  Rows rows;
  lt::SGD sgd{{.learning_rate = 0.01}};

  Step(lt::Sequential of, const lt::Shape& inputs) : model(std::move(of)), rows(rows_of(inputs)) {
    lt::Generator rng{1};
    model.initialise(rng);
  }
  void operator()() {
    sgd.step(model, lt::grad(lt::cross_entropy(model(rows.inputs), rows.labels), lt::parameters(model)));
  }
};

void of_layers(Session& s, const std::vector<std::int64_t>& widths, std::int64_t batch, double libtorch, double jax) {
  const std::string layers = fmt::format("{}", fmt::join(widths, "-")),
                    name = fmt::format("{}, {} rows", layers, batch);
  if (!s.wants(name)) return;
  Step step(model_of(widths), {batch, widths[0]});
  HandWritten by_hand(step.model, step.rows.inputs, step.rows.labels, 0.01);
  step();
  by_hand.step();
  if (lt::parameters(step.model)[0].to_vector<float>() != by_hand.weight(0).to_vector<float>())
    throw std::logic_error("the step by hand gives other numbers");
  std::vector<Contender> all{{"ours", [&] { step(); }},
                             {"the same kernels by hand", [&] { by_hand.step(); }, {}, 1 / 1.1}};
  s.add_peers(all, fmt::format("step {} {}", layers, batch),
              {{"libtorch", libtorch}, {"JAX", jax}, {"PyTorch", 0}, {"torch.compile", 0}, {"TensorFlow", 0}});
  s.row(name, all);
}

// What it costs that sums over rows are cut into blocks, as ranks that share a batch need.
void of_blocks(Session& s, const std::vector<std::int64_t>& widths, std::int64_t batch) {
  const std::string name = fmt::format("{} in 8 blocks, {} rows", fmt::join(widths, "-"), batch);
  if (!s.wants(name)) return;
  Step step(model_of(widths), {batch, widths[0]});
  const auto in_blocks = [&] {
    const lt::RowBlocks cut(batch, 8);
    step();
  };
  s.row(name, {{"ours", in_blocks}, {"ours, in one block", [&] { step(); }, {}, 1 / 1.12}});
}

void of_lenet(Session& s) {
  const std::string name = "LeNet, 64 images";
  if (!s.wants(name)) return;
  Step step(lt::lenet(10, {28, 28, 1}), {64, 28, 28, 1});
  std::vector<Contender> all{{"ours", [&] { step(); }}};
  s.add_peers(all, "step lenet 64", {{"libtorch", 1.5}, {"JAX", 1.5}, {"PyTorch", 1.5}});
  s.row(name, all);
}

// The update alone: it reads parameter, gradient and two moments, and writes all but the gradient.
void of_adam(Session& s, const std::vector<std::int64_t>& widths) {
  const std::string name = fmt::format("Adam's update of {}", fmt::join(widths, "-"));
  if (!s.wants(name)) return;
  Step step(model_of(widths), {64, widths[0]});
  const lt::Tensors gradients =
      lt::grad(lt::cross_entropy(step.model(step.rows.inputs), step.rows.labels), lt::parameters(step.model));
  std::size_t numbers = 0;
  for (const lt::Tensor& g : gradients) numbers += static_cast<std::size_t>(g.size());
  BestCopy copy(numbers * sizeof(float) * 7 / 2, s.threads(), s.has("AVX3"));
  lt::Adam adam{{.learning_rate = 1e-6}};
  std::vector<Contender> all{{"ours", [&] { adam.step(step.model, gradients); }},
                             {copy.name(), [&] { copy(); }, {}, 1}};
  s.add_peers(all, fmt::format("adam {}", fmt::join(widths, "-")), {{"PyTorch", 0}});
  s.row(name, all);
}

// An epoch of 100 batches: Trainer's, and the loop that one writes without it.
void of_trainer(Session& s, const std::vector<std::int64_t>& widths, std::int64_t batch) {
  const std::string name = fmt::format("Trainer, an epoch of {}, {} rows a batch", fmt::join(widths, "-"), batch);
  if (!s.wants(name)) return;
  lt::Sequential model = model_of(widths);
  lt::Generator rng{1};
  model.initialise(rng);
  const Rows rows = rows_of({100 * batch, widths[0]});
  const lt::Dataset data{rows.inputs, rows.labels};
  lt::SGD sgd{{.learning_rate = 1e-4}};
  const auto trainer = [&] { lt::Trainer(model, sgd, {.epochs = 1, .batch_size = batch}).fit(data); };
  const auto plain = [&] {
    for (const auto& [inputs, labels] : lt::Batches{data, {.size = batch, .shuffle = &rng}})
      sgd.step(model, lt::grad(lt::cross_entropy(model(inputs), labels), lt::parameters(model)));
  };
  s.row(name, {{"ours", trainer}, {"ours, a plain loop", plain, {}, 1 / 1.03}});
}

}  // namespace

void steps(Session& s) {
  of_layers(s, {64, 256, 10}, 64, 2.5, 1.8);
  of_layers(s, {784, 256, 128, 10}, 128, 1.3, s.by_threads(0, 1.5));
  for (const std::int64_t batch : {64, 256, 1024}) of_blocks(s, {784, 512, 512, 10}, batch);
  of_lenet(s);
  of_adam(s, {64, 256, 10});
  of_adam(s, {784, 256, 128, 10});
  of_adam(s, {2048, 2048, 10});
  of_trainer(s, {64, 256, 10}, 64);
  of_trainer(s, {784, 256, 128, 10}, 128);
}

}  // namespace bench
