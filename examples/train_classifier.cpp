// Trains a classifier on your file: CSV, IDX, .npy, .npz or safetensors.
// It is `logitape train`; its predict and evaluate are those of the program `logitape` (command/).
#include "command.h"

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || (words.front() != "predict" && words.front() != "evaluate"))
    words.insert(words.begin(), "train");
  return command::run("train_classifier", std::move(words));
}
