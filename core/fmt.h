// Optional: logitape's types in fmt's format strings. Needs fmt; nothing else in the library's headers does.
#pragma once
#include <fmt/format.h>

#include "logitape/core/device.h"
#include "logitape/core/dtype.h"
#include "logitape/core/shape.h"
#include "logitape/core/tensor.h"

// A tensor prints its values, as operator<< does; the others their names: "[2,3]", "f32", "cuda:0".
template <>
struct fmt::formatter<logitape::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Tensor& t, Context& c) const {
    return fmt::formatter<std::string_view>::format(to_string(t), c);
  }
};
template <>
struct fmt::formatter<logitape::Shape> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Shape& s, Context& c) const {
    return fmt::formatter<std::string_view>::format(to_string(s), c);
  }
};
template <>
struct fmt::formatter<logitape::Ints> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Ints& s, Context& c) const {
    return fmt::formatter<std::string_view>::format(to_string(s), c);
  }
};
template <>
struct fmt::formatter<logitape::DType> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(logitape::DType d, Context& c) const {
    return fmt::formatter<std::string_view>::format(name(d), c);
  }
};
template <>
struct fmt::formatter<logitape::Device> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(logitape::Device d, Context& c) const {
    return fmt::formatter<std::string_view>::format(to_string(d), c);
  }
};
