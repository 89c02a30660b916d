// The library's way to refuse: require(ok, op, "labels {} do not broadcast to logits {}", a, b). Not installed.
#pragma once
#include "logitape/core/error.h"
#include "logitape/core/fmt.h"

namespace logitape::inline v0 {

// A tensor in a sentence is its dtype and shape: "f32 [2,3]".
struct Brief {
  const Tensor& tensor;
};
template <class T>
using Shown = std::conditional_t<std::is_same_v<std::remove_cvref_t<T>, Tensor>, Brief, T>;

}  // namespace logitape::inline v0

template <>
struct fmt::formatter<logitape::Brief> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const logitape::Brief& b, Context& c) const {
    return fmt::formatter<std::string_view>::format(describe(b.tensor), c);
  }
};

namespace logitape::inline v0 {

template <class... A>
[[noreturn]] void fail(ErrorCode code, std::string_view op, fmt::format_string<Shown<const A&>...> sentence,
                       const A&... values) {
  throw Error(code, op, fmt::format(sentence, Shown<const A&>{values}...));
}

// Pass values as they are (tensors too), not as text: they are formatted only if the sentence is needed.
template <class... A>
void require(bool ok, std::string_view op, fmt::format_string<Shown<const A&>...> sentence, const A&... values) {
  if (!ok) [[unlikely]]
    fail<A...>(ErrorCode::invalid_argument, op, sentence, values...);
}

template <class... A>
void require(bool ok, ErrorCode code, std::string_view op, fmt::format_string<Shown<const A&>...> sentence,
             const A&... values) {
  if (!ok) [[unlikely]]
    fail<A...>(code, op, sentence, values...);
}

}  // namespace logitape::inline v0
