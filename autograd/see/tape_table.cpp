// Rows of text, aligned. Columns of words share what the width leaves them; numbers are never cut.
#include <algorithm>
#include <array>
#include <map>

#include "logitape/autograd/see/detail/tape_graph.h"
#include "logitape/autograd/see/detail/tape_text.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

using namespace see;

enum Column : std::size_t { tick, op, inputs, output, keeps, gradient, column_count };
using Row = std::array<std::string, column_count>;
constexpr bool is_number(std::size_t column) { return column == tick || column == keeps || column == gradient; }
constexpr std::size_t between = 2, narrowest = 6;  // columns

std::string inputs_text(const TapeGraph& graph, const Node& node) {
  constexpr int shown = 4;
  const int count = node.input_count();
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (count > shown && i == shown - 1) {
      text += fmt::format(" ... {} ({})", graph.input_text(node, count - 1), counted(count, "input"));
      break;
    }
    text += (i > 0 ? ", " : "") + plain(graph.input_text(node, i));
  }
  return text;
}

Row row_of(const TapeGraph& graph, const TapeNode& n, bool gradients) {
  const Node& node = *n.node;
  Row row{fmt::format("{}", node.tick()), op_text(n), inputs_text(graph, node), outputs_text(n)};
  if (node.is_cut()) row[inputs] = "cut: no gradient passes";
  row[keeps] = node.is_leaf() ? "(" + with_commas(n.own) + ")" : with_commas(n.kept);
  if (gradients) row[gradient] = n.gradient ? short_number(*n.gradient) : "-";
  return row;
}

// "998 neg, 1 exp": the ops of the nodes from begin to end, the most frequent first.
std::string census(const TapeGraph& graph, std::size_t begin, std::size_t end) {
  std::map<std::string, std::int64_t> counts;
  for (std::size_t n = begin; n < end; ++n) ++counts[plain(graph.nodes[n].node->op())];
  std::vector<std::pair<std::string, std::int64_t>> ops(counts.begin(), counts.end());
  std::ranges::stable_sort(ops, std::greater(), [](const auto& each) { return each.second; });
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(ops.size(), 4); ++i)
    text += fmt::format("{}{} {}", i > 0 ? ", " : "", with_commas(ops[i].second), ops[i].first);
  return ops.size() > 4 ? text + ", ..." : text;
}

std::string left_out(const TapeGraph& graph, std::size_t begin, std::size_t end) {
  std::int64_t kept = 0;
  for (std::size_t n = begin; n < end; ++n) kept += graph.nodes[n].kept;
  return fmt::format("... {} left out: {}; they keep {}", counted(static_cast<std::int64_t>(end - begin), "node"),
                     census(graph, begin, end), counted(kept, "byte"));
}

std::array<std::size_t, column_count> widths(const std::vector<Row>& rows, std::size_t most) {
  std::array<std::size_t, column_count> wide{};
  for (const Row& row : rows)
    for (std::size_t c = 0; c < column_count; ++c) wide[c] = std::max(wide[c], columns_of(row[c]));
  const auto sum = [&] {
    std::size_t all = 0;
    for (const std::size_t w : wide) all += w > 0 ? w + between : 0;
    return all - between;
  };
  while (most > 0 && sum() > most) {  // the widest of the words gives way
    const auto widest = std::max_element(wide.begin() + op, wide.begin() + output + 1);
    if (*widest <= narrowest) break;
    --*widest;
  }
  return wide;
}

std::string line_of(const Row& row, const std::array<std::size_t, column_count>& wide) {
  std::string line;
  for (std::size_t c = 0; c < column_count; ++c) {
    if (wide[c] == 0) continue;
    const std::string text = cut_to(row[c], wide[c]);
    const std::string blank(wide[c] - columns_of(text), ' ');
    line += (c > 0 ? std::string(between, ' ') : "") + (is_number(c) ? blank + text : text + blank);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

}  // namespace

std::string tape_table(const Tensor& y, const TapeOptions& options) {
  const TapeGraph graph = tape_graph("tape_table", y, options, false);
  const std::size_t count = graph.nodes.size(), most = static_cast<std::size_t>(options.most);
  const std::size_t first = count <= most ? count : most / 2, last = count <= most ? count : count - (most - most / 2);
  std::vector<Row> rows{{"tick", "op", "inputs", "output", "keeps", options.gradients ? "gradient" : ""}};
  for (std::size_t n = 0; n < count; ++n)
    if (n < first || n >= last) rows.push_back(row_of(graph, graph.nodes[n], options.gradients));
  const auto wide = widths(rows, static_cast<std::size_t>(options.columns));
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == first + 1 && first < last) text += left_out(graph, first, last) + "\n";
    text += line_of(rows[r], wide);
  }
  text += sums_text(graph) + ".\n";
  if (const std::string absent = absent_text(graph); !absent.empty()) text += absent + ".\n";
  return text;
}

}  // namespace logitape::inline v0
