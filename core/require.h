// The library's way to refuse: require(ok, op, "labels {} do not broadcast to logits {}", a, b). Not installed.
#pragma once
#include <fmt/format.h>

#include "logitape/core/device.h"
#include "logitape/core/dtype.h"
#include "logitape/core/error.h"
#include "logitape/core/shape.h"
#include "logitape/core/tensor.h"

template <>
struct fmt::formatter<logitape::Shape> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Shape& s, Context& c) const { return fmt::formatter<std::string_view>::format(to_string(s), c); }
};
template <>
struct fmt::formatter<logitape::Ints> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Ints& s, Context& c) const { return fmt::formatter<std::string_view>::format(to_string(s), c); }
};
template <>
struct fmt::formatter<logitape::DType> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(logitape::DType d, Context& c) const { return fmt::formatter<std::string_view>::format(name(d), c); }
};
template <>
struct fmt::formatter<logitape::Device> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(logitape::Device d, Context& c) const { return fmt::formatter<std::string_view>::format(to_string(d), c); }
};

// A tensor in a sentence is its dtype and shape: "f32 [2,3]".
template <>
struct fmt::formatter<logitape::Tensor> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Tensor& t, Context& c) const { return fmt::formatter<std::string_view>::format(describe(t), c); }
};

namespace logitape {

template <class... A>
[[noreturn]] void fail(ErrorCode code, std::string_view op, fmt::format_string<A...> sentence, A&&... values) {
  throw Error(code, op, fmt::format(sentence, std::forward<A>(values)...));
}

// Pass values as they are (tensors too), not as text: they are formatted only if the sentence is needed.
template <class... A>
void require(bool ok, std::string_view op, fmt::format_string<A...> sentence, A&&... values) {
  if (!ok) [[unlikely]] fail(ErrorCode::invalid_argument, op, sentence, std::forward<A>(values)...);
}

template <class... A>
void require(bool ok, ErrorCode code, std::string_view op, fmt::format_string<A...> sentence, A&&... values) {
  if (!ok) [[unlikely]] fail(code, op, sentence, std::forward<A>(values)...);
}

}  // namespace logitape
