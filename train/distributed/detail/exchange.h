// Sums and rows of all ranks, out of each rank's own. x + y and y + x are the same bits, so only the shape of the tree
// is in a sum.
#pragma once
#include "logitape/train/distributed/detail/messages.h"
#include "logitape/train/distributed/detail/numbers.h"
#include "logitape/train/distributed/shares.h"

namespace logitape::inline v0::distributed::detail {

// values: the sum of this rank's subtree; becomes that of the whole tree. Where shares are a tournament, neighbours
// give each other half of what they have, log2(ranks) times, and then all of it back: the bytes of a ring, 2(p-1)/p of
// `values`, in 2*log2(p) messages. Elsewhere each rank owns a slice: it gets the slice of every rank's sum, adds along
// the tree, and sends the result to all: as many bytes, in 2(p-1) messages.
void sum(Messages& messages, Numbers& numbers, std::byte* values, std::size_t count, const Shares& shares);

// to: rows of row_bytes each, of which [edges[r], edges[r + 1]) are rank r's; those of this rank are in place. Becomes
// complete. A rank beyond the last edge has the rows of rank % (edges - 1).
void gather(Messages& messages, std::byte* to, std::size_t row_bytes, const std::vector<std::int64_t>& edges);

}  // namespace logitape::inline v0::distributed::detail
