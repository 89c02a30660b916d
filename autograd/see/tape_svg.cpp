// The picture of a tape: a heading, boxes in layers, and below them what the boxes mean.
#include <algorithm>
#include <vector>

#include "logitape/autograd/see/detail/layers.h"
#include "logitape/autograd/see/detail/tape_boxes.h"
#include "logitape/autograd/see/detail/tape_paint.h"
#include "logitape/autograd/see/detail/tape_text.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

using namespace see;

constexpr double margin = 16, inner = 10, line_height = 18, title_height = 22, tick_room = 10, label_room = 12;

void text_at(std::string& svg, Point at, std::string_view words, std::string_view style, std::string_view anchor) {
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\"{}>{}</text>\n", at.x, at.y, style,
                     anchor.empty() ? std::string() : fmt::format(" text-anchor=\"{}\"", anchor), escaped_xml(words));
}

std::string tick_text(const TapeBox& box) { return box.tick.empty() ? "" : "#" + box.tick; }

LayeredGraph::Box size_of(const TapeBox& box) {
  constexpr double least = 96;
  constexpr double bold = 1.12;  // as wide as plain text
  double width = bold * width_of(box.title, title_size);
  if (!box.tick.empty()) width += tick_room + width_of(tick_text(box), text_size);
  for (const BoxLine& line : box.lines) {
    const double gap = line.label.empty() || line.text.empty() ? 0 : label_room;
    width = std::max(width, width_of(line.label, text_size) + gap + width_of(line.text, text_size));
  }
  return {std::max(width + 2 * inner, least),
          title_height + line_height * static_cast<double>(box.lines.size()) + inner - 2};
}

// Variables are round, cuts have cut corners, folds a second sheet behind them.
std::string outline(const TapeBox& box, Point at, LayeredGraph::Box size) {
  if (box.kind == BoxKind::cut) {
    const double c = 9, w = size.width, h = size.height;
    return fmt::format(
        "<path class=\"box\" d=\"M{:.1f} {:.1f}h{:.1f}l{} {}v{:.1f}l-{} {}h-{:.1f}l-{} -{}v-{:.1f}z\"/>\n", at.x + c,
        at.y, w - 2 * c, c, c, h - 2 * c, c, c, w - 2 * c, c, c, h - 2 * c);
  }
  const double round = box.kind == BoxKind::variable ? 14 : 3;
  const auto sheet = [&](std::string_view style, double by) {
    return fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\"/>\n",
                       style, at.x + by, at.y + by, size.width, size.height, round);
  };
  return (box.kind == BoxKind::fold ? sheet("behind", 4) : "") + sheet("box", 0);
}

std::string open_group(const TapeBox& box, std::string_view id) {
  std::string data = box.kind == BoxKind::constant ? "" : fmt::format(" data-tick=\"{}\"", box.id);
  if (box.kind == BoxKind::fold) data += fmt::format(" data-ticks=\"{}\" data-count=\"{}\"", box.tick, box.count);
  return fmt::format("<g id=\"{}-{}\" class=\"node {}\"{}>\n<title>{}</title>\n", id, box.id, name(box.kind), data,
                     escaped_xml(box.full));
}

void draw_box(std::string& svg, const TapeBox& box, Point at, LayeredGraph::Box size, std::string_view id) {
  svg += open_group(box, id) + outline(box, at, size);
  const double left = at.x + inner, right = at.x + size.width - inner;
  double y = at.y + title_height - 2;
  text_at(svg, {left, y}, box.title, "what", "");
  if (!box.tick.empty()) text_at(svg, {right, y}, tick_text(box), "quiet", "end");
  for (const BoxLine& line : box.lines) {
    y += line_height;
    const std::string_view label_style = line.gradient ? "back" : &line == &box.lines.front() ? "" : "quiet";
    if (!line.label.empty()) text_at(svg, {left, y}, line.label, label_style, "");
    if (!line.text.empty()) text_at(svg, {right, y}, line.text, line.gradient ? "back" : "", "end");
  }
  svg += "</g>\n";
}

void draw_edge(std::string& svg, const TapeBoxes& picture, const TapeBoxes::Edge& edge, const std::string& path,
               std::string_view id) {
  const auto tick = [&](std::size_t box) { return picture.boxes[box].id; };
  svg += fmt::format("<path class=\"edge{}\" data-from=\"{}\" data-to=\"{}\" d=\"{}\" marker-end=\"url(#{}-head)\"/>\n",
                     edge.flows ? "" : " still", tick(edge.from), tick(edge.to), path, id);
}

struct Heading {
  std::string title;
  std::vector<std::string> lines;
};

Heading heading_of(const TapeGraph& graph, const TapeBoxes& picture, const TapeOptions& options) {
  Heading heading{cut_to(graph.title(options), 60, "…"), {}};
  const auto count = static_cast<std::int64_t>(graph.nodes.size());
  heading.lines.push_back(fmt::format("{}; rules keep {}, variables hold {}", counted(count, "node"),
                                      short_bytes(graph.kept), short_bytes(graph.own)));
  if (picture.folded) heading.lines.push_back("What repeats, and what belongs to one layer, shares a box.");
  if (!graph.absent.empty()) heading.lines.push_back(cut_to("Not seen: " + graph.absent[0], 50, "…"));
  return heading;
}

// What the boxes mean: one line each, of the kinds that are there.
std::vector<std::pair<BoxKind, std::string>> legend_of(const TapeBoxes& picture) {
  constexpr std::pair<BoxKind, std::string_view> all[] = {
      {BoxKind::variable, "a variable: gradients end here"}, {BoxKind::rule, "an op: keeps bytes for its rule"},
      {BoxKind::constant, "a constant: wants no gradient"},  {BoxKind::cut, "a cut: no gradient passes"},
      {BoxKind::fold, "several nodes in one box"},
  };
  std::vector<std::pair<BoxKind, std::string>> legend;
  for (const auto& [kind, words] : all)
    if (std::ranges::any_of(picture.boxes, [kind = kind](const TapeBox& box) { return box.kind == kind; }))
      legend.emplace_back(kind, words);
  return legend;
}

void draw_legend(std::string& svg, const TapeBoxes& picture, double y) {
  for (const auto& [kind, words] : legend_of(picture)) {
    TapeBox sample;
    sample.kind = kind;
    svg += fmt::format("<g class=\"{}\">\n{}</g>\n", name(kind), outline(sample, {margin, y}, {34, 20}));
    text_at(svg, {margin + 48, y + 15}, words, "quiet", "");
    y += 28;
  }
  text_at(svg, {margin, y + 15}, "Values flow down, gradients up the lines that are not dashed.", "quiet", "");
}

std::string description(const TapeGraph& graph) {
  std::string text = sums_text(graph) + ".";
  if (const std::string absent = absent_text(graph); !absent.empty()) text += " " + absent + ".";
  return text;
}

}  // namespace

std::string tape_svg(const Tensor& y, const TapeOptions& options) {
  const TapeGraph graph = tape_graph("tape_svg", y, options, true);
  const TapeBoxes picture = tape_boxes(graph, options);
  LayeredGraph shapes;
  for (const TapeBox& box : picture.boxes) shapes.boxes.push_back(size_of(box));
  for (const auto& edge : picture.edges) shapes.edges.push_back({edge.from, edge.to});
  const LayeredDrawing drawing = draw_in_layers(shapes);

  const Heading heading = heading_of(graph, picture, options);
  const std::string id = as_id(options.id);
  constexpr double least_width = 440;
  double width = std::max(least_width, drawing.width + 2 * margin + 4);
  width = std::max(width, width_of(heading.title, heading_size) + 2 * margin);
  const double top = margin + 30 + line_height * static_cast<double>(heading.lines.size()) + 14;
  const double below = top + drawing.height + 24;
  const double height = below + 28 * static_cast<double>(legend_of(picture).size()) + 28 + margin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"logitape-tape\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\">\n"
      "<title id=\"{2}-title\">{3}</title>\n<desc id=\"{2}-desc\">{4}</desc>\n",
      width, height, id, escaped_xml(heading.title), escaped_xml(description(graph)));
  svg += tape_style();
  svg += fmt::format(
      "<defs><marker id=\"{}-head\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
      "markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0 0.5L8 4L0 7.5z\"/></marker></defs>\n",
      id);
  svg += fmt::format("<rect class=\"paper\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", width, height);
  double line = margin + 16;
  text_at(svg, {margin, line}, heading.title, "heading", "");
  line += 4;
  for (const std::string& words : heading.lines) text_at(svg, {margin, line += line_height}, words, "quiet", "");

  const Point by{(width - drawing.width) / 2, top};
  for (std::size_t e = 0; e < picture.edges.size(); ++e)
    draw_edge(svg, picture, picture.edges[e], curve(drawing.paths[e], by), id);
  for (std::size_t b = 0; b < picture.boxes.size(); ++b) {
    const Point at{drawing.corners[b].x + by.x, drawing.corners[b].y + by.y};
    draw_box(svg, picture.boxes[b], at, shapes.boxes[b], id);
  }
  draw_legend(svg, picture, below);
  return svg + "</svg>\n";
}

}  // namespace logitape::inline v0
