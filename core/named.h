// Named arguments and options, enforced by the compiler. Their struct starts with a NamedOnly, so that f({a, b}) does
// not compile where f({.labels = a, .logits = b}) does; a Required member cannot be left out.
#pragma once
#include <utility>

namespace logitape::inline v0 {

// The first member of such a struct: no value in braces converts to it, so the others have to be named.
struct NamedOnly {
  explicit NamedOnly() = default;
};

// A member without a default: a program that leaves it out does not compile.
template <class T>
class Required {
 public:
  Required(T value) : value_(std::move(value)) {}
  operator const T&() const { return value_; }

 private:
  T value_;
};

}  // namespace logitape::inline v0
