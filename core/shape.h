// The extents of a tensor: rank 0 to 8, row-major, 64-bit. Immutable: up to three extents lie in the Shape itself, of
// more it shares a list with its copies.
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <utility>

namespace logitape::inline v0 {

inline constexpr int max_rank = 8;

// What may stand for an extent in braces.
template <class I>
concept Extent = std::integral<I> && !std::same_as<I, bool>;

// What a Shape or Ints is made from without braces: std::vector<std::int64_t>, std::array, a Shape.
template <class R>
concept ExtentRange = std::ranges::contiguous_range<R> && std::same_as<std::ranges::range_value_t<R>, std::int64_t>;

namespace detail {
// From begin to end: a Shape's own size() counts elements, not axes.
template <ExtentRange R>
std::span<const std::int64_t> span_of(const R& r) {
  return {std::ranges::data(r), static_cast<std::size_t>(std::ranges::end(r) - std::ranges::begin(r))};
}
}  // namespace detail

namespace detail {
// The shared list behind a Shape of more than three extents.
struct Extents;
void retain(Extents*) noexcept;
void release(Extents*) noexcept;
}  // namespace detail

// Extents from the outermost to the innermost; the last is contiguous.
class Shape {
 public:
  Shape() = default;  // rank 0: a scalar
  // From braces of integers: Shape s = {2, 3}. Errors: negative extents, rank above 8, more than 2^63-1 elements.
  template <Extent... I>
  requires(sizeof...(I) > 0) Shape(I... extents)
      : Shape(std::span<const std::int64_t>(std::array<std::int64_t, sizeof...(I)>{checked(extents)...})) {}
  template <ExtentRange R>
  requires(!std::same_as<std::remove_cvref_t<R>, Shape> &&
           !std::same_as<std::remove_cvref_t<R>, std::span<const std::int64_t>>) Shape(const R& extents)
      : Shape(detail::span_of(extents)) {}
  Shape(std::span<const std::int64_t> extents);

  Shape(const Shape& other) noexcept : rank_(other.rank_), held_(other.held_) {
    if (rank_ > most_held) retain(held_.list);
  }
  Shape(Shape&& other) noexcept : rank_(std::exchange(other.rank_, 0)), held_(other.held_) {}
  Shape& operator=(Shape other) noexcept {
    std::swap(rank_, other.rank_);
    std::swap(held_, other.held_);
    return *this;
  }
  ~Shape() {
    if (rank_ > most_held) release(held_.list);
  }

  int rank() const noexcept { return rank_; }
  std::int64_t size() const noexcept;        // number of elements; 1 for rank 0
  std::int64_t operator[](int axis) const {  // error: axis outside [0, rank)
    if (axis < 0 || axis >= rank()) outside(axis);
    return begin()[axis];
  }
  // Valid as long as this Shape lives.
  const std::int64_t* begin() const noexcept { return rank_ > most_held ? listed() : held_.extents; }
  const std::int64_t* end() const noexcept { return begin() + rank(); }
  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (const std::int64_t *p = a.begin(), *q = b.begin(); p != a.end(); ++p, ++q)
      if (*p != *q) return false;
    return true;
  }

 private:
  // unsigned values above 2^63-1 turn negative here and are refused as such
  template <Extent I>
  static std::int64_t checked(I extent) {
    return static_cast<std::int64_t>(extent);
  }

  [[noreturn]] void outside(int axis) const;
  const std::int64_t* listed() const noexcept;

  static constexpr int most_held = 3;
  union Held {
    std::int64_t extents[most_held];
    detail::Extents* list;
  };
  int rank_ = 0;
  Held held_{};
};

}  // namespace logitape::inline v0

// Shape::size() counts elements, not axes: as a range a Shape is as long as from begin() to end(), for std::span and
// std::ranges::size too.
template <>
inline constexpr bool std::ranges::disable_sized_range<logitape::Shape> = true;

namespace logitape::inline v0 {

std::string to_string(const Shape& shape);                        // "[2,3]", "[]" for a scalar
std::ostream& operator<<(std::ostream& out, const Shape& shape);  // to_string(shape)

// Up to 8 integers from braces, an int, or a range of int64: axes, permutations, starts, or a shape with a -1 to infer.
class Ints {
 public:
  Ints() = default;
  template <Extent... I>
  requires(sizeof...(I) > 0) Ints(I... values)
      : Ints(std::span<const std::int64_t>(
            std::array<std::int64_t, sizeof...(I)>{static_cast<std::int64_t>(values)...})) {}
  template <ExtentRange R>
  requires(!std::same_as<std::remove_cvref_t<R>, Ints> &&
           !std::same_as<std::remove_cvref_t<R>, std::span<const std::int64_t>>) Ints(const R& values)
      : Ints(detail::span_of(values)) {}
  Ints(std::span<const std::int64_t> values);

  int count() const noexcept { return count_; }
  std::int64_t operator[](int i) const noexcept { return values_[static_cast<std::size_t>(i)]; }
  std::int64_t& operator[](int i) noexcept { return values_[static_cast<std::size_t>(i)]; }
  void push(std::int64_t value);
  const std::int64_t* begin() const noexcept { return values_.data(); }
  const std::int64_t* end() const noexcept { return values_.data() + count_; }
  friend bool operator==(const Ints&, const Ints&) = default;

 private:
  std::array<std::int64_t, max_rank> values_{};
  int count_ = 0;
};

std::string to_string(const Ints& values);  // "[2,3]"

}  // namespace logitape::inline v0
