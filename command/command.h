// A command of the program `logitape`: its page of help, its flags, and what it does. One more is a file that defines
// one, and a row in command.cpp.
#pragma once
#include <logitape.h>

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace command {

// How a command was called.
struct Call {
  logitape::distributed::World& world;
  std::string program;  // "logitape", or an example that is one command: "train_classifier"
  // How a user calls another command the same way: "logitape predict", "./examples/run train_classifier predict".
  std::string to_call(const std::string& command) const;
};

// What is left to do once the flags are read; its answer is the program's exit code. What it throws becomes a sentence
// on stderr, and the exit code 2.
using Work = std::function<int(const Call&)>;

struct Command {
  const char* name;
  const char* summary;           // a line
  const char* about;             // the page of help, above the flags
  Work (*add_flags)(CLI::App&);  // the values of flags live in what it returns
  bool shared = false;           // by the ranks of mpirun; any other command is for the first rank alone
  std::vector<std::string> (*prepare)(std::vector<std::string> words) = nullptr;  // before the flags are read
};

extern const Command train, predict, evaluate, inspect, export_model, check, explain, completion, manual;

// In the order of the page of help.
const std::vector<const Command*>& all();

// main of a program: logitape's, whose first word is a command, or an example's, which has put one there.
int run(const std::string& program, std::vector<std::string> words);

}  // namespace command
