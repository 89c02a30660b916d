// Which bytes the rules of a tape hold on to, each counted once. Not installed.
#pragma once
#include <cstdint>
#include <vector>

#include "logitape/autograd/node.h"

namespace logitape::inline v0::see {

// For nodes, oldest first: the bytes that each one's slots keep. What several keep counts for the oldest of them, also
// where only a part is shared; what a variable among them holds itself counts for none.
std::vector<std::int64_t> kept_bytes(const std::vector<const Node*>& nodes);

// Of the values of a slot, whether or not they are kept.
std::int64_t bytes_of(const Tensor& slot);

}  // namespace logitape::inline v0::see
