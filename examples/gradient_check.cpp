// Checks gradients: a right loss, a wrong rule, plain C++ code; or any op of ours.
#include <logitape.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "gradient_check_curve.h"
#include "gradient_check_ops.h"
#include "gradient_check_options.h"

namespace lt = logitape;

namespace {

// A student's logits against a teacher's, both softened by a temperature of 2: gradients flow into both.
lt::Tensor distillation(lt::TensorList inputs) {
  const lt::Tensor& student = inputs[0];
  const lt::Tensor& teacher = inputs[1];
  return lt::cross_entropy(student / 2, lt::softmax(teacher / 2));
}

// y = x^3, with a rule that forgets the factor 3: its gradient is x^2.
lt::Tensor wrong_cube(lt::TensorList inputs) {
  const lt::Tensor& x = inputs[0];
  const lt::Tensor y = lt::pow(lt::stop_gradient(x), 3);
  return lt::record("wrong_cube", {x}, {y}, lt::keep::input(0),
                    [](const lt::Node& node, const lt::Cotangents& cotangents) {
                      return lt::Tensors{cotangents[0] * lt::pow(node.input(0), 2)};
                    });
}

// Your own C++ code is checked as well: a function and its gradient on plain doubles.
double log_sum_exp(std::span<const double> x) {
  double sum = 0;
  for (const double v : x) sum += std::exp(v);
  return std::log(sum);
}
void its_gradient(std::span<const double> x, std::span<double> gradient) {
  for (std::size_t i = 0; i < x.size(); ++i) gradient[i] = std::exp(x[i] - log_sum_exp(x));
}

int show() {
  lt::Generator rng{7};
  const lt::Tensor student = lt::randn({2, 3}, rng, lt::DType::f64);
  const lt::Tensor teacher = lt::randn({2, 3}, rng, lt::DType::f64);

  // every derivative of both orders, then along random directions
  const lt::GradientReport right = lt::check_gradients(
      distillation, {student, teacher}, {.order = 2, .methods = lt::CheckMethod::all, .names = {"student", "teacher"}});
  std::cout << "distillation: " << right.str() << "\n";

  const lt::GradientReport wrong = lt::check_gradients(wrong_cube, {student}, {.names = {"student"}});
  std::cout << "wrong_cube, whose rule forgets a factor, has to fail: " << wrong.str() << "\n";

  const std::vector<double> weights = {0.3, -1.2, 2.0};
  const lt::GradientReport plain = lt::check_gradients(log_sum_exp, its_gradient, weights, {.names = {"weights"}});
  std::cout << "code without tensors: " << plain.str();

  return right.ok() && !wrong.ok() && plain.ok() ? 0 : 1;  // all three as expected
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
int check(const CheckSettings& s) {
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
  std::printf("%s; seed %d, on %s\n\n%s\n", given.c_str(), s.seed, lt::kind_of(s.device).c_str(), report.str().c_str());

  const StepCurve curve = telling_curve(op, inputs, report);
  print_curve(stdout, curve);
  lt::write_file(figure, curve_figure(op.name, s.dtype, curve));
  std::printf("the curve as a figure: %s\n", figure.c_str());
  return report.ok() ? 0 : 1;
}

void list() {
  for (const OpGroup& group : checked_ops()) {
    std::printf("%s\n", group.title);
    for (const CheckedOp& op : group.ops) {
      std::printf("  %s(", op.name.c_str());
      for (std::size_t i = 0; i < op.inputs.size(); ++i)
        std::printf("%s%s", i == 0 ? "" : ", ", op.inputs[i].name.c_str());
      std::printf(")\n");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const CheckSettings s = parse_check(argc, argv);
    int code = 0;
    if (s.help) std::fputs(check_help_page, stdout);
    else if (s.op == "list") list();
    else code = s.op.empty() ? show() : check(s);
    if (std::fflush(stdout) == 0 && std::cout.flush()) return code;
    std::fputs("gradient_check: its output cannot be written\n", stderr);
    return 1;
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "gradient_check: %s\n", e.what());
    return 2;
  } catch (const lt::Error& e) {  // the op refuses these shapes or this dtype, or the figure cannot be written
    std::fprintf(stderr, "gradient_check: %s\n", sentence(e));
    return e.code() == lt::ErrorCode::io ? 1 : 2;
  }
}
