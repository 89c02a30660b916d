// What a stream is connected to: its width, its colours, Unicode.
#include "logitape/train/see/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "logitape/core/detail/text.h"

namespace logitape::inline v0 {
namespace {

std::string_view variable_of(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

int columns_of(int file) {
  winsize size{};
  if (::ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const int columns = number_in<int>(variable_of("COLUMNS")).value_or(0);
  return columns > 0 ? columns : 80;
}

bool names_utf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(variable_of(name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return value.find("UTF-8") != std::string::npos || value.find("UTF8") != std::string::npos;
  }
  return true;
}

}  // namespace

std::string Terminal::styled(Style style, std::string_view text) const {
  constexpr const char* codes[] = {"\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m"};
  if (!colour) return std::string(text);
  return std::string(codes[style]).append(text).append("\x1b[0m");
}

Terminal terminal_of(std::FILE* stream) {
  const int file = ::fileno(stream);
  const std::string_view kind = variable_of("TERM");
  Terminal t;
  t.interactive = file >= 0 && ::isatty(file) == 1 && !kind.empty() && kind != "dumb";
  t.columns = columns_of(file);
  t.colour = t.interactive && variable_of("NO_COLOR").empty();
  t.unicode = names_utf8();
  return t;
}

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]),
               next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    // U+0080 to U+009F: among them U+009B begins a sequence as ESC [ does
    const bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0;
    shown += c1 || c < 0x20 || c == 0x7f ? '?' : text[i];
    i += c1;
  }
  return shown;
}

}  // namespace logitape::inline v0
