// TensorBoard's events as bytes: each is a protocol buffer in the frame of a record. Not installed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace logitape::inline v0::train {

// CRC-32C (Castagnoli, polynomial 0x1edc6f41): RFC 3720, appendix B.4, has test values.
std::uint32_t crc32c(std::string_view bytes);

// The length, its checksum, the data, their checksum; little-endian. Checksums are rotated, and a constant is added:
// https://www.tensorflow.org/tutorials/load_data/tfrecord
std::string framed(std::string_view data);

// Values in buckets: bucket i counts those in [limits[i - 1], limits[i]). The first begins at min; the last includes
// max.
struct Histogram {
  double min = 0, max = 0, sum = 0, sum_squares = 0;
  std::vector<double> limits, counts;
};

// Event messages, unframed. Field numbers and types: tensorflow/core/util/event.proto and
// tensorflow/core/framework/summary.proto at https://github.com/tensorflow/tensorflow.
std::string version_event(double wall_time);
std::string scalar_event(double wall_time, std::int64_t step, std::string_view tag, float value);
std::string histogram_event(double wall_time, std::int64_t step, std::string_view tag, const Histogram& histogram);

}  // namespace logitape::inline v0::train
