// models THREADS: a server; a line `mlp`, `lenet` or `resnet` is answered by the seconds of a training step of that
// model, forward, backward and AdamW, on 64 images of 28 x 28: the median of 15 steps after 3. `lenet bf16`: in mixed
// precision.
#include <logitape.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "stopwatch.h"

namespace lt = logitape;

namespace {

lt::Sequential model_of(const std::string& name) {
  if (name == "lenet") return lt::lenet(10, {28, 28, 1});
  if (name == "resnet") return lt::small_resnet(10, {28, 28, 1});
  return lt::Sequential{lt::Flatten{},       lt::Linear{784, 128}, lt::Relu{},
                        lt::Linear{128, 64}, lt::Relu{},           lt::Linear{64, 10}};
}

double seconds_a_step(const std::string& name, bool mixed) {
  lt::Generator rng{1};
  lt::Sequential model = model_of(name);
  model.initialise(rng);
  const lt::Tensor images = lt::randn({64, 28, 28, 1}, rng), labels = lt::argmax(lt::randn({64, 10}, rng), 1);
  lt::AdamW adam{{.learning_rate = 1e-3}};
  std::vector<double> steps;
  const lt::MixedPrecision precision(mixed);
  for (int step = 0; step < 18; ++step) {
    const Stopwatch watch(lt::num_threads());
    adam.step(model, lt::grad(lt::cross_entropy(model(images), labels), model.parameters()));
    if (step >= 3) steps.push_back(watch.seconds());
  }
  std::ranges::sort(steps);
  return steps[steps.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  lt::set_num_threads(std::stoi(argv[1]));
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t space = line.find(' ');
    std::cout << seconds_a_step(line.substr(0, space), space != std::string::npos) << std::endl;
  }
}
