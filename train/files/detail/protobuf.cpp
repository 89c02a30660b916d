// Field by field. Numbers are little-endian; a varint has seven bits a byte, the lowest first, and a bit that says
// whether more follow.
#include "logitape/train/files/detail/protobuf.h"

#include <bit>

namespace logitape::inline v0::protobuf {

void Message::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
  bytes_ += static_cast<char>(value);
}

void Message::key(unsigned field, unsigned wire_type) { varint(field << 3 | wire_type); }

Message& Message::integer(unsigned field, std::int64_t value) {
  key(field, 0);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::f64(unsigned field, double value) {
  key(field, 1);
  append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::f32(unsigned field, float value) {
  key(field, 5);
  append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
  return *this;
}

Message& Message::text(unsigned field, std::string_view bytes) {
  key(field, 2);
  varint(bytes.size());
  bytes_ += bytes;
  return *this;
}

Message& Message::packed(unsigned field, std::span<const double> values) {
  key(field, 2);
  varint(values.size_bytes());
  for (const double v : values) append_little_endian(bytes_, std::bit_cast<std::uint64_t>(v));
  return *this;
}

}  // namespace logitape::inline v0::protobuf
