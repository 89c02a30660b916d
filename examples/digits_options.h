// The flags of the digits example, and its page of help.
#pragma once
#include <stdexcept>
#include <string>

#include "flags.h"

struct Settings {
  int seed = 7;
  int epochs = 30;
  int threads = 2;
  logitape::Device device;
  std::string out = "runs/digits";
  std::string color = "auto";
  bool help = false;
};

inline constexpr const char* help_page = R"(digits teaches a small network to read handwritten digits, and shows what it
learned and what it got wrong.

  ./examples/run digits [--seed N] [--epochs N] [--threads N] [--device D]
                        [--out DIR] [--color WHEN]

  --seed N      decides the split, the first weights and the shuffling (7)
  --epochs N    how often the network sees every training digit (30)
  --threads N   how many compute (2); the numbers are the same for any count
  --device D    cpu, cuda or cuda:1: where the network is trained (cpu)
  --out DIR     where the figures and the weights go (runs/digits)
  --color WHEN  auto, always or never; auto: on a terminal, unless NO_COLOR is set
  --help        this page

What it does
  1. Reads 1,797 digits of 8x8 pixels and holds one in five out as a test.
  2. Gives a network of 64 inputs, 512 hidden units and 10 outputs random weights.
  3. Takes the others in batches of 64. The loss says how much the true digit
     surprised the network; its gradient, which way every weight should go; and
     AdamW takes a step that way. All batches once are an epoch.
  4. Reads the test digits and draws the mistakes it was surest of.

What to watch
  loss      begins near 2.30 = ln 10, where guessing stands, and falls towards 0
  training  the share of training digits read correctly while it learned them
  test      the same for digits it never learned from: the honest number. Where
            training goes on rising and test does not, it learns by heart.

What it leaves behind
  report.html               one page of all there is to see; a browser shows it
  loss.svg, confusion.svg   two figures of it
  weights.safetensors       the weights by name: lt::load_parameters reads them
                            back, and so does safetensors in Python
)";

// Throws std::invalid_argument with a sentence.
inline Settings parse(int argc, const char* const* argv) {
  constexpr int most = 2147483647;
  const FlagNames known = {"--seed", "--epochs", "--threads", "--device", "--out", "--color"};
  const Arguments given = read_arguments(argc, argv, known);
  if (!given.words.empty()) throw unknown(given.words.front(), known);
  Settings s;
  s.help = given.help;
  for (const auto& [flag, value] : given.flags) {
    if (flag == "--seed") s.seed = whole_number(flag, value, 0, most);
    if (flag == "--epochs") s.epochs = whole_number(flag, value, 1, most);
    if (flag == "--threads") s.threads = whole_number(flag, value, 1, 1024);
    if (flag == "--device") s.device = usable_device(value);
    if (flag == "--out") s.out = value;
    if (flag == "--color") s.color = value;
  }
  if (s.color != "auto" && s.color != "always" && s.color != "never")
    throw std::invalid_argument("--color is auto, always or never, not \"" + s.color + "\"");
  return s;
}
