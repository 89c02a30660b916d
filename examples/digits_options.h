// The flags of the digits example, and its page of help.
#pragma once
#include <stdexcept>

#include "digits_settings.h"
#include "flags.h"

inline constexpr const char* about_digits =
    R"(digits teaches a small network to read handwritten digits, and shows what it
learned and what it got wrong.

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

// False: --help was asked for, and printed. Throws std::invalid_argument with a sentence.
inline bool parse(int argc, const char* const* argv, Settings& s) {
  constexpr long most = 2147483647;
  CLI::App app{about_digits, "digits"};
  app.add_option("--seed", s.seed, "decides the split, the first weights and the shuffling")
      ->check(command::whole_number(0, most))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--epochs", s.epochs, "how often the network sees every training digit")
      ->check(command::whole_number(1, most))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--threads", s.threads, "how many compute; the numbers are the same for any count")
      ->check(command::whole_number(1, 1024))
      ->capture_default_str()
      ->type_name("N");
  command::add_device_flag(app, s.device, "Options");
  app.add_option("--out", s.out, "where the figures and the weights go")->capture_default_str()->type_name("DIR");
  command::add_color_flag(app, s.color);
  if (command::read_flags(app, {argv + 1, argv + argc})) return false;
  if (s.out.empty()) throw std::invalid_argument("--out needs the name of a folder");
  return true;
}
