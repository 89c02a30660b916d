// The one place where every pair of dtypes meets: a loop for each, chosen once.
#include "logitape/core/detail/convert.h"

#include <algorithm>

namespace logitape::inline v0 {

void convert(DType from, const void* x, DType to, void* y, std::int64_t count) {
  visit_any(from, [&]<class From>() {
    visit_any(to, [&]<class To>() {
      for (std::int64_t i = 0; i < count; ++i)
        static_cast<To*>(y)[i] = convert_element<To>(static_cast<const From*>(x)[i]);
    });
  });
}

std::int64_t first_no_boolean(const void* bytes, std::int64_t count) {
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  return std::find_if(first, first + count, [](std::uint8_t byte) { return byte > 1; }) - first;
}

}  // namespace logitape::inline v0
