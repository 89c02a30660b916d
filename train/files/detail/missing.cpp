// The lists are searched only if the cell may be a marker.
#include "logitape/train/files/detail/missing.h"

#include <algorithm>

namespace logitape::inline v0::data {

MissingMarkers::MissingMarkers(const CsvOptions& options) : options_(options) {
  for (const auto* markers : {&options.missing_text, &options.missing_number})
    for (const std::string& marker : *markers)
      if (!marker.empty()) lengths_[static_cast<unsigned char>(marker[0])] |= length_bit(marker);
}

bool MissingMarkers::is_among(const std::vector<std::string>& markers, std::string_view cell) {
  return std::find(markers.begin(), markers.end(), cell) != markers.end();
}

}  // namespace logitape::inline v0::data
