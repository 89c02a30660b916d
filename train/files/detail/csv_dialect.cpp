// Every separator cuts the sample, with and without comments. The cleanest cut with the same number of cells in each
// line wins. Then the beginning of the table is searched, and whether it has a header.
#include "logitape/train/files/detail/csv_dialect.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/csv_sample.h"
#include "logitape/train/files/detail/foreign.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0::data {
namespace {

constexpr const char* op = "read_csv";
constexpr std::string_view separators = "\t;|, ";  // in order of preference

bool is_empty(const CsvCell& cell) { return cell.text.empty() && !cell.quoted; }
bool is_number(const CsvCell& cell) { return parse_amount(cell.text, '.') || parse_amount(cell.text, ','); }

// A cut of the sample, and how well it fits.
struct Fit {
  CsvCut cut;
  SampleRecords records = {};
  std::size_t columns = 0, from = 0;  // `from`: the first record of the table
  bool even = false;                  // every record from there on has the same number of columns
  bool known = false;                 // that record is a header: it has the names that the options ask for
  bool row_names = false;             // the header has one name fewer: R's, whose first column has none
  std::optional<Announced> announced = {};
  double score = -1;
};

// Whether a record of names has all of `only`. A column without a name, and one whose name another has, is called by
// its number.
bool names_all(const CsvCells& names, const std::vector<std::string>& only) {
  bool said = false;
  const auto is_there = [&](const std::string& name) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string_view text = names[i].text;
      if (i == 0 && text.starts_with('#') && !names[i].quoted) text = trimmed(text.substr(1));
      const std::string number = fmt::format("column {}", i + 1);
      said = said || text == name;
      if (text == name || (text.empty() && name == number) || name == fmt::format("{} ({})", text, number)) return true;
    }
    return false;
  };
  return !only.empty() && std::all_of(only.begin(), only.end(), is_there) && said;
}

// Whether `only` names columns of a file without a header.
bool are_numbers_of_columns(const std::vector<std::string>& only) {
  const auto is_number_of_column = [](const std::string& name) {
    return name.starts_with("column ") && name.size() > 7 &&
           name.find_first_not_of("0123456789", 7) == std::string::npos;
  };
  return !only.empty() && std::all_of(only.begin(), only.end(), is_number_of_column);
}

// A row may look like an announcement (20,1,female,yes,east). So it counts only if the next record is as long as it
// says.
std::optional<Announced> announced(const SampleRecords& r) {
  if (r.rows.size() < 2 || r.rows[0].size() < 4) return {};
  const CsvCells& first = r.rows[0];
  double rows = 0, inputs = 0;
  if (!parse_number(first[0].text, rows) || !parse_number(first[1].text, inputs)) return {};
  if (rows != std::trunc(rows) || inputs != std::trunc(inputs) || rows < 1 || rows > 1e15 || inputs < 1 || inputs > 1e6)
    return {};
  if (std::any_of(first.begin() + 2, first.end(), is_number)) return {};
  if (r.rows[1].size() != static_cast<std::size_t>(inputs) + 1) return {};
  return Announced{static_cast<std::int64_t>(rows), static_cast<std::size_t>(inputs)};
}

// Whether the row has so many columns; empty cells behind them do not count.
bool has_columns(const CsvCells& row, std::size_t columns) {
  return row.size() >= columns && std::all_of(row.begin() + static_cast<std::ptrdiff_t>(columns), row.end(), is_empty);
}

// The number of columns that most records have. Columns that are empty everywhere, from separators at the ends of
// lines, do not count.
std::size_t columns_of(const std::vector<CsvCells>& rows) {
  std::map<std::size_t, std::size_t> count;
  for (const CsvCells& row : rows) ++count[row.size()];
  std::size_t columns = rows[0].size();
  for (const auto& [size, times] : count)
    if (times > count[columns]) columns = size;
  const auto is_always_empty = [&](std::size_t column) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](const CsvCells& row) { return row.size() <= column || is_empty(row[column]); });
  };
  while (columns > 2 && is_always_empty(columns - 1)) --columns;
  return columns;
}

double evidence(const std::vector<CsvCells>& rows, std::size_t first, const MissingMarkers& missing) {
  return first < rows.size() ? header_evidence(rows[first], std::span(rows).subspan(first + 1), missing).sum : -1;
}

double share_of_numbers(std::span<const CsvCells> rows) {
  double numbers = 0, cells = 0;
  for (const CsvCells& row : rows)
    for (const CsvCell& cell : row) {
      numbers += is_number(cell);
      ++cells;
    }
  return cells > 0 ? numbers / cells : 0;
}

// A title has fewer cells than the table, or one cell and then empty ones. Lines are titles only if the table below is
// surely one, no text cut by chance: it has a header, or numbers.
void pass_over_titles(Fit& f, const MissingMarkers& missing) {
  const std::vector<CsvCells>& rows = f.records.rows;
  const auto is_blank = [&](std::size_t row) { return std::all_of(rows[row].begin(), rows[row].end(), is_empty); };
  const auto next_row = [&](std::size_t row) {
    do ++row;
    while (row < rows.size() && is_blank(row));
    return row;
  };
  while (f.from < rows.size() && (rows[f.from].size() < f.columns || is_blank(f.from))) ++f.from;
  const CsvCells& first = rows[0];
  if (f.from == 1 && first.size() + 1 == f.columns && f.columns > 2 && rows.size() > 3 &&
      std::none_of(first.begin(), first.end(), is_empty) && std::any_of(rows[1].begin(), rows[1].end(), is_number) &&
      evidence(rows, 1, missing) <= 0) {
    f.from = 0;
    f.row_names = true;
  }
  const auto is_title = [&](const CsvCells& row) {
    return row.size() > 2 && !row[0].text.empty() && !is_number(row[0]) &&
           std::all_of(row.begin() + 1, row.end(), is_empty);
  };
  while (f.from + 2 < rows.size() && is_title(rows[f.from]) && evidence(rows, next_row(f.from), missing) > 1)
    f.from = next_row(f.from);
  const bool plain_title = std::all_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(f.from),
                                       [](const CsvCells& row) { return row.size() == 1; });
  const bool above_numbers = plain_title && share_of_numbers(std::span(rows).subspan(f.from)) >= 0.5;
  if (f.from > 0 && !above_numbers && evidence(rows, f.from, missing) <= 1) f.from = rows.size();
}

// The share of the cells without any other separator; a comma within a number is not one.
double clean_share(const Fit& f) {
  double clean = 0, cells = 0;
  for (std::size_t i = f.from; i < f.records.rows.size(); ++i)
    for (const CsvCell& cell : f.records.rows[i]) {
      const std::size_t dashes = static_cast<std::size_t>(std::count(cell.text.begin(), cell.text.end(), '-'));
      const bool drawn = dashes >= 3 && dashes == cell.text.size();
      clean += !drawn && (cell.quoted || cell.text.find_first_of("\t;|,") == std::string::npos || is_number(cell));
      ++cells;
    }
  return cells > 0 ? clean / cells : 0;
}

// Blanks are in every text. They separate cells only if most cells are numbers, or if there are many lines with some
// numbers and the same number of words.
bool blanks_part(const Fit& f) {
  const std::span<const CsvCells> rows =
      std::span(f.records.rows).subspan(std::min<std::size_t>(1, f.records.rows.size() - 1));
  const double numbers = share_of_numbers(rows);
  return numbers >= 0.5 || (numbers >= 0.2 && f.from == 0 && f.columns > 2 && rows.size() >= 10);
}

// The table begins at the record that has the names asked for.
void find_known(Fit& f, const CsvOptions& options) {
  const std::vector<CsvCells>& rows = f.records.rows;
  const auto header =
      std::find_if(rows.begin(), rows.end(), [&](const CsvCells& row) { return names_all(row, options.only); });
  f.known = options.header.value_or(true) && header != rows.end();
  if (!f.known) return;
  f.from = static_cast<std::size_t>(header - rows.begin());
  f.columns = columns_of({header, rows.end()});
}

Fit fit_of(const CsvSample& sample, const CsvCut& cut, const CsvOptions& options, const MissingMarkers& missing) {
  Fit f{.cut = cut};
  f.records = cut_sample(op, sample, cut);
  const std::vector<CsvCells>& rows = f.records.rows;
  if (rows.empty()) return f;
  if (cut.comments) {  // only now it is known how many cells a row has: a row may begin with #
    f.cut.columns = columns_of(rows);
    f.records = cut_sample(op, sample, f.cut);
  }
  f.announced = announced(f.records);
  if (!f.announced && f.records.whole && columns_of(rows) > 2)
    while (rows.size() > 2 && rows.back().size() == 1 && !rows.back()[0].quoted &&
           !is_number(rows.back()[0])) {  // a footer
      f.records.rows.pop_back();
      f.records.lines.pop_back();
    }
  f.columns = f.announced ? f.announced->inputs + 1 : columns_of(rows);
  if (!f.announced) find_known(f, options);
  if (!f.announced && !f.known) pass_over_titles(f, missing);
  const std::size_t first_row = f.from + (f.announced || f.row_names);
  f.even = f.from < rows.size() && std::all_of(rows.begin() + static_cast<std::ptrdiff_t>(first_row), rows.end(),
                                               [&](const CsvCells& row) { return has_columns(row, f.columns); });
  if (cut.separator == ' ') f.even = f.even && blanks_part(f);
  if (f.even && f.columns > 1)
    f.score = clean_share(f) - (f.from > 0 || f.row_names ? 0.5 : 0) - (cut.comments ? 1e-3 : 0);
  return f;
}

// The separator that "sep=;" in the first line names, as Excel writes it; '\0': none.
char separator_said(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.starts_with('"') && line.ends_with('"') && line.size() > 1) line = line.substr(1, line.size() - 2);
  return line.size() == 5 && (line.starts_with("sep=") || line.starts_with("SEP=") || line.starts_with("Sep="))
             ? line[4]
             : '\0';
}

Fit best_fit(const CsvSample& sample, const CsvOptions& options, const MissingMarkers& missing) {
  const char said = separator_said(sample.text);
  const char given = options.separator ? options.separator : said;
  const std::string_view candidates = given ? std::string_view(&given, 1) : separators;
  Fit best;
  std::size_t most = 0;
  std::optional<Fit> fallback;
  for (const bool comments : {false, true})
    for (const char separator : candidates) {
      const CsvCut cut{.separator = separator, .comments = comments, .first_line = said ? 2 : 1};
      try {
        Fit f = fit_of(sample, cut, options, missing);
        if (f.records.rows.empty()) continue;
        if (const std::size_t cells = f.records.rows[0].size(); separator != ' ' && cells > most) {
          most = cells;
          fallback = f;
          fallback->from = 0;
          fallback->row_names = false;
        }
        if (f.score > best.score) best = std::move(f);
      } catch (const Error&) {  // quotes that make sense only with another separator
      }
    }
  if (best.score >= 0) return best;
  if (fallback && most > 1) return *fallback;
  // one column, or an error that the reading will report
  Fit f{.cut = {.separator = given ? given : ',', .first_line = said ? 2 : 1}};
  f.records = cut_sample(op, sample, f.cut);
  return f;
}

std::string listed(const CsvCells& cells) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(cells.size(), 3); ++i)
    text += (i == 0 ? "'" : ", '") + cells[i].text.substr(0, 30) + "'";
  return text + (cells.size() > 3 ? ", ..." : "");
}

// A line "# a b y" right above the table, cut as the table is: names as numpy.savetxt writes them. Empty: there is
// none.
CsvCells names_in_comment(const CsvSample& sample, const Fit& f) {
  std::string_view text = sample.text;
  std::string_view above;
  for (std::int64_t line = 1; line < f.records.lines[f.from] && !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 1 && text[0] == '#') above = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  above.remove_prefix(std::min(above.find_first_not_of("# \t"), above.size()));
  if (above.empty()) return {};
  const SampleRecords r =
      cut_sample(op, {.name = sample.name, .text = std::string(above), .whole = true}, {.separator = f.cut.separator});
  return r.rows.size() == 1 && r.rows[0].size() == f.columns ? r.rows[0] : CsvCells();
}

void decide_header(CsvDialect& d, const Fit& f, const CsvSample& sample, const CsvOptions& options,
                   const MissingMarkers& missing) {
  const auto rest = [&](std::size_t from) {
    return std::span(f.records.rows).subspan(std::min(from, f.records.rows.size()));
  };
  const HeaderEvidence e = header_evidence(d.first, rest(f.from + 1), missing);
  const bool has_all = names_all(d.first, options.only), has_none = !has_all && are_numbers_of_columns(options.only);
  d.has_header = options.header.value_or(f.row_names || has_all || (!has_none && e.sum > 0));
  if (f.cut.comments && !d.has_header && options.header.value_or(true)) {
    CsvCells names = names_in_comment(sample, f);
    if (!names.empty() &&
        (options.header || names_all(names, options.only) || header_evidence(names, rest(f.from), missing).sum > 0)) {
      d.first = std::move(names);
      d.has_header = true;
      return;
    }
  }
  d.skips_first = d.has_header;
  if (options.header || f.row_names || has_all || has_none) return;
  // 1.5 nats are odds of 4 to 1
  if (d.has_header && (e.against > 1.5 || e.numbers_as_names))
    d.notes.push_back(fmt::format(
        "the first line, {}, is taken for the names of the columns; --header no makes a row of it", listed(d.first)));
  if (!d.has_header && e.for_it > 3 && e.against < 3 * e.for_it)
    d.notes.push_back(
        fmt::format("the first line, {}, is taken for a row; --header yes makes names of it", listed(d.first)));
}

// Whether the record below a header gives the units of its columns. In a column of numbers a unit is no number, and
// most of these columns have one. In a column of text the cell is empty, or a text that no row has.
bool are_units(const CsvCells& row, std::span<const CsvCells> below, const MissingMarkers& missing) {
  if (below.size() < 2) return false;
  std::size_t numbers = 0, units = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::size_t of_number = 0, without = 0;
    bool again = false;
    for (const CsvCells& other : below) {
      if (i >= other.size()) continue;
      of_number += is_number(other[i]);
      without += other[i].text.empty() || missing.among_numbers(other[i].text);
      again = again || other[i].text == row[i].text;
    }
    const bool says = !row[i].text.empty() && !missing.among_numbers(row[i].text);
    if (of_number > 0 && of_number + without == below.size()) {
      if (is_number(row[i])) return false;
      ++numbers;
      units += says;
    } else if (says && again) {
      return false;
    }
  }
  return units > 0 && 2 * units >= numbers;
}

}  // namespace

CsvDialect find_csv_dialect(const std::string& path, const CsvOptions& options) {
  const CsvSample sample = csv_sample(op, path);
  if (const std::string format = foreign_format(std::string_view(sample.text).substr(0, 1024)); !format.empty())
    fail(ErrorCode::io, op, "{} is {}", path, format);
  const MissingMarkers missing(options);
  Fit f = best_fit(sample, options, missing);
  const std::vector<CsvCells>& rows = f.records.rows;
  if (rows.empty()) fail(ErrorCode::io, op, "{} is empty", path);
  if (options.header && f.announced) {  // the user says it is a header or a row
    f.announced.reset();
    f.columns = rows[0].size();
  }
  if (!f.even && !f.announced) f.columns = rows[0].size();
  // a line "# a, b" above a header is a comment that happens to have as many cells
  while (!f.known && f.from + 2 < rows.size() && rows[f.from][0].text.starts_with('#') && !rows[f.from][0].quoted &&
         evidence(rows, f.from + 1, missing) > 1)
    ++f.from;
  CsvDialect d{.cut = f.cut, .columns = f.columns, .first = rows[f.from], .announced = f.announced};
  d.cut.first_line = f.records.lines[f.from];
  if (d.first.size() > d.columns && !f.announced) d.first.resize(d.columns);
  if (f.row_names) d.first.insert(d.first.begin(), CsvCell{});
  if (f.from > 0)
    d.notes.push_back(fmt::format("the table begins in line {}; what stands above is passed over ({})",
                                  d.cut.first_line, listed(rows[0])));
  if (f.row_names)
    d.notes.push_back("the first line has one name fewer than there are columns: the first column has no name");
  if (f.announced) d.skips_first = true;
  else decide_header(d, f, sample, options, missing);
  if (d.skips_first && d.has_header && f.from + 1 < rows.size() &&
      are_units(rows[f.from + 1], std::span(rows).subspan(f.from + 2), missing)) {
    d.cut.first_line = f.records.lines[f.from + 1];
    d.notes.push_back(
        fmt::format("line {}, {}, is taken for the units of the columns", d.cut.first_line, listed(rows[f.from + 1])));
  }
  if (d.has_header && d.first[0].text.starts_with('#') && !d.first[0].quoted)
    d.first[0].text = std::string(trimmed(std::string_view(d.first[0].text).substr(1)));
  return d;
}

}  // namespace logitape::inline v0::data
