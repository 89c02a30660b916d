// A trained model as an ONNX file: the graph that onnxruntime and others compute, with what is done to raw rows before
// and what is made of the logits behind it. https://onnx.ai
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/core/shape.h"
#include "logitape/train/classify/classifier.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0 {

// What an ONNX file says besides the model, and where its graph begins.
struct OnnxOptions {
  NamedOnly named_only = NamedOnly();
  std::string name = "classifier";        // the graph's
  std::vector<std::string> classes = {};  // their names; empty: "0", "1", "2", ...
  std::string about = {};                 // the model's doc_string
  double temperature = 1;                 // logits are divided by it; above 0
  // Of two classes: the label is the second where its probability is at least this. Empty: the larger one.
  std::optional<double> threshold = {};
  // The shape of an input, if the first layers do not tell it: [height, width, channels] before a Conv2d.
  Shape image = {};
  bool prepared = false;  // of a classifier: the graph begins behind its preprocessing
  // The type of raw numbers, f32 or f64. Empty: f32 for images, whose pixels it holds exactly; else f64, as pandas and
  // our tables have numbers. They are prepared in f64 and rounded once, so that f64 gives the bits of Preprocessing.
  // f32 is not for columns that it is too coarse for, such as Unix times.
  std::optional<DType> numbers = {};
};

// The bytes of the file: IR version 8, opset 17 (and ai.onnx.ml 3 for columns of text), weights inside. The batch is
// free in all inputs and outputs.
//   probabilities   float [batch, classes]   softmax(logits / temperature)
//   label           string [batch]           the name of the largest logit's class, the first of equal ones; or as the
//                                            threshold has it
// The one input of a model is "input", float [batch, row...]; behind an Embedding or an EmbeddingBag int64 ids, of an
// EmbeddingBag [batch, ids] with -1 as padding. Images are [batch, height, width, channels], as everywhere here: nodes
// turn them. The classes are in the metadata as JSON too. Gelu is x/2 * (1 + erf(x / sqrt 2)), Silu x * sigmoid(x);
// Dropout is left out. Who computes the graph adds its sums up in an order of their own: onnxruntime's probabilities
// are within 128 ULP of predict()'s, of images 512, on every table of the tests (tests/README.md has what was
// measured), and its labels the same unless logits are equal. Ids outside of a table are refused by onnxruntime, not by
// the graph; negative ones count from the end. Errors: unsupported for a layer that has no nodes, by name and place,
// one that is not f32, or weights of more than 2 GiB; invalid_argument for a model whose inputs no layer tells, without
// `image`; a parameter that is not initialised or not finite; a wrong number of class names; text that is not UTF-8; a
// bad temperature; what a layer refuses from the layers before it.
std::string onnx_bytes(const Sequential& model, const OnnxOptions& options = {});

// That of a classifier. It brings its classes, temperature and threshold; leave these options alone. Its preprocessing
// is the beginning of the graph, unless `prepared`:
//   a table          an input for each column that training had, by its name: double [batch, 1], NaN if it is missing;
//                    or string [batch, 1], "" if it is missing, and a text that training did not see is no category.
//                    Of a data frame: {c: df[[c]].to_numpy(float) for c in numbers} | {c: df[[c]].fillna("")
//                    .to_numpy(object) for c in texts}
//   its images       one input "pixels", float [batch, columns], the columns in the order of the file
//   arrays           one input, "pixels" float [batch, height, width...] or "input" double [batch, columns]
// A column named as an output, or as another column, gets a number behind its name; its doc_string has it as it was.
// Texts are matched byte by byte, also those that look like numbers. The graph refuses nothing: what f32 cannot hold
// becomes an infinity. Free text cannot be written: its words are hashed byte by byte, and ONNX has no operator that
// sees the bytes of a string; with `prepared` the input is the ids of HashingTokenizer. Errors: those above;
// unsupported for free text without `prepared`; classes or a temperature in the options; `numbers` that are neither, or
// floats for a column that they are too coarse for; a preprocessing that gives another count of numbers than the model
// takes.
std::string onnx_bytes(const Classifier& classifier, OnnxOptions options = {});

// The same as a file, written whole or not at all (train/files/file.h). Errors: those of both. PyTorch's
// torch.onnx.export, scikit-learn's to_onnx.
void export_onnx(const std::string& path, const Sequential& model, const OnnxOptions& options = {});
void export_onnx(const std::string& path, const Classifier& classifier, const OnnxOptions& options = {});

}  // namespace logitape::inline v0
