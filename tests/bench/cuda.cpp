// bench_cuda [--smoke]: what a call takes on the first CUDA device, a line of JSON each: a copy on the device, softmax
// cross entropy with its gradient over the same bytes, a step of training, the same step replayed as a graph.
// Calls are queued, and waited for once a round; the figure is the median of five rounds.
//   --smoke: small shapes, one call a round, on an emulated device too
#include <logitape.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tests/bench/device_copy.h"

namespace lt = logitape;

namespace {

const lt::Device device = lt::Device::cuda();
bool smoke = false;

template <class F>
double seconds_of(std::int64_t calls, const F& call) {
  lt::synchronise(device);
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < calls; ++i) call();
  lt::synchronise(device);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// As many calls a round as fill 50 ms.
template <class F>
double microseconds_a_call(const F& call) {
  seconds_of(smoke ? 1 : 3, call);  // the first calls allocate and load
  const double about = smoke ? 1 : seconds_of(10, call) / 10;
  const auto calls = static_cast<std::int64_t>(std::clamp(0.05 / about, 1.0, 20000.0));
  std::array<double, 5> rounds{};
  for (double& round : rounds) round = 1e6 * seconds_of(calls, call) / static_cast<double>(calls);
  std::ranges::sort(rounds);
  return rounds[2];
}

struct Size {
  std::int64_t rows, classes;
};

void print_row(const char* what, Size size, lt::DType dtype, double microseconds) {
  std::printf("{\"what\": \"%s\", \"rows\": %lld, \"classes\": %lld, \"dtype\": \"%s\", \"microseconds\": %.2f}\n",
              what, static_cast<long long>(size.rows), static_cast<long long>(size.classes), lt::name(dtype).data(),
              microseconds);
  std::fflush(stdout);
}

// False: the loss is no number.
bool time_loss(Size size, lt::DType dtype) {
  lt::Generator rng{1};
  std::vector<std::int64_t> classes;
  for (std::int64_t r = 0; r < size.rows; ++r) classes.push_back(r * 7 % size.classes);
  const lt::Tensor labels = lt::from_span(classes, {size.rows}).to(device);
  const lt::Tensor logits = lt::variable(lt::randn({size.rows, size.classes}, rng, lt::DType::f32, device).to(dtype));
  print_row("copy", size, dtype, microseconds_a_call(bench::DeviceCopy(logits)));
  lt::Tensor loss;
  print_row("loss", size, dtype, microseconds_a_call([&] {
              loss = lt::cross_entropy(logits, labels);
              lt::grad(loss, logits);
            }));
  return std::isfinite(loss.item());
}

// 784-256-10, and a batch of 128 rows, a few with --smoke.
struct Net {
  lt::Sequential model{lt::Linear{784, 256}, lt::Relu{}, lt::Linear{256, 10}};
  lt::Tensor inputs, labels;

  Net() {
    const std::int64_t rows = smoke ? 4 : 128;
    lt::Generator rng{1};
    model.initialise(rng);
    lt::move_to(model, device);
    std::vector<std::int64_t> classes;
    for (std::int64_t r = 0; r < rows; ++r) classes.push_back(r * 7 % 10);
    inputs = lt::randn({rows, 784}, rng).to(device);
    labels = lt::from_span(classes, {rows}).to(device);
  }
};

void print_step(const char* what, const char* optimiser, double microseconds) {
  std::printf("{\"what\": \"%s\", \"optimiser\": \"%s\", \"microseconds\": %.2f}\n", what, optimiser, microseconds);
  std::fflush(stdout);
}

template <class Optimiser>
bool time_step(const char* name, Optimiser optimiser) {
  Net net;
  lt::Tensor loss;
  print_step("step", name, microseconds_a_call([&] {
               loss = lt::cross_entropy(net.model(net.inputs), net.labels);
               optimiser.step(net.model, lt::grad(loss, lt::parameters(net.model)));
             }));
  return std::isfinite(loss.item());
}

template <class Optimiser>
bool time_replayed_step(const char* name, Optimiser optimiser) {
  Net net;
  lt::train::Graph step(net.model, optimiser);
  lt::Tensor loss;
  const auto call = [&] { loss = step(net.inputs, net.labels); };
  call();
  call();  // is recorded
  print_step("replayed step", name, microseconds_a_call(call));
  return step.replays() > 0 && std::isfinite(loss.item());
}

int run() {
  const std::string kind = lt::kind_of(device);
  const bool emulated = kind.find("emulated") != std::string::npos;
  std::printf("{\"device\": \"%s\"}\n", kind.c_str());
  if (emulated) std::fputs("emulated: times mean nothing\n", stderr);
  if (emulated && !smoke) {
    std::fputs("an emulated device takes --smoke alone: the others are for a GPU\n", stderr);
    return 2;
  }
  const std::vector<Size> large{{32768, 1024}, {16384, 32768}, {8192, 50257}, {8192, 128256}, {8192, 256000}};
  const std::vector<Size> small{{4, 10}, {3, 1031}, {2, 5000}};
  bool well = true;
  for (const Size size : smoke ? small : large)
    for (const lt::DType dtype : {lt::DType::bf16, lt::DType::f32}) well &= time_loss(size, dtype);
  const lt::SGD sgd{{.learning_rate = 0.01}};
  well &= time_step("SGD", sgd) && time_replayed_step("SGD", sgd);
  well &= time_step("AdamW", lt::AdamW{}) && time_replayed_step("AdamW", lt::AdamW{});
  if (!well) std::fputs("a loss is no number, or a step was not replayed\n", stderr);
  return well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  smoke = argc == 2 && !std::strcmp(argv[1], "--smoke");
  if (argc > 1 && !smoke) {
    std::fputs("bench_cuda [--smoke]\n", stderr);
    return 2;
  }
  try {
    return run();
  } catch (const lt::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return e.code() == lt::ErrorCode::device ? 77 : 1;
  }
}
