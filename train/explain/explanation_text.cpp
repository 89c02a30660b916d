// An explanation as lines for a terminal or a log. Nothing is wider than the terminal: sentences are wrapped, and a
// table that is too wide goes on below with its next columns.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0 {
namespace {

using train::columns_of;
using train::left_aligned;
using train::right_aligned;

constexpr int indent = 3;

class Page {
 public:
  explicit Page(const Terminal& terminal) : terminal_(terminal), columns_(std::clamp(terminal.columns, 40, 120)) {}

  // Words, wrapped; the first line after `first`, the others as far in.
  void words(std::string_view text, std::string_view first, bool faint = false) {
    std::string line;
    std::string head(first);
    const auto end_line = [&] {
      text_ += head + (faint ? terminal_.styled(Terminal::dim, line) : line) + "\n";
      head.assign(static_cast<std::size_t>(columns_of(first)), ' ');
      line.clear();
    };
    const int room = columns_ - columns_of(first);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      std::string word(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!line.empty() && columns_of(line) + 1 + columns_of(word) > room) end_line();
      for (; columns_of(word) > room; word = word.substr(train::first_columns(word, room).size())) {
        line = train::first_columns(word, room);  // a word as long as a line is cut
        end_line();
      }
      line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty()) end_line();
  }

  void title(std::string_view number, std::string_view text) {
    std::string plain;
    Page lines(Terminal{.columns = columns_});
    lines.words(text, left_aligned(number, indent));
    plain = std::move(lines).str();
    for (std::size_t at = 0; at < plain.size();) {
      const std::size_t end = plain.find('\n', at);
      text_ += terminal_.styled(Terminal::bold, plain.substr(at, end - at)) + "\n";
      at = end + 1;
    }
  }

  void table(const NamedNumbers& t) {
    blank();
    const std::string heading = t.symbol + (t.symbol.empty() || t.meaning.empty() ? "" : ": ") + t.meaning;
    if (!heading.empty()) words(heading, std::string(indent, ' '), true);
    const auto names = cut(t.rows, columns_ < 60 ? 10 : 18), heads = cut(t.columns, columns_ < 60 ? 14 : 20);
    int name_columns = 0;
    for (const std::string& name : names) name_columns = std::max(name_columns, columns_of(name));
    for (std::size_t from = 0; from < heads.size();) from = part_of(t, names, heads, name_columns, from);
  }

  void comparison(const Comparison& c) {
    const bool pass = c.verdict == Verdict::pass, fail = c.verdict == Verdict::fail;
    const std::string mark = pass ? (terminal_.unicode ? "✓" : "ok") : fail ? (terminal_.unicode ? "✗" : "NO") : "?";
    std::string said = c.claim + " (" + c.second_way + ": ";
    if (c.verdict == Verdict::inconclusive) said += c.reason + ")";
    else said += "off by " + lesson::number(c.difference, 2) + ", " + lesson::number(c.allowed, 2) + " is allowed)";
    if (fail) said += ": WRONG. Allowed are " + c.reason;
    const std::string head = "   " + left_aligned(mark, 3);
    Page lines(Terminal{.columns = columns_});
    lines.words(said, head);
    std::string plain = std::move(lines).str();
    const Terminal::Style style = pass ? Terminal::green : fail ? Terminal::red : Terminal::bold;
    text_ += "   " + terminal_.styled(style, mark) + plain.substr(3 + mark.size());
  }

  void blank() { text_ += "\n"; }
  std::string str() && { return std::move(text_); }

 private:
  static std::vector<std::string> cut(const std::vector<std::string>& names, int columns) {
    std::vector<std::string> safe;
    for (const std::string& name : names) safe.push_back(printable(name));
    return train::shortened(safe, columns);
  }

  // As many columns as fit, and the number of the next.
  std::size_t part_of(const NamedNumbers& t, const std::vector<std::string>& names,
                      const std::vector<std::string>& heads, int name_columns, std::size_t from) {
    std::vector<std::string> lines(names.size() + 1, std::string(indent, ' ') + left_aligned("", name_columns));
    for (std::size_t r = 0; r < names.size(); ++r)
      lines[r + 1] = std::string(indent, ' ') + left_aligned(names[r], name_columns);
    std::size_t next = from;
    for (; next < heads.size(); ++next) {
      int width = columns_of(heads[next]);
      std::vector<std::string> cells = {heads[next]};
      for (std::size_t r = 0; r < names.size(); ++r) {
        const double value = t.values[r * heads.size() + next];
        cells.push_back(std::isnan(value) ? "" : lesson::number(value));
        width = std::max(width, columns_of(cells.back()));
      }
      if (next > from && columns_of(lines[0]) + 2 + width > columns_) break;
      for (std::size_t r = 0; r < cells.size(); ++r) lines[r] += "  " + right_aligned(cells[r], width);
    }
    for (std::string& line : lines) text_ += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return next;
  }

  Terminal terminal_;
  int columns_;
  std::string text_;
};

}  // namespace

std::string explanation_text(const Explanation& e, const Terminal& terminal) {
  Page page(terminal);
  int number = 0;
  for (const ExplainedStep& step : e.steps) {
    if (number > 0) page.blank();
    page.title(std::to_string(++number), step.title);
    if (!step.formula.empty()) page.words(step.formula, "       ");
    for (const std::string& sentence : step.sentences) page.words(sentence, "   ");
    for (const NamedNumbers& numbers : step.numbers) page.table(numbers);
    if (!step.comparisons.empty()) page.blank();
    for (const Comparison& c : step.comparisons) page.comparison(c);
  }
  return std::move(page).str();
}

}  // namespace logitape::inline v0
