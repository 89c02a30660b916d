// A trained model as a C++ header of its own: weights as arrays, plain loops, nothing else needed. For programs and
// devices that have no logitape.
#pragma once
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/shape.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// What an exported header is called, and what it says besides the model.
struct HeaderOptions {
  NamedOnly named_only = NamedOnly();
  // Its namespace, and, in capitals with _H behind, its guard: letters, digits and _; no keyword, no name that C or its
  // mathematics has.
  std::string name = "classifier";
  std::vector<std::string> classes = {};  // their names; empty: "0", "1", "2", ...
  std::string about = {};                 // for the comment at its top
  double temperature = 1;                 // logits are divided by it; above 0
  // Fused multiply-adds, by std::fma: the model's own bits, and fast where the compiler may use the processor's (-mfma
  // on x86-64). Without, a product and a sum: for processors that have none.
  bool fused = true;
  // The shape of an input, where the first layers do not tell it: [height, width, channels] before a Conv2d.
  Shape image = {};
};

// The text of the header. It is C++11 and includes <cmath> alone; it allocates nothing and throws nothing. What its
// layers give lies on the stack: two rows of numbers, three where there is a ResidualBlock, and what one window of a
// Conv2d sees; the comment at its top says how many bytes. Namespace `name` has
//   int inputs, classes                                      constants
//   const char* class_names[classes]
//   void score(const float* input, float* logits)            [inputs] -> [classes]
//   void predict(const float* input, float* probabilities)   softmax(logits / temperature)
//   int classify(const float* input)                         the class of the largest logit, the first of equal ones
// in evaluation; an image lies as [height, width, channels]. Dropout is left out, and Flatten and Unflatten too, since
// a row is flat. With fused, and compiled with -ffp-contract=off, a model of Linear, Conv2d, MaxPool2d, AvgPool2d,
// GlobalAvgPool2d, BatchNorm, ResidualBlock and Relu scores with the bits of the kernels for AVX2, AVX-512 and NEON.
// LayerNorm, and GlobalAvgPool2d of one channel, add in double in another order: 1 ULP more or less where that decides
// the rounding. Tanh, Sigmoid, Gelu and Silu are computed in double and rounded once, up to 2 ULP from the kernels';
// probabilities of the same logits differ by 4 ULP at most. Errors: unsupported for a layer that it cannot write, by
// name and place, or one that is not f32; invalid_argument for a model whose inputs no layer tells, and no `image`; a
// parameter that is not initialised or not finite, another name, names of classes of another count, another
// temperature; what a layer refuses of what the layers before it give.
std::string header_text(const Sequential& model, const HeaderOptions& options = {});

// Of a classifier, its classes and its temperature, which the options then leave alone. A preprocessing adds
//   int raw_inputs                                           constant: how many numbers a raw row has
//   const char* raw_names[raw_inputs]                        its columns; of images there are none
//   void prepare(const Number* raw, float* input)            [raw_inputs] -> [inputs]
//   void predict_raw(const Number* raw, float* probabilities)
//   int classify_raw(const Number* raw)
// Number is double, float or an integer. A number is itself, NaN where it is missing; in a column of text it is the
// text's place in <column>_categories, an array of the names that training saw (characters that no C++ name has are _),
// with <column>_category_count of them: -1, or any other number, is a text that training did not see, NaN one that is
// missing. prepare() computes in double and rounds once, as Preprocessing does: raw rows become the same bits. Where
// floats are too coarse for a column, Unix times for one, floats do not compile. It refuses nothing: what is no finite
// f32 becomes an infinity. Errors: those above; unsupported for free text; classes or a temperature in the options; a
// preprocessing that gives another count of numbers than the model takes.
std::string header_text(const Classifier& classifier, HeaderOptions options = {});

// The same as a file, written whole or not at all (train/files/file.h). Errors: those of both.
void export_header(const std::string& path, const Sequential& model, const HeaderOptions& options = {});
void export_header(const std::string& path, const Classifier& classifier, const HeaderOptions& options = {});

}  // namespace logitape::inline v0
