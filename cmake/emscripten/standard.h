// What logitape uses of C++20's library and libc++ 13, that of Debian's Emscripten, lacks. Included before every source
// of a build for WebAssembly, and of no other; a newer libc++ has each of these itself, and keeps its own.
#pragma once
#include <version>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 14000
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <ranges>
#include <string>

_LIBCPP_BEGIN_NAMESPACE_STD

template <class To, class From>
requires(sizeof(To) == sizeof(From)) constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}

namespace ranges {

// Each algorithm with a projection, by the one of the same name on iterators.
template <class R, class F, class P = identity>
constexpr bool all_of(R&& r, F f, P p = {}) {
  return std::all_of(std::begin(r), std::end(r), [&](const auto& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class F, class P = identity>
constexpr bool any_of(R&& r, F f, P p = {}) {
  return std::any_of(std::begin(r), std::end(r), [&](const auto& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class F, class P = identity>
constexpr bool none_of(R&& r, F f, P p = {}) {
  return !ranges::any_of(r, std::move(f), std::move(p));
}
template <class R, class F, class P = identity>
constexpr auto count_if(R&& r, F f, P p = {}) {
  return std::count_if(std::begin(r), std::end(r), [&](const auto& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class F, class P = identity>
constexpr auto find_if(R&& r, F f, P p = {}) {
  return std::find_if(std::begin(r), std::end(r), [&](const auto& x) { return std::invoke(f, std::invoke(p, x)); });
}
template <class R, class T, class P = identity>
constexpr auto find(R&& r, const T& value, P p = {}) {
  return std::find_if(std::begin(r), std::end(r), [&](const auto& x) { return std::invoke(p, x) == value; });
}
template <class A, class B, class F = equal_to, class P = identity, class Q = identity>
constexpr bool equal(A&& a, B&& b, F f = {}, P p = {}, Q q = {}) {
  return std::equal(std::begin(a), std::end(a), std::begin(b), std::end(b),
                    [&](const auto& x, const auto& y) { return std::invoke(f, std::invoke(p, x), std::invoke(q, y)); });
}
template <class R>
constexpr void reverse(R&& r) {
  std::reverse(std::begin(r), std::end(r));
}
template <class R, class T, class F = less, class P = identity>
constexpr auto lower_bound(R&& r, const T& value, F f = {}, P p = {}) {
  return std::lower_bound(std::begin(r), std::end(r), value,
                          [&](const auto& x, const T& y) { return std::invoke(f, std::invoke(p, x), y); });
}
template <class R, class T, class F = less, class P = identity>
constexpr bool binary_search(R&& r, const T& value, F f = {}, P p = {}) {
  const auto at = ranges::lower_bound(r, value, f, p);
  return at != std::end(r) && !std::invoke(f, value, std::invoke(p, *at));
}
template <class R, class F = less, class P = identity>
constexpr void sort(R&& r, F f = {}, P p = {}) {
  std::sort(std::begin(r), std::end(r),
            [&](const auto& x, const auto& y) { return std::invoke(f, std::invoke(p, x), std::invoke(p, y)); });
}
template <class R, class F = less, class P = identity>
constexpr void stable_sort(R&& r, F f = {}, P p = {}) {
  std::stable_sort(std::begin(r), std::end(r),
                   [&](const auto& x, const auto& y) { return std::invoke(f, std::invoke(p, x), std::invoke(p, y)); });
}
template <class R, class F = less, class P = identity>
constexpr auto max_element(R&& r, F f = {}, P p = {}) {
  return std::max_element(std::begin(r), std::end(r), [&](const auto& x, const auto& y) {
    return std::invoke(f, std::invoke(p, x), std::invoke(p, y));
  });
}
template <class R, class F = less, class P = identity>
constexpr auto min_element(R&& r, F f = {}, P p = {}) {
  return std::min_element(std::begin(r), std::end(r), [&](const auto& x, const auto& y) {
    return std::invoke(f, std::invoke(p, x), std::invoke(p, y));
  });
}

}  // namespace ranges

// The longest text from `first` on that is a number as from_chars reads it: strtod alone would take blanks, a plus sign
// and hexadecimal digits too. musl's strtod rounds correctly, and its only locale is C.
inline from_chars_result from_chars(const char* first, const char* last, double& value) {
  const char* at = first;
  const auto digits = [&] {
    const char* const begin = at;
    while (at != last && *at >= '0' && *at <= '9') ++at;
    return at - begin;
  };
  const auto word = [&](const char* letters) {  // of small letters; the text may have capitals
    const char* end = at;
    for (; *letters; ++letters, ++end)
      if (end == last || (*end | 32) != *letters) return false;
    at = end;
    return true;
  };
  if (at != last && *at == '-') ++at;
  if (!word("infinity") && !word("inf") && !word("nan")) {
    auto count = digits();
    if (at != last && *at == '.') {
      ++at;
      count += digits();
    }
    if (count == 0) return {first, errc::invalid_argument};
    const char* const mantissa = at;
    if (at != last && (*at | 32) == 'e') {
      ++at;
      if (at != last && (*at == '+' || *at == '-')) ++at;
      if (digits() == 0) at = mantissa;
    }
  }
  errno = 0;
  const double read = std::strtod(std::string(first, at).c_str(), nullptr);
  if (errno == ERANGE && (read == 0 || read * 0 != 0)) return {at, errc::result_out_of_range};
  value = read;
  return {at, errc()};
}

// The fewest digits that read back to the same number.
inline to_chars_result to_chars(char* first, char* last, double value) {
  char text[40];
  int length = 0;
  for (int digits = 1; digits <= 17; ++digits) {
    length = std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  if (length > last - first) return {last, errc::value_too_large};
  return {std::copy(text, text + length, first), errc()};
}

_LIBCPP_END_NAMESPACE_STD
#endif
