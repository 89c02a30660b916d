// Shadows: found by address, since a kernel may be given the middle of an array.
#include "logitape/backends/wide/shadows.h"

#include <bit>
#include <cstring>
#include <iterator>

namespace logitape::inline v0::backends::wide {
namespace {

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

}  // namespace

void Shadows::given(const void* data, std::int64_t bytes, DType dtype) {
  const Address begin = address_of(data), end = begin + static_cast<Address>(bytes);
  const auto end_of = [](const Entry& e) { return e.first + e.second.size() * sizeof(double); };
  auto from = arrays_.lower_bound(begin);
  if (from != arrays_.begin() && end_of(*std::prev(from)) > begin) --from;
  while (from != arrays_.end() && from->first < end) from = arrays_.erase(from);
  if (dtype == DType::f64 && bytes > 0)
    arrays_.emplace(begin, Values(static_cast<std::size_t>(bytes) / sizeof(double)));
}

const Double2* Shadows::find(const void* address) const {
  const auto after = arrays_.upper_bound(address_of(address));
  if (after == arrays_.begin()) return nullptr;
  const auto& [begin, values] = *std::prev(after);
  const std::size_t i = (address_of(address) - begin) / sizeof(double);
  return i < values.size() ? &values[i] : nullptr;
}

Double2 Shadows::load(const double* from) const {
  const Double2* shadow = find(from);
  return shadow && same_bits(shadow->hi, *from) ? *shadow : Double2(*from);
}

void Shadows::store(double* to, Double2 value) {
  *to = value.hi;
  if (Double2* shadow = find(to)) *shadow = value;
  else lost_ = lost_ || value.lo != 0;
}

void Shadows::move(const void* from, void* to) {
  double value = 0;
  std::memcpy(&value, from, sizeof value);
  std::memcpy(to, from, sizeof value);
  const Double2* shadow = find(from);
  const Double2 moved = shadow && same_bits(shadow->hi, value) ? *shadow : Double2(value);
  if (Double2* target = find(to)) *target = moved;
  else lost_ = lost_ || moved.lo != 0;
}

}  // namespace logitape::inline v0::backends::wide
