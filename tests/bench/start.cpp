// What the library weighs: a process from its start to its end, the program's file, and the header for a compiler.
#include <cstdlib>
#include <filesystem>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/bench/bench.h"

namespace bench {
namespace {

void run(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t process = 0;
  int status = 0;
  if (posix_spawnp(&process, argv[0], nullptr, nullptr, argv.data(), environ) != 0 ||
      waitpid(process, &status, 0) < 0 || status != 0)
    throw std::runtime_error(command[0] + " does not run");
}

void process(Session& s, const std::string& program) {
  const std::string name = "from exec to the first loss's end";
  if (!s.wants(name)) return;
  const double whole = s.row(name, {{"ours",
                                     [&] {
                                       run({program, "loss"});
                                     }},
                                    {"ours, the model made",
                                     [&] {
                                       run({program, "model"});
                                     }},
                                    {"an empty main", [&] {
                                       run({program, "nothing"});
                                     }}});
  s.figure(name, 1e3 * whole, "ms", "at most 5");
  s.figure("the program, stripped", static_cast<double>(std::filesystem::file_size(program)) / 1e6, "MB", "at most 3");
}

void header(Session& s, const std::string& compiler) {
  const std::string name = "#include <logitape.h>";
  if (!s.wants(name)) return;
  const auto compile = [&](const std::string& header) {
    return std::vector<std::string>{compiler,   "-std=c++20", "-fsyntax-only",
                                    "-x",       "c++",        "-I" LOGITAPE_SOURCE_DIR "/include",
                                    "-include", header,       "/dev/null"};
  };
  const auto ours = compile("logitape.h");
  const auto tape = compile("logitape/tape.h");
  const double seconds = s.row(name, {{"ours", [&] { run(ours); }}, {"ours, logitape/tape.h", [&] { run(tape); }}});
  s.figure(name, seconds, "s", "at most 1.0");
}

}  // namespace

void start(Session& s) {
  if (s.threads() > 1) return;
  if (const std::string& program = s.options().start_program; !program.empty()) process(s, program);
  if (const std::string& compiler = s.options().compiler; !compiler.empty()) header(s, compiler);
}

}  // namespace bench
