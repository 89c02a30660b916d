// Numbers: of a NaN the mean, then (x - offset) / scale in f64, then f32. Texts: 1 at the place of their category, 0
// elsewhere. Numbers in neighbouring columns are prepared together.
#include "logitape/train/export/detail/onnx_preprocessing.h"

#include <algorithm>
#include <span>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/export/detail/onnx_layers.h"

namespace logitape::inline v0::onnx {
namespace {

Extent any_batch() { return std::string("batch"); }

std::vector<Attribute> cast_to(Element element) { return {{"to", static_cast<std::int64_t>(element)}}; }

// What the columns have in a field: one number if it is the same in all.
Value field(Graph& graph, const char* name, std::span<const PreparedColumn> columns, double PreparedColumn::*of) {
  std::vector<double> values;
  for (const PreparedColumn& c : columns) values.push_back(c.*of);
  if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; })) values.resize(1);
  return graph.constant(name, from_span(values, {static_cast<std::int64_t>(values.size())}));
}

// raw: numbers [..., columns], or of all columns if they are alike.
Value scaled(Graph& graph, Value raw, Element numbers, std::span<const PreparedColumn> columns) {
  if (numbers != Element::f64) raw = graph.node("Cast", {raw}, cast_to(Element::f64));
  const Value mean = field(graph, "mean", columns, &PreparedColumn::mean),
              offset = field(graph, "offset", columns, &PreparedColumn::offset),
              scale = field(graph, "scale", columns, &PreparedColumn::scale);
  const Value missing = graph.node("IsNaN", {raw}), filled = graph.node("Where", {missing, mean, raw});
  const Value shifted = graph.node("Sub", {filled, offset}), divided = graph.node("Div", {shifted, scale});
  return graph.node("Cast", {divided}, cast_to(Element::f32));
}

Value column_input(Graph& graph, const PreparedColumn& c, Element element) {
  return graph.input(c.name.empty() ? "column" : c.name, element, {any_batch(), std::int64_t{1}}, "column " + c.name);
}

// Columns first to last, all of numbers.
Value add_numbers(Graph& graph, Element numbers, std::span<const PreparedColumn> columns) {
  std::vector<Value> inputs;
  for (const PreparedColumn& c : columns) inputs.push_back(column_input(graph, c, numbers));
  const Value all = inputs.size() == 1 ? inputs[0] : graph.node("Concat", inputs, {{"axis", std::int64_t{1}}});
  return scaled(graph, all, numbers, columns);
}

Value add_text(Graph& graph, const PreparedColumn& c) {
  const Value input = column_input(graph, c, Element::text);
  for (const std::string& category : c.categories) checked_text(to_onnx.op, "the category", category);
  const Value encoded =
      graph.node("OneHotEncoder", {input}, {{"cats_strings", c.categories}, {"zeros", std::int64_t{1}}}, "ai.onnx.ml");
  const auto width = static_cast<std::int64_t>(c.categories.size());
  return graph.node("Reshape", {encoded, graph.constant("row_shape", tensor({std::int64_t{0}, width}))});
}

Value add_columns(Graph& graph, Element numbers, std::span<const PreparedColumn> columns) {
  const auto is_text = [](const PreparedColumn& c) { return !c.categories.empty(); };
  std::vector<Value> parts;
  for (auto at = columns.begin(); at != columns.end();) {
    if (is_text(*at)) {
      parts.push_back(add_text(graph, *at++));
      continue;
    }
    const auto end = std::find_if(at, columns.end(), is_text);
    parts.push_back(add_numbers(graph, numbers, {at, end}));
    at = end;
  }
  return parts.size() == 1 ? parts[0] : graph.node("Concat", parts, {{"axis", std::int64_t{1}}});
}

}  // namespace

Value add_preprocessing(Graph& graph, const Preprocessing& p, Element numbers) {
  if (p.from_table && p.image.empty()) return add_columns(graph, numbers, p.columns);
  std::vector<std::string> names;
  for (const PreparedColumn& c : p.columns) names.push_back(c.name);
  Extents extents = {any_batch()};
  extents.insert(extents.end(), p.row.begin(), p.row.end());
  const std::string about =
      p.columns.size() > 1 ? fmt::format("columns {}", fmt::join(names, ", ")) : "raw rows, as training had them";
  return scaled(
      graph,
      graph.input(p.image.empty() ? "input" : "pixels", numbers, extents, checked_text(to_onnx.op, "a name", about)),
      numbers, p.columns);
}

}  // namespace logitape::inline v0::onnx
