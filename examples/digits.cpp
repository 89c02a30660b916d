// Trains a small classifier on handwritten digits, 8x8 pixels, and prints how many unseen ones it reads correctly.
#include <logitape.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "csv.h"

namespace lt = logitape;

namespace {

struct Settings {
  int seed = 7;
  int epochs = 30;
  int threads = 2;
};

// --seed N, --epochs N, --threads N.
Settings parse(int argc, char** argv) {
  Settings s;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
    int* const setting = flag == "--seed" ? &s.seed : flag == "--epochs" ? &s.epochs : flag == "--threads" ? &s.threads : nullptr;
    if (!setting) throw std::invalid_argument(std::string(flag) + " is unknown; there are --seed N, --epochs N and --threads N");
    const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), *setting);
    if (error != std::errc() || rest != value.data() + value.size() || *setting < (setting == &s.seed ? 0 : 1))
      throw std::invalid_argument(std::string(flag) + " needs a whole number from " + (setting == &s.seed ? "0" : "1") +
                                  " to 2147483647, not \"" + std::string(value) + "\"");
  }
  return s;
}

void train(const Settings& settings) {
  lt::set_num_threads(settings.threads);
  lt::Generator rng{static_cast<std::uint64_t>(settings.seed)};

  const lt::Dataset digits = read_csv(LOGITAPE_EXAMPLE_DATA "/digits.csv");
  const auto [train_set, test_set] = lt::split({digits.inputs / 16, digits.labels}, 0.2, rng);  // pixels are 0 to 16

  lt::Sequential model{lt::Linear{64, 512}, lt::Relu{}, lt::Linear{512, 10}};
  model.initialise(rng);
  lt::AdamW adam{{.learning_rate = 2e-3}};

  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  for (int epoch = 1; epoch <= settings.epochs; ++epoch) {
    const double before = elapsed();
    double loss_sum = 0, right = 0;
    for (auto [inputs, labels] : lt::Batches{train_set, {.size = 64, .shuffle = &rng}}) {
      const lt::Tensor logits = model(inputs);
      const lt::Tensor loss = lt::cross_entropy(logits, labels);
      adam.step(model, lt::grad(loss, model.parameters()));
      loss_sum += loss.item<double>() * static_cast<double>(labels.size());
      right += lt::accuracy(logits, labels) * static_cast<double>(labels.size());
    }
    const auto samples = static_cast<double>(train_set.size());
    std::printf("epoch %2d  loss %.4f  training accuracy %5.1f%%  %7.0f samples/s  %5.2f s\n", epoch, loss_sum / samples,
                100 * right / samples, samples / (elapsed() - before), elapsed());
  }

  const lt::NoGrad guard;
  std::printf("test accuracy %.1f%%\n", 100 * lt::accuracy(model(test_set.inputs), test_set.labels));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    train(parse(argc, argv));
  } catch (const std::invalid_argument& usage) {
    std::fprintf(stderr, "digits: %s\n", usage.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
