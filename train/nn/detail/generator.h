// A generator's place as a buffer of a module, and back. Not installed.
#pragma once
#include <cstdint>
#include <optional>

#include "logitape/core/random.h"
#include "logitape/ops/create.h"

namespace logitape::inline v0::train {

// The bits of a u64 are those of an i64.
inline Tensor tensor_of(const Generator& rng) {
  const std::int64_t place[] = {static_cast<std::int64_t>(rng.key()), static_cast<std::int64_t>(rng.position())};
  return from_span(place, {2});
}

inline Generator generator_of(const Tensor& place) {
  const auto at = place.to_vector<std::int64_t>();
  return {static_cast<std::uint64_t>(at[0]), static_cast<std::uint64_t>(at[1])};
}

// Of a buffer that may be one: i64 [2] on the cpu.
inline std::optional<Generator> generator_in(const Tensor& buffer) {
  const bool fits = buffer.defined() && buffer.dtype() == DType::i64 && buffer.shape() == Shape{2} &&
                    buffer.device() == Device::cpu();
  return fits ? std::optional(generator_of(buffer)) : std::nullopt;
}

}  // namespace logitape::inline v0::train
