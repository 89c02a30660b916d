// Layers that look numbers up in a table: modules (module.h) around ops/embedding.h. Their x is of an integer dtype.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/core/named.h"
#include "logitape/ops/embedding.h"
#include "logitape/train/nn/initialise.h"
#include "logitape/train/nn/parameter.h"

namespace logitape::inline v0 {

// Normal, mean 0, variance 1/width for a table [rows, width]: rows of length 1, or nearly. Errors: those of
// initialise.h.
Tensor unit_rows(const Shape& shape, Generator& rng, DType dtype = DType::f32);

// How the table begins.
struct EmbeddingOptions {
  NamedOnly named_only = NamedOnly();
  Initialiser weight = unit_rows;  // called as weight({rows, width}, rng, dtype)
  DType dtype = DType::f32;        // f32 or f64
};

// y[..., :] = weight[x[...], :].
class Embedding {
 public:
  // Errors: rows or width below 1, another dtype, no initialiser.
  Embedding(std::int64_t rows, std::int64_t width, const EmbeddingOptions& options = {});

  Tensor operator()(const Tensor& x) const;  // errors: not initialised; those of embedding()
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show) { show(weight_); }
  std::string str() const;

 private:
  std::int64_t rows_, width_;
  EmbeddingOptions options_;
  Parameter weight_{"weight", {}, ParameterKind::embedding_weight};
};

// What becomes of the rows of a bag, and how the table begins.
struct EmbeddingBagLayerOptions {
  NamedOnly named_only = NamedOnly();
  bool mean = true;  // their mean; else their sum
  Initialiser weight = unit_rows;
  DType dtype = DType::f32;
};

// y[b, :] = the mean of weight[x[b, j], :] over j. x is [bags, length]; -1 is padding. With a Linear behind it, it
// classifies texts: Joulin, Grave, Bojanowski, Mikolov, "Bag of tricks for efficient text classification", 2017.
class EmbeddingBag {
 public:
  // Errors: rows or width below 1, another dtype, no initialiser.
  EmbeddingBag(std::int64_t rows, std::int64_t width, const EmbeddingBagLayerOptions& options = {});

  Tensor operator()(const Tensor& x) const;  // errors: not initialised; those of embedding_bag()
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show) { show(weight_); }
  std::string str() const;
  const EmbeddingBagLayerOptions& options() const { return options_; }

 private:
  std::int64_t rows_, width_;
  EmbeddingBagLayerOptions options_;
  Parameter weight_{"weight", {}, ParameterKind::embedding_weight};
};

}  // namespace logitape::inline v0
