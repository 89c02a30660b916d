// The flags of the tape example, and its page of help.
#pragma once
#include <logitape.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "flags.h"

struct TapeSettings {
  std::string model;  // empty: a loss by one op, and the same from parts
  int most = 200;
  int columns = 0;  // 0: as the terminal has, or 110
  logitape::Device device;
  std::string out = "runs/tape";
  bool help = false;
};

inline constexpr const char* tape_help_page =
    R"(tape shows what a loss remembers so that its gradient can be computed: the tape,
one row for each op, in the order in which the ops ran.

  ./examples/run tape                     one loss twice: by one op, and from parts
  ./examples/run tape --model SPEC        a training step of a model on random inputs

  --model SPEC   mlp:4,16,3  linear:64,10  lenet:28,28,1,10  text:1000,8,2
                 small_resnet:28,28,1,10: sizes from the inputs to the classes
  --most N       nodes shown one by one (200); a table leaves out the middle of
                 more, a picture folds what repeats and what is one layer
  --columns N    the width of the tables, 40 or more (the terminal's, or 110)
  --device D     cpu, cuda or cuda:1: where it is computed (cpu)
  --out DIR      where the pictures go (runs/tape)
  --help         this page

What to read
  tick           when an op ran: a count that only grows. Gradients flow back by
                 falling tick, so that all that comes into a node has arrived
                 before its rule runs
  keeps          the bytes that the op's rule has to read later: they stay in
                 memory until the loss is dropped. Values of variables stand in
                 brackets: they live as long as the variable does
  gradient       the 2-norm, sqrt(sum of squares), of what flows back into the
                 op's outputs, when the replay begins with 1 at the loss

Exit code 0: all is shown; 1: a picture could not be written; 2: wrong arguments.
)";

// Throws std::invalid_argument with a sentence.
inline TapeSettings parse_tape(int argc, const char* const* argv) {
  const FlagNames known = {"--model", "--most", "--columns", "--device", "--out"};
  const Arguments given = read_arguments(argc, argv, known);
  if (!given.words.empty()) throw unknown(given.words.front(), known);
  TapeSettings s;
  s.help = given.help;
  for (const auto& [flag, value] : given.flags) {
    if (flag == "--model") s.model = value;
    if (flag == "--most") s.most = whole_number(flag, value, 2, 2000);
    if (flag == "--columns") s.columns = whole_number(flag, value, 40, 1000);
    if (flag == "--device") s.device = usable_device(value);
    if (flag == "--out") s.out = value;
  }
  for (const auto& [flag, value] : given.flags)
    if (flag == "--model" && value.empty()) throw unusable("--model", "a model, such as mlp:4,16,3", value);
  return s;
}
