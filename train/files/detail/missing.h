// Cells that stand for no value. Not installed.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "logitape/train/files/csv.h"

namespace logitape::inline v0::data {

// The markers of the options. Every cell is asked: a look at its first byte and its length rules most of them out.
class MissingMarkers {
 public:
  explicit MissingMarkers(const CsvOptions& options);

  bool anywhere(std::string_view cell) const { return may_be(cell) && is_among(options_.missing_text, cell); }
  bool among_numbers(std::string_view cell) const {
    return may_be(cell) && (is_among(options_.missing_text, cell) || is_among(options_.missing_number, cell));
  }

 private:
  static bool is_among(const std::vector<std::string>& markers, std::string_view cell);
  static std::uint64_t length_bit(std::string_view cell) {
    return std::uint64_t{1} << std::min<std::size_t>(cell.size(), 63);
  }
  bool may_be(std::string_view cell) const {
    return cell.empty() || (lengths_[static_cast<unsigned char>(cell[0])] & length_bit(cell)) != 0;
  }

  const CsvOptions& options_;
  std::array<std::uint64_t, 256> lengths_ = {};  // a bit for each length that markers with this first byte have
};

}  // namespace logitape::inline v0::data
