// A tape in Graphviz' language. Labels are quoted strings, in which only \ and " have to be escaped, and a line ends
// with \l or \n.
#include "logitape/autograd/see/detail/tape_boxes.h"
#include "logitape/autograd/see/detail/tape_text.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

std::string quoted_dot(std::string_view text) {
  std::string quoted;
  for (const char c : see::plain(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string_view look(see::BoxKind kind) {
  switch (kind) {
    case see::BoxKind::variable: return "style=\"rounded,filled\" fillcolor=\"#ddf4ff\" color=\"#0072b2\" penwidth=2";
    case see::BoxKind::constant: return "style=\"dashed,filled\" fillcolor=\"#ffffff\" color=\"#818b98\"";
    case see::BoxKind::cut: return "shape=octagon style=\"filled\" fillcolor=\"#ffebe9\" color=\"#cf222e\" penwidth=2";
    case see::BoxKind::fold: return "style=\"filled\" fillcolor=\"#fff8e1\" color=\"#8a6d00\" peripheries=2";
    case see::BoxKind::rule: break;
  }
  return "style=\"filled\" fillcolor=\"#f6f8fa\" color=\"#59636e\"";
}

std::string label_of(const see::TapeBox& box) {
  std::string label = quoted_dot(box.title) + (box.tick.empty() ? "" : "  #" + box.tick) + "\\n";
  for (const see::BoxLine& line : box.lines)
    label += quoted_dot(line.label.empty() ? line.text : line.label + " " + line.text) + "\\l";
  return label;
}

}  // namespace

std::string tape_dot(const Tensor& y, const TapeOptions& options) {
  const see::TapeGraph graph = see::tape_graph("tape_dot", y, options, true);
  const see::TapeBoxes picture = see::tape_boxes(graph, options);
  std::string dot = fmt::format(
      "digraph tape {{\n  label=\"{}\\l{}\\l\" labelloc=t labeljust=l fontname=\"sans-serif\"\n"
      "  node [shape=box fontname=\"sans-serif\" fontsize=11]\n  edge [color=\"#59636e\"]\n",
      quoted_dot(graph.title(options)), quoted_dot(see::sums_text(graph)));
  for (const see::TapeBox& box : picture.boxes)
    dot += fmt::format("  \"{}\" [label=\"{}\" tooltip=\"{}\" {}]\n", box.id, label_of(box), quoted_dot(box.full),
                       look(box.kind));
  for (const auto& edge : picture.edges)
    dot += fmt::format("  \"{}\" -> \"{}\"{}\n", picture.boxes[edge.from].id, picture.boxes[edge.to].id,
                       edge.flows ? "" : " [style=dashed color=\"#818b98\"]");
  return dot + "}\n";
}

}  // namespace logitape::inline v0
