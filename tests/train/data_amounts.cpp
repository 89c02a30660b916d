// Numbers as people write them, and what stands for none: what is read, and what is said of it.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "logitape/train/files/detail/amount.h"
#include "logitape/train/files/detail/number.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;
using Numbers = std::vector<double>;

std::string all_notes(const Table& t) {
  std::string text;
  for (const std::string& note : t.notes) text += note + "\n";
  return text;
}

// A column of that cell and four numbers, between an input and a class.
std::string with_cell(const std::string& cell, int times = 1) {
  std::string text = "price,b,y\n";
  for (int i = 0; i < 4; ++i)
    text += std::to_string(i) + ".5," + std::to_string(i % 3) + "," + std::to_string(i % 2) + "\n";
  for (int i = 0; i < times; ++i) text += "\"" + cell + "\",1,1\n";
  return text;
}

}  // namespace

TEST_CASE("digits of any number are one number, and what no f64 holds is 0 or none by one rule") {
  const std::string nines(400, '9'), zeros(330, '0');
  struct Row {
    std::string text;
    std::optional<double> value;
  };
  const Row rows[] = {{nines + "e-395", 1e5},
                      {nines + "e-5", {}},
                      {"-" + nines + "e-395", -1e5},
                      {nines, {}},
                      {"0." + zeros + "1", 0.0},
                      {"1e-331", 0.0},
                      {"0." + zeros + "1e331", 1.0},
                      {"1e400", {}},
                      {"-1e-400", -0.0},
                      {"0e999", 0.0},
                      {"1" + zeros + "e-330", 1.0},
                      {"1e99999999999999999999", {}},
                      {"1e-99999999999999999999", 0.0},
                      {"5e-324", 5e-324},
                      {"2e-324", 0.0},
                      {"1.7976931348623157e308", 1.7976931348623157e308},
                      {"1.8e308", {}},
                      {"." + zeros + "1E+331", 1.0},
                      {"inf", {}},
                      {"nan", {}}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    double value = -1;
    CHECK(data::parse_number(row.text, value) == row.value.has_value());
    if (row.value) CHECK(value == *row.value);
    CHECK(data::is_infinite(row.text) == (!row.value && row.text != "nan"));
  }
}

// long: a table, one way to write a number a row
TEST_CASE("numbers are read as people write them") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto said = [none](double x) { return std::isnan(x) ? std::optional<double>() : x; };
  struct Case {
    const char* text;
    double with_point, with_comma;  // NaN: no number
  };
  const Case cases[] = {{"1234.5", 1234.5, none},
                        {"1234,5", none, 1234.5},
                        {"1,234", 1234, 1.234},
                        {"1.234", 1.234, 1234},
                        {"1,234.5", 1234.5, none},
                        {"1.234,5", none, 1234.5},
                        {"1,234,567", 1234567, none},
                        {"1,23,567", none, none},
                        {"12,34", none, 12.34},
                        {"0,123", none, 0.123},
                        {"1234,567", none, 1234.567},
                        {"$1,234.50", 1234.5, none},
                        {"-$5", -5, -5},
                        {"$-5", -5, -5},
                        {"$ 5", 5, 5},
                        {"5$", 5, 5},
                        {"EUR 5", 5, 5},
                        {"5 EUR", 5, 5},
                        {"5\xe2\x82\xac", 5, 5},
                        {"\xc2\xa3"
                         "5.25",
                         5.25, none},
                        {"12%", 12, 12},
                        {"12 %", 12, 12},
                        {"-1.5%", -1.5, none},
                        {"(5)", -5, -5},
                        {"(1,234.5)", -1234.5, none},
                        {"($5)", -5, -5},
                        {"(-5)", none, none},
                        {"1 234", 1234, 1234},
                        {"1 234 567,5", none, 1234567.5},
                        {"1\xc2\xa0"
                         "234",
                         1234, 1234},
                        {"1'234.5", 1234.5, none},
                        {"1\xe2\x80\x99"
                         "234",
                         1234, 1234},
                        {"\xe2\x88\x92"
                         "5",
                         -5, -5},
                        {" 5 ", 5, 5},
                        {"+5", 5, 5},
                        {"1.5e3", 1500, none},
                        {"1,5e3", none, 1500},
                        {"--5", none, none},
                        {"5-", none, none},
                        {"$", none, none},
                        {"%", none, none},
                        {"()", none, none},
                        {"5 kg", none, none},
                        {"12:30", none, none},
                        {"1 23", none, none},
                        {"1 2345", none, none},
                        {"2024-01-31", none, none},
                        {"'1234.5'", 1234.5, none},
                        {"'-3'", -3, -3},
                        {"'3", none, none},
                        {"''", none, none},
                        {"'", none, none},
                        {"1,", none, 1},
                        {",5", none, 0.5},
                        {"", none, none}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    for (const char decimal : {'.', ','}) {
      CAPTURE(decimal);
      const auto amount = data::parse_amount(c.text, decimal);
      const auto wanted = said(decimal == '.' ? c.with_point : c.with_comma);
      CHECK(amount.has_value() == wanted.has_value());
      if (amount && wanted) CHECK(amount->value == *wanted);
    }
  }
}

TEST_CASE("amounts make columns of numbers, and it is said how the first is read") {
  for (const auto& [cell, value, note] :
       {std::tuple{"$1,234.50", 1234.5, "'price' has amounts: '$1,234.50' is read as 1234.5"},
        {"7%", 7.0, "'7%' is read as 7"},
        {"(3)", -3.0, "'(3)' is read as -3"},
        {"1,234", 1234.0, "'1,234' is read as 1234"}}) {
    const Table t = read_csv(GivenFile(with_cell(cell, 5)).path);
    CHECK_FALSE(t.columns[0].is_text());
    CHECK(t.columns[0].values[4] == value);
    CHECK(all_notes(t).find(note) != std::string::npos);
  }
  CHECK(refusal_of_csv(with_cell("$5") + "\xe2\x82\xac"
                                         "4,1,1\n") ==
        "read_csv: FILE, line 7, column 1 (price): '\xe2\x82\xac"
        "4' is an amount of another unit than '$5'; convert one of them, or read the column as text (CsvOptions::text, "
        "--text \"price\")");
}

TEST_CASE("a decimal comma is read where it is said, refused where it is not, and so is what may be either") {
  const std::string commas = "a;b;y\n1,5;2;0\n2,25;3;1\n-0,5;4;0\n", either = "a\ty\n1,234\t0\n2,345\t1\n";
  const Table t = read_csv(GivenFile(commas).path, {.decimal = ','});
  CHECK(t.columns[0].values == Numbers{1.5, 2.25, -0.5});
  CHECK(t.notes.empty());
  CHECK(refusal_of_csv(commas).ends_with("(CsvOptions::decimal, --decimal ,)"));
  CHECK(refusal_of_csv("a,y\n\"1,5\",0\n\"2,5\",1\n").ends_with("(CsvOptions::decimal, --decimal ,)"));
  CHECK(refusal_of_csv(either).ends_with("say which (CsvOptions::decimal, --decimal , or --decimal .)"));
  CHECK(read_csv(GivenFile(either).path, {.decimal = ','}).columns[0].values == Numbers{1.234, 2.345});
  CHECK(read_csv(GivenFile(either).path, {.decimal = '.'}).columns[0].values == Numbers{1234, 2345});
  CHECK(read_csv(GivenFile(either + "1.5\t1\n").path).columns[0].values ==
        Numbers{1234, 2345, 1.5});                                                             // a point elsewhere
  CHECK(read_csv(GivenFile(either + "1,234,567\t1\n").path).columns[0].values[2] == 1234567);  // two commas in one
  CHECK(read_csv(GivenFile("a,y\n\"1,234\",0\n\"2,345\",1\n").path).columns[0].values == Numbers{1234, 2345});
  CHECK(refusal_of_csv(commas, {.decimal = '!'}) == "read_csv: the decimal mark is '!'; a point or a comma is needed");
}

TEST_CASE("numbers that may be codes are said to be numbers, and the flag that keeps them") {
  for (const auto& [cell, note] :
       {std::pair{"01234", "'01234' is read as 1234): --text \"price\""},
        {"1E5", "'1E5' is read as 1e+05): if they are codes, --text \"price\""},
        {"9007199254740993", "beyond 2^53 ('9007199254740993'), which are rounded: --text \"price\""}}) {
    CHECK(all_notes(read_csv(GivenFile(with_cell(cell)).path)).find(note) != std::string::npos);
    CHECK(read_csv(GivenFile(with_cell(cell)).path, {.text = {"price"}}).notes.empty());
  }
  for (const char* cell : {"0.5", "0", "1.5E+05", "9007199254740991", "1e-3"})
    CHECK(all_notes(read_csv(GivenFile(with_cell(cell)).path)) == "");
}

TEST_CASE("each usual marker stands for no value among numbers, however many there are, and it is said") {
  const CsvOptions usual;
  for (const auto* markers : {&usual.missing_text, &usual.missing_number})
    for (const std::string& marker : *markers) {
      CAPTURE(marker);
      for (const int times : {1, 12}) {
        const GivenFile file(with_cell(marker, times));
        const Table t = read_csv(file.path, {.allow_missing = true});
        CHECK_FALSE(t.columns[0].is_text());
        CHECK(t.columns[0].is_missing(4));
        CHECK_FALSE(t.columns[0].is_missing(3));
        const std::string note = "'" + marker + "' (" + std::to_string(times) + (times == 1 ? " cell)" : " cells)") +
                                 " among numbers: taken for no value";
        CHECK((all_notes(t).find(note) != std::string::npos) == !marker.empty());
        CHECK(file.refusal([](const std::string& path) { read_csv(path); })
                  .find("line 6, column 1 (price): the value is missing") != std::string::npos);
      }
    }
  const Table t = read_csv(GivenFile("odor,b,y\nnone,1,0\nfoul,2,1\n-,3,0\nnone,-,1\n").path, {.allow_missing = true});
  CHECK(t.columns[0].categories == Texts{"-", "foul", "none"});  // words like others, where there are others
  CHECK(t.columns[1].is_missing(3));
}

TEST_CASE("a column of numbers and of a text that nobody knows is text, and it is said") {
  const Table t = read_csv(GivenFile(with_cell("lost", 7)).path);
  CHECK(t.columns[0].is_text());
  CHECK(all_notes(t).find("'price' is read as text: 4 of its cells are numbers, 7 are not ('lost')") !=
        std::string::npos);
  const Table own = read_csv(GivenFile(with_cell("lost", 7)).path, {.missing_text = {"lost"}, .allow_missing = true});
  CHECK(own.columns[0].values[3] == 3.5);
  CHECK(own.columns[0].is_missing(4));
}

TEST_CASE("a column of numbers with words behind is text, and it is said") {
  for (const char* unit : {" kg", "mm", " stars",
                           "\xc2\xb0"
                           "C"}) {
    std::string text = "size,y\n";
    for (int i = 0; i < 9; ++i) text += std::to_string(i) + ".5" + unit + "," + std::to_string(i % 2) + "\n";
    CHECK(all_notes(read_csv(GivenFile(text).path))
              .find("'size' is read as text: numbers with a word behind ('0.5" + std::string(unit)) !=
          std::string::npos);
  }
  CHECK(all_notes(read_csv(GivenFile("code,y\nx1,0\ny2,1\n").path)) == "");
}

TEST_CASE("a column of dates is text, and it is said") {
  for (const char* date : {"2024-01-3", "2024-01-3 12:00:00", "2024/1/1", "1.2.202", "1/31/2", "12:3", "9:15:3"}) {
    std::string text = "when,y\n";
    for (int i = 0; i < 9; ++i) text += date + std::to_string(i) + "," + std::to_string(i % 2) + "\n";
    CHECK(all_notes(read_csv(GivenFile(text).path)).find("'when' is read as text: dates or times") !=
          std::string::npos);
  }
  CHECK(all_notes(read_csv(GivenFile("host,y\n10.1.1.1,0\n10.1.1.2,1\n").path)) == "");
}

TEST_CASE("a column of text that begins as numbers do is said to be text, and is no column of dates") {
  for (const char* cell : {"0x1f", "3/7", "1.5D+02", "\"12,34,567\"", "1.234.567", "<0.1"}) {
    CAPTURE(cell);
    std::string text = "v,y\n";
    for (int i = 0; i < 9; ++i) text += std::string(cell) + "," + std::to_string(i % 2) + "\n";
    const std::string notes = all_notes(read_csv(GivenFile(text).path));
    CHECK(notes.find("'v' is read as text, though its cells begin as numbers do ('") != std::string::npos);
    CHECK(notes.find("dates") == std::string::npos);
  }
  CHECK(all_notes(read_csv(GivenFile("v,y\nx1,0\ny2,1\n").path)) == "");
  // the wrong mark makes text of all numbers
  CHECK(all_notes(read_csv(GivenFile("v;y\n0.13;a\n2.50;b\n-1.75;a\n").path, {.decimal = ','})) ==
        "'v' is read as text: it has points ('0.13') where the decimal mark is a comma\n");
}

}  // namespace logitape::tests
