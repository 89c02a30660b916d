// The flags of the gradient_check example, and its page of help.
#pragma once
#include <logitape.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "flags.h"

struct CheckSettings {
  std::string op;  // empty: the three checks of the program itself
  std::vector<logitape::Shape> shapes = {};
  logitape::DType dtype = logitape::DType::f64;
  int order = 2;
  int seed = 7;
  logitape::Device device;
  std::string out = "runs/gradient_check";
  bool help = false;
};

inline constexpr const char* check_help_page =
    R"(gradient_check compares the derivative of an op with numeric ones, at random
inputs, and draws how the error of a difference depends on its step.

  ./examples/run gradient_check           three checks: right, wrong, plain C++
  ./examples/run gradient_check list      the ops that it knows
  ./examples/run gradient_check OP [--shape S,...] [--dtype D] [--order N]
                                   [--seed N] [--device D] [--out DIR]

  --shape S,...  one shape an input, as 2x3 or scalar; inputs that follow from
                 the first need none
  --dtype D      f64, f32, f16 or bf16, as far as the op takes it (f64)
  --order N      1 to 4: how often the op is differentiated (2)
  --seed N       decides the inputs (7)
  --device D     cpu, cuda or cuda:1: where the op is computed (cpu)
  --out DIR      where the figure goes (runs/gradient_check)
  --help         this page

  for example    gradient_check softmax --shape 3x5 --order 3
                 gradient_check matmul --shape 2x3,3x4 --dtype f32

What to read
  pass           every element agrees with the rule, within rounding and the
                 error bar of the numeric value
  FAIL           the worst element, and what such an error looks like
  INCONCLUSIVE   an error that matters could not have been seen here

The V-curve
  The error of (f(x+h) - f(x-h)) / 2h against h. On the right, where h is large,
  it is the curvature of f: it falls with h^2. On the left it is rounding,
  divided by h: it rises as h falls. No step is free of both, so the check takes
  several and extrapolates. A wrong rule shows as a floor, high above where the
  two lines would meet. One-sided differences fall with h only.

Exit code 0: pass; 1: FAIL, INCONCLUSIVE, or the figure could not be written;
2: wrong arguments.
)";

// The pieces of a text between separators; empty pieces stay.
inline std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

// "2x3" or "scalar". At most 1000 along an axis: a check of every element calls the op twice for each of them.
inline logitape::Shape shape_of(std::string_view text) {
  if (text == "scalar") return {};
  std::vector<std::int64_t> extents;
  for (const std::string_view extent : split_at(text, 'x')) {
    if (extent.empty()) throw unusable("--shape", "extents as in 2x3, or scalar", text);
    extents.push_back(whole_number("--shape", extent, 1, 1000));
  }
  return logitape::Shape(extents);
}

inline logitape::DType dtype_of_name(std::string_view text) {
  using logitape::DType;
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16})
    if (logitape::name(dtype) == text) return dtype;
  throw unusable("--dtype", "f64, f32, f16 or bf16", text);
}

// Flags and the name of an op. Throws std::invalid_argument with a sentence.
inline CheckSettings parse_check(int argc, const char* const* argv) {
  const Arguments given = read_arguments(argc, argv, {"--shape", "--dtype", "--order", "--seed", "--device", "--out"});
  CheckSettings s;
  s.help = given.help;
  for (const std::string_view word : given.words) {
    if (!s.op.empty())
      throw std::invalid_argument("one op at a time: \"" + s.op + "\" or \"" + std::string(word) + "\"");
    s.op = word;
  }
  for (const auto& [flag, value] : given.flags) {
    if (flag == "--shape")
      for (const std::string_view shape : split_at(value, ',')) s.shapes.push_back(shape_of(shape));
    if (flag == "--dtype") s.dtype = dtype_of_name(value);
    if (flag == "--order") s.order = whole_number(flag, value, 1, 4);
    if (flag == "--seed") s.seed = whole_number(flag, value, 0, 2147483647);
    if (flag == "--device") s.device = usable_device(value);
    if (flag == "--out") s.out = value;
  }
  if (argc > 1 && !s.help && s.op.empty())
    throw std::invalid_argument("name an op before its flags; \"gradient_check list\" prints them");
  return s;
}
