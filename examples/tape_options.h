// The flags of the tape example, and its page of help.
#pragma once
#include "flags.h"

#include <stdexcept>
#include <string>
#include <vector>

struct TapeSettings {
  std::string model;  // empty: a loss by one op, and the same from parts
  int most = 200;
  int columns = 0;  // 0: as the terminal has, or 110
  logitape::Device device;
  std::string out = "runs/tape";
};

inline constexpr const char* about_tape =
    R"(tape shows what a loss remembers so that its gradient can be computed: the tape,
one row for each op, in the order in which the ops ran.

  ./examples/run tape                     one loss twice: by one op, and from parts
  ./examples/run tape --model SPEC        a training step of a model on random inputs

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

// False: --help was asked for, and printed. Throws std::invalid_argument with a sentence.
inline bool parse_tape(int argc, const char* const* argv, TapeSettings& s) {
  CLI::App app{about_tape, "tape"};
  const CLI::Option* const model =
      app.add_option("--model", s.model,
                     "mlp:4,16,3, linear:64,10, lenet:28,28,1,10, text:1000,8,2 or small_resnet:28,28,1,10: sizes from "
                     "the inputs to the classes")
          ->type_name("SPEC");
  app.add_option("--most", s.most,
                 "nodes shown one by one; a table leaves out the middle of more, a picture folds what repeats and what "
                 "is one layer")
      ->check(command::whole_number(2, 2000))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--columns", s.columns, "the width of the tables, 40 or more (the terminal's, or 110)")
      ->check(command::whole_number(40, 1000))
      ->type_name("N");
  command::add_device_flag(app, s.device, "Options");
  app.add_option("--out", s.out, "where the pictures go")->capture_default_str()->type_name("DIR");
  if (command::read_flags(app, {argv + 1, argv + argc})) return false;
  if (model->count() > 0 && s.model.empty())
    throw std::invalid_argument("--model needs a model, such as mlp:4,16,3, not \"\"");
  if (s.out.empty()) throw std::invalid_argument("--out needs the name of a folder");
  return true;
}
