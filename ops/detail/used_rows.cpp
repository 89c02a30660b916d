// Sorted, each once, and found again by halves.
#include "logitape/ops/detail/used_rows.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace logitape::inline v0::ops {

UsedRows used_rows(const Tensor& indices) {
  std::vector<std::int64_t> places = indices.to_vector<std::int64_t>(), rows = places;
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  for (std::int64_t& place : places) place = std::lower_bound(rows.begin(), rows.end(), place) - rows.begin();
  return {from_span(rows, {static_cast<std::int64_t>(rows.size())}), from_span(places, indices.shape())};
}

}  // namespace logitape::inline v0::ops
