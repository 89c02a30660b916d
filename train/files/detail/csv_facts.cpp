// One reading counts the numbers, texts and missing cells of every column; then the counts are judged.
#include "logitape/train/files/detail/csv_facts.h"

#include <algorithm>
#include <set>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/csv_counts.h"
#include "logitape/train/files/detail/csv_dialect.h"
#include "logitape/train/files/detail/csv_notes.h"
#include "logitape/train/files/detail/csv_rows.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr const char* facts_op = "read_csv";

class Reading {
 public:
  Reading(const std::string& path, const CsvOptions& options)
      : path_(path), options_(options), missing_(options), dialect_(find_csv_dialect(path, options)) {}

  CsvFacts facts() {
    CsvFacts facts{.cut = dialect_.cut,
                   .skips_first = dialect_.skips_first,
                   .header = {},
                   .class_names = {},
                   .columns = {},
                   .notes = dialect_.notes};
    if (options_.decimal) facts.decimal = options_.decimal;
    if (dialect_.has_header)
      for (const CsvCell& cell : dialect_.first) facts.header.push_back(cell.text);
    facts.columns = named_columns(facts.notes);
    counts_.resize(facts.columns.size());
    facts.rows = count_all(facts);
    if (facts.rows == 0) fail(ErrorCode::io, facts_op, "{} has a header and no rows", path_);
    if (dialect_.announced) {
      if (facts.rows != dialect_.announced->rows)
        refuse(facts.cut.first_line,
               "it announces {} rows; there are {}; if the line is a row, say so (CsvOptions::header = false, --header "
               "no)",
               dialect_.announced->rows, facts.rows);
      for (std::size_t i = 2; i < dialect_.first.size(); ++i) facts.class_names.push_back(dialect_.first[i].text);
    }
    for (std::size_t i = 0; i < facts.columns.size(); ++i) decide(facts.columns[i], counts_[i], i);
    judge(facts.columns);
    for (std::string& note : csv_notes(facts.columns, counts_, facts.decimal)) facts.notes.push_back(std::move(note));
    return facts;
  }

 private:
  template <class... A>
  [[noreturn]] void refuse(std::int64_t line, fmt::format_string<const A&...> why, const A&... values) const {
    fail(ErrorCode::io, facts_op, "{}, line {}: {}", path_, line, fmt::format(why, values...));
  }

  std::int64_t count_all(CsvFacts& facts) {
    const std::size_t columns = facts.columns.size();
    const auto stream = open_stream(facts_op, path_, options_.progress);
    CsvRows records(*stream, facts);
    std::int64_t rows = 0;
    for (; records.next(); ++rows) {
      if (const auto& [line, text, ends] = records.footer(); !ends)
        refuse(line, "it has 1 column ('{}') where line {} has {}; a line that is no row has to be taken out",
               shortened(text), facts.cut.first_line, columns);
      if (records.size() != columns)
        refuse(records.line(), "it has {} column{} where line {} {} {}{}", records.size(),
               records.size() == 1 ? "" : "s", facts.cut.first_line, dialect_.announced ? "announces" : "has", columns,
               records.size() < columns && columns > 2 && !parse_amount(records[0], facts.decimal)
                   ? fmt::format(" ('{}'); a line that is no row has to be taken out", shortened(records[0]))
                   : "");
      for (std::size_t i = 0; i < columns; ++i) {
        if (facts.columns[i].ignored) continue;
        if (!is_utf8(records[i]))
          refuse(records.line(), "column {} is not UTF-8: convert the file, for example by iconv -f LATIN1 -t UTF-8",
                 i + 1);
        counts_[i].add(records[i], records.is_quoted(i), records.line(), facts.columns[i], missing_, facts.decimal);
      }
    }
    if (const auto& footer = records.footer(); footer.line > 0)
      facts.notes.push_back(fmt::format("the table ends above line {}; what stands there is passed over ('{}')",
                                        footer.line, shortened(footer.text)));
    if (records.headers() > 0)
      facts.notes.push_back(fmt::format("the header stands there again {} time{}: passed over", records.headers(),
                                        records.headers() == 1 ? "" : "s"));
    return rows;
  }

  std::vector<CsvColumn> named_columns(std::vector<std::string>& notes) const {
    Table all;  // finds columns by name or number
    all.path = path_;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < dialect_.columns; ++i) {
      const std::string number = fmt::format("column {}", i + 1);
      std::string name = dialect_.has_header && i < dialect_.first.size() ? dialect_.first[i].text : "";
      if (!is_utf8(name))
        refuse(dialect_.cut.first_line,
               "the name of column {} is not UTF-8: convert the file, for example by iconv -f LATIN1 -t UTF-8", i + 1);
      if (name.empty()) name = number;
      if (!seen.insert(name).second) {
        const std::string unique = fmt::format("{} ({})", name, number);
        notes.push_back(fmt::format("'{}' is the name of more than one column: that in column {} is called '{}'", name,
                                    i + 1, unique));
        seen.insert(name = unique);
      }
      all.columns.push_back({.name = name, .values = {}, .categories = {}});
    }
    std::vector<CsvColumn> columns;
    for (const Column& c : all.columns) columns.push_back({.name = c.name});
    keep_only(columns);
    for (const std::string& names : options_.ignore)
      for (const std::size_t place : all.places_of(names)) columns[place].ignored = true;
    for (const std::string& names : options_.text)
      for (const std::size_t place : all.places_of(names)) columns[place].asked_for = true;
    if (options_.classes) {
      Table kept;
      kept.path = path_;
      std::vector<std::size_t> places;
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (!columns[i].ignored) {
          kept.columns.push_back(all.columns[i]);
          places.push_back(i);
        }
      if (!places.empty()) {
        CsvColumn& column = columns[places[kept.place_of(*options_.classes)]];
        column.is_classes = true;
        column.asked_for = (column.asked_for || options_.classes_are_text) &&
                           !dialect_.announced;  // its numbers are places among the class names
      }
    }
    return columns;
  }

  void keep_only(std::vector<CsvColumn>& columns) const {
    for (CsvColumn& column : columns) column.ignored = !options_.only.empty();
    for (const std::string& name : options_.only) {
      const auto found =
          std::find_if(columns.begin(), columns.end(), [&](const CsvColumn& c) { return c.name == name; });
      std::string names;
      for (std::size_t i = 0; i < std::min<std::size_t>(columns.size(), 20); ++i)
        names += (i == 0 ? "" : ", ") + columns[i].name;
      require(
          found != columns.end(), facts_op, "{}: no column is named '{}', which is needed; there are {}{}{}", path_,
          name, names, columns.size() > 20 ? fmt::format(" and {} more", columns.size() - 20) : "",
          dialect_.has_header || name.starts_with("column ") ? "" : "; the file has no header, which would name them");
      found->ignored = false;
    }
  }

  // Whether a column is text, and which markers are classes in it.
  void decide(CsvColumn& column, const CsvCounts& c, std::size_t place) const {
    const bool unnamed = column.name == fmt::format("column {}", place + 1);
    const bool says_nothing = c.numbers + c.texts + c.words + c.quoted_markers == 0 && c.markers.empty();
    if (unnamed && says_nothing && !column.is_classes) column.ignored = true;  // made by separators at line ends
    // the options would have asked for a text column as text: markers alone are then no evidence
    const bool known_numbers = !options_.only.empty() && !column.is_classes && c.numbers + c.texts == 0;
    column.is_text = column.asked_for || (c.of_text() && !known_numbers);
    if (!column.is_classes) return;
    // for a class the spelling counts, and every digit
    column.is_text = column.is_text || c.quoted_markers > 0 || c.zero.exists() || c.rounded.exists() ||
                     c.amount.exists() || (c.numbers == 0 && !c.markers.empty());
    if (!column.is_text) return;
    std::int64_t rarest = INT64_MAX;
    for (const auto& [text, count] : c.classes) rarest = std::min(rarest, count);
    for (const auto& [marker, count] : c.markers)
      if (column.asked_for || (c.numbers == 0 && marker != "?" && count > 1 && count >= rarest))
        column.classes.push_back(marker);
  }

  // Refuses the first cell that is not what its column asks for.
  void judge(const std::vector<CsvColumn>& columns) const {
    std::int64_t line = INT64_MAX;
    std::string why;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].ignored) continue;
      for (const auto& [at, what] : {missing_in(columns[i], counts_[i]), wrong_in(columns[i], counts_[i])})
        if (at.line < line) {
          line = at.line;
          why = fmt::format("column {}{}: {}", i + 1, name_of(columns[i].name, i), what);
        }
    }
    if (line != INT64_MAX) fail(ErrorCode::io, facts_op, "{}, line {}, {}", path_, line, why);
  }

  struct Complaint {
    FirstCell at;
    std::string what;
  };

  Complaint missing_in(const CsvColumn& column, const CsvCounts& c) const {
    const auto is_class = [&](const std::string& text) {
      return std::find(column.classes.begin(), column.classes.end(), text) != column.classes.end();
    };
    FirstCell at = c.empty;
    if (!column.is_text && c.word.line < at.line) at = c.word;
    const bool is_empty_text = column.is_classes && options_.classes_are_text && at.text.empty();
    if (!at.exists() || is_class(at.text) || is_empty_text) return {};
    const std::string cell = at.text.empty() ? "" : fmt::format(" ('{}')", at.text);
    const std::string as_class =
        column.is_classes && !at.text.empty()
            ? fmt::format("; if '{}' names a class, read the column as text (CsvOptions::text, --text \"{}\")", at.text,
                          column.name)
            : "";
    if (!options_.allow_missing) return {at, fmt::format("the value is missing{}{}", cell, as_class)};
    if (column.is_classes && !at.text.empty()) return {at, fmt::format("the label is missing{}{}", cell, as_class)};
    return {};
  }

  Complaint wrong_in(const CsvColumn& column, const CsvCounts& c) const {
    if (column.asked_for) return {};
    const bool in_numbers = c.numbers > 0 && !column.is_text;
    const bool may_be_either = in_numbers && !options_.decimal && dialect_.cut.separator != ',' && c.either.exists() &&
                               !c.is_certain && !c.has_point;
    if (may_be_either)
      return {
          c.either,
          fmt::format("'{}' is one number with a decimal comma, and another where the comma parts thousands; say which "
                      "(CsvOptions::decimal, --decimal , or --decimal .)",
                      shortened(c.either.text))};
    // 12.30 may be a time in a file of decimal commas, unless the column is known
    const bool is_known = !options_.only.empty();
    const bool all_other = c.texts > 0 && c.other_marks == c.texts,
               points = all_other && options_.decimal == ',' && is_known;
    const bool commas = all_other && options_.decimal != ',';
    if (c.texts == 0 || (column.is_text && !commas && !points) || (column.is_classes && column.is_text)) return {};
    const std::string cell = shortened(c.text.text);
    if (commas)
      return {
          c.text,
          fmt::format("'{}' is not a number: it has a comma, not a decimal point; if that is a decimal comma, say so "
                      "(CsvOptions::decimal, --decimal ,)",
                      cell)};
    if (points)
      return {
          c.text,
          fmt::format("'{}' is not a number: it has a point, not a decimal comma; if that is a decimal point, say so "
                      "(CsvOptions::decimal, --decimal .)",
                      cell)};
    if (c.other_unit.line == c.text.line)
      return {c.text, fmt::format("'{}' is an amount of another unit than '{}'; convert one of them, or read the "
                                  "column as text (CsvOptions::text, "
                                  "--text \"{}\")",
                                  cell, shortened(c.amount.text), column.name)};
    if (is_infinite(c.text.text))
      return {c.text, fmt::format("'{0}' is no finite number of f64; if it {1}, read the column as text "
                                  "(CsvOptions::text, --text \"{2}\"); if "
                                  "it stands for no value, say so (CsvOptions::missing_text, --missing-values {0})",
                                  cell, column.is_classes ? "names a class" : "is a text", column.name)};
    const bool first = !dialect_.has_header && !dialect_.announced && c.text.line == dialect_.cut.first_line;
    return {
        c.text,
        fmt::format(
            "'{}' is not a number; {}", cell,
            first ? "if the line is a header, say so (CsvOptions::header = true, --header yes)"
                  : fmt::format("if the column is text, read it as text (CsvOptions::text, --text); if the cell stands "
                                "for no value, say so (CsvOptions::missing_text, --missing-values \"{}\")",
                                cell))};
  }

  static std::string name_of(const std::string& name, std::size_t column) {
    return name == fmt::format("column {}", column + 1) ? "" : fmt::format(" ({})", name);
  }
  static std::string shortened(std::string_view text) {
    return std::string(text.substr(0, 40)) + (text.size() <= 40 ? "" : "...");
  }

  const std::string& path_;
  const CsvOptions& options_;
  MissingMarkers missing_;
  CsvDialect dialect_;
  std::vector<CsvCounts> counts_;
};

}  // namespace

CsvFacts find_csv_facts(const std::string& path, const CsvOptions& options) {
  require(options.decimal == '\0' || options.decimal == '.' || options.decimal == ',', facts_op,
          "the decimal mark is '{}'; a point or a comma is needed", options.decimal);
  return Reading(path, options).facts();
}

}  // namespace logitape::inline v0::data
