// The V-curve of one derivative: the error of differences against their step, as text and as a figure.
#pragma once
#include <logitape.h>

#include <cstdio>
#include <string>
#include <vector>

namespace command {

namespace lt = logitape;

struct StepCurve {
  std::string element = {};                                   // "logits[0,2]"
  double derivative = 0;                                      // the rule's
  std::vector<double> step = {}, central = {}, forward = {};  // errors of (f(x+h) - f(x-h))/2h and (f(x+h) - f(x))/h
};

// One element of one input.
struct Place {
  std::size_t input;
  std::vector<std::int64_t> index;
  std::string input_name;
};

// The index of the element of the first input with the largest derivative.
std::vector<std::int64_t> steepest(const lt::TensorFunction& f, const std::vector<lt::Tensor>& inputs);
// Errors at steps 1e-1 to 1e-12, three a decade; f computes in its inputs' dtype.
StepCurve step_curve(const lt::TensorFunction& f, std::vector<lt::Tensor> inputs, const Place& place);
// 20 lines of at most 80 columns: a row a decade or more, two columns a step; errors of 0 have a row of their own.
void print_curve(std::FILE* out, const StepCurve& curve);
std::string curve_figure(const std::string& op, lt::DType dtype, const StepCurve& curve);

}  // namespace command
