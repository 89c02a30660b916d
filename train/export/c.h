// A classifier as C99 by itself: for boards, and for programs that are no C++. In floats, or in 8-bit integers.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/classify/classifier.h"

namespace logitape::inline v0 {

// The name of exported C, and what it says besides the model.
struct COptions {
  NamedOnly named_only = NamedOnly();
  // Begins every name in it, so that one program may hold several. Letters, digits and _; no keyword, no name of C.
  std::string name = "classifier";
  std::string about = {};  // for the comment at its top
};

// One file of C99 to include: it includes only <math.h>, allocates nothing, and has, for the name "flowers",
//   FLOWERS_INPUTS, FLOWERS_CLASSES                             how many numbers a raw row and its probabilities have
//   const char* flowers_class_names[FLOWERS_CLASSES]
//   void flowers_score(const float* input, float* logits)       of a prepared row
//   void flowers_prepare(const double* raw, float* input)       of a raw row: numbers, NaN where one is missing, and
//                                                               the places of texts, which its comments list
//   void flowers_predict(const double* raw, float* probabilities)
//   int flowers_classify(const double* raw)                     the class, by the threshold if there is one
// Its numbers are those of export_header without `fused`. The comment at its top gives the bytes of flash, stack and
// heap. Errors: those of header_text for a classifier; free text.
std::string c_text(const Classifier& classifier, const COptions& options = {});
void export_c(const std::string& path, const Classifier& classifier, const COptions& options = {});

// A classifier whose arithmetic is that of 8-bit integers, by the scheme of TensorFlow Lite's "8-bit quantization
// specification": a scale for each feature's weights, symmetric; a scale and a zero for each layer's results, from the
// least to the largest that the calibration rows give; sums in 32 bits; fixed-point multipliers between them. A number
// outside of the calibrated range counts as its nearest end.
class Int8Classifier {
 public:
  // calibration: raw rows such as training had, of which at most 2,048 are looked at. Errors: no rows; free text; a
  // layer without such a form (LayerNorm, ResidualBlock, EmbeddingBag and others), by name and place; a column whose
  // numbers a float does not hold.
  Int8Classifier(const Classifier& classifier, const Examples& calibration);
  ~Int8Classifier();
  Int8Classifier(Int8Classifier&&) noexcept;

  // The class of each raw row, by the integers that the exported C computes with.
  std::vector<std::int64_t> classes_of(const Examples& rows) const;

  // One file of C99 to include: only <stdint.h>, on AVR <avr/pgmspace.h> for constants that stay in flash; no double,
  // no allocation. Names are those of c_text(), but raw rows are floats (or FLOWERS_NUMBER, if that is defined before),
  // inputs and logits int8_t, and
  //   void flowers_predict(const FLOWERS_NUMBER* raw, uint16_t* probabilities)   in 65,535ths
  std::string c_text(const COptions& options = {}) const;
  void export_c(const std::string& path, const COptions& options = {}) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace logitape::inline v0
