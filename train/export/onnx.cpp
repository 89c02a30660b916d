// The file's graph, from its inputs: the preparation of raw rows, the layers, then probabilities and names. The parts
// are in detail/onnx_preprocessing.cpp and detail/onnx_layers.cpp.
#include "logitape/train/export/onnx.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/train/export/detail/onnx_layers.h"
#include "logitape/train/export/detail/onnx_preprocessing.h"
#include "logitape/train/files/detail/json.h"
#include "logitape/train/files/file.h"
#include "logitape/train/nn/embedding_layers.h"

namespace logitape::inline v0 {
namespace {

using onnx::checked_text;
using onnx::Element;
using onnx::Extents;
using onnx::Graph;
using onnx::to_onnx;
using onnx::Value;

using Texts = std::vector<std::pair<std::string, std::string>>;

constexpr const char* label_name = "label";
constexpr const char* probabilities_name = "probabilities";

// The input of prepared rows: numbers of a row's shape, or ids.
Value add_input(Graph& graph, const std::vector<train::Placed>& layers, const Shape& row) {
  const bool ids = onnx::takes_ids(layers);
  Extents extents = {std::string("batch")};
  if (ids && row.rank() == 0) extents.emplace_back(std::string("ids"));
  extents.insert(extents.end(), row.begin(), row.end());
  return graph.input("input", ids ? Element::i64 : Element::f32, extents,
                     ids ? "ids" : "rows, as the model takes them");
}

// 1 where the second class has at least this probability, else 0.
Value from_threshold(Graph& graph, const Value& probabilities, double threshold) {
  const Value second = graph.constant("second", from_span(std::vector<std::int64_t>{1}, {1}));
  const Value one = graph.node("Gather", {probabilities, second}, {{"axis", std::int64_t{1}}});
  const Value least = graph.constant("threshold", tensor(train::float_from(threshold)));
  const Value yes = graph.node("GreaterOrEqual", {one, least});
  const Value place = graph.node("Cast", {yes}, {{"to", static_cast<std::int64_t>(Element::i64)}});
  return graph.node("Squeeze", {place, second});
}

// Probabilities and labels of the logits.
void add_outputs(Graph& graph, const onnx::Logits& logits, const std::vector<std::string>& classes, double temperature,
                 std::optional<double> threshold) {
  const auto divisor = static_cast<float>(temperature);
  const Value softened =
      divisor == 1 ? logits.value : graph.node("Div", {logits.value, graph.constant("temperature", tensor(divisor))});
  const Value probabilities = graph.node("Softmax", {softened}, {{"axis", std::int64_t{1}}}, "", probabilities_name);
  const Value place =
      threshold ? from_threshold(graph, probabilities, *threshold)
                : graph.node("ArgMax", {logits.value}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}});
  const Value label = graph.node("Gather", {graph.texts("classes", classes), place}, {}, "", label_name);
  const std::string batch = "batch";
  graph.output(label, Element::text, {batch}, "the most probable class");
  graph.output(probabilities, Element::f32, {batch, logits.classes}, "of each class, in the order of the metadata");
}

void check(const OnnxOptions& options) {
  const auto temperature = static_cast<float>(options.temperature);
  require(temperature > 0 && std::isfinite(temperature), to_onnx.op,
          "the temperature is {}; a finite one above 0 is needed", options.temperature);
  require(!options.numbers || *options.numbers == DType::f32 || *options.numbers == DType::f64, to_onnx.op,
          "raw numbers are asked for as {}; f32 or f64 is possible", options.numbers.value_or(DType::f32));
  require(!options.name.empty(), to_onnx.op, "the name of the graph is empty, which ONNX does not allow");
  checked_text(to_onnx.op, "the name", options.name);
  checked_text(to_onnx.op, "the text about the model", options.about);
  for (const std::string& name : options.classes) checked_text(to_onnx.op, "the class", name);
}

// The shape of a prepared row; of a bag of ids there is none.
Shape row_of(std::vector<train::Placed>& layers, const OnnxOptions& options, const Preprocessing* p) {
  if (p && !p->tokenizer)
    return p->from_table ? Shape{static_cast<std::int64_t>(p->feature_names().size())} : Shape(p->row);
  if (options.image.rank() > 0) return options.image;
  if (!onnx::takes_ids(layers)) return train::first_shape(to_onnx, layers);
  require(std::none_of(layers.begin(), layers.end(), [](const train::Placed& l) { return l.module.as<Embedding>(); }),
          to_onnx.op, "an Embedding takes ids of any shape: give that of a row as OnnxOptions::image");
  return {};
}

// The type of raw numbers. Error: floats, and a column that they are too coarse for.
Element raw_numbers(const Preprocessing& p, const OnnxOptions& options) {
  const auto wide = std::find_if(p.columns.begin(), p.columns.end(), train::needs_double);
  const bool fits = wide == p.columns.end();
  if (options.numbers.value_or(!p.image.empty() && fits ? DType::f32 : DType::f64) == DType::f64) return Element::f64;
  require(fits, to_onnx.op, "raw numbers are asked for as f32, which does not hold column '{}'",
          fits ? "" : wide->name);
  return Element::f32;
}

std::string whole(const Sequential& model, const OnnxOptions& options, const Preprocessing* p, Texts metadata) {
  check(options);
  std::vector<train::Placed> layers = train::placed_layers(model);
  const Shape row = row_of(layers, options, p);
  Graph graph(to_onnx.op, {label_name, probabilities_name});
  const bool raw = p && !options.prepared;
  const Value input =
      raw ? onnx::add_preprocessing(graph, *p, raw_numbers(*p, options)) : add_input(graph, layers, row);
  const onnx::Logits logits = onnx::add_layers(graph, layers, input, row);
  std::vector<std::string> classes = options.classes;
  for (std::int64_t c = 0; options.classes.empty() && c < logits.classes; ++c) classes.push_back(std::to_string(c));
  require(static_cast<std::int64_t>(classes.size()) == logits.classes, to_onnx.op, "{} names are given for {} classes",
          classes.size(), logits.classes);
  require(!options.threshold || (logits.classes == 2 && std::isfinite(*options.threshold)), to_onnx.op,
          "the threshold is {}, of {} classes; a finite number is needed, and 2 classes", options.threshold.value_or(0),
          logits.classes);
  add_outputs(graph, logits, classes, options.temperature, options.threshold);
  metadata.emplace_back("classes", data::json_text(classes));
  return graph.model(options.name, options.about, metadata);
}

}  // namespace

std::string onnx_bytes(const Sequential& model, const OnnxOptions& options) {
  return whole(model, options, nullptr, {});
}

std::string onnx_bytes(const Classifier& classifier, OnnxOptions options) {
  require(classifier.task() == Task::classes, ErrorCode::unsupported, to_onnx.op,
          "the classifier is of the task {}, and the graph tells one class of several", name(classifier.task()));
  require(!options.threshold, to_onnx.op, "a threshold is given beside a classifier, which has its own or none");
  require(options.classes.empty() && options.temperature == 1, to_onnx.op,
          "{} names of classes and the temperature {} are given beside a classifier, which has its own",
          options.classes.size(), options.temperature);
  options.classes = classifier.classes();
  options.temperature = classifier.temperature();
  options.threshold = classifier.threshold;
  const Preprocessing* const p = classifier.preprocessing ? &*classifier.preprocessing : nullptr;
  require(!p || !p->tokenizer || options.prepared, ErrorCode::unsupported, to_onnx.op,
          "the preprocessing hashes the words of free text byte by byte, and ONNX has no operator that sees the bytes "
          "of a string; with OnnxOptions::prepared the graph begins behind it, at the ids of HashingTokenizer");
  if (p && !p->tokenizer) {
    std::vector<train::Placed> layers = train::placed_layers(classifier.model());
    const auto prepared = static_cast<std::int64_t>(p->feature_names().size());
    const std::int64_t taken = train::first_shape(to_onnx, layers).size();
    require(prepared == taken, to_onnx.op, "the preprocessing gives {} numbers, the model takes {}", prepared, taken);
  }
  return whole(classifier.model(), options, p,
               {{"architecture", classifier.architecture()}, {"temperature", data::json_text(options.temperature)}});
}

void export_onnx(const std::string& path, const Sequential& model, const OnnxOptions& options) {
  write_file(path, onnx_bytes(model, options));
}

void export_onnx(const std::string& path, const Classifier& classifier, const OnnxOptions& options) {
  write_file(path, onnx_bytes(classifier, options));
}

}  // namespace logitape::inline v0
