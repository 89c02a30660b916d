// peer.h by fork and pipes. Closing its stdin ends a peer.
#include "tests/bench/peer.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <limits>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

Peer::Peer(const std::vector<std::string>& command) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has ended is found by its missing answer
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for " + command[0]);
  process_ = fork();
  if (process_ < 0) throw std::runtime_error("no process for " + command[0]);
  if (process_ == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);  // what libraries say of this machine
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  to_ = to[1];
  from_ = from[0];
}

Peer::~Peer() {
  close(to_);
  close(from_);
  waitpid(process_, nullptr, 0);
}

double Peer::ask(const std::string& question) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const std::string line = question + "\n";
  std::string answer;
  if (write(to_, line.data(), line.size()) == static_cast<ssize_t>(line.size()))
    for (char c = 0; read(from_, &c, 1) == 1 && c != '\n';) answer += c;
  char* end = nullptr;
  const double number = std::strtod(answer.c_str(), &end);
  if (!answer.empty() && *end == '\0') return number;
  refusal_ = answer.empty() ? "it has ended" : answer.substr(answer.find(' ') + 1);
  return none;
}

}  // namespace bench
