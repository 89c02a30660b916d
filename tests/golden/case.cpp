// tensorflow.json as JSON, its arrays as tensors, its ops as calls.
#include "tests/golden/case.h"

#include <doctest/doctest.h>

#include <fstream>
#include <limits>
#include <map>

namespace logitape::tests::golden {

const Json& cases() {
  static const Json all = [] {
    std::ifstream file(LOGITAPE_SOURCE_DIR "/tests/golden/tensorflow.json");
    return Json::parse(file).at("cases");
  }();
  return all;
}

DType dtype_of(const std::string& name) {
  static const std::map<std::string, DType> names = {
      {"float16", DType::f16}, {"bfloat16", DType::bf16}, {"float32", DType::f32}, {"float64", DType::f64},
      {"int8", DType::i8},     {"uint8", DType::u8},      {"int16", DType::i16},   {"int32", DType::i32},
      {"int64", DType::i64},   {"bool", DType::boolean}};
  return names.at(name);
}

std::vector<double> numbers(const Json& json) {
  std::vector<double> values;
  if (!json.contains("d")) {  // all one number, or rows that are one-hot at class 0
    const Shape shape(json.at("s").get<std::vector<std::int64_t>>());
    values.assign(static_cast<std::size_t>(shape.size()), json.value("fill", 0.0));
    if (json.contains("onehot0"))
      for (std::int64_t i = 0; i < shape.size(); i += shape[shape.rank() - 1]) values[static_cast<std::size_t>(i)] = 1;
    return values;
  }
  for (const Json& x : json.at("d")) {
    if (x.is_string()) {
      const auto text = x.get<std::string>();
      constexpr double inf = std::numeric_limits<double>::infinity();
      REQUIRE((text == "inf" || text == "-inf" || text == "nan"));
      values.push_back(text == "inf" ? inf : text == "-inf" ? -inf : std::numeric_limits<double>::quiet_NaN());
    } else {
      values.push_back(x.is_boolean() ? static_cast<double>(x.get<bool>()) : x.get<double>());
    }
  }
  return values;
}

Tensor array(const Json& json, DType dtype) {
  const Shape shape(json.at("s").get<std::vector<std::int64_t>>());
  if (json.contains("t")) dtype = dtype_of(json.at("t").get<std::string>());
  return cast(from_span(numbers(json), shape), dtype);
}

Result call(const Json& c, const Tensor& logits, const Tensor& labels) {
  const auto op = c.at("op").get<std::string>();
  const Json given = c.value("axis", Json());
  const std::int64_t axis = given.is_null() ? -1 : given.get<std::int64_t>();
  if (op == "raw_dense") {
    const auto r = raw_ops::SoftmaxCrossEntropyWithLogits({.features = logits, .labels = labels});
    return {r.loss, r.backprop};
  }
  if (op == "raw_sparse") {
    const auto r = raw_ops::SparseSoftmaxCrossEntropyWithLogits({.features = logits, .labels = labels});
    return {r.loss, r.backprop};
  }
  if (op == "nn_sparse")
    return {nn::sparse_softmax_cross_entropy_with_logits({.labels = labels, .logits = logits}), {}};
  if (op == "nn_v2")
    return {nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits, .axis = axis}), {}};
  if (op == "nn_v1v2") {
    compat::v1::nn::SoftmaxCrossEntropyV2Arguments arguments{.labels = labels, .logits = logits};
    if (!given.is_null()) (c.value("argname", "axis") == "dim" ? arguments.dim : arguments.axis) = axis;
    return {compat::v1::nn::softmax_cross_entropy_with_logits_v2(arguments), {}};
  }
  REQUIRE(op == "nn_v1");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // what is tested
  return {compat::v1::nn::softmax_cross_entropy_with_logits({.labels = labels, .logits = logits, .dim = axis}), {}};
#pragma GCC diagnostic pop
}

}  // namespace logitape::tests::golden
