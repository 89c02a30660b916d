// What a gradient check has to say to machines.
#include <cmath>

#include "logitape/autograd/gradient_report.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

// JSON has no infinities and no NaN: they are strings.
std::string json_of(double v) { return std::isfinite(v) ? fmt::format("{}", v) : fmt::format("\"{}\"", v); }
std::string json_of(std::int64_t v) { return fmt::format("{}", v); }
std::string json_of(int v) { return fmt::format("{}", v); }
std::string json_of(bool v) { return v ? "true" : "false"; }

std::string json_of(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\', quoted += c;
    else if (static_cast<unsigned char>(c) < 0x20) quoted += fmt::format("\\u{:04x}", static_cast<int>(c));
    else quoted += c;
  }
  return quoted + '"';
}
std::string json_of(const std::string& text) { return json_of(std::string_view(text)); }

template <class T, class F>
std::string list_of(const std::vector<T>& values, F f) {
  std::string text;
  for (const T& v : values) text += fmt::format("{}{}", text.empty() ? "" : ", ", f(v));
  return fmt::format("[{}]", text);
}
std::string json_of(const std::vector<std::int64_t>& values) {
  return list_of(values, [](std::int64_t v) { return json_of(v); });
}

// {"name": value, ...} from names and values in turn.
std::string members() { return ""; }
template <class T, class... Rest>
std::string members(const char* name, const T& value, const Rest&... rest) {
  const std::string more = members(rest...);
  return fmt::format("\"{}\": {}{}{}", name, json_of(value), more.empty() ? "" : ", ", more);
}

std::string braces(const std::string& inside) { return fmt::format("{{{}}}", inside); }

std::string json_of(const GradientElement& e) {
  return braces(members("verdict", name(e.verdict), "at_kink", e.at_kink, "order", e.order, "function", e.function,
                        "result", e.result, "input", e.input, "input_name", e.input_name, "index", e.index, "analytic",
                        e.analytic, "numeric", e.numeric, "error_bar", e.error_bar, "step", e.step, "allowed",
                        e.allowed, "absolute", e.absolute, "relative", e.relative, "ulp", e.ulp, "reason", e.reason));
}

std::string json_of(const GradientBlock& b) {
  return braces(members("order", b.order, "function", b.function, "input", b.input_name, "size", b.size, "checked",
                        b.checked, "failed", b.failed, "inconclusive", b.inconclusive, "kinks", b.kinks,
                        "largest_ratio", b.largest_ratio));
}

std::string json_of(const GradientTest& t) {
  return braces(members("what", t.what, "function", t.function, "order", t.order, "verdict", name(t.verdict), "found",
                        t.found, "expected", t.expected, "allowed", t.allowed, "text", t.text));
}

}  // namespace

std::string GradientReport::json() const {
  const auto shown = [](const auto& v) { return json_of(v); };
  return fmt::format(R"({{{}, "worst": {}, "kink": {}, "blocks": {}, "tests": {}, "notes": {}}})",
                     members("verdict", name(verdict()), "order", order, "checked", checked, "failed", failed,
                             "inconclusive", inconclusive, "kinks", kinks, "doubled", doubled, "constant", constant,
                             "hint", name(hint), "hint_text", hint_text, "precision", precision, "relative", relative,
                             "resolution", resolution, "seen_median", seen_median, "seen_worst", seen_worst),
                     worst.order > 0 ? json_of(worst) : "null", kinks > 0 ? json_of(kink) : "null",
                     list_of(blocks, shown), list_of(tests, shown), list_of(notes, shown));
}

}  // namespace logitape::inline v0
