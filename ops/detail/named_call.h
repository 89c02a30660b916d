// A call that its user gave a name. Not installed.
#pragma once
#include <algorithm>
#include <string_view>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::ops {

// Errors inside and nodes on the tape say which of the user's calls it was: "softmax_cross_entropy_with_logits (head)".
template <class F>
auto named_call(const char* op, std::string_view name, F call) {
  if (name.empty()) return call();
  const detail::Label label(name);
  try {
    return call();
  } catch (const Error& e) {
    const std::string_view what = e.what();
    throw Error(e.code(), fmt::format("{} ({})", op, name), what.substr(std::min(what.size(), e.op().size() + 2)));
  }
}

}  // namespace logitape::inline v0::ops
