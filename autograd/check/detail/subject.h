// What a gradient check looks at: a function and its gradient on host doubles. Tensors of any dtype, gradients of
// gradients and plain C++ code all look alike from here on. Not installed.
#pragma once
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "logitape/autograd/check/gradcheck.h"
#include "logitape/core/error.h"

namespace logitape::inline v0::gradcheck {

using Values = std::vector<double>;
using Points = std::vector<Values>;  // one for each input

struct SubjectInput {
  int number = 0;  // among all inputs of the function
  std::string name;
  Shape shape;
  DType dtype = DType::f64;
};

struct Gradients {
  Points values;
  bool path = true;  // f's result is on the tape
};

// f's result as y + low.
struct Doubled {
  Values y, low;
};

struct Subject {
  std::string called = "f";  // f in sentences; see GradcheckOptions::name
  std::string name = "f";    // of this function: f, or a gradient of it
  int order = 1;
  std::vector<SubjectInput> inputs;  // the inputs to differentiate by
  Points at;
  Shape result;
  double epsilon = 0;            // of the gradient's dtype
  double reference_epsilon = 0;  // of the values that differences are taken of
  double forward_error = 0;      // of f in its own dtype against f in f64, in parts of epsilon
  double largest_result = 0;     // of f, or of the function whose gradient it is
  double below = 0;              // of that function alone
  std::function<Values(const Points&)> value;
  // of sum(seed * f); an empty seed is the engine's own 1. In the inputs' dtype, or as the differences are computed.
  std::function<Gradients(const Points&, const Values&seed)> gradient, reference_gradient;
  // The same with twice the digits of f64, if f and its rules are made of ops. Not set if f takes no f64; they give
  // nothing if a value was taken out of a tensor on the way.
  std::function<std::optional<Doubled>(const Points&)> doubled_value;
  std::function<std::optional<Points>(const Points&, const Values& seed)> doubled_gradient;
  std::function<std::string()> cuts;  // the ops in f that cut a path, for the hint; not set for plain code
  std::function<double(std::size_t input, double)> rounded;  // to what the input can hold, where differences are taken
  std::function<double(std::size_t input, double)> held;     // the same, in its own dtype
};

// What f throws, as a sentence; nothing if it returns. That memory ran out says nothing of f, and is thrown on.
template <class F>
std::optional<std::string> complaint_of(F f) {
  try {
    f();
    return std::nullopt;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const Error& e) {
    if (e.code() == ErrorCode::out_of_memory || e.op() == "check_gradients") throw;
    return e.what();
  } catch (const std::exception& e) {
    return e.what();
  }
}

// A function of tensors, to be differentiated by some of them.
struct TensorCase {
  TensorFunction f;
  std::vector<Tensor> inputs;
  std::vector<DType> declared;  // what the inputs were before halves became f32
  std::vector<std::string> names;
  std::string called = "f", name = "f";  // as in Subject
  int order = 1;
  double epsilon = 0, reference_epsilon = 0,
         forward_error = 0;  // of the function whose gradient it is: no result is known better
  double largest_result = 0;
  bool wide = true;      // f takes f64 in the place of every narrower float
  std::string refusal;   // what f said if it does not
  std::string off_tape;  // what f threw for plain tensors, though it takes variables
};

// Halves become f32 leaves that are cast on their way into f. Runs f once for plain tensors, to see what it takes.
TensorCase tensor_case(const TensorFunction& f, std::span<const Tensor> inputs, const GradcheckOptions& options);
Subject subject_of(const TensorCase& c);
// The gradient of c by its input i, as a function of c's inputs and of the cotangent.
TensorCase gradient_case(const TensorCase& c, std::size_t i, const Tensor& cotangent);
Subject subject_of(const PlainFunction& f, const PlainGradient& gradient, std::span<const double> x,
                   const GradcheckOptions& options);

double epsilon_of(DType dtype);
double smallest_of(double epsilon);  // the smallest number above 0 of the dtype with that epsilon, as f computes
Tensor from_values(const Values& values, const Shape& shape, DType dtype, Device device);

}  // namespace logitape::inline v0::gradcheck
