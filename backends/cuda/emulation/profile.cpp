// What each place in a kernel asks of memory. A warp's lanes run one after another, so that its n-th request at a place
// is put together from each lane's n-th visit.
#include <algorithm>
#include <tuple>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {
namespace {

struct Cost {
  std::uint64_t requests = 0, lanes = 0, bytes = 0, paid = 0, least = 0;
};
std::map<std::tuple<const void*, char, char>, Cost> costs;  // by place, space and kind

// Sectors of 32 bytes, or wavefronts: how often the busiest bank of shared memory is asked, for as many lanes as share
// 128 bytes.
std::uint64_t price(const Request& q, bool shared) {
  const std::size_t unit = shared ? 4 : 32;
  const unsigned together = !shared || q.bytes <= 4 ? 32 : 128 / q.bytes;
  std::uint64_t paid = 0;
  for (unsigned from = 0; from < q.lanes; from += together) {
    std::vector<std::size_t> units;
    for (unsigned l = from; l < std::min(q.lanes, from + together); ++l)
      for (std::size_t a = q.at[l] / unit; a <= (q.at[l] + q.bytes - 1) / unit; ++a) units.push_back(a);
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    std::array<unsigned, 32> bank = {};
    for (const std::size_t u : units) ++bank[u % 32];
    paid += shared ? *std::max_element(bank.begin(), bank.end()) : units.size();
  }
  return paid;
}

}  // namespace

void count_request(Warp& w, unsigned lane, const void* pc, Kind kind, std::size_t at, std::size_t bytes) {
  Requests& r = w.requests[{pc, "lsa"[static_cast<int>(kind)]}];
  const unsigned n = r.seen[lane]++;
  if (n >= r.list.size()) r.list.resize(n + 1);
  Request& q = r.list[n];
  q.bytes = static_cast<unsigned>(bytes);
  if (q.lanes < 32) q.at[q.lanes++] = at;
}

void settle(Block& b) {
  for (Warp& w : b.warps) {
    for (const auto& [key, r] : w.requests)
      for (const Request& q : r.list) {
        const bool shared = q.at[0] < window_bytes * windows;
        Cost& c = costs[{key.first, shared ? 's' : 'g', key.second}];
        const std::uint64_t bytes = std::uint64_t{q.bytes} * q.lanes, row = shared ? 128 : 32;
        ++c.requests;
        c.lanes += q.lanes;
        c.bytes += bytes;
        c.least += (bytes + row - 1) / row;
        c.paid += price(q, shared);
      }
    w.requests.clear();
  }
}

std::vector<Place> take_profile() {
  const std::lock_guard lock(mutex());
  std::vector<Place> list;
  for (const auto& [key, c] : std::exchange(costs, {}))
    list.push_back(
        {place(std::get<0>(key)), std::get<1>(key), std::get<2>(key), c.requests, c.lanes, c.bytes, c.paid, c.least});
  return list;
}

}  // namespace emu
