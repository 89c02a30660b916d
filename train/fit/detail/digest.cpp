// Eight bytes at a time: exclusive or, then a product with an odd number (2^64 over the golden ratio), then the upper
// half folded into the lower.
#include "logitape/train/fit/detail/digest.h"

#include <algorithm>
#include <cstring>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {
namespace {

void mix(std::uint64_t& digest, std::uint64_t word) {
  digest = (digest ^ word) * 0x9e3779b97f4a7c15u;
  digest ^= digest >> 32;
}

void mix(std::uint64_t& digest, const Tensor& tensor) {
  const Tensor t = tensor.to(Device::cpu());
  mix(digest, static_cast<std::uint64_t>(t.dtype()));
  mix(digest, static_cast<std::uint64_t>(t.rank()));
  for (const std::int64_t extent : t.shape()) mix(digest, static_cast<std::uint64_t>(extent));
  const auto* bytes = static_cast<const char*>(t.data());
  const std::size_t size = static_cast<std::size_t>(t.size()) * byte_size(t.dtype());
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, std::min<std::size_t>(8, size - at));
    mix(digest, word);
  }
}

}  // namespace

std::string digest_of(const Dataset& rows) {
  std::uint64_t digest = 0x6c6f676974617065u;
  mix(digest, rows.inputs);
  mix(digest, rows.labels);
  return fmt::format("{:016x}", digest);
}

}  // namespace logitape::inline v0::train
