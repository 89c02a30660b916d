// Sentences, and numbers in them.
#include "words.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <stdexcept>

#include "standard_input.h"

namespace command {

std::string count(std::int64_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

std::string percent(double fraction) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f%%", 100 * fraction);
  return text;
}

std::string sentence_of(const std::exception& error) {
  const auto* const ours = dynamic_cast<const lt::Error*>(&error);
  std::string_view what = error.what();
  if (ours && !ours->op().starts_with("rank ")) {
    const bool alone = what.substr(ours->op().size()).starts_with(": ");  // not "linear (layer 2 of Sequential): "
    what.remove_prefix(alone ? ours->op().size() + 2 : 0);
  }
  return with_standard_input(std::string(what));
}

namespace {

// How many letters are wrong, missing or too many (Levenshtein's distance).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string meant(std::string_view typed, const std::vector<std::string>& names) {
  std::string nearest;
  std::size_t least = (typed.size() + 1) / 3 + 1;
  for (const std::string& name : names) {
    const bool begins = typed.size() >= 3 && name.starts_with(typed);
    if (const std::size_t wrong = begins ? 0 : distance(typed, name); wrong < least) {
      least = wrong;
      nearest = name;
    }
  }
  return nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
}

void print_facts(const std::vector<Fact>& facts) {
  for (const auto& [name, value] : facts) std::printf("%-12s%s\n", name.c_str(), lt::printable(value).c_str());
}

void print_written(const std::vector<std::string>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i)
    std::printf("%s%s\n", i == 0 ? "\nwritten: " : "         ", paths[i].c_str());
}

namespace {

// As many columns as a terminal gives it: UTF-8's later bytes have none.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

void print_rows(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (widths.size() == c) widths.push_back(0);
      widths[c] = std::min<std::size_t>(std::max(widths[c], columns_of(lt::printable(row[c]))), 30);
    }
  for (const auto& row : rows) {
    std::string line;
    std::size_t end = 0;  // where the next cell begins
    for (std::size_t c = 0; c < row.size(); ++c) {
      line += lt::printable(row[c]);
      end += widths[c] + 2;
      if (c + 1 < row.size()) line.append(std::max<std::size_t>(end, columns_of(line) + 2) - columns_of(line), ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

lt::Terminal terminal(const std::string& color) {
  lt::Terminal t = lt::terminal_of(stdout);
  if (color != "auto") t.colour = color == "always";
  return t;
}

void require_other_file(const std::string& flag, const std::string& written, const std::vector<std::string>& read) {
  for (const std::string& path : read)
    if (std::error_code no_such_file; std::filesystem::equivalent(written, path, no_such_file))
      throw std::invalid_argument(flag + " would write \"" + written + "\" over a file that is read");
}

}  // namespace command
