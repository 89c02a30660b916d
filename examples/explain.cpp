// Explains a loss and its gradients with your numbers, step by step; asks about them; breaks the rule and finds it.
// It is `logitape explain` (command/explain.cpp).
#include "command.h"

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  words.insert(words.begin(), "explain");
  return command::run("explain", std::move(words));
}
