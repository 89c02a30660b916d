// Numbers, texts and comments as C++11 writes them.
#include "logitape/train/export/detail/parts.h"

#include <cctype>

namespace logitape::inline v0::train {
namespace {

// Digits that look like a whole number get a point.
std::string floating(const std::string& digits) {
  return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;
}

}  // namespace

std::string literal(float value) { return floating(fmt::format("{}", value)) + "f"; }
std::string literal(double value) { return floating(fmt::format("{}", value)); }

std::string quoted(const std::string& text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '?') literal += {'\\', c};  // a question mark could begin a trigraph
    else if (c >= 0x20 && c < 0x7f) literal += c;
    else literal += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return literal + "\"";
}

std::string commented(const std::string& text) {
  std::string lines, line;
  const auto end_line = [&] {  // a backslash at its end, or its trigraph, would join the next line to the comment
    while (!line.empty() && (line.back() == '\\' || line.back() == ' ' || line.back() == '/')) line.pop_back();
    lines += line.empty() ? "//\n" : "// " + line + "\n";
    line.clear();
  };
  for (const char c : text) {
    if (c == '\n') end_line();
    else line += std::iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  }
  end_line();
  return lines;
}

}  // namespace logitape::inline v0::train
