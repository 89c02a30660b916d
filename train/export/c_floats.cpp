// c_text in floats: the plan of export_header, its weights and the preparation of raw rows as C99 writes them.
#include <algorithm>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/train/export/c.h"
#include "logitape/train/export/detail/c_parts.h"
#include "logitape/train/export/detail/parts.h"
#include "logitape/train/export/detail/placed.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {
namespace {

std::string row_of(int row) {
  return row == train::input_row    ? "input"
         : row == train::logits_row ? "logits"
                                    : std::string(1, static_cast<char>('a' + row));
}

// The plan's arguments name C++ things.
std::string in_c(const std::string& argument) {
  if (argument == "nullptr") return "0";
  if (argument.starts_with("detail::window")) return "&@_" + argument.substr(8);
  if (argument.starts_with("detail::")) return "@_" + argument.substr(8);
  return argument;
}

std::string float_score(const train::HeaderPlan& plan) {
  std::string text, rows;
  for (const train::HeaderArray& a : plan.arrays)
    text += fmt::format("static const float @_{}[{}] = {};\n", a.name, a.values.size(),
                        train::listed(a.values, [](float v) { return train::literal(v); }));
  for (std::size_t i = 0; i < plan.windows.size(); ++i)
    text += fmt::format("static const @_window @_window_{} = {};\n", i, plan.windows[i]);
  for (std::size_t row = 0; row < plan.scratch.size(); ++row)
    if (plan.scratch[row] > 0)
      rows += fmt::format("{}{}[{}]", rows.empty() ? "" : ", ", row_of(static_cast<int>(row)), plan.scratch[row]);
  if (plan.patch > 0) rows += fmt::format("{}patch[{}]", rows.empty() ? "" : ", ", plan.patch);
  text +=
      "\n// input[] of a prepared row -> logits[%_CLASSES]\nstatic inline void @_score(const float* input, float* "
      "logits) {\n" +
      (rows.empty() ? "" : "  float " + rows + ";\n");
  for (const train::HeaderStep& s : plan.steps) {
    text += fmt::format("  @_{}({}", s.call, row_of(s.from));
    for (const std::string& argument : s.arguments) text += ", " + in_c(argument);
    text += s.from == s.to ? ");\n" : fmt::format(", {});\n", row_of(s.to));
  }
  return text + "}\n";
}

// {0}: prepared numbers; {1}: the column of a number; {2}: the temperature
constexpr std::string_view float_uses_text = R"(
// raw[%_INPUTS] -> input[{0}], what @_score takes: of a number (x - offset) / scale; of a text, by its place, 1 at that
// place and 0 elsewhere; NaN is missing
static inline void @_prepare(const double* raw, float* input) {{
  for (int i = 0; i < %_INPUTS; ++i) {{
    const @_column* const c = &@_columns[{1}];
    const double x = raw[i], place = x != x ? c->missing : x;
    if (c->categories == 0) *input++ = (float)(((x != x ? c->mean : x) - c->offset) / c->scale);
    for (int k = 0; k < c->categories; ++k) *input++ = place == k ? 1.0f : 0.0f;
  }}
}}

// raw[%_INPUTS] -> probabilities[%_CLASSES]
static inline void @_predict(const double* raw, float* probabilities) {{
  float input[{0}], most;
  double sum = 0;
  @_prepare(raw, input);
  @_score(input, probabilities);
  for (int c = 0; c < %_CLASSES; ++c) probabilities[c] /= {2};
  most = probabilities[0];
  for (int c = 1; c < %_CLASSES; ++c) most = probabilities[c] > most ? probabilities[c] : most;
  for (int c = 0; c < %_CLASSES; ++c) {{
    const double e = exp((double)probabilities[c] - most);
    probabilities[c] = (float)e;
    sum += e;
  }}
  for (int c = 0; c < %_CLASSES; ++c) probabilities[c] = (float)(probabilities[c] / sum);
}}

// The class of a raw row; @_class_names has its name
static inline int @_classify(const double* raw) {{
)";

constexpr std::string_view float_largest = R"(  float input[{0}], logits[%_CLASSES];
  int best = 0;
  @_prepare(raw, input);
  @_score(input, logits);
  for (int c = 1; c < %_CLASSES; ++c) best = logits[c] > logits[best] ? c : best;
  return best;
}}
)";

constexpr std::string_view float_decided = R"(  float probabilities[%_CLASSES];
  @_predict(raw, probabilities);
  return probabilities[1] >= {0};
}}
)";

// The arrays of columns of every raw row, and what is done with them.
std::string float_uses(const Classifier& classifier, const train::HeaderPlan& plan, std::int64_t raw) {
  const std::vector<PreparedColumn> columns = train::columns_of(classifier);
  const auto column = [](const PreparedColumn& c) {
    return fmt::format("{{{}, {}, {}, {}, {}}}", train::literal(c.mean), train::literal(c.offset),
                       train::literal(c.scale), c.categories.size(), train::missing_place(c));
  };
  const std::string place = std::ssize(columns) == raw ? "i" : fmt::format("i %% {}", columns.size());
  return "\n// missing: the place of a missing text, -1: it has none\ntypedef struct {\n  double mean, offset, "
         "scale;\n  "
         "int categories, missing;\n} @_column;\n" +
         fmt::format("static const @_column @_columns[{}] = {};\n", columns.size(), train::listed(columns, column)) +
         fmt::format(fmt::runtime(float_uses_text), plan.inputs, place,
                     train::literal(static_cast<float>(classifier.temperature()))) +
         (classifier.threshold
              ? fmt::format(fmt::runtime(float_decided), train::literal(train::float_from(*classifier.threshold)))
              : fmt::format(fmt::runtime(float_largest), plan.inputs)) +
         "#endif  // %_H\n";
}

}  // namespace

std::string c_text(const Classifier& classifier, const COptions& options) {
  train::require_numbers(classifier);
  const auto& prepare = classifier.preprocessing;
  const Shape image = prepare && !prepare->from_table && prepare->row.size() > 1 ? Shape(prepare->row) : Shape();
  const train::HeaderPlan plan = train::header_plan(classifier.model(), image);
  const std::int64_t raw = prepare ? prepare->numbers_of_a_row() : plan.inputs;
  const std::vector<std::string>& names = classifier.classes();
  require(static_cast<std::size_t>(plan.classes) == names.size(), train::c_op,
          "the model has {} outputs for {} classes", plan.classes, names.size());
  if (prepare)
    require(std::ssize(prepare->feature_names()) == plan.inputs, train::c_op,
            "the preprocessing gives {} numbers, the model takes {}", prepare->feature_names().size(), plan.inputs);
  std::int64_t weights = 0;
  for (const train::HeaderArray& a : plan.arrays) weights += std::ssize(a.values);
  const std::int64_t scratch = std::accumulate(plan.scratch.begin(), plan.scratch.end(), plan.patch);
  const train::CMemory memory{4 * weights + std::ssize(train::columns_of(classifier)) * 32,
                              4 * (scratch + plan.inputs + plan.classes)};
  return train::named_text(
      train::c_top(classifier, options, plan.layers, raw, memory, "") +
          fmt::format("#include <math.h>\n\n#define %_INPUTS {}\n#define %_CLASSES {}\nstatic const char* const "
                      "@_class_names[%_CLASSES] = {};\n",
                      raw, names.size(),
                      train::listed(names, [](const std::string& n) { return train::kept(train::quoted(n)); })) +
          train::c_functions(plan) + "\n" + float_score(plan) + float_uses(classifier, plan, raw),
      options.name);
}

void export_c(const std::string& path, const Classifier& classifier, const COptions& options) {
  write_file(path, c_text(classifier, options));
}

}  // namespace logitape::inline v0
