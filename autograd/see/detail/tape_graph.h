// The nodes of a tape and what the views say about each. Not installed.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "logitape/autograd/node.h"
#include "logitape/autograd/see/tape_views.h"

namespace logitape::inline v0::see {

inline constexpr std::int64_t small_size = 6;  // elements; values of tensors up to this size are shown

struct TapeNode {
  const Node* node;
  std::string name = {};                // the user's name for its first output; empty: none
  std::int64_t kept = 0;                // bytes for the rule
  std::int64_t own = 0;                 // of a variable: of its values
  std::optional<double> gradient = {};  // 2-norm of the cotangent that comes in; none: nothing comes in
  Tensor value = {}, cotangent = {};    // of the first output, where small and known
  std::vector<bool> read = {};          // which outputs are read or kept by somebody; empty: at most the first
};

struct TapeGraph {
  std::vector<TapeNode> nodes;      // oldest first
  std::vector<std::string> absent;  // the user's names for tensors that were not met
  std::int64_t variables = 0, kept = 0, own = 0;

  // The place of a slot's node in the list.
  std::size_t find(const Node* node) const;
  // "4", "4.1", "logits", "constant"
  std::string input_text(const Node& reader, int input) const;
  const std::string* name_of(const Tensor& slot) const;  // null: it has none
  std::string title(const TapeOptions& options) const;

  std::vector<TensorName> names;
};

// "relu", "variable (logits)"
std::string op_text(const TapeNode& node);
// f64 [2], f64 [2,3]: the first output, and others that somebody reads or keeps.
std::string outputs_text(const TapeNode& node);
int outputs_shown(const TapeNode& node);
// The tape of y, with its values if `values`. op: who asks. Errors: see tape_table.
TapeGraph tape_graph(const char* op, const Tensor& y, const TapeOptions& options, bool values);
// The two sentences below a table, also those of a picture: what the nodes keep; which names were not met.
std::string sums_text(const TapeGraph& graph);
std::string absent_text(const TapeGraph& graph);

}  // namespace logitape::inline v0::see
