// Eight bytes at a time: exclusive or, then a product with an odd number (2^64 over the golden ratio), then the upper
// half folded into the lower. Each step waits for the one before it, so eight chains go side by side, a word each in
// turn, and are mixed in the end.
#include "logitape/train/data/detail/digest.h"

#include <algorithm>
#include <cstring>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::train {
namespace {

constexpr std::uint64_t start = 0x6c6f676974617065u;  // "logitape"

void mix(std::uint64_t& digest, std::uint64_t word) {
  digest = (digest ^ word) * 0x9e3779b97f4a7c15u;
  digest ^= digest >> 32;
}

template <std::size_t chains>
void mix_bytes(std::uint64_t& digest, const char* bytes, std::size_t size) {
  std::uint64_t chain[chains];
  for (std::size_t c = 0; c < chains; ++c) chain[c] = digest + c;
  std::size_t at = 0;
  for (; at + 8 * chains <= size; at += 8 * chains) {
    std::uint64_t words[chains];
    std::memcpy(words, bytes + at, sizeof words);
    for (std::size_t c = 0; c < chains; ++c) mix(chain[c], words[c]);
  }
  for (std::size_t c = 0; at < size; at += 8, ++c) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, std::min<std::size_t>(8, size - at));
    mix(chain[c], word);
  }
  digest = chain[0];
  for (std::size_t c = 1; c < chains; ++c) mix(digest, chain[c]);
}

template <std::size_t chains>
std::string digest(TensorList tensors) {
  std::uint64_t digest = start;
  for (const Tensor& there : tensors) {
    const Tensor tensor = there.to(Device::cpu());
    mix(digest, static_cast<std::uint64_t>(tensor.dtype()));
    mix(digest, static_cast<std::uint64_t>(tensor.rank()));
    for (const std::int64_t extent : tensor.shape()) mix(digest, static_cast<std::uint64_t>(extent));
    mix_bytes<chains>(digest, static_cast<const char*>(tensor.data()),
                      static_cast<std::size_t>(tensor.size()) * byte_size(tensor.dtype()));
  }
  return fmt::format("{:016x}", digest);
}

}  // namespace

std::string digest_of(TensorList tensors) { return digest<8>(tensors); }
std::string digest_of(const Dataset& rows) {
  return rows.weights.defined() ? digest_of(TensorList{rows.inputs, rows.labels, rows.weights})
                                : digest_of(TensorList{rows.inputs, rows.labels});
}
std::string digest_in_one_chain(const Dataset& rows) { return digest<1>({rows.inputs, rows.labels}); }

}  // namespace logitape::inline v0::train
