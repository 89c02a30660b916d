// Fields of protocol buffers: a number and a wire type, then a varint (0), 8 bytes (1), a length and bytes (2), or 4
// bytes (5).
#include "logitape/train/see/detail/event_records.h"

#include <array>
#include <bit>
#include <span>

namespace logitape::inline v0::train {
namespace {

template <class Bits>
void append_little_endian(std::string& to, Bits bits) {
  for (std::size_t i = 0; i < sizeof(Bits); ++i) to += static_cast<char>(bits >> 8 * i & 0xff);
}

void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7f) | 0x80);
  to += static_cast<char>(value);
}

void append_key(std::string& to, unsigned number, unsigned wire_type) { append_varint(to, number << 3 | wire_type); }

void append(std::string& to, unsigned number, double value) {
  append_key(to, number, 1);
  append_little_endian(to, std::bit_cast<std::uint64_t>(value));
}
void append(std::string& to, unsigned number, float value) {
  append_key(to, number, 5);
  append_little_endian(to, std::bit_cast<std::uint32_t>(value));
}
void append(std::string& to, unsigned number, std::string_view bytes) {
  append_key(to, number, 2);
  append_varint(to, bytes.size());
  to += bytes;
}
void append(std::string& to, unsigned number, std::span<const double> values) {  // packed: one field for all
  std::string bytes;
  for (const double v : values) append_little_endian(bytes, std::bit_cast<std::uint64_t>(v));
  append(to, number, std::string_view(bytes));
}

// Event { double wall_time = 1; int64 step = 2; ... }; a step of 0 is the default, and is not written.
std::string event(double wall_time, std::int64_t step) {
  std::string message;
  append(message, 1, wall_time);
  if (step != 0) {
    append_key(message, 2, 0);
    append_varint(message, static_cast<std::uint64_t>(step));  // a negative one has ten bytes
  }
  return message;
}

// Event { Summary summary = 5; }, Summary { repeated Value value = 1; }
std::string summary_event(double wall_time, std::int64_t step, std::string_view value) {
  std::string summary, message = event(wall_time, step);
  append(summary, 1, value);
  append(message, 5, std::string_view(summary));
  return message;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        t[i] = t[i] >> 1 ^ (t[i] & 1 ? 0x82f63b78 : 0);  // the bits of the polynomial are reversed
    }
    return t;
  }();
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
  return ~crc;
}

std::string framed(std::string_view data) {
  const auto masked = [](std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xa282ead8; };
  std::string record;
  append_little_endian(record, static_cast<std::uint64_t>(data.size()));
  append_little_endian(record, masked(record));
  record += data;
  append_little_endian(record, masked(data));
  return record;
}

// Event { string file_version = 3; }
std::string version_event(double wall_time) {
  std::string message = event(wall_time, 0);
  append(message, 3, std::string_view("brain.Event:2"));
  return message;
}

// Summary.Value { string tag = 1; float simple_value = 2; }
std::string scalar_event(double wall_time, std::int64_t step, std::string_view tag, float value) {
  std::string summary_value;
  append(summary_value, 1, tag);
  append(summary_value, 2, value);
  return summary_event(wall_time, step, summary_value);
}

// Summary.Value { string tag = 1; HistogramProto histo = 5; }, HistogramProto { double min = 1, max = 2, num = 3, sum =
// 4, sum_squares = 5; repeated double bucket_limit = 6, bucket = 7; }; zeros are not written.
std::string histogram_event(double wall_time, std::int64_t step, std::string_view tag, const Histogram& h) {
  double num = 0;
  for (const double count : h.counts) num += count;
  std::string histo, summary_value;
  const double fields[] = {h.min, h.max, num, h.sum, h.sum_squares};
  for (unsigned i = 0; i < std::size(fields); ++i)
    if (std::bit_cast<std::uint64_t>(fields[i]) != 0) append(histo, i + 1, fields[i]);
  append(histo, 6, std::span<const double>(h.limits));
  append(histo, 7, std::span<const double>(h.counts));
  append(summary_value, 1, tag);
  append(summary_value, 5, std::string_view(histo));
  return summary_event(wall_time, step, summary_value);
}

}  // namespace logitape::inline v0::train
