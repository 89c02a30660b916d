// CSV files as people have them: separators, titles, comments, ends of lines, and all of them together; each is read as
// the plain one is.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "logitape/train/files/detail/number.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;

// a, b and y of thirty rows, as `line` writes them.
std::string rows(const auto& line) {
  std::string text;
  for (int i = 0; i < 30; ++i)
    text += line(std::to_string(i % 7), std::to_string(i * 7 % 13), i % 2 == 0 ? "no" : "yes");
  return text;
}
std::string with(const std::string& separator, const std::string& end = "\n") {
  return rows([&](const auto& a, const auto& b, const auto& y) { return a + separator + b + separator + y + end; });
}

// Whether it holds those rows, under names if it has some.
void check_rows(const Table& t, bool has_names = true) {
  REQUIRE(t.columns.size() == 3);
  CHECK(t.rows() == 30);
  for (int i = 0; i < 3; ++i)
    CHECK(t.columns[static_cast<std::size_t>(i)].name ==
          (has_names ? std::string(1, "aby"[i]) : "column " + std::to_string(i + 1)));
  for (std::size_t i = 0; i < static_cast<std::size_t>(t.rows()); ++i) {
    CHECK(t.columns[0].values[i] == static_cast<double>(i % 7));
    CHECK(t.columns[1].values[i] == static_cast<double>(i * 7 % 13));
    CHECK(t.columns[2].text(i) == (i % 2 == 0 ? "no" : "yes"));
  }
}

std::string all_notes(const Table& t) {
  std::string text;
  for (const std::string& note : t.notes) text += note + "\n";
  return text;
}

}  // namespace

// long: a table, one kind of file a row
TEST_CASE("a table is found in what stands around it") {
  const std::string lines = with(",");
  struct Row {
    std::string what;
    std::string text;
    std::string note = "";  // a part of what is said; "": nothing is
    bool has_names = true;
  };
  const Row kinds[] = {
      {"pipes", "a|b|y\n" + with("|")},
      {"blanks", "a b y\n" + with(" ")},
      {"runs of blanks", "   a  b  y\n" + rows([](const auto& a, const auto& b, const auto& y) {
                           return "  " + a + "   " + b + " " + y + "  \n";
                         })},
      {"blanks, no header", with(" "), "", false},
      {"Excel's sep=", "sep=;\r\na;b;y\r\n" + with(";", "\r\n")},
      {"sep= in quotes, behind a byte order mark", "\xef\xbb\xbf\"sep=|\"\na|b|y\n" + with("|")},
      {"sep= of tabs", "sep=\t\na\tb\ty\n" + with("\t")},
      {"a separator at the end of each line", "a,b,y,\n" + with(",", ",\n")},
      {"three of them", "a;b;y;;;\n" + with(";", ";;;\n")},
      {"of each row, not of the header", "a,b,y\n" + with(",", ",\n")},
      {"of the header, not of the rows", "a,b,y,\n" + lines},
      {"of rows without a header", with(",", ",\n"), "", false},
      {"a title", "Sales 2024\n\na,b,y\n" + lines, "the table begins in line 3"},
      {"a title, no header", "Sales 2024\n" + lines, "the table begins in line 2", false},
      {"two lines of a title, one with a comma", "Sales\nfrom here, to there\na,b,y\n" + lines,
       "the table begins in line 3"},
      {"a title as a spreadsheet writes it", "Sales 2024,,\n,,\na,b,y\n" + lines, "the table begins in line 3"},
      {"a comment", "# made by me\na,b,y\n" + lines},
      {"a comment with as many commas", "# made, by, me\na,b,y\n" + lines, "the table begins in line 2"},
      {"a comment between rows", "a,b,y\n" + lines.substr(0, lines.find("no\n", 40) + 3) + "# and \"so on\n" +
                                     lines.substr(lines.find("no\n", 40) + 3)},
      {"names in a comment, as numpy.savetxt writes them", "# a b y\n" + with(" ")},
      {"names in a comment, commas between", "# a,b,y\n" + lines},
      {"a first name with #", "#a,b,y\n" + lines},
      {"rows of empty cells at the end", "a,b,y\n" + lines + ",,\n,,\n"},
      {"a table of Markdown", "| a | b | y |\n|---|:-:|--:|\n" + rows([](const auto& a, const auto& b, const auto& y) {
                                return "| " + a + " | " + b + " | " + y + " |\n";
                              })},
      {"a table of psql", " a | b | y \n---+---+---\n" + with(" | ")},
      {"no-break spaces", "a,b,y\n" + with("\xc2\xa0,\xc2\xa0")},
      {"two kinds of line ends", "a,b,y\r\n" + lines},
      {"line ends of old Macs", "a,b,y\r" + with(",", "\r")},
      {"numbers in quotes", "\"a\",\"b\",\"y\"\n" + rows([](const auto& a, const auto& b, const auto& y) {
                              return "\" " + a + "\",\"" + b + "\",\"" + y + "\"\n";
                            })},
  };
  for (const Row& row : kinds) {
    CAPTURE(row.what);
    const GivenFile file(row.text);
    Table t = read_csv(file.path);
    // a separator at the beginning of each line makes a column without a name
    check_rows(t, row.has_names);
    if (row.note.empty()) CHECK(all_notes(t) == "");
    else CHECK(all_notes(t).find(row.note) != std::string::npos);
  }
}

TEST_CASE("a column of row names, which R gives no name, is a column of its own") {
  for (const std::string end : {" ", ","}) {
    int row = 0;
    const std::string text =
        "\"a\"" + end + "\"b\"" + end + "\"y\"\n" + rows([&](const auto& a, const auto& b, const auto& y) {
          return "\"" + std::to_string(++row) + "\"" + end + a + end + b + end + "\"" + y + "\"\n";
        });
    Table t = read_csv(GivenFile(text).path);
    REQUIRE(t.columns.size() == 4);
    CHECK(t.columns[0].name == "column 1");
    CHECK(t.columns[0].values[29] == 30);
    CHECK(t.notes.size() == 1);
    t.columns.erase(t.columns.begin());
    check_rows(t);
  }
}

TEST_CASE("what is no comment, no title and no separator is none") {
  const auto columns = [](const std::string& text) { return read_csv(GivenFile(text).path).columns; };
  std::string colours, tags, sentences;
  for (int i = 0; i < 20; ++i) {
    colours += "#ff00" + std::to_string(i % 3) + "0," + std::to_string(i) + "\n";
    tags += "film " + std::to_string(i) + ",Action|Drama\n";
    sentences += "you; and you, too\t" + std::to_string(i % 2) + "\n";
  }
  CHECK(columns(colours)[0].categories == Texts{"#ff0000", "#ff0010", "#ff0020"});
  CHECK(columns(colours)[0].values.size() == 20);
  CHECK(columns("colour,n\n" + colours)[0].name == "colour");
  CHECK(columns("title,tags\n" + tags)[1].categories == Texts{"Action|Drama"});
  CHECK(columns("text\ty\n" + sentences)[0].categories == Texts{"you; and you, too"});
  CHECK(columns("text\nhello you\nhello me\n").size() == 1);  // blanks separate numbers, not sentences
  std::string words;
  for (int i = 0; i < 20; ++i) words += "red x" + std::to_string(i % 3) + " " + std::to_string(i) + " no\n";
  CHECK(columns("colour mark size kind\n" + words).size() == 4);
  CHECK(read_csv(GivenFile("#one\n#two\nthree\n#four\n").path, {.header = false}).rows() == 4);
  CHECK(refusal_of_csv("a,b\n1,2,3\n4,5,6\n") == "read_csv: FILE, line 2: it has 3 columns where line 1 has 2");
  CHECK(refusal_of_csv("a,b\n1,2\n3,4,5\n6,7\n8,9\n") == "read_csv: FILE, line 3: it has 3 columns where line 1 has 2");
}

TEST_CASE("rows of empty cells are rows where rows follow, and a header that stands there again is none") {
  const Table t =
      read_csv(GivenFile("a,b,kind\n1,2,x\n,,\n3,4,y\na,b,kind\n5,6,x\n,,\n,,\n").path, {.allow_missing = true});
  CHECK(t.lines == std::vector<std::int64_t>{2, 3, 4, 6});
  CHECK(t.columns[0].is_missing(1));
  CHECK(t.columns[2].is_missing(1));
  CHECK(all_notes(t) == "the header stands there again 1 time: passed over\n");
  std::string parts;
  for (int part = 0; part < 3; ++part) {
    parts += "odor,kind\n";
    for (int i = 0; i < 30; ++i)
      parts += std::string(i % 3 == 0 ? "foul" : "none") + (i % 2 == 0 ? ",bad\n" : ",good\n");
  }
  CHECK(read_csv(GivenFile(parts).path).columns[1].categories == Texts{"bad", "good"});
  // of numbers alone, or of texts in the only column, it is a row
  CHECK(read_csv(GivenFile("text\ntext\nno\n").path, {.header = true, .text = {"text"}}).rows() == 2);
  CHECK(read_csv(GivenFile("1\n3\n1\n2\n").path, {.header = true}).rows() == 3);
  CHECK(read_csv(GivenFile("0,1\n0,1\n5,2\n").path, {.header = true}).rows() == 2);
  CHECK(read_csv(GivenFile("x\n3\nx\n2\n").path, {.header = true}).rows() == 2);
}

TEST_CASE("a quote within quotes is written twice, or behind a backslash") {
  const auto cell = [](const std::string& text) {
    return read_csv(GivenFile("text,y\n" + text + ",1\nb,0\n").path).columns[0].text(0);
  };
  CHECK(cell("\"say \"\"hi\"\" to\"") == "say \"hi\" to");
  CHECK(cell("\"say \\\"hi\\\" to\"") == "say \"hi\" to");
  CHECK(cell("\"C:\\dir\\\"") == "C:\\dir\\");  // a quote at the end of a cell ends it
  CHECK(cell("\"a \\\"\"b\"") == "a \\\"b");
}

TEST_CASE("names that are empty or had twice are made, and no row is lost for it") {
  const Table t = read_csv(GivenFile("a,,a,a\n1,2,3,4\n5,6,7,8\n").path);
  Texts names;
  for (const Column& c : t.columns) names.push_back(c.name);
  CHECK(names == Texts{"a", "column 2", "a (column 3)", "a (column 4)"});
  CHECK(t.rows() == 2);
  CHECK(all_notes(t).find("'a (column 4)'") != std::string::npos);
}

TEST_CASE("columns are named in lists, a comma between, where a name may have one too") {
  const GivenFile file("\"a, b\",c,d,\"d,c\",e\n1,2,3,4,5\n6,7,8,9,0\n");
  const auto kept = [&](const Texts& ignored) {
    std::string names;
    for (const Column& c : read_csv(file.path, {.ignore = ignored}).columns) names += c.name + "|";
    return names;
  };
  CHECK(kept({"a, b"}) == "c|d|d,c|e|");
  CHECK(kept({"c,a, b"}) == "d|d,c|e|");
  CHECK(kept({"\"a, b\" , e"}) == "c|d|d,c|");
  CHECK(kept({"d,c"}) == "a, b|c|d|e|");  // the whole of it is a name
  CHECK(kept({"c,d"}) == "a, b|d,c|e|");
  CHECK(kept({"1", "-1"}) == "c|d|d,c|");
  CHECK(file.refusal([](const std::string& path) { read_csv(path, {.ignore = {"c,f"}}); }) ==
        "Table: FILE: no column is named 'f'; there are a, b, c, d, d,c, e");
  CHECK(file.refusal([](const std::string& path) { read_csv(path, {.ignore = {"c, "}}); }) ==
        "Table: FILE: the name of a column is empty");
}

// long: every way to write one table, one beside the other
TEST_CASE("lines of one text below the table are a footer, and it is said; between rows they are refused") {
  const std::string table = "a,b,y\n" + with(",");
  for (const std::string footer :
       {"Total: 30\n", "\nSource: a survey\n", "(30 rows)\n\n", "30 rows in set\nBye\n", "end"}) {
    CAPTURE(footer);
    for (const std::string title : {"", "A report\n\n"}) {
      const Table t = read_csv(GivenFile(title + table + footer).path);
      check_rows(t);
      REQUIRE(t.notes.size() == (title.empty() ? 1 : 2));
      CHECK(t.notes.back().find("the table ends above line 3") == 0);
    }
    CHECK(refusal_of_csv(table + footer + "\n1,2,no\n").find("has to be taken out") != std::string::npos);
  }
  CHECK(refusal_of_csv(table + "5\n") == "read_csv: FILE, line 32: it has 1 column where line 1 has 3");
  CHECK(refusal_of_csv(table + "5,6\n").find("line 32: it has 2 columns where line 1 has 3") != std::string::npos);
  check_rows(read_csv(GivenFile(table + "\x1a").path));
  CHECK(read_csv(GivenFile(table + "\x1a").path).notes.empty());
}

TEST_CASE("a table reads back the same numbers, however its file is written") {
  struct Header {
    std::string what;
    Texts names;  // empty: none
  };
  const Header headers[] = {{"words", {"size", "weight", "kind"}},
                            {"none", {}},
                            {"counting numbers", {"0", "1", "2"}},
                            {"years and a word", {"2023", "2024", "kind"}},
                            {"a name that is a value", {"size", "weight", "red"}}};
  const Texts kinds = {"red", "green", "blue"};
  const std::vector<double> sizes = {1.5, -2.25, 1234.5, 0.125, 3e-4, 17};
  int files = 0, ways = 0;
  for (const std::string separator : {",", ";", "\t", "|", " "})
    for (const bool quotes : {false, true})
      for (const Header& header : headers)
        for (const std::string missing : {"", "NA", "NULL", "None", "n/a", "-", "?", "#N/A", "\\N"})
          for (const std::string end : {"\n", "\r\n", "\r"})
            for (const std::string above : {"", "\xef\xbb\xbf", "# made by me\n", "A title\n"}) {
              if (separator == " " && (missing.empty() || above == "A title\n") && !quotes)
                continue;  // no cell can be seen
              if (above == "A title\n" && header.names.empty() && quotes) continue;
              if (++ways % 7 != 0) continue;  // a seventh of them, in which every two ways still meet
              const auto cell = [&](const std::string& text) { return quotes ? '"' + text + '"' : text; };
              const auto line = [&](const Texts& cells) {
                return cell(cells[0]) + separator + cell(cells[1]) + separator + cell(cells[2]) + end;
              };
              std::string text = above;
              if (!header.names.empty()) text += line(header.names);
              for (std::size_t i = 0; i < 36; ++i)
                text += line({i % 9 == 4 ? missing : data::number_text(sizes[i % 6]),
                              data::number_text(static_cast<double>(i * i)), kinds[i % 3]});
              CAPTURE(separator);
              CAPTURE(quotes);
              CAPTURE(header.what);
              CAPTURE(missing);
              CAPTURE(end);
              CAPTURE(above);
              const GivenFile file(text);
              const Table t = read_csv(file.path, {.allow_missing = true});
              REQUIRE(t.columns.size() == 3);
              REQUIRE(t.rows() == 36);
              if (!header.names.empty()) CHECK(t.columns[2].name == header.names[2]);
              bool same = true;
              for (std::size_t i = 0; i < 36; ++i) {
                same =
                    same && (i % 9 == 4 ? std::isnan(t.columns[0].values[i]) : t.columns[0].values[i] == sizes[i % 6]);
                same = same && t.columns[1].values[i] == static_cast<double>(i * i) &&
                       t.columns[2].text(i) == kinds[i % 3];
              }
              CHECK(same);
              ++files;
            }
  MESSAGE(files << " of " << ways << " ways to write one table");
}

}  // namespace logitape::tests
