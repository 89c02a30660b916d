// Both ways to add up have the shape of the tree above the shares; MPI adds nothing.
#include "logitape/train/distributed/detail/exchange.h"

#include <algorithm>
#include <span>

namespace logitape::inline v0::distributed::detail {
namespace {

struct Slice {
  std::size_t low, high;
  std::size_t size() const { return high - low; }
};

void sum_by_halves(Messages& messages, Numbers& numbers, std::byte* values, std::size_t count) {
  const int ranks = messages.size(), me = messages.rank();
  const std::size_t bytes = numbers.bytes();
  std::byte* const room = numbers.room(count / 2 + 1);
  std::vector<Slice> outer;
  Slice mine{0, count};
  for (int apart = 1; apart < ranks; apart *= 2) {
    const std::size_t middle = mine.low + mine.size() / 2;
    const Slice lower{mine.low, middle}, upper{middle, mine.high};
    const bool keeps_upper = me & apart;
    const Slice kept = keeps_upper ? upper : lower, given = keeps_upper ? lower : upper;
    numbers.settle();
    messages.receive(room, kept.size() * bytes, me ^ apart, halves_tag);
    messages.send(values + given.low * bytes, given.size() * bytes, me ^ apart, halves_tag);
    messages.wait("sums of blocks");
    numbers.add(values + kept.low * bytes, room, kept.size());
    outer.push_back(mine);
    mine = kept;
  }
  numbers.settle();
  for (int apart = ranks / 2; apart >= 1; apart /= 2) {
    const Slice whole = outer.back(),
                other = mine.low == whole.low ? Slice{mine.high, whole.high} : Slice{whole.low, mine.low};
    outer.pop_back();
    messages.receive(values + other.low * bytes, other.size() * bytes, me ^ apart, back_tag);
    messages.send(values + mine.low * bytes, mine.size() * bytes, me ^ apart, back_tag);
    messages.wait("sums");
    mine = whole;
  }
}

// The sum of `parts`, the slices of ranks [first, first + parts.size()), along the tree above them. It ends in the
// leftmost, and overwrites others.
void add_along(const Shares& shares, const Subtree& tree, Numbers& numbers, std::span<std::byte* const> parts,
               int first, std::size_t at, std::size_t count) {
  if (shares.of(first) == tree) return;
  const int middle = tree.middle();
  std::size_t left = 0;
  while (shares.of(first + static_cast<int>(left)).high < middle) ++left;
  ++left;
  add_along(shares, tree.left(), numbers, parts.first(left), first, at, count);
  add_along(shares, tree.right(), numbers, parts.subspan(left), first + static_cast<int>(left), at, count);
  numbers.add(parts[0] + at * numbers.bytes(), parts[left] + at * numbers.bytes(), count);
}

void sum_by_slices(Messages& messages, Numbers& numbers, std::byte* values, std::size_t count, const Shares& shares) {
  const int ranks = messages.size(), me = messages.rank(), active = shares.active();
  const std::size_t bytes = numbers.bytes();
  const auto slice_of = [&](int rank) {
    const auto r = static_cast<std::size_t>(rank), p = static_cast<std::size_t>(ranks);
    return Slice{count / p * r + count % p * r / p, count / p * (r + 1) + count % p * (r + 1) / p};
  };
  const Slice own = slice_of(me);
  std::byte* room = numbers.room(own.size() * static_cast<std::size_t>(active));
  numbers.settle();
  std::vector<std::byte*> parts;
  for (int rank = 0; rank < active; ++rank, room += own.size() * bytes) {
    parts.push_back(room);
    if (rank == me) numbers.copy(room, values + own.low * bytes, own.size());
    else messages.receive(room, own.size() * bytes, rank, slices_tag);
  }
  for (int step = 1; step < ranks && me < active; ++step) {
    const int to = (me + step) % ranks;
    messages.send(values + slice_of(to).low * bytes, slice_of(to).size() * bytes, to, slices_tag);
  }
  messages.wait("sums of blocks");
  const std::size_t piece = std::max<std::size_t>(numbers.piece(own.size()), 1);
  for (std::size_t at = 0; at < own.size(); at += piece)
    add_along(shares, {0, shares.blocks()}, numbers, parts, 0, at, std::min(piece, own.size() - at));
  numbers.copy(values + own.low * bytes, parts[0], own.size());
  numbers.settle();
  for (int step = 1; step < ranks; ++step) {
    const int to = (me + step) % ranks, from = (me - step + ranks) % ranks;
    messages.receive(values + slice_of(from).low * bytes, slice_of(from).size() * bytes, from, totals_tag);
    messages.send(values + own.low * bytes, own.size() * bytes, to, totals_tag);
  }
  messages.wait("sums");
}

}  // namespace

void sum(Messages& messages, Numbers& numbers, std::byte* values, std::size_t count, const Shares& shares) {
  if (shares.is_tournament()) sum_by_halves(messages, numbers, values, count);
  else sum_by_slices(messages, numbers, values, count, shares);
}

void gather(Messages& messages, std::byte* to, std::size_t row_bytes, const std::vector<std::int64_t>& edges) {
  const int ranks = messages.size(), me = messages.rank(), active = static_cast<int>(edges.size()) - 1;
  const auto at = [&](int rank) { return static_cast<std::size_t>(edges[static_cast<std::size_t>(rank)]) * row_bytes; };
  for (int step = 1; step < ranks; ++step) {
    const int receiver = (me + step) % ranks, from = (me - step + ranks) % ranks;
    if (from < active && from != me % active) messages.receive(to + at(from), at(from + 1) - at(from), from, rows_tag);
    if (me < active && receiver % active != me) messages.send(to + at(me), at(me + 1) - at(me), receiver, rows_tag);
  }
  messages.wait("rows");
}

}  // namespace logitape::inline v0::distributed::detail
