// The words of each box, and the edges between boxes.
#include "logitape/autograd/see/detail/tape_boxes.h"

#include <algorithm>
#include <set>

#include "logitape/autograd/see/detail/kept_bytes.h"
#include "logitape/autograd/see/detail/tape_fold.h"
#include "logitape/autograd/see/detail/tape_text.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0::see {
namespace {

constexpr std::size_t title_columns = 34, line_columns = 27;

// Values line by line: broken after each row of a matrix, and between numbers where a line is full.
void add_values(std::vector<BoxLine>& lines, std::string_view label, const Tensor& values, bool gradient) {
  std::string text = values_text(values);
  std::string line;
  const auto end_line = [&] {
    lines.push_back({std::string(label), std::move(line), gradient});
    label = {};
    line.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    const bool row_ends = !line.empty() && line.back() == ']' && values.shape()[values.rank() - 1] > 1;
    if (!line.empty() && (row_ends || line.size() + 1 + word.size() > line_columns)) end_line();
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  end_line();
}

void add_gradient(std::vector<BoxLine>& lines, const TapeNode& n, bool gradients) {
  if (!gradients || n.node->is_cut()) return;
  if (!n.gradient) {
    lines.push_back({"gradient", "none", true});
    return;
  }
  if (n.cotangent.defined()) add_values(lines, "gradient", n.cotangent, true);
  if (!n.cotangent.defined() || n.cotangent.size() != 1)
    lines.push_back({n.cotangent.defined() ? "its norm" : "gradient norm", short_number(*n.gradient), true});
}

// "f32 [8,2]", or the first of them and how many there are.
std::string short_outputs(const TapeNode& n) {
  std::string all = outputs_text(n);
  if (columns_of(all) <= line_columns) return all;
  const std::string first = shape_text(n.node->output_slot(0));
  const int others = outputs_shown(n) - 1;
  return others > 0 ? fmt::format("{}, {} more", first, others) : first;
}

TapeBox box_of(const TapeNode& n, bool gradients) {
  const Node& node = *n.node;
  TapeBox box;
  box.id = box.tick = fmt::format("{}", node.tick());
  box.kind = node.is_leaf() ? BoxKind::variable : node.is_cut() ? BoxKind::cut : BoxKind::rule;
  box.full = op_text(n);
  box.title = cut_to(node.is_leaf() && !n.name.empty() ? plain(n.name) : box.full, title_columns, "…");
  const std::string kept = node.is_leaf() ? "holds " + short_bytes(n.own) : "keeps " + short_bytes(n.kept);
  if (node.is_cut()) box.lines.push_back({"no gradient passes", ""});
  else box.lines.push_back({short_outputs(n), kept});
  if (n.value.defined()) add_values(box.lines, "value", n.value, false);
  add_gradient(box.lines, n, gradients);
  return box;
}

TapeBox constant_box(const TapeGraph& graph, const Node& reader, int input) {
  const Tensor& slot = reader.input_slot(input);
  TapeBox box{.kind = BoxKind::constant, .id = fmt::format("c{}-{}", reader.tick(), input)};
  box.full = plain(graph.input_text(reader, input));
  box.title = cut_to(box.full, title_columns, "…");
  box.lines.push_back({shape_text(slot), ""});
  if (slot.defined() && slot.size() <= small_size) add_values(box.lines, "value", slot, false);
  return box;
}

// "mul, tanh ×12", "linear … relu", "12 variables"
std::string fold_title(const TapeGraph& graph, const Fold& fold) {
  std::vector<std::string> ops;
  for (const std::size_t n : fold.nodes)
    if (!graph.nodes[n].node->is_leaf() && !graph.nodes[n].node->is_cut()) ops.push_back(op_text(graph.nodes[n]));
  if (ops.empty()) {
    const bool cuts = graph.nodes[fold.nodes[0]].node->is_cut();
    return counted(static_cast<std::int64_t>(fold.nodes.size()), cuts ? "cut" : "variable");
  }
  if (fold.period > 0) ops.resize(fold.period);
  std::string title = ops[0];
  if (ops.size() <= 3)
    for (std::size_t i = 1; i < ops.size(); ++i) title += ", " + ops[i];
  else title += " … " + ops.back();
  const std::string times = fold.repeats > 1 ? " ×" + with_commas(static_cast<std::int64_t>(fold.repeats)) : "";
  return cut_to(title, title_columns - columns_of(times), "…") + times;
}

TapeBox fold_box(const TapeGraph& graph, const Fold& fold, bool gradients) {
  const auto is_op = [&](std::size_t n) { return !graph.nodes[n].node->is_leaf() && !graph.nodes[n].node->is_cut(); };
  const auto first_op = std::ranges::find_if(fold.nodes, is_op);
  const bool ops = first_op != fold.nodes.end();
  // what is folded with its ops may be much older than they are
  const TapeNode &first = graph.nodes[ops ? *first_op : fold.nodes.front()], &last = graph.nodes[fold.nodes.back()];
  TapeBox box{.kind = BoxKind::fold, .id = fmt::format("{}", last.node->tick()), .count = fold.nodes.size()};
  box.title = box.full = fold_title(graph, fold);
  box.tick = fmt::format("{}-{}", first.node->tick(), last.node->tick());
  std::int64_t kept = 0, own = 0;
  double least = 0, most = 0;
  bool arrives = false;
  for (const std::size_t n : fold.nodes) {
    kept += graph.nodes[n].kept;
    own += graph.nodes[n].own;
    if (!graph.nodes[n].gradient) continue;
    const double norm = *graph.nodes[n].gradient;
    least = arrives ? std::min(norm, least) : norm;  // a nan stays only where it came first: both are told
    most = arrives ? std::max(norm, most) : norm;
    arrives = true;
  }
  const std::string count = counted(static_cast<std::int64_t>(fold.nodes.size()), "node");
  if (ops) box.lines.push_back({count, "keep " + short_bytes(kept)});
  if (own > 0) box.lines.push_back({"variables", "hold " + short_bytes(own)});
  if (last.node->output_count() > 0) box.lines.push_back({"last", short_outputs(last)});
  if (!gradients) return box;
  const std::string low = short_number(least), high = short_number(most);
  box.lines.push_back({"gradient norm", !arrives ? "none" : low == high ? low : low + " to " + high, true});
  return box;
}

class Boxes {
 public:
  Boxes(const TapeGraph& graph, const TapeOptions& options) : graph_(graph), folds_(folded(graph, most(options))) {
    box_of_.resize(graph.nodes.size());
    for (const Fold& fold : folds_) {
      for (const std::size_t n : fold.nodes) box_of_[n] = made_.boxes.size();
      made_.folded = made_.folded || fold.nodes.size() > 1;
      made_.boxes.push_back(fold.nodes.size() == 1 ? box_of(graph.nodes[fold.nodes[0]], options.gradients)
                                                   : fold_box(graph, fold, options.gradients));
    }
    for (const Fold& fold : folds_)
      for (const std::size_t n : fold.nodes) add_edges(n, fold.nodes.size() == 1);
  }
  TapeBoxes made() && { return std::move(made_); }

 private:
  static std::size_t most(const TapeOptions& options) { return static_cast<std::size_t>(options.most); }

  void add_edge(std::size_t from, std::size_t to, bool flows) {
    if (from != to && known_.emplace(from, to).second) made_.edges.push_back({from, to, flows});
  }

  // The constants that an op reads have boxes where the op has one of its own; beyond three they share one.
  void add_edges(std::size_t n, bool alone) {
    constexpr int shown = 3;
    const Node& node = *graph_.nodes[n].node;
    int constants = 0;
    for (int i = 0; i < node.input_count(); ++i) constants += !node.input_slot(i).node();
    for (int i = 0, seen = 0; i < node.input_count(); ++i) {
      const Tensor& slot = node.input_slot(i);
      if (slot.node()) {
        add_edge(box_of_[graph_.find(slot.node().get())], box_of_[n], node.needs(i));
      } else if (alone && ++seen <= shown) {
        std::size_t box = constant(node, i);
        if (seen == shown && constants > shown) {
          made_.boxes[box].title = made_.boxes[box].full = counted(constants - shown + 1, "constant");
          made_.boxes[box].lines.clear();
        }
        add_edge(box, box_of_[n], false);
      }
    }
  }

  // One box for all readers of the same bytes.
  std::size_t constant(const Node& reader, int input) {
    const Tensor& slot = reader.input_slot(input);
    for (const auto& [of, box] : constants_)
      if (slot.defined() && of->data() == slot.data() && of->dtype() == slot.dtype() && of->shape() == slot.shape())
        return box;
    made_.boxes.push_back(constant_box(graph_, reader, input));
    constants_.emplace_back(&slot, made_.boxes.size() - 1);
    return made_.boxes.size() - 1;
  }

  const TapeGraph& graph_;
  std::vector<Fold> folds_;
  std::vector<std::size_t> box_of_;  // of each node
  std::set<std::pair<std::size_t, std::size_t>> known_;
  std::vector<std::pair<const Tensor*, std::size_t>> constants_;
  TapeBoxes made_;
};

}  // namespace

std::string_view name(BoxKind kind) {
  constexpr std::string_view names[] = {"rule", "variable", "constant", "cut", "fold"};
  return names[static_cast<int>(kind)];
}

TapeBoxes tape_boxes(const TapeGraph& graph, const TapeOptions& options) { return Boxes(graph, options).made(); }

}  // namespace logitape::inline v0::see
