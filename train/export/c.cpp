// Files of C99, from their top: the comment, the constants, the layers' functions, and the same three functions for raw
// rows in both forms.
#include "logitape/train/export/c.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "logitape/core/detail/require.h"
#include "logitape/core/version.h"
#include "logitape/train/export/detail/c_parts.h"
#include "logitape/train/export/detail/parts.h"
#include "logitape/train/export/detail/placed.h"
#include "logitape/train/files/file.h"

namespace logitape::inline v0 {
namespace {

constexpr std::string_view flash_text = R"(#include <stdint.h>
#ifdef __AVR__
#include <avr/pgmspace.h>
#define %_FLASH PROGMEM
#define %_I8(p) ((int8_t)pgm_read_byte(p))
#define %_U16(p) pgm_read_word(p)
#define %_I32(p) ((int32_t)pgm_read_dword(p))
#define %_F32(p) pgm_read_float(p)
#else
#define %_FLASH
#define %_I8(p) (*(p))
#define %_U16(p) (*(p))
#define %_I32(p) (*(p))
#define %_F32(p) (*(p))
#endif
#ifndef %_NUMBER
#define %_NUMBER float
#endif
)";

// {0}: prepared numbers; {1}: the column of a number; {2}, {3}: what a 0 and a 1 become
constexpr std::string_view int8_prepare_text = R"(
static inline int8_t @_nearest(float v) {{
  v = v < 0 ? v - 0.5f : v + 0.5f;
  return (int8_t)(v <= -128 ? -128 : v >= 127 ? 127 : v);
}}

// raw[%_INPUTS] -> input[{0}], what @_score takes: of a number (x - offset) * gain; of a text, by its place, 1 at that
// place and 0 elsewhere; NaN is missing
static inline void @_prepare(const %_NUMBER* raw, int8_t* input) {{
  for (int i = 0; i < %_INPUTS; ++i) {{
    const int c = {1};
    const float x = (float)raw[i];
    const int count = (int)%_U16(@_category_counts + c), missing = %_I8(@_missing + c);
    if (count == 0)
      *input++ = x != x ? (int8_t)missing : @_nearest((x - %_F32(@_offset + c)) * %_F32(@_gain + c) + {2});
    for (int k = 0; k < count; ++k) *input++ = (x != x ? k == missing : x == (float)k) ? {3} : {2};
  }}
}}
)";

constexpr std::string_view int8_uses_text = R"(
static const uint16_t @_exponentials[256] %_FLASH = {0};

static inline void @_logits(const %_NUMBER* raw, int8_t* logits) {{
  int8_t input[{1}];
  @_prepare(raw, input);
  @_score(input, logits);
}}

// raw[%_INPUTS] -> probabilities[%_CLASSES] in 65,535ths
static inline void @_predict(const %_NUMBER* raw, uint16_t* probabilities) {{
  int8_t logits[%_CLASSES], most = -128;
  uint32_t sum = 0;
  @_logits(raw, logits);
  for (int c = 0; c < %_CLASSES; ++c) most = logits[c] > most ? logits[c] : most;
  for (int c = 0; c < %_CLASSES; ++c) sum += %_U16(@_exponentials + (most - logits[c]));
  for (int c = 0; c < %_CLASSES; ++c)
    probabilities[c] = (uint16_t)((uint32_t)%_U16(@_exponentials + (most - logits[c])) * 65535u / sum);
}}

// The class of a raw row; @_class_names has its name
static inline int @_classify(const %_NUMBER* raw) {{
  int8_t logits[%_CLASSES];
  @_logits(raw, logits);
{2}}}
#endif  // %_H
)";

constexpr std::string_view largest_text = R"(  int best = 0;
  for (int c = 1; c < %_CLASSES; ++c) best = logits[c] > logits[best] ? c : best;
  return best;
)";

}  // namespace

void train::require_numbers(const Classifier& classifier) {
  require(classifier.task() == Task::classes, ErrorCode::unsupported, c_op,
          "the classifier is of the task {}, and the file tells one class of several", name(classifier.task()));
  require(!classifier.preprocessing || !classifier.preprocessing->tokenizer, ErrorCode::unsupported, train::c_op,
          "the preprocessing makes ids of free text; exported C prepares numbers and categories");
}

// The columns of a raw row; without a preprocessing one that leaves numbers as they are.
std::vector<PreparedColumn> train::columns_of(const Classifier& classifier) {
  if (classifier.preprocessing) return classifier.preprocessing->columns;
  return {{.name = "", .categories = {}}};
}

std::string train::c_top(const Classifier& classifier, const COptions& options, const std::vector<std::string>& layers,
                         std::int64_t raw, const CMemory& memory, const std::string& kind) {
  std::string all;
  for (const std::string& layer : layers) all += (all.empty() ? "" : ", ") + layer;
  std::string text = train::kept(train::commented(fmt::format(
      "A trained classifier{}: {} numbers a row, {} classes. {}.", kind, raw, classifier.classes().size(), all)));
  if (!options.about.empty()) text += train::kept(train::commented(options.about));
  if (classifier.preprocessing) text += train::kept(train::column_comments(*classifier.preprocessing));
  return text + fmt::format(
                    "// Flash: {} bytes of constants, beside the code; stack: {} bytes of arrays in @_classify, beside "
                    "the\n// calls; heap: 0 (computed; ./tests/run small measures them for boards).\n"
                    "// Written by logitape {}.\n#ifndef %_H\n#define %_H\n",
                    memory.flash, memory.stack, LOGITAPE_VERSION);
}

std::string train::named_text(std::string_view text, const std::string& name) {
  require_name(c_op, name);
  std::string named;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '@' && c != '%') named += c;
    else if (i + 1 < text.size() && text[i + 1] == c) named += text[i++];
    else named += c == '@' ? name : in_capitals(name);
  }
  return named;
}

std::string train::kept(const std::string& text) {
  std::string twice;
  for (const char c : text) twice.append(c == '@' || c == '%' ? 2 : 1, c);
  return twice;
}

std::string train::column_comments(const Preprocessing& p) {
  if (!p.from_table) return "";
  std::string text;
  for (std::size_t i = 0; i < p.columns.size(); ++i) {
    std::string line = fmt::format("raw[{}]: {}", i, quoted(p.columns[i].name));
    for (std::size_t k = 0; k < p.columns[i].categories.size(); ++k)
      line += fmt::format("{} {} is {}", k == 0 ? ";" : ",", k, quoted(p.columns[i].categories[k]));
    text += commented(line);
  }
  return text;
}

struct Int8Classifier::Parts {
  Classifier classifier;
  train::Int8Plan plan;
};

Int8Classifier::Int8Classifier(const Classifier& classifier, const Examples& calibration) {
  train::require_numbers(classifier);
  const std::vector<PreparedColumn> columns = train::columns_of(classifier);
  const auto wide = std::find_if(columns.begin(), columns.end(), train::needs_double);
  require(wide == columns.end(), ErrorCode::unsupported, train::c_op,
          "a float does not hold the numbers of column '{}', and 8-bit C has no other",
          wide == columns.end() ? "" : wide->name);
  const Tensor rows = classifier.preprocessing ? classifier.preprocessing->inputs(calibration) : calibration.inputs;
  parts_ = std::make_unique<const Parts>(Parts{classifier, train::int8_plan(classifier.model(), rows)});
}
Int8Classifier::~Int8Classifier() = default;
Int8Classifier::Int8Classifier(Int8Classifier&&) noexcept = default;

std::vector<std::int64_t> Int8Classifier::classes_of(const Examples& rows) const {
  const auto& [classifier, plan] = *parts_;
  const Tensor prepared = classifier.preprocessing ? classifier.preprocessing->inputs(rows) : rows.inputs;
  const std::vector<double> x = prepared.to_vector<double>();
  const auto width = static_cast<std::size_t>(plan.inputs);
  require(x.size() % width == 0, train::c_op, "the rows are {}; {} numbers a row are needed", prepared, width);
  const double step = plan.logits.scale / classifier.temperature();
  const int least = classifier.threshold ? train::least_difference(*classifier.threshold, step) : 0;
  std::vector<std::int64_t> classes;
  std::vector<std::int8_t> row(width);
  for (std::size_t at = 0; at < x.size(); at += width) {
    std::transform(x.begin() + static_cast<std::ptrdiff_t>(at), x.begin() + static_cast<std::ptrdiff_t>(at + width),
                   row.begin(), [&](double v) { return train::quantised(plan.input, v); });
    const std::vector<std::int8_t> logits = train::int8_logits(plan, row);
    classes.push_back(classifier.threshold ? logits[1] - logits[0] >= least
                                           : std::max_element(logits.begin(), logits.end()) - logits.begin());
  }
  return classes;
}

std::string Int8Classifier::c_text(const COptions& options) const {
  const auto& [classifier, plan] = *parts_;
  const std::vector<PreparedColumn> columns = train::columns_of(classifier);
  const std::int64_t raw = classifier.preprocessing ? classifier.preprocessing->numbers_of_a_row() : plan.inputs;
  const std::vector<std::string>& names = classifier.classes();
  const std::size_t longest =
      std::max_element(names.begin(), names.end(), [](auto& a, auto& b) { return a.size() < b.size(); })->size() + 1;
  const train::Int8Text score = train::int8_score_text(plan);
  const auto numbers = [&](const char* type, const char* what, auto write) {
    return fmt::format("static const {} @_{}[{}] %_FLASH = {};\n", type, what, columns.size(),
                       train::listed(columns, write));
  };
  const auto gain = [&](const PreparedColumn& c) {
    const auto g = static_cast<float>(1 / (c.scale * plan.input.scale));
    require(std::isfinite(g), ErrorCode::unsupported, train::c_op,
            "column '{}' is scaled by {}, more than a float holds", c.name, 1 / (c.scale * plan.input.scale));
    return train::literal(g);
  };
  const auto missing = [&](const PreparedColumn& c) {
    return c.categories.empty() ? std::ptrdiff_t{train::quantised(plan.input, (c.mean - c.offset) / c.scale)}
                                : train::missing_place(c);
  };
  for (const PreparedColumn& c : columns)
    require(c.categories.size() <= 127, ErrorCode::unsupported, train::c_op,
            "column '{}' has {} texts; 8-bit C holds at most 127", c.name, c.categories.size());
  std::string text =
      fmt::format("#define %_INPUTS {}\n#define %_CLASSES {}\n", raw, names.size()) +
      fmt::format("static const char @_class_names[%_CLASSES][{}] %_FLASH = {};\n", longest,
                  train::listed(names, [](const std::string& n) { return train::kept(train::quoted(n)); }));
  text +=
      numbers("float", "offset", [](const PreparedColumn& c) { return train::literal(static_cast<float>(c.offset)); });
  text += numbers("float", "gain", gain);
  text += numbers("int8_t", "missing", [&](const PreparedColumn& c) { return std::to_string(missing(c)); });
  text += numbers("uint16_t", "category_counts",
                  [](const PreparedColumn& c) { return std::to_string(c.categories.size()); });
  text += score.text;
  const bool by_column = std::ssize(columns) == raw;
  text += fmt::format(fmt::runtime(int8_prepare_text), plan.inputs,
                      by_column ? "i" : fmt::format("i %% {}", columns.size()), plan.input.zero,
                      int{train::quantised(plan.input, 1)});
  const double step = plan.logits.scale / classifier.temperature();
  const std::string decision = classifier.threshold ? fmt::format("  return logits[1] - logits[0] >= {};\n",
                                                                  train::least_difference(*classifier.threshold, step))
                                                    : std::string(largest_text);
  text += fmt::format(fmt::runtime(int8_uses_text), train::exponentials(step), plan.inputs, decision);
  const train::CMemory memory{
      score.flash + 512 + std::ssize(columns) * 11 + std::ssize(names) * static_cast<std::int64_t>(longest),
      score.stack + plan.inputs + std::ssize(names)};
  const std::string limit = memory.flash < 65536
                                ? ""
                                : fmt::format(
                                      "#ifdef __AVR__\n#error \"{} bytes of constants: an AVR reads at most 65,536 of "
                                      "them from flash\"\n#endif\n",
                                      memory.flash);
  return train::named_text(train::c_top(classifier, options, plan.layers, raw, memory, " in 8-bit integers") +
                               std::string(flash_text) + limit + text,
                           options.name);
}

void Int8Classifier::export_c(const std::string& path, const COptions& options) const {
  write_file(path, c_text(options));
}

}  // namespace logitape::inline v0
