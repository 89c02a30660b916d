// A trained model as a C++ header of its own: weights as arrays, plain loops, nothing else needed. For programs and devices
// that have no logitape.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/sequential.h"

namespace logitape::inline v0 {

// What an exported header is called, and what it says besides the model.
struct HeaderOptions {
  std::string name = "classifier";        // its namespace, and, in capitals with _H behind, its guard: letters, digits and _
  std::vector<std::string> classes = {};  // their names; empty: "0", "1", "2", ...
  std::string about = {};                 // for the comment at its top
  double temperature = 1;                 // logits are divided by it; above 0
  // Fused multiply-adds, by std::fma: the model's own bits, and fast where the compiler may use the processor's (-mfma on
  // x86-64). Without, a product and a sum: for processors that have none.
  bool fused = true;
};

// The text of the header. It is C++11 and includes <cmath> alone; it allocates nothing, throws nothing and holds two
// rows of numbers on the stack. Namespace `name` has
//   int inputs, classes               constants
//   const char* class_names[classes]
//   void score(const float* input, float* logits)            [inputs] -> [classes]
//   void predict(const float* input, float* probabilities)   softmax(logits / temperature)
//   int classify(const float* input)                         the class of the largest logit, the first of equal ones
// in evaluation: Dropout is left out, Flatten too, since a row is flat. With fused, a model of Linear and Relu scores with the
// bits of the kernels for AVX2, AVX-512 and NEON; Tanh, Sigmoid, Gelu and Silu are computed in double and rounded once,
// up to 2 ULP from the kernels'; probabilities of the same logits differ by 4 ULP at most. Errors: unsupported for a
// layer that it cannot write, by name and place, or one that is not f32; invalid_argument for a model without a Linear,
// layers that do not fit each other, a parameter that is not initialised or not finite, another name, names of classes of
// another count, another temperature.
std::string header_text(const Sequential& model, const HeaderOptions& options = {});

// The same as a file, written whole or not at all (train/file.h). Errors: those of both.
void export_header(const std::string& path, const Sequential& model, const HeaderOptions& options = {});

}  // namespace logitape::inline v0
