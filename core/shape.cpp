// Extents as they are checked and kept: in the Shape itself, or in one block with counted owners.
#include "logitape/core/shape.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <ostream>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"
#include "logitape/core/memory.h"
#include "logitape/core/ref.h"

namespace logitape::inline v0 {

struct detail::Extents {
  std::atomic<std::uint32_t> owners;
  int rank;
  std::int64_t values[max_rank];
};

namespace {
using detail::Extents;

// A list of rank r is allocated without the values it does not use.
std::size_t bytes_of(int rank) {
  return offsetof(Extents, values) + static_cast<std::size_t>(rank) * sizeof(std::int64_t);
}
}  // namespace

void detail::retain(Extents* e) noexcept { e->owners.fetch_add(1, std::memory_order_relaxed); }
void detail::release(Extents* e) noexcept {
  if (is_last(e->owners)) memory::release(e, bytes_of(e->rank));
}

Shape::Shape(std::span<const std::int64_t> extents) {
  const Ints shown(extents);  // refuses a rank above 8
  // a zero makes the size 0, but the product of the other extents still has to fit: leave the zero out of it
  std::int64_t size = 1;
  for (const std::int64_t extent : extents) {
    require(extent >= 0, "shape", "{} has a negative extent", shown);
    if (extent > 0)
      require(!__builtin_mul_overflow(size, extent, &size), "shape", "{} has more than 2^63-1 elements", shown);
  }
  const int rank = static_cast<int>(extents.size());
  std::int64_t* to = held_.extents;
  if (rank > most_held) {
    auto* e = static_cast<Extents*>(memory::allocate(bytes_of(rank)));
    new (&e->owners) std::atomic<std::uint32_t>(1);
    e->rank = rank;
    held_.list = e;
    to = e->values;
  }
  std::copy(extents.begin(), extents.end(), to);
  rank_ = rank;
}

std::int64_t Shape::size() const noexcept {
  std::int64_t size = 1;
  for (const std::int64_t extent : *this) size *= extent;
  return size;
}

const std::int64_t* Shape::listed() const noexcept { return held_.list->values; }

void Shape::outside(int axis) const {
  fail(ErrorCode::out_of_range, "shape", "axis {} is outside [0, {}) of {}", axis, rank(), *this);
}
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

Ints::Ints(std::span<const std::int64_t> values) : count_(static_cast<int>(values.size())) {
  require(values.size() <= max_rank, "shape", "{} axes are asked for; at most {} are possible", values.size(),
          max_rank);
  std::copy(values.begin(), values.end(), values_.begin());
}

void Ints::push(std::int64_t value) {
  require(count_ < max_rank, "shape", "{} axes are asked for; at most {} are possible", count_ + 1, max_rank);
  values_[static_cast<std::size_t>(count_++)] = value;
}

std::string to_string(const Ints& values) { return fmt::format("[{}]", fmt::join(values.begin(), values.end(), ",")); }
std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ",")); }

}  // namespace logitape::inline v0
