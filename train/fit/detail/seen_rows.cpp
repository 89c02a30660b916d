// A digest tells rows, and their order, from others.
#include "logitape/train/fit/detail/seen_rows.h"

#include "logitape/core/detail/require.h"
#include "logitape/train/data/detail/digest.h"

namespace logitape::inline v0::train {
namespace {

std::string of(const SeenRows& s) { return s.name.empty() ? "" : fmt::format(" of \"{}\"", s.name); }

}  // namespace

SeenRows seen(const Dataset& rows, const std::string& name) { return {rows.size(), name, digest_of(rows)}; }

void require_same(const char* what, const SeenRows& before, SeenRows now, const Dataset* rows, bool may_be_mended) {
  const char* const op = "Trainer";
  if (before.one_chain && rows) now.digest = digest_in_one_chain(*rows);
  require(before.rows == now.rows, op, "the run began with {} rows{} {}, this set has {}{}", before.rows, of(before),
          what, now.rows, of(now));
  require(may_be_mended || before.digest == now.digest, op,
          "the run began with {} rows{} {} of digest {}, these{} have {}: other rows, or the same in another order",
          before.rows, of(before), what, before.digest, of(now), now.digest);
}

}  // namespace logitape::inline v0::train
