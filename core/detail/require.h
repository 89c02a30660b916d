// The library's way to refuse: require(ok, op, "labels {} do not broadcast to logits {}", a, b). Not installed.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "logitape/core/error.h"
#include "logitape/core/fmt.h"

namespace logitape::inline v0 {

// What a sentence shows: a tensor as "f32 [2,3]"; a shape, a dtype and a device as their text; all else as it is. Text
// is made here, before fmt sees it: each source that formats our types by fmt compiles its formatters anew.
std::string shown(const Tensor& tensor);
std::string shown(const Shape& shape);
std::string shown(const Ints& values);
std::string shown(const Device& device);
std::string_view shown(const DType& dtype);
template <class T>
const T& shown(const T& value) {
  return value;
}
template <class T>
using Shown = std::remove_cvref_t<decltype(shown(std::declval<const T&>()))>;

// The name of an op. How long a C string is, is found out only where an error says it.
class OpName {
 public:
  OpName(const char* text) : text_(text) {}
  OpName(std::string_view text) : text_(text.data()), size_(text.size()) {}
  OpName(const std::string& text) : OpName(std::string_view(text)) {}
  operator std::string_view() const {
    return size_ == std::string_view::npos ? std::string_view(text_) : std::string_view(text_, size_);
  }

 private:
  const char* text_;
  std::size_t size_ = std::string_view::npos;
};

[[noreturn]] void fail_in(ErrorCode code, std::string_view op, fmt::string_view sentence, fmt::format_args values);
template <class... S>
[[noreturn]] void fail_shown(ErrorCode code, std::string_view op, fmt::string_view sentence, const S&... values) {
  fail_in(code, op, sentence, fmt::make_format_args(values...));
}

template <class... A>
[[noreturn]] void fail(ErrorCode code, std::string_view op, fmt::format_string<const Shown<A>&...> sentence,
                       const A&... values) {
  fail_shown(code, op, sentence, shown(values)...);
}

// Pass values as they are (tensors too), not as text: they are formatted only if the sentence is needed.
template <class... A>
void require(bool ok, OpName op, fmt::format_string<const Shown<A>&...> sentence, const A&... values) {
  if (!ok) [[unlikely]]
    fail<A...>(ErrorCode::invalid_argument, op, sentence, values...);
}

template <class... A>
void require(bool ok, ErrorCode code, OpName op, fmt::format_string<const Shown<A>&...> sentence, const A&... values) {
  if (!ok) [[unlikely]]
    fail<A...>(code, op, sentence, values...);
}

}  // namespace logitape::inline v0
