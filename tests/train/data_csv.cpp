// CSV files: what is read from them, what is seen without being told, what is refused and with which sentence.
#include <doctest/doctest.h>

#include <clocale>
#include <cmath>
#include <string>
#include <vector>

#include "logitape/train/files/detail/csv_records.h"
#include "logitape/train/see/terminal.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Numbers = std::vector<double>;
using Texts = std::vector<std::string>;

Table read(std::string_view text, const CsvOptions& options = {}) { return read_csv(GivenFile(text).path, options); }

Texts names(const Table& table) {
  Texts all;
  for (const Column& c : table.columns) all.push_back(c.name);
  return all;
}

Texts cells(const Column& column) {
  Texts all;
  for (std::size_t i = 0; i < column.values.size(); ++i) all.push_back(column.text(i));
  return all;
}

}  // namespace

TEST_CASE("a CSV file gives columns of numbers and of text, by name") {
  const Table t = read("length,species\n5.1,setosa\n-3e-2,virginica\n+4,setosa\n");
  CHECK(names(t) == Texts{"length", "species"});
  CHECK(t.rows() == 3);
  CHECK(t.at("length").values == Numbers{5.1, -0.03, 4});
  CHECK_FALSE(t.at("length").is_text());
  CHECK(t.at("species").categories == Texts{"setosa", "virginica"});
  CHECK(t.at("species").values == Numbers{0, 1, 0});
  CHECK(t.lines == std::vector<std::int64_t>{2, 3, 4});
}

TEST_CASE("cells may be quoted, over several lines and with quotes and separators inside, as RFC 4180 says") {
  const Table t = read("\xef\xbb\xbf\"a\", \"b \"\"c\"\"\" \r\n\"1\",\"x,\ny\"\r\n\r\n 2 , z w \r\n");
  CHECK(names(t) == Texts{"a", "b \"c\""});
  CHECK(t.at("a").values == Numbers{1, 2});
  CHECK(cells(t.columns[1]) == Texts{"x,\ny", "z w"});
  CHECK(t.lines == std::vector<std::int64_t>{2, 5});
}

TEST_CASE("the separator is seen from the file, or said") {
  for (const char separator : {',', ';', '\t'}) {
    std::string text = "a b,c\n1,x\n2,y\n";
    std::replace(text.begin(), text.end(), ',', separator);
    CAPTURE(separator);
    CHECK(names(read(text)) == Texts{"a b", "c"});
    CHECK(read(text, {.separator = separator}).columns.size() == 2);
    CHECK(read(text, {.separator = '|'}).columns.size() == 1);
  }
  CHECK(names(read("a;b\n\"1,2\";3\n\"4,5,6\";7\n")) == Texts{"a", "b"});
  CHECK(read("a\n1\n2\n").columns.size() == 1);
}

TEST_CASE("a header is seen where its cells are no numbers and those below are, or where they occur once") {
  CHECK(names(read("5.1,setosa\n4.9,virginica\n")) == Texts{"column 1", "column 2"});
  CHECK(read("5.1,setosa\n4.9,virginica\n").rows() == 2);
  CHECK(names(read("x,y\na,b\nc,d\n")) == Texts{"x", "y"});
  CHECK(read("a,b\na,d\n").rows() == 2);  // "a" occurs again: no header
  CHECK(names(read(",y\n1,2\n")) == Texts{"column 1", "y"});
  CHECK(read("a,b\nc,d\n", {.header = false}).rows() == 2);
  CHECK(names(read("1,2\n3,4\n", {.header = true})) == Texts{"1", "2"});
}

TEST_CASE("a first line that counts rows and inputs and names the classes is taken for that") {
  const Table t = read("3,2,setosa,virginica\n1,2,0\n3,4,1\n5,6,0\n");
  CHECK(t.class_names == Texts{"setosa", "virginica"});
  CHECK(names(t) == Texts{"column 1", "column 2", "column 3"});
  CHECK(t.rows() == 3);
  CHECK(refusal_of_csv("4,2,setosa,virginica\n1,2,0\n3,4,1\n5,6,0\n") ==
        "read_csv: FILE, line 1: it announces 4 rows; there are 3; if the line is a row, say so (CsvOptions::header = "
        "false, --header no)");
  CHECK(refusal_of_csv("2,3,setosa,virginica\n1,2,0\n3,4,1\n") ==
        "read_csv: FILE, line 2: it has 3 columns where line 1 has 4");
  CHECK(refusal_of_csv("2,2,setosa,virginica\n1,2,0\n3,1\n") ==
        "read_csv: FILE, line 3: it has 2 columns where line 1 announces 3");
}

TEST_CASE("a first row that looks like counts and names is a row, where the second is as long as it") {
  for (const char separator : {',', ';'}) {
    std::string text = "20,1,female,yes,east\n31,0,male,no,east\n25,1,female,no,west\n";
    std::replace(text.begin(), text.end(), ',', separator);
    const Table t = read(text);
    CHECK(t.rows() == 3);
    CHECK(t.class_names.empty());
    CHECK(t.columns[0].values == Numbers{20, 31, 25});
    CHECK(cells(t.columns[4]) == Texts{"east", "east", "west"});
  }
  CHECK(read("1,3,u,v\n", {.header = false}).rows() == 1);
  CHECK(read("2,3,u,v\n1,2,u,w\n", {.header = false}).rows() == 2);  // it may be either, so it has to be said
}

TEST_CASE("missing cells are refused by line and column, or become NaN") {
  CHECK(refusal_of_csv("a,b\n1,2\n,3\n") == "read_csv: FILE, line 3, column 1 (a): the value is missing");
  CHECK(refusal_of_csv("a,b\n1,x\n2,?\n") == "read_csv: FILE, line 3, column 2 (b): the value is missing ('?')");
  CHECK(refusal_of_csv("1,2\n3,NA\n") == "read_csv: FILE, line 2, column 2: the value is missing ('NA')");
  const Table t = read("a,b\n1,x\nnan,NA\n3,y\n", {.allow_missing = true});
  CHECK(t.at("a").is_missing(1));
  CHECK(t.at("b").is_missing(1));
  CHECK(cells(t.at("b")) == Texts{"x", "", "y"});
  const Table own = read("a,b\n-999,NA\n3,y\n", {.missing_text = {"-999"}, .allow_missing = true});
  CHECK(own.at("a").is_missing(0));
  CHECK(cells(own.at("b")) == Texts{"NA", "y"});
}

TEST_CASE("columns may be read as text, or left out, by name or number") {
  const Table t = read("id,zip,n\n7,01234,1\n8,1234,2\n", {.text = {"zip"}, .ignore = {"1"}});
  CHECK(names(t) == Texts{"zip", "n"});
  CHECK(cells(t.at("zip")) == Texts{"01234", "1234"});
  CHECK(refusal_of_csv("a,b\n1,2\n", {.text = {"c"}}) == "Table: FILE: no column is named 'c'; there are a, b");
  CHECK(t.place_of("-1") == 1);
  CHECK(t.place_of("") == 1);
  CHECK(read("2,1\n3,4\n", {.header = true}).place_of("2") == 0);  // a name comes before a number
}

TEST_CASE("numbers are read the same whatever the locale") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  bool other = false;
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C"}) other = other || std::setlocale(LC_ALL, name) != nullptr;
  CHECK(read("a,b\n1.5,2\n").at("a").values == Numbers{1.5});
  CHECK(other);
  std::setlocale(LC_ALL, before.c_str());
}

// long: a list, one refusal a row
TEST_CASE("what is wrong in a CSV file is refused by file, line and column") {
  const auto as_text = [](const std::string& cell) {
    return "; if the column is text, read it as text (CsvOptions::text, --text); if the cell stands for no value, say "
           "so "
           "(CsvOptions::missing_text, --missing-values \"" +
           cell + "\")";
  };
  CHECK(refusal_of_csv("petal,b\n1,2\n3,4\nabc,5\n") ==
        "read_csv: FILE, line 4, column 1 (petal): 'abc' is not a number" + as_text("abc"));
  CHECK(refusal_of_csv("1,2\n3,inf\n") ==
        "read_csv: FILE, line 2, column 2: 'inf' is no finite number of f64; if it is a text, read the column as text "
        "(CsvOptions::text, "
        "--text \"column 2\"); if it stands for no value, say so (CsvOptions::missing_text, --missing-values inf)");
  CHECK(refusal_of_csv("1,2\n3,1e999\n") ==
        "read_csv: FILE, line 2, column 2: '1e999' is no finite number of f64; if it is a text, read the column as "
        "text (CsvOptions::text, "
        "--text \"column 2\"); if it stands for no value, say so (CsvOptions::missing_text, --missing-values 1e999)");
  CHECK(refusal_of_csv("0,1,target\n1,2,0\n2,3,1\n") ==
        "read_csv: FILE, line 1, column 3: 'target' is not a number; if the line is a header, say so "
        "(CsvOptions::header = true, --header "
        "yes)");
  CHECK(refusal_of_csv("a;b\n1,5;2\n2,5;3\n") ==
        "read_csv: FILE, line 2, column 1 (a): '1,5' is not a number: it has a comma, not a decimal point; if that is "
        "a decimal comma, say "
        "so "
        "(CsvOptions::decimal, --decimal ,)");
  CHECK(refusal_of_csv("a,b\n1,2\n3\n") == "read_csv: FILE, line 3: it has 1 column where line 1 has 2");
  CHECK(refusal_of_csv("a,b\n1,2,3\n") == "read_csv: FILE, line 2: it has 3 columns where line 1 has 2");
  CHECK(refusal_of_csv("") == "read_csv: FILE is empty");
  CHECK(refusal_of_csv("\n\r\n\n") == "read_csv: FILE is empty");
  CHECK(refusal_of_csv("a,b\n") == "read_csv: FILE has a header and no rows");
  CHECK(refusal_of_csv("a,b\n1,\"2\n3,4\n") ==
        "read_csv: FILE, line 2, column 2: the quote that begins here is not closed");
  CHECK(refusal_of_csv("a,b\n1,\"2\"3\n") == "read_csv: FILE, line 2, column 2: '3' stands behind a closing quote");
  CHECK(refusal_of_csv(std::string_view("a,b\n1,\0\n", 8)) ==
        "read_csv: FILE, line 2, column 2: there is a byte 0, so this is no text");
  CHECK(refusal_of_csv("a,b\n1,caf\xe9\n") ==
        "read_csv: FILE, line 2: column 2 is not UTF-8: convert the file, for example by iconv -f LATIN1 -t UTF-8");
  CHECK(refusal_of_csv("\xff\xfe"
                       "a") == "read_csv: FILE is UTF-16: save it as UTF-8, for example by iconv -f UTF-16 -t UTF-8");
  const TemporaryFolder folder;
  CHECK(refusal_of([&] { read_csv(folder.path.string()); }) ==
        "read_csv: \"" + folder.path.string() + "\" cannot be read: it is no ordinary file");
  CHECK(refusal_of([&] { read_csv(folder / "x"); }) ==
        "read_csv: \"" + (folder / "x") + "\" cannot be read: No such file or directory");
}

TEST_CASE("a line of a million cells is a line; one of more is refused before it takes the memory") {
  const std::string commas(999'999, ',');
  CHECK(read("1" + commas + "\n", {.separator = ','}).columns.size() == 1);  // of the others none has a name or a value
  CHECK(refusal_of_csv("1" + commas.substr(1) + ",2\n,3" + commas.substr(1) + "\n",
                       {.header = false, .separator = ','}) ==
        "read_csv: FILE, line 1, column 2: the value is missing");
  CHECK(refusal_of_csv("a,b\n1,2\n3" + commas + ",\n") ==
        "read_csv: FILE, line 3, column 1000001: the line has more than 1000000 cells");
}

TEST_CASE("a table that is written as CSV comes back as it was, whatever its cells say") {
  Table t;
  t.columns.push_back({.name = "x", .values = {0.1, 1e300, -5e-324, NAN, 1.0 / 3}, .categories = {}});
  t.columns.push_back(text_column("a \"name\"", Texts{"a,b", "line\nbreak", " blanks ", "\"", ";"}));
  const GivenFile file("the old one");
  write_csv(file.path, t);
  const Table back = read_csv(file.path, {.allow_missing = true});
  CHECK(names(back) == names(t));
  CHECK(cells(back.columns[0]) == cells(t.columns[0]));
  CHECK(cells(back.columns[1]) == Texts{"a,b", "line\nbreak", " blanks ", "\"", ";"});
  CHECK(file.folder.files() == 1);
  Table one;
  one.columns.push_back({.name = "x", .values = {1, NAN, 3}, .categories = {}});
  write_csv(file.path, one);
  CHECK(read_csv(file.path, {.allow_missing = true}).rows() == 3);
  t.columns[1].values.pop_back();
  CHECK(file.refusal([&](const std::string& path) { write_csv(path, t); }) ==
        "csv_text: column 'a \"name\"' has 4 rows, 'x' has 5");
  CHECK(text_of(file.path) == "x\n1\n\"\"\n3\n");
}

TEST_CASE("predictions are a table: the class, and the probability of each") {
  const Texts classes = {"cat, big", "dog"};
  const Table t = prediction_table(tensor({{0.0, 0.0}, {-1.0, std::log(3.0) - 1}}), classes);
  CHECK(names(t) == Texts{"predicted", "p(cat, big)", "p(dog)"});
  CHECK(cells(t.columns[0]) == Texts{"cat, big", "dog"});
  CHECK(t.columns[2].values[0] == 0.5);
  CHECK(t.columns[2].values[1] == doctest::Approx(0.75).epsilon(1e-15));  // log and exp round
  const GivenFile file("");
  write_csv(file.path, t);
  CHECK(text_of(file.path).starts_with("predicted,\"p(cat, big)\",p(dog)\n\"cat, big\",0.5,0.5\ndog,"));
  CHECK(refusal_of([&] {
          prediction_table(ones({2, 3}), classes);
        }) == "prediction_table: the logits [2,3] are of 3 classes, and 2 have names");
  CHECK(refusal_of([&] { prediction_table(ones({2}), classes); }) ==
        "prediction_table: the logits are f32 [2]; f32 or f64 [rows, classes] are needed");
}

TEST_CASE("rows of a table are taken in any order, each as often as it is named") {
  const Table t = read("a,b\n1,x\n2,y\n3,x\n");
  const std::vector<std::int64_t> rows{2, 0, 2};
  CHECK(take(t, rows).at("a").values == Numbers{3, 1, 3});
  CHECK(cells(take(t, rows).at("b")) == Texts{"x", "x", "x"});
  const std::vector<std::int64_t> outside{3};
  CHECK(refusal_of([&] { take(t, outside); }) == "take: row 3 is outside [0, 3)");
}

TEST_CASE("text sorts by number where it is one, then by its bytes") {
  const Table t = read("a,b\nx,1\n10,1\n2,1\ny,1\n1e1,1\n", {.text = {"a"}});
  CHECK(t.at("a").categories == Texts{"2", "10", "1e1", "x", "y"});
}

}  // namespace logitape::tests
