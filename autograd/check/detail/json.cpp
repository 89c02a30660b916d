// Values as JSON text.
#include "logitape/autograd/check/detail/json.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"

namespace logitape::inline v0::detail::json {

Value::Value(double v)
    : text(std::isfinite(v) ? fmt::format("{}", v)
           : std::isnan(v)  ? "\"nan\""
           : v > 0          ? "\"inf\""
                            : "\"-inf\"") {}

Value::Value(std::string_view v) : text("\"") {
  while (!v.empty()) {
    const std::size_t length = first_character(v).bytes;
    if (length == 0) text += "\uFFFD";
    else if (v[0] == '"' || v[0] == '\\') text += '\\', text += v[0];
    else if (length == 1 && v[0] < 0x20) text += fmt::format("\\u{:04x}", static_cast<int>(v[0]));
    else text += v.substr(0, length);
    v.remove_prefix(std::max<std::size_t>(length, 1));
  }
  text += '"';
}

Value::Value(const std::vector<Value>& list) : text("[") {
  for (const Value& v : list) text += (text.size() > 1 ? ", " : "") + v.text;
  text += ']';
}

Value object(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Value all(nullptr);
  all.text = "{";
  for (const auto& [name, value] : members)
    all.text += fmt::format("{}{}: {}", all.text.size() > 1 ? ", " : "", Value(name).text, value.text);
  all.text += '}';
  return all;
}

}  // namespace logitape::inline v0::detail::json
