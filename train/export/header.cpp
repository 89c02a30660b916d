// The header's text, from its top: the comment, the constants, the weights, the functions that it needs, then its own.
// Parts that every header shares are in detail/functions.cpp; the preparation of raw rows is in
// detail/preprocessing.cpp.
#include "logitape/train/export/header.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/core/version.h"
#include "logitape/train/export/detail/parts.h"
#include "logitape/train/export/detail/placed.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "export_header";

std::string row_name(int row) {
  return row == train::input_row    ? "input"
         : row == train::logits_row ? "logits"
                                    : std::string(1, static_cast<char>('a' + row));
}

// The rows and the window that a call of score() holds; "" if there are none.
std::string scratch_text(const train::HeaderPlan& plan) {
  std::string rows;
  for (std::size_t row = 0; row < plan.scratch.size(); ++row)
    if (plan.scratch[row] > 0)
      rows += fmt::format("{}{}[{}]", rows.empty() ? "" : ", ", row_name(static_cast<int>(row)), plan.scratch[row]);
  if (plan.patch > 0) rows += fmt::format("{}patch[{}]", rows.empty() ? "" : ", ", plan.patch);
  return rows.empty() ? "" : "  float " + rows + ";\n";
}

// The steps, each from one row of numbers into another, or within one row.
std::string score_text(const train::HeaderPlan& plan) {
  std::string text = "// input[inputs] -> logits[classes]\ninline void score(const float* input, float* logits) {\n" +
                     scratch_text(plan);
  for (const train::HeaderStep& s : plan.steps) {
    text += fmt::format("  detail::{}({}", s.call, row_name(s.from));
    for (const std::string& argument : s.arguments) text += ", " + argument;
    text += s.from == s.to ? ");\n" : fmt::format(", {});\n", row_name(s.to));
  }
  return text + "}\n";
}

std::string detail_text(const train::HeaderPlan& plan, bool fused) {
  std::string arrays, windows;
  for (const train::HeaderArray& a : plan.arrays)
    arrays += fmt::format("static const float {}[{}] = {};\n", a.name, a.values.size(),
                          train::listed(a.values, [](float v) { return train::literal(v); }));
  for (std::size_t i = 0; i < plan.windows.size(); ++i)
    windows += fmt::format("static const window window_{} = {};\n", i, plan.windows[i]);
  return fmt::format("namespace detail {{\n\n{}{}{}{}\n}}  // namespace detail\n\n", arrays,
                     train::header_functions(plan, fused), windows.empty() ? "" : "\n", windows);
}

constexpr std::string_view uses_text = R"(
// input[inputs] -> probabilities[classes], which add up to 1
inline void predict(const float* input, float* probabilities) {{
  score(input, probabilities);
{}  float most = probabilities[0];
  for (int c = 1; c < classes; ++c) most = probabilities[c] > most ? probabilities[c] : most;
  double sum = 0;
  for (int c = 0; c < classes; ++c) {{
    const double e = std::exp(static_cast<double>(probabilities[c]) - most);
    probabilities[c] = static_cast<float>(e);
    sum += e;
  }}
  for (int c = 0; c < classes; ++c) probabilities[c] = static_cast<float>(probabilities[c] / sum);
}}
)";

constexpr std::string_view most_probable = R"(
// The most probable class; class_names has its name
inline int classify(const float* input) {
  float logits[classes];
  score(input, logits);
  int best = 0;
  for (int c = 1; c < classes; ++c) best = logits[c] > logits[best] ? c : best;
  return best;
}
)";

constexpr std::string_view decided_text = R"(
// 1 from the probability {0} of {1} on, else 0; class_names has its name
inline int classify(const float* input) {{
  float probabilities[classes];
  predict(input, probabilities);
  return probabilities[1] >= {0} ? 1 : 0;
}}
)";

void check(const HeaderOptions& options, const train::HeaderPlan& plan) {
  train::require_name(op, options.name);
  require(options.classes.empty() || options.classes.size() == static_cast<std::size_t>(plan.classes), op,
          "{} names are given for {} classes", options.classes.size(), plan.classes);
  require(!options.threshold || (plan.classes == 2 && std::isfinite(*options.threshold)), op,
          "the threshold is {}, of {} classes; a finite number is needed, and 2 classes", options.threshold.value_or(0),
          plan.classes);
  const auto temperature = static_cast<float>(options.temperature);
  require(temperature > 0 && std::isfinite(temperature), op, "the temperature is {}; a finite one above 0 is needed",
          options.temperature);
}

// The header of a model; `more` are functions that follow its own.
std::string whole(const train::HeaderPlan& plan, const HeaderOptions& options, const std::string& more) {
  check(options, plan);
  std::vector<std::string> names = options.classes;
  for (std::int64_t c = 0; options.classes.empty() && c < plan.classes; ++c) names.push_back(std::to_string(c));
  const std::string guard = train::in_capitals(options.name) + "_H";
  std::string layers;
  for (const std::string& layer : plan.layers) layers += (layers.empty() ? "" : ", ") + layer;
  const std::int64_t numbers = std::accumulate(plan.scratch.begin(), plan.scratch.end(), plan.patch);

  std::size_t weights = 0;
  for (const train::HeaderArray& a : plan.arrays) weights += a.values.size();

  std::string text = train::commented(
      fmt::format("A trained classifier: {} inputs, {} classes. {}.", plan.inputs, plan.classes, layers));
  if (!options.about.empty()) text += train::commented(options.about);
  text += fmt::format(
      "// {0}::predict(input, probabilities) is all it takes; C++11, no library. Flash: {10} bytes of weights, beside "
      "the\n// code; stack: {1} bytes hold what its layers give, beside the calls; heap: 0 (computed).\n"
      "// Compile it with -ffp-contract=off{2}.\n// Written by logitape {3}.\n"
      "#ifndef {4}\n#define {4}\n#include <cmath>\n\nnamespace {0} {{\n\nstatic const int inputs = {5}, classes = "
      "{6};\n"
      "static const char* const class_names[classes] = {7};\n\n{8}{9}",
      options.name, 4 * numbers,
      options.fused ? ", and for a processor with fused multiply-adds, on x86-64 by\n"
                      "// -mfma: without, std::fma is slow, though as right"
                    : "",
      LOGITAPE_VERSION, guard, plan.inputs, plan.classes, train::listed(names, train::quoted),
      detail_text(plan, options.fused), score_text(plan), 4 * weights);
  const auto temperature = static_cast<float>(options.temperature);
  const std::string division =
      temperature == 1
          ? ""
          : fmt::format("  for (int c = 0; c < classes; ++c) probabilities[c] /= {};\n", train::literal(temperature));
  const std::string classify =
      options.threshold ? fmt::format(fmt::runtime(decided_text), train::literal(train::float_from(*options.threshold)),
                                      train::quoted(names[1]))
                        : std::string(most_probable);
  return text + fmt::format(fmt::runtime(uses_text), division) + classify + more +
         fmt::format("\n}}  // namespace {}\n#endif  // {}\n", options.name, guard);
}

// The shape of a prepared row, if the preprocessing knows it better than the model's first layer.
Shape prepared_shape(const Preprocessing& p, const HeaderOptions& options) {
  return options.image.rank() > 0 || p.from_table || p.row.size() < 2 ? options.image : Shape(p.row);
}

}  // namespace

std::string header_text(const Sequential& model, const HeaderOptions& options) {
  return whole(train::header_plan(model, options.image), options, "");
}

std::string header_text(const Classifier& classifier, HeaderOptions options) {
  require(classifier.task() == Task::classes, ErrorCode::unsupported, op,
          "the classifier is of the task {}, and a header tells one class of several", name(classifier.task()));
  require(!options.threshold, op, "a threshold is given beside a classifier, which has its own or none");
  require(options.classes.empty() && options.temperature == 1, op,
          "{} names of classes and the temperature {} are given beside a classifier, which has its own",
          options.classes.size(), options.temperature);
  options.classes = classifier.classes();
  options.temperature = classifier.temperature();
  options.threshold = classifier.threshold;
  if (!classifier.preprocessing) return header_text(classifier.model(), options);
  const Preprocessing& p = *classifier.preprocessing;
  require(!p.tokenizer, ErrorCode::unsupported, op,
          "the preprocessing makes ids of free text; a header prepares numbers and categories");
  const train::HeaderPlan plan = train::header_plan(classifier.model(), prepared_shape(p, options));
  const std::size_t prepared = p.feature_names().size();
  require(static_cast<std::int64_t>(prepared) == plan.inputs, op,
          "the preprocessing gives {} numbers, the model takes {}", prepared, plan.inputs);
  return whole(plan, options, train::header_preprocessing(p));
}

void export_header(const std::string& path, const Sequential& model, const HeaderOptions& options) {
  write_file(path, header_text(model, options));
}

void export_header(const std::string& path, const Classifier& classifier, const HeaderOptions& options) {
  write_file(path, header_text(classifier, options));
}

}  // namespace logitape::inline v0
