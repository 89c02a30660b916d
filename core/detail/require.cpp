// What a sentence shows of our types, and the throw at its end.
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {

std::string shown(const Tensor& tensor) { return describe(tensor); }
std::string shown(const Shape& shape) { return to_string(shape); }
std::string shown(const Ints& values) { return to_string(values); }
std::string shown(const Device& device) { return to_string(device); }
std::string_view shown(const DType& dtype) { return name(dtype); }

void fail_in(ErrorCode code, std::string_view op, fmt::string_view sentence, fmt::format_args values) {
  throw Error(code, op, fmt::vformat(sentence, values));
}

}  // namespace logitape::inline v0
