// A Preprocessing in an exported header: the rules of its columns are numbers in an array, and one loop reads them.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

#include "logitape/core/detail/require.h"
#include "logitape/train/export/detail/parts.h"
#include "logitape/train/export/detail/placed.h"

namespace logitape::inline v0::train {
namespace {

// The name as C++ can write it: letters, digits and single _, beginning with a letter. It differs from those in
// `taken`.
std::string identifier(const std::string& name, std::set<std::string>& taken) {
  std::string plain;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
    if (letter || digit) plain += c;
    else if (!plain.empty() && plain.back() != '_') plain += '_';
  }
  while (!plain.empty() && plain.back() == '_') plain.pop_back();
  if (plain.empty() || (plain[0] >= '0' && plain[0] <= '9')) plain = plain.empty() ? "column" : "column_" + plain;
  std::string unique = plain;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{}_{}", plain, i);
  return unique;
}

std::string column_text(const PreparedColumn& c) {
  return fmt::format("{{{}, {}, {}, {}, {}}}", literal(c.mean), literal(c.offset), literal(c.scale),
                     c.categories.size(), missing_place(c));
}

constexpr std::string_view prepare_text = R"(
// raw[raw_inputs], of doubles, floats or integers -> input[inputs]: of a number (x - offset) / scale, the mean's for a
// NaN; of a category, by its place, a number for each that there is, 1 at that place and 0 elsewhere
template <class Number>
inline void prepare(const Number* raw, float* input) {
@  const int columns = static_cast<int>(sizeof detail::columns / sizeof detail::columns[0]);
  for (int i = 0; i < raw_inputs; ++i) {
    const detail::column& c = detail::columns[i % columns];
    const double x = static_cast<double>(raw[i]);
    const double place = x != x ? c.missing : x;
    if (c.categories == 0) *input++ = static_cast<float>(((x != x ? c.mean : x) - c.offset) / c.scale);
    for (int k = 0; k < c.categories; ++k) *input++ = place == k ? 1.0f : 0.0f;
  }
}

// raw[raw_inputs] -> probabilities[classes]
template <class Number>
inline void predict_raw(const Number* raw, float* probabilities) {
  float input[inputs];
  prepare(raw, input);
  predict(input, probabilities);
}

// The most probable class of a raw row
template <class Number>
inline int classify_raw(const Number* raw) {
  float input[inputs];
  prepare(raw, input);
  return classify(input);
}
)";

}  // namespace

std::ptrdiff_t missing_place(const PreparedColumn& c) {
  const auto found = std::find(c.categories.begin(), c.categories.end(), "");
  return found == c.categories.end() ? -1 : found - c.categories.begin();
}

std::string header_preprocessing(const Preprocessing& p) {
  const std::int64_t raw = p.from_table
                               ? static_cast<std::int64_t>(p.columns.size())
                               : std::accumulate(p.row.begin(), p.row.end(), std::int64_t{1}, std::multiplies<>());
  std::string text = fmt::format("\nstatic const int raw_inputs = {};\n", raw);
  if (static_cast<std::int64_t>(p.columns.size()) == raw)
    text += fmt::format("static const char* const raw_names[raw_inputs] = {};\n",
                        listed(p.columns, [](const PreparedColumn& c) { return quoted(c.name); }));
  std::set<std::string> taken;
  for (const PreparedColumn& c : p.columns) {
    if (c.categories.empty()) continue;
    const std::string name = identifier(c.name, taken);
    text += fmt::format(
        "static const int {0}_category_count = {1};\nstatic const char* const {0}_categories[{0}_category_count] = "
        "{2};\n",
        name, c.categories.size(), listed(c.categories, quoted));
  }
  text += fmt::format(
      "\nnamespace detail {{\n\n// missing: the place of a missing text, -1: it has none\n"
      "struct column {{\n  double mean, offset, scale;\n  int categories, missing;\n}};\n"
      "static const column columns[] = {};\n\n}}  // namespace detail\n",
      listed(p.columns, column_text));
  const auto wide = std::find_if(p.columns.begin(), p.columns.end(), needs_double);
  const std::string refusal =
      wide == p.columns.end()
          ? ""
          : fmt::format("  static_assert(static_cast<double>(static_cast<Number>(16777217.0)) == 16777217.0, {});\n",
                        quoted(fmt::format("a float does not hold column '{}': raw rows must be doubles", wide->name)));
  const std::size_t at = prepare_text.find('@');
  return text.append(prepare_text.substr(0, at)).append(refusal).append(prepare_text.substr(at + 1));
}

}  // namespace logitape::inline v0::train
