// The layers of a model one after another, and what every export asks of them and of the columns before them. Not
// installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/core/shape.h"
#include "logitape/train/data/preprocessing.h"
#include "logitape/train/nn/sequential.h"

namespace logitape::inline v0::train {

// Who exports, for its errors: {"export_header", "a header", "HeaderOptions"}.
struct Export {
  const char *op, *what, *options;
};

// A layer that is no Sequential, and its place: "1.0".
struct Placed {
  AnyModule module;
  std::string place;
  std::string name() const;  // "layer 1.0 of the model, Linear{64, 10}"
};

// Those of nested Sequentials too, in order; their parameters are named by place.
std::vector<Placed> placed_layers(const Sequential& model);

// Its parameters, then its buffers. Errors: not initialised, not f32, not finite.
Tensors layer_weights(const Export& who, Placed& layer);

// weight / sqrt(variance + epsilon) of a BatchNorm whose weights these are. Error: not finite.
Tensor norm_scale(const Export& who, const Placed& layer, const Tensors& weights, double epsilon);

// The shape of an input: the first layer that needs a certain shape decides; layers before it take any. Error: none
// does.
Shape first_shape(const Export& who, std::vector<Placed>& layers);

// The shape of a row behind a layer, from that before it. The layer itself tells it, for a row of zeros: so it refuses
// what it would refuse of any row.
Shape shape_behind(Placed& layer, const Shape& row, DType dtype = DType::f32);

// Whether neighbouring floats are further apart than a thousandth of the column's scale, where the column's numbers
// are: Unix times, the last digits of an account.
bool needs_double(const PreparedColumn& column);

// The smallest float that is not below x: for a float p, p >= it where p >= x.
float float_from(double x);

}  // namespace logitape::inline v0::train
