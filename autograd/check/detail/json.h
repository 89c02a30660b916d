// JSON for what the layers from core to ops say to machines: they link no library for it. train/ takes nlohmann's. Not
// installed.
//   json::object({{"order", 2}, {"names", names}, {"worst", nullptr}}).text
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace logitape::inline v0::detail::json {

// A value, as the text that stands for it. JSON has no numbers for infinities and NaN: they are the strings "inf",
// "-inf" and "nan". What is not UTF-8 in a string becomes U+FFFD.
struct Value {
  std::string text;

  Value(std::nullptr_t) : text("null") {}
  template <std::same_as<bool> B>  // or a pointer would be one
  Value(B v) : text(v ? "true" : "false") {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) Value(I v) : text(std::to_string(v)) {}
  Value(double v);
  Value(std::string_view v);
  Value(const std::string& v) : Value(std::string_view(v)) {}
  Value(const char* v) : Value(std::string_view(v)) {}
  template <class T>
  Value(const std::vector<T>& list) : Value(std::vector<Value>(list.begin(), list.end())) {}
  Value(const std::vector<Value>& list);
};

Value object(std::initializer_list<std::pair<std::string_view, Value>> members);

}  // namespace logitape::inline v0::detail::json
