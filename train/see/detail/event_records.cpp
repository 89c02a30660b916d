// TensorBoard's messages, field by field, and the frame around each.
#include "logitape/train/see/detail/event_records.h"

#include <array>
#include <bit>
#include <span>

#include "logitape/train/files/detail/protobuf.h"

namespace logitape::inline v0::train {
namespace {

using protobuf::Message;

// Event { double wall_time = 1; int64 step = 2; ... }; a step of 0 is the default, and is not written.
Message event(double wall_time, std::int64_t step) {
  Message message;
  message.f64(1, wall_time);
  if (step != 0) message.integer(2, step);
  return message;
}

// Event { Summary summary = 5; }, Summary { repeated Value value = 1; }
std::string summary_event(double wall_time, std::int64_t step, const Message& value) {
  return event(wall_time, step).message(5, Message().message(1, value)).bytes();
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
  protobuf::append_little_endian(record, static_cast<std::uint64_t>(data.size()));
  protobuf::append_little_endian(record, masked(record));
  record += data;
  protobuf::append_little_endian(record, masked(data));
  return record;
}

// Event { string file_version = 3; }
std::string version_event(double wall_time) { return event(wall_time, 0).text(3, "brain.Event:2").bytes(); }

// Summary.Value { string tag = 1; float simple_value = 2; }
std::string scalar_event(double wall_time, std::int64_t step, std::string_view tag, float value) {
  return summary_event(wall_time, step, Message().text(1, tag).f32(2, value));
}

// Summary.Value { string tag = 1; HistogramProto histo = 5; }, HistogramProto { double min = 1, max = 2, num = 3, sum =
// 4, sum_squares = 5; repeated double bucket_limit = 6, bucket = 7; }; zeros are not written.
std::string histogram_event(double wall_time, std::int64_t step, std::string_view tag, const Histogram& h) {
  double num = 0;
  for (const double count : h.counts) num += count;
  Message histo;
  const double fields[] = {h.min, h.max, num, h.sum, h.sum_squares};
  for (unsigned i = 0; i < std::size(fields); ++i)
    if (std::bit_cast<std::uint64_t>(fields[i]) != 0) histo.f64(i + 1, fields[i]);
  histo.packed(6, h.limits).packed(7, h.counts);
  return summary_event(wall_time, step, Message().text(1, tag).message(5, histo));
}

}  // namespace logitape::inline v0::train
