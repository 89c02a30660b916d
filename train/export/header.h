// A trained model as a C++ header by itself: weights as arrays, and plain loops. For programs and devices without
// logitape.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/shape.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// The name of an exported header, and what it says besides the model.
struct HeaderOptions {
  NamedOnly named_only = NamedOnly();
  // Its namespace; in capitals with _H behind, its guard. Letters, digits and _; no keyword, no name of C or of its
  // mathematics.
  std::string name = "classifier";
  std::vector<std::string> classes = {};  // their names; empty: "0", "1", "2", ...
  std::string about = {};                 // for the comment at its top
  double temperature = 1;                 // logits are divided by it; above 0
  // Of two classes: classify names the second where its probability is at least this. Empty: the larger one.
  std::optional<double> threshold = {};
  // Fused multiply-adds, by std::fma: the same bits as the model, and fast if the compiler may use the processor's
  // (-mfma on x86-64). Without: a product and a sum, for processors that have no fused operation.
  bool fused = true;
  // The shape of an input, if the first layers do not tell it: [height, width, channels] before a Conv2d.
  Shape image = {};
};

// The text of the header. It is C++11, includes only <cmath>, allocates nothing and throws nothing. The outputs of its
// layers are on the stack: two rows of numbers (three if there is a ResidualBlock) and what one window of a Conv2d
// sees. The comment at its top gives the number of bytes. Namespace `name` has
//   int inputs, classes                                      constants
//   const char* class_names[classes]
//   void score(const float* input, float* logits)            [inputs] -> [classes]
//   void predict(const float* input, float* probabilities)   softmax(logits / temperature)
//   int classify(const float* input)                         the class of the largest logit, the first of equal ones
// All of them compute in evaluation. An image is [height, width, channels]. Dropout is left out; so are Flatten and
// Unflatten, because a row is flat. With `fused`, and compiled with -ffp-contract=off, a model of Linear, Conv2d,
// MaxPool2d, AvgPool2d, GlobalAvgPool2d, BatchNorm, ResidualBlock and Relu scores with the bits of the kernels for
// AVX2, AVX-512 and NEON. LayerNorm, and GlobalAvgPool2d of one channel, add in double in another order: 1 ULP more or
// less if that decides the rounding. Tanh, Sigmoid, Gelu and Silu are computed in double and rounded once, up to 2 ULP
// from the kernels'; probabilities of the same logits differ by 4 ULP at most. Errors: unsupported for a layer that it
// cannot write, by name and place, or one that is not f32; invalid_argument for a model whose inputs no layer tells,
// without `image`; a parameter that is not initialised or not finite; a bad name, a wrong number of class names, a bad
// temperature; what a layer refuses from the layers before it.
std::string header_text(const Sequential& model, const HeaderOptions& options = {});

// The header of a classifier. It brings its classes, temperature and threshold; leave these options alone. A
// preprocessing adds
//   int raw_inputs                                           constant: how many numbers a raw row has
//   const char* raw_names[raw_inputs]                        its columns; images have none
//   void prepare(const Number* raw, float* input)            [raw_inputs] -> [inputs]
//   void predict_raw(const Number* raw, float* probabilities)
//   int classify_raw(const Number* raw)
// Number is double, float or an integer. A number is itself, NaN if it is missing. In a column of text it is the text's
// place in <column>_categories, an array of the texts that training saw, <column>_category_count of them (in <column>,
// characters that a C++ name cannot have are _). -1, or any other number, is a text that training did not see; NaN is a
// missing one. prepare() computes in double and rounds once, as Preprocessing does: raw rows become the same bits. If
// floats are too coarse for a column, such as Unix times, floats do not compile. It refuses nothing: what is no finite
// f32 becomes an infinity. Errors: those above; unsupported for free text; classes or a temperature in the options; a
// preprocessing that gives another count of numbers than the model takes.
std::string header_text(const Classifier& classifier, HeaderOptions options = {});

// The same as a file, written whole or not at all (train/files/file.h). Errors: those of both.
void export_header(const std::string& path, const Sequential& model, const HeaderOptions& options = {});
void export_header(const std::string& path, const Classifier& classifier, const HeaderOptions& options = {});

}  // namespace logitape::inline v0
