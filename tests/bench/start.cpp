// From a program's start to its end: what the library adds to a process.
#include <cstdlib>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bench.h"

namespace bench {
namespace {

void run(const std::string& program, const char* argument) {
  char* argv[] = {const_cast<char*>(program.c_str()), const_cast<char*>(argument), nullptr};
  pid_t process = 0;
  int status = 0;
  if (posix_spawn(&process, argv[0], nullptr, nullptr, argv, environ) != 0 || waitpid(process, &status, 0) < 0 ||
      status != 0)
    throw std::runtime_error(program + " does not run");
}

}  // namespace

// Ours is a model made and its loss computed once (start_program.cpp), less a process that does nothing.
void start(Session& s) {
  const std::string& program = s.start_program();
  if (program.empty() || !s.wants("from exec to the first loss")) return;
  const double whole = s.row("from exec to the first loss", {{"ours", [&] { run(program, "loss"); }},
                                                             {"ours, set up alone", [&] { run(program, "model"); }},
                                                             {"an empty main", [&] { run(program, "nothing"); }}});
  s.figure("from exec to the first loss", 1e3 * whole, "ms", "at most 5");
}

}  // namespace bench
