// Each kind of note is one line: when a column gets it, and its words.
#include "logitape/train/files/detail/csv_notes.h"

#include <algorithm>

#include "logitape/core/fmt.h"
#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr std::size_t most_columns = 3;

// Adds a note for each column that `say` has words for.
void note_columns(std::vector<std::string>& notes, std::span<const CsvColumn> columns,
                  std::span<const CsvCounts> counts, const auto& say) {
  std::size_t said = 0, all = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].ignored) continue;
    std::string note = say(columns[i], counts[i]);
    if (note.empty() || ++all > most_columns) continue;
    notes.push_back(std::move(note));
    ++said;
  }
  if (all > said) notes.back() += fmt::format("; so with {} more columns", all - said);
}

std::string read_as(const std::string& cell, char decimal) {
  const auto amount = parse_amount(cell, decimal);
  return number_text(amount ? amount->value : 0);
}

void note_markers(std::vector<std::string>& notes, std::span<const CsvColumn> columns,
                  std::span<const CsvCounts> counts) {
  std::map<std::string, std::int64_t> cells;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].ignored || columns[i].is_text) continue;
    for (const auto& [marker, count] : counts[i].markers) cells[marker] += count;
  }
  std::string list;
  for (const auto& [marker, count] : cells)
    list += fmt::format("{}'{}' ({} cell{})", list.empty() ? "" : ", ", marker, count, count == 1 ? "" : "s");
  if (!list.empty())
    notes.push_back(fmt::format("{} among numbers: taken for no value; --missing-values adds others", list));
}

}  // namespace

// long: a list, one note a row
std::vector<std::string> csv_notes(std::span<const CsvColumn> columns, std::span<const CsvCounts> counts,
                                   char decimal) {
  std::vector<std::string> notes;
  note_markers(notes, columns, counts);
  const auto note = [&](const auto& say) { note_columns(notes, columns, counts, say); };
  note([decimal](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (column.is_text || !c.amount.exists()) return "";
    return fmt::format("'{}' has amounts: '{}' is read as {}", column.name, c.amount.text,
                       read_as(c.amount.text, decimal));
  });
  note([decimal](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (column.is_text || !c.zero.exists()) return "";
    return fmt::format(
        "'{0}' has numbers that begin with 0 ('{1}' is read as {2}): --text \"{0}\" keeps them as they are",
        column.name, c.zero.text, read_as(c.zero.text, decimal));
  });
  note([decimal](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (column.is_text || !c.power.exists()) return "";
    return fmt::format("'{0}' has powers of ten ('{1}' is read as {2}): if they are codes, --text \"{0}\"", column.name,
                       c.power.text, read_as(c.power.text, decimal));
  });
  note([](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (column.is_text || !c.rounded.exists()) return "";
    return fmt::format(
        "'{0}' has whole numbers beyond 2^53 ('{1}'), which are rounded: --text \"{0}\" keeps them apart", column.name,
        c.rounded.text);
  });
  note([](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (!column.is_text || column.asked_for || column.is_classes || 10 * c.numbers < c.texts || c.numbers == 0)
      return "";
    return fmt::format(
        "'{}' is read as text: {} of its cells are numbers, {} are not ('{}'); --missing-values names those without a "
        "value",
        column.name, c.numbers, c.texts, c.text.text.substr(0, 40));
  });
  note([](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (!column.is_text || column.is_classes || c.dates == 0 || c.dates < c.texts) return "";
    return fmt::format(
        "'{0}' is read as text: dates or times ('{1}'), of which one says nothing about another; --ignore \"{0}\" "
        "leaves it out",
        column.name, c.text.text.substr(0, 40));
  });
  note([](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (!column.is_text || column.is_classes || column.asked_for || c.measures == 0 || c.measures < c.texts) return "";
    return fmt::format(
        "'{}' is read as text: numbers with a word behind ('{}'); without the word they would be numbers", column.name,
        c.text.text.substr(0, 40));
  });
  const auto has_points = [decimal](const CsvCounts& c) {
    return decimal == ',' && c.texts > 0 && c.other_marks == c.texts;
  };
  note([&](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (!column.is_text || column.is_classes || column.asked_for || !has_points(c)) return "";
    return fmt::format("'{}' is read as text: it has points ('{}') where the decimal mark is a comma", column.name,
                       c.text.text.substr(0, 40));
  });
  note([&](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (has_points(c)) return "";
    if (!column.is_text || column.is_classes || column.asked_for || c.texts == 0 || c.like_numbers < c.texts) return "";
    const bool said =
        (c.numbers > 0 && 10 * c.numbers >= c.texts) || c.dates == c.texts || c.measures == c.texts;  // above
    if (said) return "";
    return fmt::format("'{}' is read as text, though its cells begin as numbers do ('{}')", column.name,
                       c.text.text.substr(0, 40));
  });
  note([](const CsvColumn& column, const CsvCounts& c) -> std::string {
    if (!column.is_classes || column.classes.empty()) return "";
    if (column.classes.size() > 1) {
      std::string list;
      for (const std::string& marker : column.classes)
        list += fmt::format("{}'{}' ({} rows)", list.empty() ? "" : ", ", marker, c.markers.at(marker));
      return fmt::format("{} in column '{}' are read as names of classes, not as missing ones", list, column.name);
    }
    const std::string& marker = column.classes.front();
    return fmt::format("'{}' in column '{}' is read as the name of a class ({} row{}), not as a missing one", marker,
                       column.name, c.markers.at(marker), c.markers.at(marker) == 1 ? "" : "s");
  });
  return notes;
}

}  // namespace logitape::inline v0::data
