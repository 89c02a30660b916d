// A step's forward and backward pass and the sums of its gradients, of an MLP and of a small network for images: sums
// that travel while earlier layers are computed beside sums at the end, in turn, in one run, medians; and what the
// model of the network makes of them. For ./tests/run hosts, on hosts that are joined at 1 Gbit/s. RANKS_THREADS:
// threads of each rank.
#include <logitape.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace lt = logitape;

namespace {

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}

std::int64_t size_of(const lt::Tensors& all) {
  std::int64_t count = 0;
  for (const lt::Tensor& t : all) count += t.size();
  return count;
}

// alpha-beta (Hockney, 1994): a sum of n bytes over p ranks, by halves and back, is 2 log2(p) messages, and moves
// 2 (1 - 1/p) n bytes in and out of each rank.
struct Network {
  double message, second_per_byte, messages, passes;

  // From two sums, one of a float and one of a million.
  explicit Network(lt::distributed::World& world)
      : messages(2 * std::log2(world.size())), passes(2 * (1 - 1.0 / world.size())) {
    const lt::distributed::Shares shares(1000, 8, world.size());
    const auto seconds = [&](std::size_t count) {
      std::vector<float> x(count, 1.0f);
      std::vector<double> all;
      for (int i = 0; i < 21; ++i) {
        world.meet("a sum");
        const auto start = std::chrono::steady_clock::now();
        world.sum(x.data(), count, shares);
        all.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      }
      return median(all);
    };
    message = seconds(1) / messages;
    second_per_byte = (seconds(1000000) - messages * message) / (passes * 4e6);
    if (world.first())
      std::printf("%d ranks: %.0f us a message, %.3f GB/s\n", world.size(), message * 1e6, 1e-9 / second_per_byte);
  }
  double milliseconds(std::int64_t floats) const {
    return 1e3 * (messages * message + passes * 4 * static_cast<double>(floats) * second_per_byte);
  }
};

enum Way { alone, at_the_end, under_way };

// inputs: the rows of the whole batch, of which this rank takes its part.
void compare(lt::distributed::World& world, const Network& network, const char* name, lt::Sequential model,
             const lt::Tensor& inputs, int rounds) {
  lt::Generator rng{7};
  model.initialise(rng);
  const std::int64_t batch = inputs.shape()[0];
  const lt::distributed::Shares shares(batch, 8, world.size());
  const std::int64_t first = shares.first_row_of(world.rank()), rows = shares.rows_of(world.rank());
  const lt::Tensor x = inputs[lt::range(first, first + rows)], labels = lt::zeros({rows}, lt::DType::i64);
  const lt::Tensors parameters = lt::parameters(model);
  const auto step = [&](Way way) {
    world.meet("a step");
    const auto start = std::chrono::steady_clock::now();
    const lt::Tensor loss = lt::cross_entropy(model(x), labels);
    if (way == under_way)
      world.sum_as_ready(parameters, shares, [&](const auto& ready) { lt::grad(loss, parameters, {.ready = ready}); });
    else if (way == at_the_end) world.sum(lt::grad(loss, parameters), shares);
    else lt::grad(loss, parameters);
    world.meet("its end");  // the slowest rank's time
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() * 1e3;
  };
  std::array<std::vector<double>, 3> ms;
  for (int i = -2; i < rounds; ++i)
    for (const Way way : {alone, at_the_end, under_way}) {
      const double t = step(way);
      if (i >= 0) ms[way].push_back(t);
    }
  if (world.first())
    std::printf(
        "%d ranks, %s, %lld parameters, batch %lld: without sums %.1f ms, sums at the end %.1f (by the model %.1f), "
        "under way %.1f, %.2f of that\n",
        world.size(), name, static_cast<long long>(size_of(parameters)), static_cast<long long>(batch),
        median(ms[alone]), median(ms[at_the_end]), median(ms[alone]) + network.milliseconds(size_of(parameters)),
        median(ms[under_way]), median(ms[under_way]) / median(ms[at_the_end]));
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  if (const char* threads = std::getenv("RANKS_THREADS")) lt::set_num_threads(std::atoi(threads));
  lt::distributed::World world;
  return world.run([&] {
    const Network network(world);
    lt::Generator rng{1};
    for (const std::int64_t batch : {64, 256, 1024})
      compare(world, network, "an MLP",
              {lt::Linear{784, 1024}, lt::Relu{}, lt::Linear{1024, 1024}, lt::Relu{}, lt::Linear{1024, 10}},
              lt::randn({batch, 784}, rng), rounds);
    for (const std::int64_t batch : {64, 256})
      compare(
          world, network, "a network for images",
          {lt::Conv2d{1, 16, 3, {.padding = 1}}, lt::Relu{}, lt::MaxPool2d{}, lt::Conv2d{16, 32, 3, {.padding = 1}},
           lt::Relu{}, lt::MaxPool2d{}, lt::Flatten{}, lt::Linear{7 * 7 * 32, 512}, lt::Relu{}, lt::Linear{512, 10}},
          lt::randn({batch, 28, 28, 1}, rng), rounds);
  });
}
