// The flags of explain.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "words.h"

namespace CLI {
class App;
}

namespace command {

struct ExplainFlags {
  std::string logits, labels, classes, names;  // as typed
  std::string file, label_column, labels_file;
  std::int64_t row = 0, axis = -1;
  std::string dtype = "f64", smoothing, temperature, weights, mask, learning_rate;
  std::string reduction = "mean", denominator = "count";
  bool json = false, quiz = false;
  std::string page;
  std::string mistake;
  int width = 0;
  std::string color = "auto";
};

void add_explain_flags(CLI::App& app, ExplainFlags& f);
// Numbers behind a flag need no quotes: --logits 4 -2 1 becomes --logits "4 -2 1".
std::vector<std::string> joined_numbers(std::vector<std::string> words);

}  // namespace command
