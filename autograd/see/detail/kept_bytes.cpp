// Every kept slot is a span of addresses. A walk over where spans begin and end gives each stretch to the oldest of
// those that cover it.
#include "logitape/autograd/see/detail/kept_bytes.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace logitape::inline v0::see {
namespace {

constexpr std::int64_t of_a_variable = -1;  // before every node

struct Mark {  // where a span begins or ends
  Device device;
  std::uintptr_t at;
  bool begins;
  std::int64_t keeper;  // a place in the list of nodes, or of_a_variable
};

std::vector<Mark> marks(const std::vector<const Node*>& nodes) {
  std::vector<Mark> all;
  for (std::size_t n = 0; n < nodes.size(); ++n)
    for (int i = 0; i < nodes[n]->input_count() + nodes[n]->output_count(); ++i) {
      const Tensor& slot = nodes[n]->input_slot(i);  // outputs stand behind the inputs
      const std::int64_t bytes = slot.defined() ? bytes_of(slot) : 0;
      if (bytes == 0) continue;
      const bool variable = slot.node() && slot.node()->is_leaf();
      const std::int64_t keeper = variable ? of_a_variable : static_cast<std::int64_t>(n);
      const auto at = reinterpret_cast<std::uintptr_t>(slot.data());
      all.push_back({slot.device(), at, true, keeper});
      all.push_back({slot.device(), at + static_cast<std::uintptr_t>(bytes), false, keeper});
    }
  return all;
}

}  // namespace

std::int64_t bytes_of(const Tensor& slot) { return slot.size() * static_cast<std::int64_t>(byte_size(slot.dtype())); }

std::vector<std::int64_t> kept_bytes(const std::vector<const Node*>& nodes) {
  std::vector<std::int64_t> kept(nodes.size(), 0);
  std::vector<Mark> all = marks(nodes);
  const auto place = [](const Mark& m) { return std::tuple(m.device.type, m.device.index, m.at); };
  std::ranges::sort(all, {}, place);
  std::multiset<std::int64_t> open;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!open.empty() && *open.begin() != of_a_variable)
      kept[static_cast<std::size_t>(*open.begin())] += static_cast<std::int64_t>(all[i].at - all[i - 1].at);
    if (all[i].begins) open.insert(all[i].keeper);
    else open.erase(open.find(all[i].keeper));
  }
  return kept;
}

}  // namespace logitape::inline v0::see
