// Tensors as JSON, with all their digits: peers are asked about the numbers that we are asked about.
#pragma once
#include <logitape.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

inline std::string json_of(const logitape::Tensor& x) {
  std::string shape, values;
  for (const std::int64_t extent : x.shape()) shape += (shape.empty() ? "" : ",") + std::to_string(extent);
  for (const double v : x.to_vector<double>()) {
    char number[32];
    std::snprintf(number, sizeof number, "%.17g", v);
    values += (values.empty() ? "" : ",") + std::string(number);
  }
  return "{\"shape\":[" + shape + "],\"dtype\":\"" + std::string(logitape::name(x.dtype())) + "\",\"values\":[" +
         values + "]}";
}

inline std::string json_of(const std::vector<logitape::Tensor>& all) {
  std::string text;
  for (const logitape::Tensor& x : all) text += (text.empty() ? "" : ",") + json_of(x);
  return "[" + text + "]";
}
