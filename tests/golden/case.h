// The cases of tensorflow.json: their arrays as tensors, and the calls they stand for.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "logitape.h"

namespace logitape::tests::golden {

using Json = nlohmann::json;

const Json& cases();  // all of them; an error case has a field "error"

DType dtype_of(const std::string& name);  // "float32", "bool"

// {"s": [2], "d": [1, "inf"], "t": "float64"}: t is `dtype` where it is missing.
Tensor array(const Json& json, DType dtype);
std::vector<double> numbers(const Json& json);

// What an op of the table returns for these inputs; backprop is empty for all but the raw ops.
struct Result {
  Tensor loss, backprop;
};
Result call(const Json& c, const Tensor& logits, const Tensor& labels);

}  // namespace logitape::tests::golden
