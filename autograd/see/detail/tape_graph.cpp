// One walk over the nodes, for names, bytes and values; then one watched replay, for gradients.
#include "logitape/autograd/see/detail/tape_graph.h"

#include <algorithm>
#include <cmath>

#include "logitape/autograd/inspect.h"
#include "logitape/autograd/see/detail/kept_bytes.h"
#include "logitape/autograd/see/detail/tape_text.h"
#include "logitape/autograd/watch.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::see {
namespace {

void check(const char* op, const Tensor& y, const TapeOptions& options) {
  require(y.defined(), op, "the tensor is empty: there is no tape behind it");
  require(y.requires_grad() || !y.node(), ErrorCode::not_differentiable, op,
          "{} is on no tape: {} cuts its path. Give what was there before the cut", y, y.node() ? y.node()->op() : "");
  require(y.requires_grad(), ErrorCode::not_differentiable, op,
          "{} is on no tape: no variable went into it. Make one of what it is computed from, x = variable(x); or was "
          "it computed under a NoGrad, or is it a gradient taken without create_graph?",
          y);
  require(options.most >= 2, op, "most is {}: at least 2 nodes have to be shown", options.most);
  require(options.columns == 0 || options.columns >= 40, op,
          "columns is {}: a table needs 40, or 0 for as many as it likes", options.columns);
  require(!options.gradients || y.size() == 1 || options.seed.defined(), op,
          "{} has {} elements: give a .seed of its shape, reduce it to a scalar, or ask for .gradients = false", y,
          y.size());
  for (const TensorName& each : options.names)
    require(each.tensor.defined(), op, "the name \"{}\" is given to an empty tensor", each.name);
}

bool same_tensor(const Tensor& a, const Tensor& b) {
  if (a.node().get() != b.node().get() || a.output_number() != b.output_number() || a.shape() != b.shape())
    return false;
  // behind a cut no op is recorded: several tensors may share its node
  if (a.node() && (!a.node()->is_cut() || !a.defined() || !b.defined())) return true;
  return a.defined() && a.data() == b.data() && a.dtype() == b.dtype();
}

// The root of the sum of squares, which neither overflow nor vanish.
double norm_of(const Cotangents& cotangents, int outputs) {
  double largest = 0, sum = 0;
  for (int i = 0; i < outputs; ++i) {
    if (!cotangents.has(i)) continue;
    for (const double v : cotangents[i].to_vector()) {
      const double size = std::abs(v);
      if (std::isnan(size)) return size;
      if (size > largest) {
        sum = std::isinf(size) ? 1 : 1 + sum * (largest / size) * (largest / size);
        largest = size;
      } else if (size > 0 && !std::isinf(largest)) {
        sum += (size / largest) * (size / largest);
      }
    }
  }
  return largest == 0 ? 0 : largest * std::sqrt(sum);
}

void remember_value(TapeGraph& graph, const Tensor& slot) {
  if (!slot.defined() || !slot.node() || slot.output_number() > 0 || slot.size() > small_size) return;
  if (slot.node()->is_cut()) return;
  Tensor& value = graph.nodes[graph.find(slot.node().get())].value;
  if (!value.defined()) value = slot.without_node();
}

// An op may leave some of its outputs out; the tape does not tell those from outputs whose bytes are gone.
void mark_read(TapeGraph& graph, const Tensor& slot) {
  if (!slot.node() || slot.output_number() == 0) return;
  std::vector<bool>& read = graph.nodes[graph.find(slot.node().get())].read;
  read.resize(std::max<std::size_t>(read.size(), slot.output_number() + 1));
  read[slot.output_number()] = true;
}

void find_values(TapeGraph& graph, const Tensor& y) {
  remember_value(graph, y);
  for (TapeNode& each : graph.nodes) {
    for (int i = 0; i < each.node->input_count(); ++i) remember_value(graph, each.node->input_slot(i));
    if (each.node->output_count() == 0) continue;
    const Tensor& made = each.node->output_slot(0);
    if (made.defined() && made.size() <= small_size && !each.value.defined()) each.value = made;
  }
}

void find_gradients(TapeGraph& graph, const Tensor& y, const Tensor& seed, bool values) {
  watch(y,
        [&](const Node& node, const Cotangents& cotangents) {
          TapeNode& at = graph.nodes[graph.find(&node)];
          at.gradient = norm_of(cotangents, node.output_count());
          if (values && cotangents.has(0) && cotangents[0].size() <= small_size) at.cotangent = cotangents[0];
        },
        {.seed = seed});
}

// Names that belong to nodes; those of constants are looked up where they are read.
void find_names(TapeGraph& graph, const std::vector<const Node*>& nodes) {
  for (const TensorName& each : graph.names) {
    const Node* of = each.tensor.node().get();
    if (!of || !std::ranges::binary_search(nodes, of->tick(), {}, &Node::tick)) continue;
    TapeNode& at = graph.nodes[graph.find(of)];
    if (at.name.empty() && each.tensor.output_number() == 0) at.name = each.name;
    remember_value(graph, each.tensor);
  }
}

bool is_met(const std::vector<const Node*>& nodes, const Tensor& tensor) {
  if (tensor.node()) return std::ranges::binary_search(nodes, tensor.node()->tick(), {}, &Node::tick);
  for (const Node* node : nodes)
    for (int i = 0; i < node->input_count(); ++i)
      if (same_tensor(tensor, node->input_slot(i))) return true;
  return false;
}

bool is_shown(const TapeNode& node, int output) {
  if (output == 0 || node.node->output_slot(output).defined()) return true;
  const auto i = static_cast<std::size_t>(output);
  return i < node.read.size() && node.read[i];
}

}  // namespace

std::size_t TapeGraph::find(const Node* node) const {
  const auto at = std::ranges::lower_bound(nodes, node->tick(), {}, [](const TapeNode& n) { return n.node->tick(); });
  return static_cast<std::size_t>(at - nodes.begin());
}

const std::string* TapeGraph::name_of(const Tensor& slot) const {
  for (const TensorName& each : names)
    if (same_tensor(each.tensor, slot)) return &each.name;
  return nullptr;
}

std::string TapeGraph::input_text(const Node& reader, int input) const {
  const Tensor& slot = reader.input_slot(input);
  if (const std::string* name = name_of(slot)) return *name;
  if (!slot.node()) return "constant";
  return slot.output_number() == 0 ? fmt::format("{}", slot.node()->tick())
                                   : fmt::format("{}.{}", slot.node()->tick(), slot.output_number());
}

std::string TapeGraph::title(const TapeOptions& options) const {
  if (!options.title.empty()) return plain(options.title);
  const TapeNode& top = nodes.back();
  return fmt::format("The tape of {}", top.name.empty() ? top.node->op() : top.name);
}

std::string op_text(const TapeNode& node) {
  return plain(node.name.empty() ? std::string(node.node->op()) : fmt::format("{} ({})", node.node->op(), node.name));
}

int outputs_shown(const TapeNode& node) {
  int count = 0;
  for (int i = 0; i < node.node->output_count(); ++i) count += is_shown(node, i);
  return count;
}

std::string outputs_text(const TapeNode& node) {
  std::string text;
  for (int i = 0; i < node.node->output_count(); ++i)
    if (is_shown(node, i)) text += (i > 0 ? ", " : "") + shape_text(node.node->output_slot(i));
  return text;
}

TapeGraph tape_graph(const char* op, const Tensor& y, const TapeOptions& options, bool values) {
  check(op, y, options);
  const std::vector<const Node*> nodes = tape_nodes(y);
  const std::vector<std::int64_t> kept = kept_bytes(nodes);
  TapeGraph graph;
  graph.names = options.names;
  graph.nodes.reserve(nodes.size());
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    TapeNode each{.node = nodes[n], .kept = kept[n]};
    if (each.node->is_leaf()) each.own = bytes_of(each.node->output_slot(0));
    graph.variables += each.node->is_leaf();
    graph.kept += each.kept;
    graph.own += each.own;
    graph.nodes.push_back(std::move(each));
  }
  mark_read(graph, y);
  for (const Node* node : nodes)
    for (int i = 0; i < node->input_count(); ++i) mark_read(graph, node->input_slot(i));
  find_names(graph, nodes);
  if (values) find_values(graph, y);
  if (options.gradients) find_gradients(graph, y, options.seed, values);
  for (const TensorName& each : options.names)
    if (!is_met(nodes, each.tensor)) graph.absent.push_back(each.name);
  return graph;
}

std::string sums_text(const TapeGraph& graph) {
  return fmt::format("{}, {} of them variables. The rules keep {}; the variables' own values are {} more",
                     counted(static_cast<std::int64_t>(graph.nodes.size()), "node"), with_commas(graph.variables),
                     counted(graph.kept, "byte"), with_commas(graph.own));
}

std::string absent_text(const TapeGraph& graph) {
  if (graph.absent.empty()) return {};
  const bool one = graph.absent.size() == 1;
  std::string names;
  for (const std::string& name : graph.absent) names += (names.empty() ? "\"" : ", \"") + plain(name) + "\"";
  return fmt::format("{} {} not seen on this tape: it does not depend on {}, a cut hides {}, or no rule keeps {} bytes",
                     names, one ? "is" : "are", one ? "it" : "them", one ? "it" : "them", one ? "its" : "their");
}

}  // namespace logitape::inline v0::see
