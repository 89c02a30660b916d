// Training on a device: what a model is made of follows it there, and comes back.
#include "tests/devices/device.h"

#include <cmath>
#include <vector>

#include "logitape.h"
#include "logitape/backends/detail/module.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

// No bias before BatchNorm, which subtracts it: its gradient is rounding, and Adam makes whole steps of that.
struct Run {
  Sequential model{Linear{4, 8, {.bias = false}}, BatchNorm{8}, Relu{}, Dropout{0.2}, Linear{8, 3}};
  Generator rng{11};
  Dataset rows{randn({60, 4}, rng), zeros({60}, DType::i64)};

  Run() {
    model.initialise(rng);
    const Tensor x = rows.inputs;
    rows.labels = argmax(matmul(x, slice(x, {0, 0}, {4, 3})), 1);  // something that can be learnt
  }
  TrainerOptions options(int epochs, const std::string& folder = "") const {
    TrainerOptions o{.epochs = epochs, .batch_size = 16};
    o.checkpoint.folder = folder;
    return o;
  }
};

double largest_difference(const Sequential& a, const Sequential& b) {
  const Tensors x = parameters(a), y = parameters(b);
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    most = std::max(most, max(abs(x[i].to(Device::cpu()) - y[i].to(Device::cpu()))).item());
  return most;
}

}  // namespace

TEST_CASE("a model moves to a device and back with the same bits, its running means too") {
  if (!has_cuda()) return;
  Run run;
  const Tensor before = run.model(run.rows.inputs, evaluation);
  move_to(run.model, Device::cuda());
  for (const Tensor& p : parameters(run.model)) CHECK(p.device() == Device::cuda());
  const Tensor there = run.model(run.rows.inputs.to(Device::cuda()), evaluation);
  CHECK(there.device() == Device::cuda());
  CHECK(max(abs(there.to(Device::cpu()) - before)).item() < 1e-5);
  move_to(run.model, Device::cpu());
  CHECK(same_bits(run.model(run.rows.inputs, evaluation), before));
}

TEST_CASE("a training on a device learns what one on the cpu learns, and gives the same bits twice") {
  if (!has_cuda()) return;
  std::vector<Sequential> trained;
  for (const Device device : {Device::cpu(), Device::cuda(), Device::cuda()}) {
    Run run;
    move_to(run.model, device);
    Trainer trainer(run.model, AdamW{{.learning_rate = 0.01}}, run.options(4));
    const auto history = trainer.fit(run.rows, run.rows);
    CHECK(history.back().loss < history.front().loss);
    trained.push_back(run.model);
  }
  CHECK(largest_difference(trained[0], trained[1]) < 1e-3);  // Adam divides by small numbers: digits are lost
  CHECK(largest_difference(trained[1], trained[2]) == 0);
}

TEST_CASE("a checkpoint made on one device resumes on the other") {
  if (!has_cuda()) return;
  for (const bool from_cpu : {true, false}) {
    const TemporaryFolder folder;
    const std::string path = folder / "run.safetensors";
    const Device first = from_cpu ? Device::cpu() : Device::cuda(), second = from_cpu ? Device::cuda() : Device::cpu();
    Run a, b;
    move_to(a.model, first);
    Trainer begun(a.model, Adam{}, a.options(4));
    int epochs = 0;
    begun.on_epoch([&](const Epoch&) {
      if (++epochs == 2) begun.stop();
    });
    begun.fit(a.rows);
    begun.save(path);
    move_to(b.model, second);
    Trainer resumed(b.model, Adam{}, b.options(4));
    resumed.resume(path);
    CHECK(resumed.fit(b.rows).size() == 4);
    for (const Tensor& p : parameters(b.model)) CHECK(p.device() == second);
    Run whole;
    Trainer(whole.model, Adam{}, whole.options(4)).fit(whole.rows);
    CHECK(largest_difference(b.model, whole.model) < 1e-3);
  }
}

TEST_CASE("evaluation takes rows to the model's device, and brings the outputs back to the rows'") {
  if (!has_cuda()) return;
  Run run;
  const Evaluation before = evaluate(run.model, run.rows);
  move_to(run.model, Device::cuda());
  for (const Device device : {Device::cpu(), Device::cuda()}) {
    const Evaluation there = evaluate(run.model, run.rows.to(device), {}, 16);
    CHECK(there.outputs.device() == device);
    CHECK(there.accuracy == before.accuracy);
    CHECK(max(abs(there.outputs.to(Device::cpu()) - before.outputs)).item() < 1e-5);
  }
  CHECK(find_learning_rate(run.model, Adam{}, run.rows, {.batch_size = 16}).suggestion > 0);
}

TEST_CASE("a classifier is trained, calibrated and predicts on a device, and its file loads on the cpu") {
  if (!has_cuda()) return;
  const TemporaryFolder folder;
  Run run;
  Classifier classifier("mlp:4,8,3", {"a", "b", "c"}, run.rng);
  move_to(classifier, Device::cuda());
  Trainer(classifier, AdamW{{.learning_rate = 0.01}}, run.options(4)).fit(run.rows, run.rows);
  classifier.calibrate(run.rows.to(Device::cuda()));
  const Prediction there = classifier.predict(run.rows.inputs);
  CHECK(there.probabilities.device() == Device::cpu());
  classifier.save(folder / "there.safetensors");
  const Classifier loaded = Classifier::load(folder / "there.safetensors");
  for (const Tensor& p : parameters(loaded)) CHECK(p.device() == Device::cpu());
  const Prediction here = loaded.predict(run.rows.inputs);
  CHECK(here.labels == there.labels);
  CHECK(max(abs(here.probabilities - there.probabilities)).item() < 1e-5);
}

TEST_CASE("an optimiser's state follows a model that moves between two steps") {
  if (!has_cuda()) return;
  Run run;
  Adam adam;
  const auto step = [&] {
    const Device device = parameters(run.model).front().device();
    const Tensor loss = cross_entropy(run.model(run.rows.inputs.to(device)), run.rows.labels.to(device));
    adam.step(run.model, grad(loss, parameters(run.model)));
    return loss.item();
  };
  step();
  move_to(run.model, Device::cuda());
  const double then = step();
  move_to(run.model, Device::cpu());
  CHECK(step() < then + 0.5);
}

TEST_CASE("how often the host waits for the device in a step of training is counted") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  Run run;
  move_to(run.model, cuda);
  const Dataset rows = run.rows.to(cuda);
  Adam adam;
  const std::int64_t before = waits_for(cuda);
  const Tensors gradients = grad(cross_entropy(run.model(rows.inputs), rows.labels), parameters(run.model));
  adam.step(run.model, gradients);
  const std::int64_t step = waits_for(cuda) - before;
  MESSAGE(step, " waits in a step of one's own loop");
  CHECK(step == 0);
  Trainer trainer(run.model, Adam{}, run.options(1));
  const std::int64_t then = waits_for(cuda);
  trainer.fit(rows);
  const std::int64_t steps = waits_for(cuda) - then;
  MESSAGE(steps, " waits in Trainer's epoch of 4 steps: one a step, two for the data's digest, one for its order");
  CHECK(steps == 7);
  CHECK(waits_for(Device::cpu()) == 0);
}

TEST_CASE("batches of a dataset on a device lie there, in the order of the cpu's") {
  if (!has_cuda()) return;
  Run run;
  Generator a{5}, b{5};
  std::vector<Tensor> here;
  for (const Batch& batch : Batches{run.rows, {.size = 16, .shuffle = &a}}) here.push_back(batch.inputs);
  std::size_t i = 0;
  for (const Batch& batch : Batches{run.rows.to(Device::cuda()), {.size = 16, .shuffle = &b, .prefetch = 2}}) {
    CHECK(batch.inputs.device() == Device::cuda());
    CHECK(same_bits(batch.inputs.to(Device::cpu()), here.at(i++)));
  }
}

TEST_CASE("metrics read what lies on a device") {
  if (!has_cuda()) return;
  Run run;
  const Tensor logits = run.model(run.rows.inputs, evaluation), there = logits.to(Device::cuda()),
               labels = run.rows.labels.to(Device::cuda());
  CHECK(accuracy(there, labels) == accuracy(logits, run.rows.labels));
  CHECK(same_bits(confusion_matrix(there, labels).to(Device::cpu()), confusion_matrix(logits, run.rows.labels)));
  CHECK(fit_temperature(there, labels) == fit_temperature(logits, run.rows.labels));
  const NearestNeighbours near(run.rows.to(Device::cuda()));
  CHECK(same_bits(near(run.rows.inputs.to(Device::cuda())), NearestNeighbours(run.rows)(run.rows.inputs)));
}

TEST_CASE("a step on a device that any request of memory fails for leaves model and optimiser as they were") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  Run run;
  move_to(run.model, cuda);
  const Dataset rows = run.rows.to(cuda);
  AdamW adam;
  const auto step = [&] {
    adam.step(run.model, grad(cross_entropy(run.model(rows.inputs), rows.labels), parameters(run.model)));
  };
  step();
  const Tensors before = parameters(run.model);
  const auto moments = adam.state().tensors;
  int failures = 0;
  for (std::int64_t n = 1;; ++n) {
    memory::fail_request(n);
    try {
      step();
      memory::fail_request(0);
      break;
    } catch (const Error& e) {
      memory::fail_request(0);
      CHECK(e.code() == ErrorCode::out_of_memory);
      ++failures;
    }
    for (std::size_t i = 0; i < before.size(); ++i) REQUIRE(parameters(run.model)[i].data() == before[i].data());
    for (std::size_t i = 0; i < moments.size(); ++i)
      REQUIRE(adam.state().tensors[i].tensor.data() == moments[i].tensor.data());
  }
  MESSAGE(failures, " requests of a step failed, one at a time");
  CHECK(failures > 100);
  for (const Tensor& p : parameters(run.model)) CHECK(std::isfinite(sum(p).item()));
}

TEST_CASE("a training on a device gives all of its memory back") {
  if (!has_cuda()) return;
  const auto in_use = [] {
    const backends::OpenDevice& on = backends::opened(Device::cuda());
    std::size_t free = 0, total = 0;
    CHECK(on.module->memory(on.context, &free, &total) == LT_OK);
    return total - free;
  };
  const auto train = [] {
    Run run;
    move_to(run.model, Device::cuda());
    Trainer(run.model, AdamW{}, run.options(2)).fit(run.rows, run.rows);
    AdamW adam;
    train::Graph step(run.model, adam);
    for (int i = 0; i < 4; ++i) step(run.rows.inputs, run.rows.labels);
  };
  train();  // numbers that are kept stay
  synchronise(Device::cuda());
  const std::size_t before = in_use();
  train();
  synchronise(Device::cuda());
  CHECK(in_use() == before);
}

}  // namespace logitape::tests
