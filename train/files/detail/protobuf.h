// Protocol buffers as bytes: fields of a number and a wire type, then a varint (0), 8 bytes (1), a length and bytes
// (2), or 4 bytes (5). https://protobuf.dev/programming-guides/encoding/ Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace logitape::inline v0::protobuf {

template <class Bits>
void append_little_endian(std::string& to, Bits bits) {
  for (std::size_t i = 0; i < sizeof(Bits); ++i) to += static_cast<char>(bits >> 8 * i & 0xff);
}

// A message: its fields in the order in which they are put there. A field that is repeated is put there repeatedly.
class Message {
 public:
  Message& integer(unsigned field, std::int64_t value);  // int32, int64, enum; a negative one has ten bytes
  Message& f64(unsigned field, double value);
  Message& f32(unsigned field, float value);
  Message& text(unsigned field, std::string_view bytes);  // string, bytes
  Message& message(unsigned field, const Message& inner) { return text(field, inner.bytes_); }
  // Packed: one field for all values.
  Message& packed(unsigned field, std::span<const double> values);

  const std::string& bytes() const { return bytes_; }

 private:
  void key(unsigned field, unsigned wire_type);
  void varint(std::uint64_t value);

  std::string bytes_;
};

}  // namespace logitape::inline v0::protobuf
