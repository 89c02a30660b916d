// logitape check: the derivative of an op beside numeric ones, and how the error of a difference depends on its step.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "check_curve.h"
#include "check_ops.h"
#include "command.h"
#include "flags.h"
#include "words.h"

namespace command {
namespace {

constexpr const char* about =
    R"(Compares the derivative of an op with numeric ones, at random inputs, and draws
how the error of a difference depends on its step.

  logitape check list                     the ops that it knows
  logitape check softmax --shape 3x5 --order 3
  logitape check matmul --shape 2x3,3x4 --dtype f32

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

It exits with 0 if the op passes; with 1 for FAIL or INCONCLUSIVE; with 2 where
flags are wrong, or the figure cannot be written.
)";

struct CheckSettings {
  std::string op;
  std::vector<std::string> shape_texts;
  std::vector<lt::Shape> shapes = {};
  std::string dtype_name = "f64";
  lt::DType dtype = lt::DType::f64;
  int order = 2;
  std::uint64_t seed = 7;
  lt::Device device;
  std::string out = "runs/check";
};

// The pieces of a text between separators; empty pieces stay.
std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

// "2x3" or "scalar". At most 1000 along an axis: a check of every element calls the op twice for each of them.
lt::Shape shape_of(std::string_view text) {
  if (text == "scalar") return {};
  std::vector<std::int64_t> extents;
  for (const std::string_view extent : split_at(text, 'x')) {
    const auto number = number_in<std::int64_t>(std::string(extent));
    if (!number || *number < 1 || *number > 1000)
      throw std::invalid_argument("--shape needs extents from 1 to 1000, as in 2x3, or scalar, not \"" +
                                  std::string(text) + "\"");
    extents.push_back(*number);
  }
  return lt::Shape(extents);
}

// The element whose curve tells most: the worst one if the first derivative is wrong, else the one with the largest
// derivative.
StepCurve telling_curve(const CheckedOp& op, const std::vector<lt::Tensor>& inputs, const lt::GradientReport& report) {
  const lt::GradientElement& worst = report.worst;
  if (worst.verdict == lt::Verdict::fail && worst.order == 1)
    return step_curve(op.call, inputs, {static_cast<std::size_t>(worst.input), worst.index, worst.input_name});
  return step_curve(op.call, inputs, {0, steepest(op.call, inputs), op.inputs[0].name});
}

// One op of ours: the report, then the V-curve of one element.
int check_op(const CheckSettings& s) {
  const CheckedOp op = op_called(s.op);
  const std::vector<lt::Tensor> inputs = inputs_for(op, shapes_of(op, s.shapes), s.dtype, s.seed, s.device);
  lt::GradcheckOptions options{.order = s.order};
  std::string given;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    options.names.push_back(op.inputs[i].name);
    given += (i == 0 ? op.name + " of " : ", ") + options.names.back() + " " + describe(inputs[i]);
  }
  const lt::GradientReport report = lt::check_gradients(op.call, inputs, options);
  const std::string figure = s.out + "/" + op.name + ".svg";
  lt::check_writable(figure);
  std::printf("%s; seed %llu, on %s\n\n%s\n", given.c_str(), static_cast<unsigned long long>(s.seed),
              lt::kind_of(s.device).c_str(), report.str().c_str());

  const StepCurve curve = telling_curve(op, inputs, report);
  print_curve(stdout, curve);
  lt::write_file(figure, curve_figure(op.name, s.dtype, curve));
  std::printf("the curve as a figure: %s\n", figure.c_str());
  return report.ok() ? 0 : 1;
}

int list() {
  for (const OpGroup& group : checked_ops()) {
    std::printf("%s\n", group.title);
    for (const CheckedOp& op : group.ops) {
      std::printf("  %s(", op.name.c_str());
      for (std::size_t i = 0; i < op.inputs.size(); ++i)
        std::printf("%s%s", i == 0 ? "" : ", ", op.inputs[i].name.c_str());
      std::printf(")\n");
    }
  }
  return 0;
}

int check_as(CheckSettings& s) {
  if (s.op.empty()) throw std::invalid_argument("name an op: logitape check OP; logitape check list prints them");
  if (s.out.empty()) throw std::invalid_argument("--out needs the name of a folder");
  if (s.op == "list") return list();
  for (const std::string& text : s.shape_texts)
    for (const std::string_view shape : split_at(text, ',')) s.shapes.push_back(shape_of(shape));
  for (const lt::DType dtype : {lt::DType::f64, lt::DType::f32, lt::DType::f16, lt::DType::bf16})
    if (lt::name(dtype) == s.dtype_name) s.dtype = dtype;
  return check_op(s);
}

Work add(CLI::App& app) {
  const auto s = std::make_shared<CheckSettings>();
  app.add_option("op", s->op, "the op, by name")->type_name("OP");
  app.add_option("--shape", s->shape_texts,
                 "one shape an input, as 2x3 or scalar; inputs that follow from the first need none")
      ->type_name("S,...")
      ->allow_extra_args(false);
  app.add_option("--dtype", s->dtype_name, "f64, f32, f16 or bf16, as far as the op takes it")
      ->check(CLI::IsMember({"f64", "f32", "f16", "bf16"}))
      ->capture_default_str()
      ->type_name("D");
  app.add_option("--order", s->order, "1 to 4: how often the op is differentiated")
      ->check(whole_number(1, 4))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--seed", s->seed, "decides the inputs")->check(seed_number())->capture_default_str()->type_name("N");
  add_device_flag(app, s->device, "Options");
  app.add_option("--out", s->out, "where the figure goes")->capture_default_str()->type_name("DIR");
  return [s](const Call&) { return check_as(*s); };
}

}  // namespace

const Command check = {.name = "check",
                       .summary = "the derivative of an op beside numeric ones, and the V-curve of its error",
                       .about = about,
                       .add_flags = add};

}  // namespace command
