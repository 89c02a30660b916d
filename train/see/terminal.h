// What a stream can show: whether it is a terminal, its width, and whether it shows colours and block characters.
#pragma once
#include <cstdio>
#include <string>
#include <string_view>

namespace logitape::inline v0 {

// Filled in by terminal_of, or by hand in a test.
struct Terminal {
  bool interactive = false;  // a line can be redrawn in place
  int columns = 80;
  bool colour = false;
  bool unicode = false;  // characters beyond ASCII

  enum Style { bold, dim, red, green };
  // The text in that style if there is colour, else as it is.
  std::string styled(Style style, std::string_view text) const;
};

// Of a stream, as it is now. Interactive: a terminal whose TERM is neither empty nor "dumb". Columns: what the terminal
// says, else the variable COLUMNS, else 80. Colour: interactive, and NO_COLOR is empty. Unicode: of LC_ALL, LC_CTYPE
// and LANG the first that is not empty names UTF-8, or all are empty.
Terminal terminal_of(std::FILE* stream);

// UTF-8 with "?" for each control character, a newline too. So a class name in a file can neither move a terminal's
// cursor nor colour what follows.
std::string printable(std::string_view text);

}  // namespace logitape::inline v0
