// bench_workloads WHAT [MORE]: one of six small workloads, done once unseen and once inside measured(), whose
// instructions check.sh has counted. MORE: so many calls more than it should be, a slowdown that check.sh has to find.
#include <logitape.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

namespace lt = logitape;

namespace {

using Call = std::function<void()>;

// Callgrind counts from here to the return.
extern "C" __attribute__((noinline)) void measured(const Call* call, int times) {
  for (int i = 0; i < times; ++i) (*call)();
}

struct Net {
  lt::Generator rng{1};
  lt::Sequential model{lt::Linear{64, 256}, lt::Relu{}, lt::Linear{256, 10}};
  lt::Tensor inputs = lt::randn({64, 64}, rng), labels = lt::argmax(lt::randn({64, 10}, rng), 1);

  Net() { model.initialise(rng); }
  lt::Tensors gradients() { return lt::grad(lt::cross_entropy(model(inputs), labels), lt::parameters(model)); }
};

// The loss and its gradient, of rows that are confident and rows that are not.
Call loss() {
  lt::Generator rng{1};
  const lt::Tensor logits = lt::variable(lt::randn({64, 1000}, rng) * lt::randn({64, 1}, rng) * 5);
  const lt::Tensor labels = lt::argmax(lt::randn({64, 1000}, rng), 1);
  return [=] { lt::grad(lt::cross_entropy(logits, labels), {logits}); };
}

Call matmul() {
  lt::Generator rng{1};
  const lt::Tensor a = lt::randn({96, 100}, rng), b = lt::randn({100, 120}, rng);
  return [=] { lt::matmul(a, b); };
}

Call tape() {
  lt::Generator rng{1};
  const lt::Tensor x = lt::variable(lt::randn({4}, rng)), seed = lt::ones({4});
  return [=] {
    lt::Tensor y = x;
    for (int i = 0; i < 100; ++i) y = y + x;
    lt::grad(y, {x}, {.seed = seed});
  };
}

Call step() {
  return [net = std::make_shared<Net>(), sgd = lt::SGD{{.learning_rate = 0.01}}]() mutable {
    sgd.step(net->model, net->gradients());
  };
}

Call adam() {
  const auto net = std::make_shared<Net>();
  return [net, gradients = net->gradients(), adam = lt::Adam{{.learning_rate = 1e-6}}]() mutable {
    adam.step(net->model, gradients);
  };
}

// A table of numbers and a column of text, read.
Call csv() {
  const std::string path = std::filesystem::temp_directory_path() / "logitape_workload.csv";
  std::ofstream file(path);
  file << "length,width,height,name\n";
  for (int row = 0; row < 60; ++row)
    file << row << "." << row % 7 << "," << -row * 3 << "e-2," << 1000 + row << ",class " << row % 3 << "\n";
  return [path] { lt::read_csv(path); };
}

const std::map<std::string, Call (*)()> workloads{{"loss", loss}, {"matmul", matmul}, {"tape", tape},
                                                  {"step", step}, {"adam", adam},     {"csv", csv}};
// A call takes little: several are counted, so that one more is a few in a hundred.
constexpr int calls = 25;

// Under valgrind every request of memory goes to the system, if the library was compiled where valgrind's header is.
bool asks_the_system() {
  lt::zeros({3});
  const auto before = lt::memory::counts().system_requests;
  lt::zeros({3});
  return lt::memory::counts().system_requests > before;
}

}  // namespace

int main(int argc, char** argv) {
  const auto found = argc > 1 ? workloads.find(argv[1]) : workloads.end();
  if (found == workloads.end()) {
    for (const auto& [name, make] : workloads) std::puts(name.c_str());
    return argc > 1 ? 2 : 0;
  }
  lt::set_num_threads(1);
  if (std::getenv("LOGITAPE_UNDER_VALGRIND") && !asks_the_system()) {
    std::fputs("the library was compiled without valgrind's header: touch core/memory.cpp, and build again\n", stderr);
    return 77;
  }
  const Call call = found->second();
  call();
  measured(&call, calls + (argc > 2 ? std::atoi(argv[2]) : 0));
}
