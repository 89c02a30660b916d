// One reading that counts, in every column, what is a number, what is text and what is missing, and remembers where the first of
// each stood; then what it counted is judged.
#include "logitape/train/data/csv_facts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "logitape/train/data/csv_records.h"
#include "logitape/train/data/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr const char* op = "read_csv";
constexpr int guessed_lines = 20;

// The first cell of a kind.
struct First {
  std::int64_t line = INT64_MAX;
  std::string text;
};

struct Counts {
  std::int64_t numbers = 0, texts = 0, missing = 0;
  std::int64_t decimal_commas = 0;  // of the texts: 1,5
  First text, empty;
  bool first_again = false;  // what the first line says there occurs in another
};

using Cells = std::vector<std::string>;

Cells cells_of(const CsvRecords& record) {
  Cells cells;
  for (std::size_t i = 0; i < record.size(); ++i) cells.emplace_back(record[i]);
  return cells;
}

bool is_missing(const CsvOptions& options, std::string_view cell) {
  return std::find(options.missing_text.begin(), options.missing_text.end(), cell) != options.missing_text.end();
}

bool is_number(std::string_view cell) {
  double value = 0;
  return parse_number(cell, value);
}

// 150,4,setosa,versicolor,virginica: the counts of rows and of inputs, the names of the classes. A row may look like that
// (20,1,female,yes,east), so it counts only where the next record is as long as it says.
struct Announced {
  std::int64_t rows;
  std::size_t inputs;
  bool fits(const CsvRecords& next) const { return next.size() == inputs + 1; }
};
std::optional<Announced> announced(const Cells& first) {
  if (first.size() < 4) return {};
  double rows = 0, inputs = 0;
  if (!parse_number(first[0], rows) || !parse_number(first[1], inputs)) return {};
  if (rows != static_cast<double>(static_cast<std::int64_t>(std::clamp(rows, 1.0, 1e15))) ||
      inputs != static_cast<double>(static_cast<std::int64_t>(std::clamp(inputs, 1.0, 1e6))))
    return {};
  if (std::any_of(first.begin() + 2, first.end(), is_number)) return {};
  return Announced{static_cast<std::int64_t>(rows), static_cast<std::size_t>(inputs)};
}

char guessed_separator(const std::string& path) {
  char best = ',';
  std::size_t most = 0;
  for (const char candidate : {'\t', ';', ','}) {
    const auto stream = open_stream(op, path);
    CsvRecords records(*stream, candidate);
    std::size_t columns = 0, first = 0;
    std::optional<Announced> announces;
    bool even = true;
    try {
      for (int line = 0; line < guessed_lines && records.next(); ++line) {
        if (line == 0) {
          first = records.size();
          announces = announced(cells_of(records));
        }
        const bool first_is_no_row = line == 1 && announces && announces->fits(records);
        even = even && (line == 0 || first_is_no_row || records.size() == columns);
        columns = records.size();
      }
    } catch (const Error&) {
      even = false;  // quotes that make sense with another separator
    }
    if (even && columns > 1) return candidate;
    if (first > most) {
      most = first;
      best = candidate;
    }
  }
  return best;
}

class Reading {
 public:
  Reading(const std::string& path, const CsvOptions& options) : path_(path), options_(options) {}

  CsvFacts facts() {
    count_all();
    CsvFacts facts{.separator = separator_, .skips_first = skips_first_, .class_names = class_names_, .columns = {}, .rows = rows_};
    if (rows_ == 0) fail(ErrorCode::io, op, "{} has a header and no rows", path_);
    facts.columns = named_columns();
    judge(facts.columns);
    return facts;
  }

 private:
  template <class... A>
  [[noreturn]] void refuse(std::int64_t line, fmt::format_string<const A&...> why, const A&... values) const {
    fail(ErrorCode::io, op, "{}, line {}: {}", path_, line, fmt::format(why, values...));
  }

  void count(std::size_t column, std::string_view cell, std::int64_t line) {
    Counts& c = counts_[column];
    const auto remember = [&](First& first) {
      if (line < first.line) first = {line, std::string(cell)};
    };
    if (is_missing(options_, cell)) {
      ++c.missing;
      return remember(c.empty);
    }
    if (is_number(cell)) {
      ++c.numbers;
      return;
    }
    if (!is_utf8(cell)) refuse(line, "column {} is not UTF-8: convert the file, for example by iconv -f LATIN1 -t UTF-8", column + 1);
    ++c.texts;
    std::string with_point(cell);
    std::replace(with_point.begin(), with_point.end(), ',', '.');
    c.decimal_commas += cell.find(',') != std::string_view::npos && is_number(with_point);
    remember(c.text);
  }

  void count_all() {
    separator_ = options_.separator ? options_.separator : guessed_separator(path_);
    const auto stream = open_stream(op, path_, options_.progress);
    CsvRecords records(*stream, separator_);
    if (!records.next()) fail(ErrorCode::io, op, "{} is empty", path_);
    first_ = cells_of(records);
    first_line_ = records.line();
    bool more = records.next();
    auto announces = options_.header ? std::optional<Announced>() : announced(first_);
    if (announces && !(more && announces->fits(records))) announces.reset();
    const std::size_t columns = announces ? announces->inputs + 1 : first_.size();
    counts_.resize(columns);
    for (; more; more = records.next()) {
      if (records.size() != columns)
        refuse(records.line(), "it has {} columns where line {} {} {}", records.size(), first_line_, announces ? "announces" : "has",
               columns);
      for (std::size_t i = 0; i < columns; ++i) {
        count(i, records[i], records.line());
        if (i < first_.size()) counts_[i].first_again = counts_[i].first_again || records[i] == first_[i];
      }
      ++rows_;
    }
    if (announces) {
      if (rows_ != announces->rows)
        refuse(first_line_, "it announces {} rows; there are {}; if the line is a row, say so (CsvOptions::header = false, --header no)",
               announces->rows, rows_);
      class_names_.assign(first_.begin() + 2, first_.end());
    }
    skips_first_ = announces || options_.header.value_or(looks_like_header());
    if (skips_first_) return;
    for (std::size_t i = 0; i < columns; ++i) count(i, first_[i], first_line_);
    ++rows_;
  }

  bool looks_like_header() const {
    const auto is_first = [&](const std::string& name) { return std::find(first_.begin(), first_.end(), name) != first_.end(); };
    if (!options_.only.empty() && std::all_of(options_.only.begin(), options_.only.end(), is_first)) return true;
    bool numbers = false, text_above_all = true;
    bool all_new = std::set<std::string_view>(first_.begin(), first_.end()).size() == first_.size();
    for (std::size_t i = 0; i < first_.size(); ++i) {
      const Counts& c = counts_[i];
      all_new = all_new && !c.first_again && !is_missing(options_, first_[i]);
      if (c.numbers == 0 || c.numbers < c.texts) continue;
      numbers = true;
      text_above_all = text_above_all && !is_number(first_[i]);
    }
    return numbers ? text_above_all : all_new;
  }

  std::vector<CsvColumn> named_columns() const {
    Table names;  // for its way of finding a column
    names.path = path_;
    std::map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const bool named = skips_first_ && class_names_.empty() && !first_[i].empty();
      if (named && !is_utf8(first_[i])) refuse(first_line_, "the name of column {} is not UTF-8", i + 1);
      names.columns.push_back({.name = named ? first_[i] : fmt::format("column {}", i + 1), .values = {}, .categories = {}});
    }
    std::vector<CsvColumn> columns;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const auto [other, is_new] = seen.emplace(names.columns[i].name, i);
      if (!is_new) refuse(first_line_, "columns {} and {} are both named '{}'", other->second + 1, i + 1, other->first);
      columns.push_back({.name = names.columns[i].name, .is_text = counts_[i].texts > counts_[i].numbers});
    }
    keep_only(columns);
    for (const std::string& name : options_.ignore) columns[names.place_of(name)].ignored = true;
    for (const std::string& name : options_.text) columns[names.place_of(name)].is_text = columns[names.place_of(name)].asked_for = true;
    return columns;
  }

  void keep_only(std::vector<CsvColumn>& columns) const {
    for (CsvColumn& column : columns) column.ignored = !options_.only.empty();
    for (const std::string& name : options_.only) {
      const auto found = std::find_if(columns.begin(), columns.end(), [&](const CsvColumn& c) { return c.name == name; });
      std::string names;
      for (std::size_t i = 0; i < std::min<std::size_t>(columns.size(), 20); ++i) names += (i == 0 ? "" : ", ") + columns[i].name;
      require(found != columns.end(), op, "{}: no column is named '{}', which is needed; there are {}{}", path_, name, names,
              columns.size() > 20 ? fmt::format(" and {} more", columns.size() - 20) : "");
      found->ignored = false;
    }
  }

  // Refuses the first cell that is not what its column asks for.
  void judge(const std::vector<CsvColumn>& columns) const {
    std::int64_t line = INT64_MAX;
    std::string why;
    const auto complain = [&](std::size_t column, const First& at, const std::string& what) {
      if (at.line >= line) return;
      line = at.line;
      why = fmt::format("column {}{}: {}", column + 1, name_of(columns[column].name, column), what);
    };
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Counts& c = counts_[i];
      if (columns[i].ignored) continue;
      if (c.missing > 0 && !options_.allow_missing)
        complain(i, c.empty, c.empty.text.empty() ? "the value is missing" : fmt::format("the value is missing ('{}')", c.empty.text));
      const bool commas = c.texts > 0 && c.decimal_commas == c.texts;
      if (c.texts > 0 && !columns[i].asked_for && (!columns[i].is_text || commas))
        complain(i, c.text,
                 fmt::format("'{}' is not a number{}", shortened(c.text.text),
                             commas                       ? "; numbers have a decimal point, not a comma"
                             : c.text.line == first_line_ ? "; if the line is a header, say so (CsvOptions::header = true, --header yes)"
                                                          : "; if the column is text, read it as text (CsvOptions::text, --text)"));
    }
    if (line != INT64_MAX) fail(ErrorCode::io, op, "{}, line {}, {}", path_, line, why);
  }

  static std::string name_of(const std::string& name, std::size_t column) {
    return name == fmt::format("column {}", column + 1) ? "" : fmt::format(" ({})", name);
  }
  static std::string shortened(const std::string& text) { return text.size() <= 40 ? text : text.substr(0, 40) + "..."; }

  const std::string& path_;
  const CsvOptions& options_;
  char separator_ = ',';
  Cells first_;
  std::int64_t first_line_ = 1, rows_ = 0;
  bool skips_first_ = false;
  std::vector<Counts> counts_;
  std::vector<std::string> class_names_;
};

}  // namespace

CsvFacts find_csv_facts(const std::string& path, const CsvOptions& options) { return Reading(path, options).facts(); }

}  // namespace logitape::inline v0::data
