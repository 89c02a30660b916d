// digits THREADS: a server; the digits example's model and loop on a split that every peer gets too. A line
//   TRAIN.csv TEST.csv SEED EPOCHS -> seconds of the training loop, test accuracy, peak memory in KiB
// One epoch on another model goes before, untimed.
#include <logitape.h>

#include <fstream>
#include <iostream>
#include <string>

#include "stopwatch.h"

namespace lt = logitape;

namespace {

lt::Sequential train(const lt::Dataset& set, lt::Generator& rng, int epochs) {
  lt::Sequential model{lt::Linear{64, 512}, lt::Relu{}, lt::Linear{512, 10}};
  model.initialise(rng);
  lt::AdamW adam{{.learning_rate = 2e-3, .weight_decay = 0.01}};
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [inputs, labels] : lt::Batches{set, {.size = 64, .shuffle = &rng}}) {
      const lt::Tensor loss = lt::cross_entropy(model(inputs), labels);
      adam.step(model, lt::grad(loss, model.parameters()));
    }
  }
  return model;
}

long peak_kib() {  // not getrusage's figure: that begins with the size of the process that started this one
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  lt::set_num_threads(std::stoi(argv[1]));
  std::string train_file, test_file;
  std::uint64_t seed = 0;
  for (int epochs = 0; std::cin >> train_file >> test_file >> seed >> epochs;) {
    lt::Generator rng{seed};
    const lt::Dataset train_set = lt::dataset_of(lt::load_examples(train_file)),
                      test_set = lt::dataset_of(lt::load_examples(test_file));
    train(train_set, rng, 1);
    const Stopwatch watch(lt::num_threads());
    lt::Sequential model = train(train_set, rng, epochs);
    const double seconds = watch.seconds();
    const lt::NoGrad guard;
    const double right = lt::accuracy(model(test_set.inputs, lt::evaluation), test_set.labels);
    std::cout << seconds << " " << right << " " << peak_kib() << std::endl;
  }
}
