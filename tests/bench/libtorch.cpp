// libtorch THREADS MILLISECONDS: PyTorch's C++ side of peer.h, a question a line. bench_torch.py has the same
// questions.
#include <torch/torch.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>

namespace F = torch::nn::functional;
using torch::Tensor;

namespace {

using Call = std::function<void()>;

Call loss(std::istream& words) {
  std::string kind, dtype;
  std::int64_t rows = 0, classes = 0;
  words >> kind >> dtype >> rows >> classes;
  const auto type = dtype == "f64" ? torch::kFloat64 : dtype == "bf16" ? torch::kBFloat16 : torch::kFloat32;
  const Tensor x = torch::randn({rows, classes}).to(type).requires_grad_();
  if (kind == "index") {
    const Tensor t = torch::arange(rows).mul(7).remainder(classes);
    return [=] { torch::autograd::grad({F::cross_entropy(x, t)}, {x}); };
  }
  const Tensor t = torch::softmax(-x.detach(), 1).requires_grad_();
  return [=] { torch::autograd::grad({F::cross_entropy(x, t)}, {x, t}); };
}

Call tape(std::istream& words) {
  std::string what;
  int adds = 0;
  words >> what >> adds;
  const Tensor x = torch::randn(4).requires_grad_(), seed = torch::ones(4);
  const auto chain = [=] {
    Tensor y = x;
    for (int i = 0; i < adds; ++i) y = y + seed;
    return y;
  };
  const Tensor y = chain();
  if (what == "forward") return chain;
  if (what == "backward") return [=] { torch::autograd::grad({y}, {x}, {seed}, true); };
  return [=] { torch::autograd::grad({chain()}, {x}, {seed}); };
}

torch::nn::Sequential net(const std::string& layers) {
  using namespace torch::nn;
  if (layers == "lenet")
    return Sequential(Conv2d(Conv2dOptions(1, 6, 5).padding(2)), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5), ReLU(),
                      MaxPool2d(2), Flatten(), Linear(400, 120), ReLU(), Linear(120, 84), ReLU(), Linear(84, 10));
  Sequential model;
  std::istringstream widths(layers);
  std::string in, out;
  for (std::getline(widths, in, '-'); std::getline(widths, out, '-'); in = out) {
    if (!model->is_empty()) model->push_back(ReLU());
    model->push_back(Linear(std::stoll(in), std::stoll(out)));
  }
  return model;
}

Call step(std::istream& words) {
  std::string layers;
  std::int64_t batch = 0;
  words >> layers >> batch;
  torch::nn::Sequential model = net(layers);
  const Tensor x = layers == "lenet" ? torch::randn({batch, 1, 28, 28}) : torch::randn({batch, std::stoll(layers)});
  const Tensor t = torch::randint(0, 10, {batch}, torch::kLong);
  const auto sgd = std::make_shared<torch::optim::SGD>(model->parameters(), 0.01);
  return [=]() mutable {
    sgd->zero_grad();
    F::cross_entropy(model->forward(x), t).backward();
    sgd->step();
  };
}

// As google-benchmark does it: more and more calls, until they fill the time.
double seconds_a_call(const Call& call, double milliseconds) {
  using Clock = std::chrono::steady_clock;
  for (double calls = 1;;) {
    const auto begin = Clock::now();
    for (double i = 0; i < calls; ++i) call();
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (seconds >= milliseconds / 1000) return seconds / calls;
    calls = std::max(calls + 1, std::min(10 * calls, std::floor(1.4 * calls * milliseconds / 1000 / seconds)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  torch::set_num_threads(std::stoi(argv[1]));
  std::string made;
  Call call;
  for (std::string line; std::getline(std::cin, line);) try {
      if (line != made) {
        std::istringstream words(line);
        std::string what;
        words >> what;
        call = what == "loss" ? loss(words) : what == "tape" ? tape(words) : what == "step" ? step(words) : Call();
        made = line;
        if (call) call();
      }
      if (line == "hello") std::cout << 0 << std::endl;
      else if (!call) std::cout << "no libtorch is not asked for this" << std::endl;
      else std::cout << seconds_a_call(call, std::stod(argv[2])) << std::endl;
    } catch (const std::exception& e) {
      const std::string why = e.what();
      std::cout << "no " << why.substr(0, why.find('\n')) << std::endl;
    }
}
