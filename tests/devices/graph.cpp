// train::Graph: a step that is recorded and replayed gives the bits of a loop of one's own.
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "logitape.h"
#include "tests/devices/device.h"
#include "tests/support/same_bits_of_tensors.h"

namespace logitape::tests {
namespace {

struct Rows {
  Generator rng{11};
  std::vector<Batch> batches;
  explicit Rows(Shape row = {4}) {
    for (const std::int64_t n : {8, 8, 8, 5, 8, 5, 8, 5}) {
      Ints shape{n};
      for (const std::int64_t extent : row) shape.push(extent);
      const Tensor x = randn(Shape(shape), rng);
      batches.push_back({x, argmax(slice(reshape(x, {n, -1}), {0, 0}, {n, 3}), 1)});
    }
  }
};

Tensors weights(const auto& model) {
  Tensors all;
  for (const Tensor& p : parameters(model)) all.push_back(p.to(Device::cpu()));
  const_cast<std::remove_cvref_t<decltype(model)>&>(model).visit_buffers(
      [&](Parameter& b) { all.push_back(b.value.to(Device::cpu())); });
  return all;
}

void check_same_bits(const Tensors& a, const Tensors& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

// The same steps in a loop, and by a Graph, on the device.
template <class O>
void check_graph(const std::function<Sequential()>& make, O optimiser, const Rows& rows,
                 train::GraphOptions options = {}) {
  const Device device = Device::cuda();
  Sequential loop = make(), replayed = make();
  move_to(loop, device);
  move_to(replayed, device);
  O own = optimiser, recorded = optimiser;
  train::Graph step(replayed, recorded, options);
  int i = 0;
  for (const Batch& batch : rows.batches) {
    const double rate = 0.01 / ++i;
    own.set_learning_rate(rate);
    recorded.set_learning_rate(rate);
    const Tensor x = batch.inputs.to(device), y = batch.labels.to(device);
    const Tensor loss = cross_entropy(loop(x), y);
    Tensors gradients = grad(loss, parameters(loop));
    if (options.clip.norm > 0) gradients = clip_by_global_norm(gradients, options.clip.norm);
    own.step(loop, gradients);
    const std::int64_t before = waits_for(device);
    const Tensor same = step(x, y);
    CHECK(waits_for(device) == before);
    CHECK(same_bits(same.to(Device::cpu()), loss.to(Device::cpu())));
  }
  CHECK(step.recorded() == 2);
  CHECK(step.replays() == 6);
  check_same_bits(weights(replayed), weights(loop));
  const auto a = own.state(), b = recorded.state();
  CHECK(a.numbers == b.numbers);
  for (std::size_t t = 0; t < a.tensors.size(); ++t)
    CHECK(same_bits(a.tensors[t].tensor.to(Device::cpu()), b.tensors[t].tensor.to(Device::cpu())));
}

Sequential mlp() {
  Generator rng{2};
  Sequential model{Linear{4, 8}, Relu{}, Linear{8, 3}};
  model.initialise(rng);
  return model;
}
Sequential with_everything() {
  Generator rng{2};
  Sequential model{Linear{4, 8}, BatchNorm{8}, Gelu{},       Dropout{0.5},
                   Linear{8, 8}, LayerNorm{8}, Dropout{0.2}, Linear{8, 3}};
  model.initialise(rng);
  return model;
}

}  // namespace

TEST_CASE("a recorded step gives the bits of a loop, for every optimiser, two shapes, and rates that change") {
  if (!has_cuda()) return;
  const Rows rows;
  check_graph(mlp, SGD{}, rows);
  check_graph(mlp, SGD{{.momentum = 0.9, .nesterov = true, .weight_decay = 0.01}}, rows);
  check_graph(mlp, Adam{}, rows);
  check_graph(mlp, AdamW{{.decays = only_matrices, .groups = {{.parameters = "0.*", .learning_rate_factor = 0.1}}}},
              rows);
  check_graph(mlp, AdamW{}, rows, {.clip = {.norm = 0.1}});
}

TEST_CASE("a recorded step goes on in the streams of dropout, and keeps running means") {
  if (!has_cuda()) return;
  check_graph(with_everything, AdamW{}, Rows{});
}

TEST_CASE("an image model is recorded") {
  if (!has_cuda()) return;
  const auto make = [] {
    Generator rng{2};
    Sequential model{Conv2d{1, 2, 3}, Relu{}, MaxPool2d{2}, Flatten{}, Linear{18, 3}};
    model.initialise(rng);
    return model;
  };
  check_graph(make, AdamW{}, Rows{{8, 8, 1}});
}

TEST_CASE("on the cpu a Graph steps as a loop does") {
  const Rows rows;
  Sequential loop = mlp(), model = mlp();
  AdamW own, adam;
  train::Graph step(model, adam);
  for (const Batch& batch : rows.batches) {
    const Tensor loss = cross_entropy(loop(batch.inputs), batch.labels);
    own.step(loop, grad(loss, parameters(loop)));
    CHECK(same_bits(step(batch.inputs, batch.labels), loss));
  }
  CHECK(step.recorded() == 0);
  check_same_bits(weights(model), weights(loop));
}

TEST_CASE("a step of numbers that are not finite moves nothing, on both devices") {
  for (const Device device : {Device::cpu(), Device::cuda()}) {
    if (device != Device::cpu() && !has_cuda()) return;
    const Rows rows;
    Sequential model = with_everything();
    move_to(model, device);
    AdamW adam;
    train::Graph step(model, adam);
    for (int i = 0; i < 3; ++i) step(rows.batches[0].inputs, rows.batches[0].labels);
    const Tensors before = weights(model);
    const Tensor poisoned = rows.batches[1].inputs * std::nan("");
    const auto run = [&] {
      step(poisoned, rows.batches[1].labels);
      synchronise(device);
    };
    CHECK_THROWS_WITH_AS(run(), "Graph: the loss or a gradient is not finite; the parameters are those before the step",
                         Error);
    for (std::size_t i = 0; i < before.size(); ++i)
      if (is_floating(before[i].dtype())) CHECK(same_bits(weights(model)[i], before[i]));
    step(rows.batches[1].inputs, rows.batches[1].labels);
    CHECK(!same_bits(weights(model)[0], before[0]));
  }
}

TEST_CASE("a step that reads something back cannot be recorded; the model stays as it was, and other work goes on") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const Rows rows;
  Sequential model = mlp();
  move_to(model, cuda);
  SGD sgd;
  bool reads = false;
  train::Graph step(model, sgd, {.loss = [&](const Tensor& outputs, const Tensor& labels) {
                      const Tensor loss = cross_entropy(outputs, labels);
                      if (reads) loss.item();
                      return loss;
                    }});
  const Tensor x = rows.batches[0].inputs.to(cuda), y = rows.batches[0].labels.to(cuda);
  step(x, y);
  reads = true;
  const Tensors before = weights(model);
  try {
    step(x, y);
    CHECK(false);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::unsupported);
    CHECK(std::string(e.what()).find("waits for the device, which a step may not do while it is recorded") !=
          std::string::npos);
  }
  check_same_bits(weights(model), before);
  reads = false;
  step(x, y);
  CHECK(step.recorded() == 1);
  CHECK(!same_bits(weights(model)[0], before[0]));
}

TEST_CASE("weights that somebody puts into the model are recorded anew; copies of weights stay") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const Rows rows;
  Sequential model = mlp(), other = mlp();
  move_to(model, cuda);
  Adam adam;
  train::Graph step(model, adam);
  const Tensor x = rows.batches[0].inputs.to(cuda), y = rows.batches[0].labels.to(cuda);
  const Tensors held = parameters(model);  // of before the first recording: nobody writes over them
  const Tensors first = weights(model);
  for (int i = 0; i < 4; ++i) step(x, y);
  for (std::size_t i = 0; i < held.size(); ++i) CHECK(same_bits(held[i].to(Device::cpu()), first[i]));
  std::vector<Parameter*> boxes;
  model.visit([&](Parameter& p) { boxes.push_back(&p); });
  for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i]->value = variable(first[i].to(cuda));
  const Tensor again = step(x, y);
  CHECK(
      max(abs(again.to(Device::cpu()) - cross_entropy(other(rows.batches[0].inputs), rows.batches[0].labels))).item() <
      1e-5);
}

TEST_CASE("memory of graphs comes back") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const Rows rows;
  for (int round = 0; round < 3; ++round) {
    Sequential model = mlp();
    move_to(model, cuda);
    AdamW adam;
    Tensor loss;
    {
      train::Graph step(model, adam);
      for (const Batch& batch : rows.batches) loss = step(batch.inputs, batch.labels);
    }
    CHECK(std::isfinite(loss.item()));  // it outlives the graph
    CHECK(std::isfinite(max(model(rows.batches[0].inputs.to(cuda), evaluation)).item()));
  }
}

}  // namespace logitape::tests
