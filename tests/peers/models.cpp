// models THREADS: a server; a line `lenet` or `resnet` is answered by the seconds of a training step of that model, forward, backward
// and AdamW, on 64 images of 28 x 28: the median of 15 steps after 3.
#include <logitape.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "stopwatch.h"

namespace lt = logitape;

namespace {

double seconds_a_step(const std::string& name) {
  lt::Generator rng{1};
  lt::Sequential model = name == "lenet" ? lt::lenet(10, {28, 28, 1}) : lt::small_resnet(10, {28, 28, 1});
  model.initialise(rng);
  const lt::Tensor images = lt::randn({64, 28, 28, 1}, rng), labels = lt::argmax(lt::randn({64, 10}, rng));
  lt::AdamW adam{{.learning_rate = 1e-3}};
  std::vector<double> steps;
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
  for (std::string name; std::cin >> name;) std::cout << seconds_a_step(name) << std::endl;
}
