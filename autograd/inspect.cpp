// A walk over the tape that only looks: which nodes a tensor reaches, and a line of text for each.
#include "logitape/autograd/inspect.h"

#include <algorithm>
#include <unordered_set>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

std::string slot_text(const Tensor& slot) {
  return fmt::format("{} {}{}", slot.dtype(), slot.shape(), slot.defined() ? " kept" : "");
}

}  // namespace

std::vector<const Node*> tape_nodes(const Tensor& y) {
  std::vector<const Node*> found, open;
  std::unordered_set<const Node*> seen;
  const auto meet = [&](const Tensor& t) {
    if (t.node() && seen.insert(t.node().get()).second) open.push_back(t.node().get());
  };
  meet(y);
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    found.push_back(node);
    for (int i = 0; i < node->input_count(); ++i) meet(node->input_slot(i));
  }
  std::ranges::sort(found, {}, &Node::tick);
  return found;
}

std::string tape(const Tensor& y) {
  std::string text;
  for (const Node* node : tape_nodes(y)) {
    text += fmt::format("{:>6} {}", node->tick(), node->op());
    for (int i = 0; i < node->input_count(); ++i) {
      const Tensor& slot = node->input_slot(i);
      text += fmt::format("{}{} ({})", i == 0 ? "(" : ", ",
                          slot.node() ? fmt::format("{}", slot.node()->tick()) : "constant", slot_text(slot));
    }
    if (node->input_count() > 0) text += ")";
    for (int i = 0; i < node->output_count(); ++i)
      text += fmt::format("{} {}", i == 0 ? " ->" : ",", slot_text(node->output_slot(i)));
    text += "\n";
  }
  return text;
}

std::string cuts(const Tensor& y, const Tensor& x) {
  std::string names;
  for (const Node* node : tape_nodes(y))
    if (node->is_cut() && node->tick() > x.node()->tick() && names.find(node->op()) == std::string::npos)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", node->op());
  return names;
}

}  // namespace logitape::inline v0
