// Indices and labels out of range on a device: nobody waits for the check, and the next read throws what the cpu
// throws.
#include <cmath>
#include <functional>
#include <string>

#include "logitape.h"
#include "tests/devices/device.h"
#include "tests/support/same_bits_of_tensors.h"

namespace logitape::tests {
namespace {

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::out_of_range);
    return e.what();
  }
  return "no error";
}

// What the cpu says of the same call at once.
void check_same_error(const std::function<Tensor(Device)>& call) {
  const Device cuda = Device::cuda();
  const std::string here = message_of([&] { call(Device::cpu()).to_vector(); });
  CHECK(here != "no error");
  Tensor there;
  CHECK(message_of([&] { there = call(cuda); }) == "no error");
  CHECK(message_of([&] { there.to_vector(); }) == here);
  CHECK(message_of([&] { there.to_vector(); }) == "no error");  // it is told once
  CHECK(message_of([&] { call(cuda); }) == "no error");
  CHECK(message_of([&] { synchronise(cuda); }) == here);
}

}  // namespace

TEST_CASE("an index out of range on a device is told by the next read, in the cpu's words") {
  if (!has_cuda()) return;
  Generator rng{3};
  const Tensor x = randn({4, 3}, rng), logits = randn({4, 5}, rng);
  for (const DType dtype : {DType::i8, DType::u8, DType::i16, DType::i32, DType::i64}) {
    const Tensor bad = tensor({1, 7, 0, 5}).to(dtype);
    CAPTURE(dtype);
    check_same_error([&](Device d) { return gather(x.to(d), bad.to(d)); });
    check_same_error([&](Device d) { return one_hot(bad.to(d), 5); });
    check_same_error([&](Device d) { return embedding(x.to(d), bad.to(d)); });
    check_same_error([&](Device d) { return cross_entropy(logits.to(d), bad.to(d)); });
    check_same_error([&](Device d) { return cross_entropy(logits.to(d), bad.to(d), {.label_smoothing = 0.1}); });
    check_same_error([&](Device d) { return scatter_add(zeros({4, 3}).to(d), bad.to(d), x.to(d)); });
    check_same_error([&](Device d) {
      const Tensor each = broadcast_to(reshape(bad, {4, 1}), {4, 3});
      return take_along_axis(x.to(d), each.to(d), Axis(0));
    });
  }
  check_same_error([&](Device d) { return gather(x.to(d), tensor({-1, 0}).to(DType::i32).to(d)); });
  check_same_error([&](Device d) {
    const Tensor weights = tensor({1.f, 2.f, 1.f, 2.f, 1.f});
    return cross_entropy(logits.to(d), tensor({0, 1, 2, 9}).to(DType::i64).to(d), {.class_weights = weights.to(d)});
  });
}

TEST_CASE("of several faults the first is told") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const Tensor x = zeros({4, 3}, DType::f32, cuda);
  const Tensor first = gather(x, tensor({9}).to(DType::i64).to(cuda)),
               second = gather(x, tensor({8}).to(DType::i64).to(cuda));
  CHECK(message_of([&] { second.to_vector(); }).find("index 9") != std::string::npos);
  CHECK(message_of([&] { first.to_vector(); }) == "no error");
  for (const float v : first.to_vector<float>()) CHECK(std::isnan(v));  // what is computed of it says so, too
}

TEST_CASE("what a bad label makes is NaN, and what a bad index adds is nothing") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const Tensor base = ones({3}, DType::f32, cuda), updates = ones({3}, DType::f32, cuda);
  const Tensor sums = scatter_add(base, tensor({0, 3, 0}).to(DType::i64).to(cuda), updates);
  CHECK_THROWS_AS(synchronise(cuda), Error);
  CHECK(sums.to_vector<float>() == std::vector<float>{3, 1, 1});
  const Tensor whole = gather(tensor({5, 6}).to(DType::i32).to(cuda), tensor({0, 2}).to(DType::i64).to(cuda));
  CHECK_THROWS_AS(synchronise(cuda), Error);
  CHECK(whole.to_vector<int>() == std::vector<int>{5, 0});
}

TEST_CASE("no parameter moves in the step of a bad label, nor in any before the error is read") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  const auto check = [&](auto optimiser) {
    Generator rng{5};
    Linear model(4, 3);
    model.initialise(rng);
    move_to(model, cuda);
    const Tensor x = randn({6, 4}, rng).to(cuda);
    const Tensor good = tensor({0, 1, 2, 0, 1, 2}).to(DType::i64).to(cuda),
                 bad = tensor({0, 1, 2, 0, 1, 3}).to(DType::i64).to(cuda);
    const auto step = [&](const Tensor& labels) {
      optimiser.step(model, grad(cross_entropy(model(x), labels), parameters(model)));
    };
    step(good);
    const Tensors before = parameters(model);
    const auto moments = optimiser.state().tensors;
    step(bad);
    step(good);
    CHECK(message_of([&] { synchronise(cuda); }) == "cross_entropy: label 3 at row 5 is outside [0, 3)");
    const Tensors after = parameters(model);
    for (std::size_t i = 0; i < before.size(); ++i)
      CHECK(same_bits(after[i].to(Device::cpu()), before[i].to(Device::cpu())));
    const auto moments_after = optimiser.state().tensors;
    for (std::size_t i = 0; i < moments.size(); ++i)
      CHECK(same_bits(moments_after[i].tensor.to(Device::cpu()), moments[i].tensor.to(Device::cpu())));
    step(good);
    CHECK(!same_bits(parameters(model)[0].to(Device::cpu()), before[0].to(Device::cpu())));
  };
  check(SGD{{.learning_rate = 0.1}});
  check(SGD{{.learning_rate = 0.1, .momentum = 0.9}});
  check(Adam{});
  check(AdamW{});
}

TEST_CASE("Trainer on a device refuses a bad label and a NaN as on the cpu, and keeps every weight") {
  if (!has_cuda()) return;
  for (const bool bad_label : {true, false}) {
    std::string said[2];
    int at = 0;
    for (const Device device : {Device::cpu(), Device::cuda()}) {
      Generator rng{7};
      Sequential model{Linear{4, 8}, Relu{}, Linear{8, 3}};
      model.initialise(rng);
      Dataset rows{randn({20, 4}, rng),
                   tensor({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}).to(DType::i64)};
      if (bad_label) rows.labels = where(equal(arange(20), 13), 3, rows.labels);
      else rows.inputs = where(equal(reshape(arange(20), {20, 1}), 13), std::nan(""), rows.inputs);
      move_to(model, device);
      Trainer trainer(model, AdamW{}, {.epochs = 2, .batch_size = 5});
      Tensors before;
      trainer.on_batch([&](const BatchEnd&) { before = parameters(model); });
      const Tensors first = parameters(model);
      said[at++] = message_of([&] { trainer.fit(rows); });
      if (before.empty()) before = first;
      for (std::size_t i = 0; i < before.size(); ++i)
        CHECK(same_bits(parameters(model)[i].to(Device::cpu()), before[i].to(Device::cpu())));
    }
    CHECK(said[0] == said[1]);
  }
}

}  // namespace logitape::tests
