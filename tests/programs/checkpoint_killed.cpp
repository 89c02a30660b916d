// A training that writes a checkpoint after every step is killed by SIGKILL at random moments, over and over, and taken
// up again each time from the file it left. At the end it has the bits of the training that was never killed.
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill and sigaction are POSIX's
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "logitape.h"

namespace fs = std::filesystem;
using namespace logitape;

namespace {

constexpr int rounds = 40;

Dataset rows() {
  Generator rng{1};
  const Tensor x = randn({60, 4}, rng);
  return {x, (sum(x, {.axes = {1}}) > 0).to(DType::i64)};
}

struct Run {
  explicit Run(const std::string& folder, std::uint64_t seed)
      : model{Linear{4, 128}, Relu{}, Dropout{0.1}, Linear{128, 128}, Tanh{}, Linear{128, 2}} {
    Generator rng{seed};
    model.initialise(rng);
    trainer = std::make_unique<Trainer>(model, AdamW{},
                                        TrainerOptions{.epochs = 100,
                                                       .batch_size = 15,
                                                       .mixup = 0.2,
                                                       .schedule = warm_up(10, cosine()),
                                                       .average_decay = 0.9,
                                                       .checkpoint = {.folder = folder, .every_steps = 1}});
    const std::string last = folder + "/last.safetensors";
    if (!folder.empty() && fs::exists(last)) trainer->resume(last);
  }
  std::vector<float> finish() const {
    trainer->fit(rows());
    std::vector<float> all;
    for (const Tensor& p : model.parameters())
      for (const float x : p.to_vector<float>()) all.push_back(x);
    return all;
  }
  Sequential model;
  std::unique_ptr<Trainer> trainer;
};

void die(int) { ::kill(::getpid(), SIGKILL); }

// Trains until the timer's signal, and dies of it.
[[noreturn]] void child(const std::string& folder, std::int64_t microseconds) {
  struct sigaction action {};
  action.sa_handler = die;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval timer{{}, {microseconds / 1'000'000, microseconds % 1'000'000}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
  try {
    Run(folder, 7).finish();
  } catch (const Error& e) {  // a checkpoint that cannot be resumed from
    std::fprintf(stderr, "%s\n", e.what());
    ::_exit(1);
  }
  ::_exit(0);
}

std::ptrdiff_t files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

int killed_over_and_over(const std::string& folder) {
  Generator rng{11};
  int killed = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto microseconds = 500 + static_cast<std::int64_t>(rng.below(40'000));
    const pid_t pid = ::fork();
    if (pid == 0) child(folder, microseconds);
    int status = 0;
    if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return std::perror("checkpoint_killed"), 1;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ++killed;
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
      return std::fprintf(stderr, "round %d: status %d\n", round, status), 1;
  }
  const auto left =
      files_in(folder) - fs::exists(folder + "/last.safetensors") - fs::exists(folder + "/best.safetensors");
  const std::vector<float> found = Run(folder, 8).finish(), wanted = Run("", 7).finish();
  std::printf("%d of %d children were killed, %d of them while they wrote; the bits are %s\n", killed, rounds,
              static_cast<int>(left), found == wanted ? "those of the whole run" : "others");
  return found == wanted && left > 0 ? 0 : 1;  // a test whose kills hit no write shows nothing
}

}  // namespace

int main() {
  set_num_threads(1);  // a fork takes no threads along
  std::string folder = (fs::temp_directory_path() / "logitape.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return std::perror("checkpoint_killed"), 1;
  const int result = killed_over_and_over(folder);
  fs::remove_all(folder);
  return result;
}
