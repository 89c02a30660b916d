// Named arguments, enforced by the compiler. An argument struct starts with a NamedOnly, so that f({a, b}) does not
// compile where f({.labels = a, .logits = b}) does; a Required member cannot be left out.
#pragma once
#include <utility>

namespace logitape::inline v0 {

struct NamedOnly {
  explicit NamedOnly() = default;
};

template <class T>
class Required {
 public:
  Required(T value) : value_(std::move(value)) {}
  operator const T&() const { return value_; }

 private:
  T value_;
};

}  // namespace logitape::inline v0
