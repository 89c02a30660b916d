// Lines for a terminal or a log, none wider than its columns. Not installed.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "logitape/train/explain/explanation.h"

namespace logitape::inline v0::lesson {

class Page {
 public:
  explicit Page(const Terminal& terminal);

  // Words, wrapped: the first line stands behind `first`, the others as far in.
  void words(std::string_view text, std::string_view first, bool faint = false);
  void sentence(std::string_view text) { words(text, "   "); }
  void formulas(std::string_view all);                         // one a line
  void title(std::string_view number, std::string_view text);  // bold
  void table(const NamedNumbers& numbers);                     // below a blank line
  void comparison(const Comparison& c);
  // Lines that are laid out already; one that is too wide is wrapped behind its own indent.
  void lines(std::string_view text);
  void blank() { text_ += "\n"; }
  std::string str() && { return std::move(text_); }

 private:
  std::size_t part_of(const NamedNumbers& t, const std::vector<std::string>& names,
                      const std::vector<std::string>& heads, int name_columns, std::size_t from);
  std::string wrapped(std::string_view text, std::string_view first) const;

  Terminal terminal_;
  int columns_;
  std::string text_;
};

}  // namespace logitape::inline v0::lesson
