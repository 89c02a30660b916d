// Stands in for train/files/detail/inflate.cpp where there is no zlib: checksums are computed, packed files refused.
#include <algorithm>

#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/inflate.h"

namespace logitape::inline v0::data {

struct Inflater::State {};

Inflater::Inflater(Form) {}
Inflater::~Inflater() = default;
void Inflater::begin(Form) {}
Inflater::Step Inflater::run(std::string_view, char*, std::size_t) {
  fail(ErrorCode::unsupported, "inflate", "the file is packed, and this program cannot unpack: hand it over unpacked");
}

std::uint32_t checksum(std::uint32_t before, std::string_view bytes) {
  std::uint32_t sum = ~before;
  for (const char c : bytes) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);  // the polynomial, bits reversed
  }
  return ~sum;
}

std::uint32_t adler_32(std::string_view bytes) {
  constexpr std::uint32_t prime = 65521;
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % prime;
    b = (b + a) % prime;
  }
  return b << 16 | a;
}

}  // namespace logitape::inline v0::data
