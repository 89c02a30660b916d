// Sentences are wrapped; a table that is too wide goes on below with its next columns.
#include "logitape/train/explain/detail/page.h"

#include <algorithm>
#include <cmath>

#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/see/detail/text_canvas.h"

namespace logitape::inline v0::lesson {
namespace {

using train::columns_of;
using train::left_aligned;
using train::right_aligned;

constexpr int indent = 3;

// Calls f for each line, without its newline.
template <class F>
void for_lines(std::string_view text, F f) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    f(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<std::string> cut(const std::vector<std::string>& names, int columns) {
  std::vector<std::string> safe;
  for (const std::string& name : names) safe.push_back(printable(name));
  return train::shortened(safe, columns);
}

}  // namespace

Page::Page(const Terminal& terminal) : terminal_(terminal), columns_(std::clamp(terminal.columns, 40, 120)) {}

std::string Page::wrapped(std::string_view text, std::string_view first) const {
  std::string all, line, head(first);
  const auto end_line = [&] {
    all += head + line + "\n";
    head.assign(static_cast<std::size_t>(columns_of(first)), ' ');
    line.clear();
  };
  const int room = columns_ - columns_of(first);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > room) end_line();
    while (columns_of(word) > room) {  // a word that is longer than a line is cut
      line = train::first_columns(word, room);
      word.erase(0, line.size());
      end_line();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  if (!line.empty()) end_line();
  return all;
}

void Page::words(std::string_view text, std::string_view first, bool faint) {
  const std::string all = wrapped(text, first);
  if (!faint) text_ += all;
  else for_lines(all, [&](std::string_view line) { text_ += terminal_.styled(Terminal::dim, line) + "\n"; });
}

void Page::formulas(std::string_view all) {
  for_lines(all, [&](std::string_view formula) { words(formula, "       "); });
}

void Page::title(std::string_view number, std::string_view text) {
  for_lines(wrapped(text, number.empty() ? "" : left_aligned(number, indent)),
            [&](std::string_view line) { text_ += terminal_.styled(Terminal::bold, line) + "\n"; });
}

void Page::lines(std::string_view text) {
  for_lines(text, [&](std::string_view line) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    if (columns_of(line) <= columns_) text_.append(line).append("\n");
    else words(line.substr(begin), std::string(begin, ' '));
  });
}

void Page::table(const NamedNumbers& t) {
  blank();
  const std::string heading = t.symbol + (t.symbol.empty() || t.meaning.empty() ? "" : ": ") + t.meaning;
  if (!heading.empty()) words(heading, std::string(indent, ' '), true);
  const auto names = cut(t.rows, columns_ < 60 ? 10 : 18), heads = cut(t.columns, columns_ < 60 ? 14 : 20);
  int name_columns = 0;
  for (const std::string& name : names) name_columns = std::max(name_columns, columns_of(name));
  for (std::size_t from = 0; from < heads.size();) from = part_of(t, names, heads, name_columns, from);
}

// As many columns as fit, and the number of the next.
std::size_t Page::part_of(const NamedNumbers& t, const std::vector<std::string>& names,
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
      cells.push_back(std::isnan(value) ? "" : number(value));
      width = std::max(width, columns_of(cells.back()));
    }
    if (next > from && columns_of(lines[0]) + 2 + width > columns_) break;
    for (std::size_t r = 0; r < cells.size(); ++r) lines[r] += "  " + right_aligned(cells[r], width);
  }
  for (const std::string& line : lines) text_ += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  return next;
}

void Page::comparison(const Comparison& c) {
  const bool pass = c.verdict == Verdict::pass, fail = c.verdict == Verdict::fail;
  const std::string mark = pass ? (terminal_.unicode ? "✓" : "ok") : fail ? (terminal_.unicode ? "✗" : "NO") : "?";
  std::string said = c.claim + ": " + c.second_way;
  if (c.verdict == Verdict::inconclusive) said += ". " + c.reason;
  else if (c.difference == 0) said += ", the same";
  else said += ", off by " + number(c.difference, 2) + " of " + number(c.allowed, 2);
  if (fail) said += ": WRONG. What is allowed is for: " + c.reason;
  const std::string before(indent, ' ');
  const Terminal::Style style = pass ? Terminal::green : fail ? Terminal::red : Terminal::bold;
  text_ += before + terminal_.styled(style, mark) +
           wrapped(said, before + left_aligned(mark, 3)).substr(before.size() + mark.size());
}

}  // namespace logitape::inline v0::lesson
