// The flags of the digits example, and its page of help.
#pragma once
#include <charconv>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

struct Settings {
  int seed = 7;
  int epochs = 30;
  int threads = 2;
  std::string out = "runs/digits";
  std::string color = "auto";
  bool help = false;
};

inline constexpr const char* help_page = R"(digits teaches a small network to read handwritten digits, and shows what it
learned and what it got wrong.

  ./examples/run digits [--seed N] [--epochs N] [--threads N] [--out DIR]
                        [--color WHEN]

  --seed N      decides the split, the first weights and the shuffling (7)
  --epochs N    how often the network sees every training digit (30)
  --threads N   how many compute (2); the numbers are the same for any count
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
  loss.svg, confusion.svg   two figures; a browser shows them
  weights.safetensors       the weights by name: lt::load_parameters reads them
                            back, and so does safetensors in Python
)";

// A whole number from `least` to `most`; `flag` is for the sentence.
inline int whole_number(std::string_view flag, std::string_view text, int least, int most) {
  int number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || rest != text.data() + text.size() || number < least || number > most)
    throw std::invalid_argument(std::string(flag) + " needs a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                                ", not \"" + std::string(text) + "\"");
  return number;
}

// "--flag value" or "--flag=value". Throws std::invalid_argument with a sentence.
inline Settings parse(int argc, const char* const* argv) {
  constexpr int most = 2147483647;
  Settings s;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string_view flag = argument.substr(0, equals);
    if (argument == "--help" || argument == "-h") {
      s.help = true;
      continue;
    }
    if (flag != "--seed" && flag != "--epochs" && flag != "--threads" && flag != "--out" && flag != "--color")
      throw std::invalid_argument("there is no \"" + std::string(argument) +
                                  "\": the flags are --seed, --epochs, --threads, --out, --color and --help");
    if (equals == std::string_view::npos && i + 1 == argc) throw std::invalid_argument(std::string(flag) + " needs a value behind it");
    const std::string_view value = equals != std::string_view::npos ? argument.substr(equals + 1) : argv[++i];
    if (flag == "--seed") s.seed = whole_number(flag, value, 0, most);
    if (flag == "--epochs") s.epochs = whole_number(flag, value, 1, most);
    if (flag == "--threads") s.threads = whole_number(flag, value, 1, 1024);
    if (flag == "--out") s.out = value;
    if (flag == "--color") s.color = value;
  }
  if (s.out.empty()) throw std::invalid_argument("--out needs the name of a folder");
  if (s.color != "auto" && s.color != "always" && s.color != "never")
    throw std::invalid_argument("--color is auto, always or never, not \"" + s.color + "\"");
  return s;
}
