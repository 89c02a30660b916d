// Each layer: check the sizes, call one op.
#include "logitape/train/nn/embedding_layers.h"

#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/train/nn/detail/first_values.h"

namespace logitape::inline v0 {
namespace {

void check_extents(const char* op, std::int64_t rows, std::int64_t width) {
  require(rows >= 1 && width >= 1, op, "rows is {}, width is {}; both need at least 1", rows, width);
}

}  // namespace

Tensor unit_rows(const Shape& shape, Generator& rng, DType dtype) {
  require(shape.rank() >= 2 && shape.size() > 0, "unit_rows",
          "the weight is {}; rank 2 or more, without extents of 0, is needed", shape);
  return randn(shape, rng, dtype) * (1 / std::sqrt(static_cast<double>(shape[shape.rank() - 1])));
}

Embedding::Embedding(std::int64_t rows, std::int64_t width, const EmbeddingOptions& options)
    : rows_(rows), width_(width), options_(options) {
  check_extents("Embedding", rows, width);
  train::check_first_values("Embedding", options.weight, options.dtype);
}

Tensor Embedding::operator()(const Tensor& x) const { return embedding(initialised("Embedding", weight_), x); }

void Embedding::initialise(Generator& rng) {
  Generator moved = rng;
  weight_.value = train::drawn("Embedding", weight_.name, options_.weight, {rows_, width_}, moved, options_.dtype);
  rng = moved;
}

std::string Embedding::str() const { return fmt::format("Embedding{{{}, {}}}", rows_, width_); }

EmbeddingBag::EmbeddingBag(std::int64_t rows, std::int64_t width, const EmbeddingBagLayerOptions& options)
    : rows_(rows), width_(width), options_(options) {
  check_extents("EmbeddingBag", rows, width);
  train::check_first_values("EmbeddingBag", options.weight, options.dtype);
}

Tensor EmbeddingBag::operator()(const Tensor& x) const {
  return embedding_bag(initialised("EmbeddingBag", weight_), x, {.mean = options_.mean});
}

void EmbeddingBag::initialise(Generator& rng) {
  Generator moved = rng;
  weight_.value = train::drawn("EmbeddingBag", weight_.name, options_.weight, {rows_, width_}, moved, options_.dtype);
  rng = moved;
}

std::string EmbeddingBag::str() const { return fmt::format("EmbeddingBag{{{}, {}}}", rows_, width_); }

}  // namespace logitape::inline v0
