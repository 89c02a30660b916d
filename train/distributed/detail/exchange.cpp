// Both ways to add up have the shape of the tree above the shares; MPI adds nothing.
#include "logitape/train/distributed/detail/exchange.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace logitape::inline v0::distributed::detail {
namespace {

template <class T>
void add_to(T* __restrict sum, const T* __restrict x, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) sum[i] += x[i];
}

struct Slice {
  std::size_t low, high;
  std::size_t size() const { return high - low; }
};

template <class T>
void sum_by_halves(Messages& messages, T* values, std::size_t count) {
  const int ranks = messages.size(), me = messages.rank();
  T* const room = static_cast<T*>(messages.room.of((count / 2 + 1) * sizeof(T)));
  std::vector<Slice> outer;
  Slice mine{0, count};
  for (int apart = 1; apart < ranks; apart *= 2) {
    const std::size_t middle = mine.low + mine.size() / 2;
    const Slice lower{mine.low, middle}, upper{middle, mine.high};
    const bool keeps_upper = me & apart;
    const Slice kept = keeps_upper ? upper : lower, given = keeps_upper ? lower : upper;
    messages.receive(room, kept.size() * sizeof(T), me ^ apart, halves_tag);
    messages.send(values + given.low, given.size() * sizeof(T), me ^ apart, halves_tag);
    messages.wait("sums of blocks");
    add_to(values + kept.low, room, kept.size());
    outer.push_back(mine);
    mine = kept;
  }
  for (int apart = ranks / 2; apart >= 1; apart /= 2) {
    const Slice whole = outer.back(),
                other = mine.low == whole.low ? Slice{mine.high, whole.high} : Slice{whole.low, mine.low};
    outer.pop_back();
    messages.receive(values + other.low, other.size() * sizeof(T), me ^ apart, back_tag);
    messages.send(values + mine.low, mine.size() * sizeof(T), me ^ apart, back_tag);
    messages.wait("sums");
    mine = whole;
  }
}

// The sum of `parts`, the slices of ranks [first, first + parts.size()), along the tree above them. It ends in the
// leftmost, and overwrites others.
template <class T>
void add_along(const Shares& shares, const Subtree& tree, std::span<T* const> parts, int first, std::size_t at,
               std::size_t count) {
  if (shares.of(first) == tree) return;
  const int middle = tree.middle();
  std::size_t left = 0;
  while (shares.of(first + static_cast<int>(left)).high < middle) ++left;
  ++left;
  add_along(shares, tree.left(), parts.first(left), first, at, count);
  add_along(shares, tree.right(), parts.subspan(left), first + static_cast<int>(left), at, count);
  add_to(parts[0] + at, static_cast<const T*>(parts[left] + at), count);
}

template <class T>
void sum_by_slices(Messages& messages, T* values, std::size_t count, const Shares& shares) {
  const int ranks = messages.size(), me = messages.rank(), active = shares.active();
  const auto slice_of = [&](int rank) {
    const auto r = static_cast<std::size_t>(rank), p = static_cast<std::size_t>(ranks);
    return Slice{count / p * r + count % p * r / p, count / p * (r + 1) + count % p * (r + 1) / p};
  };
  const Slice own = slice_of(me);
  T* room = static_cast<T*>(messages.room.of(own.size() * static_cast<std::size_t>(active) * sizeof(T)));
  std::vector<T*> parts;
  for (int rank = 0; rank < active; ++rank, room += own.size()) {
    parts.push_back(room);
    if (own.size() == 0) continue;  // fewer numbers than ranks
    if (rank == me) std::memcpy(room, values + own.low, own.size() * sizeof(T));
    else messages.receive(room, own.size() * sizeof(T), rank, slices_tag);
  }
  for (int step = 1; step < ranks && me < active; ++step) {
    const int to = (me + step) % ranks;
    messages.send(values + slice_of(to).low, slice_of(to).size() * sizeof(T), to, slices_tag);
  }
  messages.wait("sums of blocks");
  constexpr std::size_t piece = 4096;  // of each part, so that what is added twice is still in the cache
  for (std::size_t at = 0; at < own.size(); at += piece)
    add_along(shares, {0, shares.blocks()}, std::span<T* const>(parts), 0, at, std::min(piece, own.size() - at));
  if (own.size() > 0) std::memcpy(values + own.low, parts[0], own.size() * sizeof(T));
  for (int step = 1; step < ranks; ++step) {
    const int to = (me + step) % ranks, from = (me - step + ranks) % ranks;
    messages.receive(values + slice_of(from).low, slice_of(from).size() * sizeof(T), from, totals_tag);
    messages.send(values + own.low, own.size() * sizeof(T), to, totals_tag);
  }
  messages.wait("sums");
}

}  // namespace

template <class T>
void sum(Messages& messages, T* values, std::size_t count, const Shares& shares) {
  if (shares.is_tournament()) sum_by_halves(messages, values, count);
  else sum_by_slices(messages, values, count, shares);
}
template void sum(Messages&, float*, std::size_t, const Shares&);
template void sum(Messages&, double*, std::size_t, const Shares&);

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
