// A training for mpirun, whatever the number of ranks: ranks MODEL OUT [SECONDS] [FAULT RANK STEP].
//   MODEL  mlp, lenet, resnet or text: dropout, mixup (of text weights of rows), class weights, clipping, averages,
//   schedules and an uneven last
//          batch; wide: an mlp whose gradients travel in three buckets
//   OUT    its folder: rank 0 writes a checkpoint after each step, from which a run goes on, and `numbers`, which has
//          every number but how long it took
//   RANKS_THREADS in the environment: threads of each rank; RANKS_OVERLAP=0: gradients travel at the end
//   FAULT  what one rank does after the step: throw, uncaught, kill, sleep, exit, quick_exit or abort; of `wide`, in
//   the
//          middle of the next step's backward pass, when two buckets are on their way. SECONDS are the patience of the
//          others
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX's
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "logitape.h"

using namespace logitape;

namespace {

struct Fault {
  std::string what;
  int rank = -1;
  std::int64_t step = -1;

  void happen(std::int64_t now, int own_rank) const {
    if (own_rank != rank || now != step) return;
    if (what == "throw") throw std::runtime_error("label 108 at row 0 is outside [0, 10)");
    if (what == "kill") ::kill(::getpid(), SIGKILL);
    if (what == "sleep") std::this_thread::sleep_for(std::chrono::seconds(60));
    if (what == "exit") std::exit(0);
    if (what == "quick_exit") ::_exit(0);
    if (what == "abort") std::abort();
  }
};

constexpr std::int64_t count_of_rows = 110;  // batches of 32: the last has 14

Dataset rows(const std::string& model, std::int64_t count, std::uint64_t seed) {
  Generator rng{seed};
  const Tensor labels = (uniform({count}, rng) * 3).to(DType::i64);
  if (model == "text") {  // rows that count as 0 to 3
    const Tensor ids = (uniform({count, 12}, rng) * 40).to(DType::i64);
    return {ids, labels, (uniform({count}, rng) * 4).to(DType::i64).to(DType::f32)};
  }
  if (model == "mlp" || model == "wide") return {randn({count, 16}, rng), labels};
  return {randn({count, 8, 8, 1}, rng), labels};
}

// Hands its input on; calls f in its backward pass.
struct OnTheWayBack {
  std::function<void()> f;
  Tensor operator()(const Tensor& x) const {
    return custom_op(
        "on_the_way_back", [](TensorList in) { return in[0]; },
        [f = f](TensorList, TensorList, TensorList g) {
          f();
          return g[0];
        })(x);
  }
  std::string str() const { return "OnTheWayBack"; }
};

Sequential network(const std::string& model, const std::function<void()>& in_backward) {
  if (model == "wide")
    return {Linear{16, 512}, Relu{},        OnTheWayBack{in_backward}, Linear{512, 512}, Relu{}, Linear{512, 512},
            Relu{},          Linear{512, 3}};
  if (model == "mlp") return {Linear{16, 24}, Relu{}, Dropout{0.2}, LayerNorm{24}, Linear{24, 3}};
  if (model == "lenet") return lenet(3, {8, 8, 1});
  if (model == "resnet") return small_resnet(3, {8, 8, 1}, 4);
  if (model == "text") return {EmbeddingBag{40, 16}, Dropout{0.2}, Linear{16, 3}};
  throw std::invalid_argument("MODEL is " + model + "; mlp, lenet, resnet, text or wide is needed");
}

TrainerOptions options(const std::string& model, const std::string& folder, distributed::World& world) {
  TrainerOptions o;
  o.epochs = 3;
  o.batch_size = 32;
  o.class_weights = tensor({1.f, 2.f, 0.5f});
  o.label_smoothing = 0.1;
  if (model != "text") o.mixup = 0.3;  // of numbers, not of words
  o.clip = {.norm = 0.5};
  o.schedule = warm_up(3, cosine());
  o.average_decay = 0.9;
  o.row_weights = std::vector<double>(count_of_rows, 1.0);
  o.row_weights[3] = 9;
  o.early_stopping = EarlyStoppingOptions{.patience = 3};
  o.reduce_on_plateau = PlateauOptions{.patience = 0};
  o.checkpoint = {.folder = folder, .every_steps = 1};
  o.world = &world;
  return o;
}

// Of many numbers, every 997th and their sum: all of them would be a file of many megabytes.
std::vector<double> some_of(const std::vector<double>& x) {
  if (x.size() < 100000) return x;
  std::vector<double> some{0};
  for (std::size_t i = 0; i < x.size(); ++i) {
    some[0] += x[i];
    if (i % 997 == 0) some.push_back(x[i]);
  }
  return some;
}

// The checkpoint less how long it took, as text.
void write_numbers(const std::string& folder, const std::vector<Epoch>& history) {
  std::FILE* const out = std::fopen((folder + "/numbers").c_str(), "w");
  if (!out) throw std::runtime_error(folder + "/numbers cannot be written");
  for (const Epoch& e : history)
    std::fprintf(out, "epoch %d %a %a %a %a %a\n", e.number, e.loss, e.accuracy, e.held_out_loss, e.held_out_accuracy,
                 e.learning_rate);
  for (const NamedTensor& t : load_safetensors(folder + "/last.safetensors").tensors) {
    std::fprintf(out, "%s", t.name.c_str());
    for (const double x : some_of(t.tensor.to_vector())) std::fprintf(out, " %a", x);
    std::fprintf(out, "\n");
  }
  std::fclose(out);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string name = argv[1], folder = argv[2];
  Fault fault;
  if (argc > 6) fault = {argv[4], std::atoi(argv[5]), std::atoll(argv[6])};
  if (const char* threads = std::getenv("RANKS_THREADS")) set_num_threads(std::atoi(threads));
  const char* const overlap = std::getenv("RANKS_OVERLAP");
  distributed::World world(
      {.patience = argc > 3 ? std::atof(argv[3]) : 60, .overlap = !overlap || std::atoi(overlap) != 0});
  if (world.first()) std::printf("%d ranks of %s\n", world.size(), world.engine().c_str());
  const auto program = [&] {
    std::int64_t step = 0;
    Sequential model = network(name, [&] { fault.happen(step, world.rank()); });
    Generator rng{7};
    model.initialise(rng);
    const AdamW adam{{.learning_rate = 1e-2}};
    // the text's optimiser is shared out: each way is tried under each engine
    Trainer trainer{model, name == "text" ? AnyOptimiser(distributed::Sharded{world, adam}) : AnyOptimiser(adam),
                    options(name, folder, world)};
    if (const std::string last = folder + "/last.safetensors"; std::filesystem::exists(last)) trainer.resume(last);
    trainer.on_batch([&](const BatchEnd& end) {
      step = end.step;
      if (name != "wide") fault.happen(step, world.rank());
    });
    const std::vector<Epoch>& history = trainer.fit(rows(name, count_of_rows, 1), rows(name, 37, 2));
    if (world.first()) write_numbers(folder, history);
  };
  if (fault.what != "uncaught") return world.run(program);
  fault.what = "throw";
  program();  // what is thrown leaves main
}
