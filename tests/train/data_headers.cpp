// Whether the first line of a CSV file names its columns, of files whose headers are no plain words above numbers.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;

const std::string folder_of_data = std::string(LOGITAPE_SOURCE_DIR) + "/examples/data/";

std::string lines(int rows, const std::function<std::string(Generator&, int)>& line) {
  Generator rng{5};
  std::string text;
  for (int i = 0; i < rows; ++i) text += line(rng, i) + "\n";
  return text;
}
std::string number(Generator& rng, int most) { return std::to_string(rng.below(static_cast<std::uint64_t>(most))); }
std::string decimal(Generator& rng) { return number(rng, 9) + "." + number(rng, 10); }
std::string one_of(Generator& rng, const Texts& texts) { return texts[rng.below(texts.size())]; }

}  // namespace

// long: a table, one kind of file a row; each is tried with its header and without
TEST_CASE("a header is told from a row, whatever it is made of") {
  struct Kind {
    const char* what;
    std::string header;
    std::function<std::string(Generator&, int)> row;
    bool is_said = true;  // that the first line is a header
  };
  const Texts species = {"setosa", "versicolor", "virginica"}, colours = {"red", "green", "blue"};
  const Kind kinds[] = {
      {"words above numbers", "width,height,species",
       [&](Generator& rng, int) { return decimal(rng) + "," + decimal(rng) + "," + one_of(rng, species); }, false},
      {"the names of a pandas frame that has none", "0,1,2,3",
       [](Generator& rng, int) {
         return decimal(rng) + "," + decimal(rng) + "," + decimal(rng) + "," + number(rng, 3);
       }},
      {"those, and a name for the class", "0,1,2,species",
       [&](Generator& rng, int) {
         return decimal(rng) + "," + decimal(rng) + "," + decimal(rng) + "," + one_of(rng, species);
       }},
      {"those, of one input", "0,label", [](Generator& rng, int) { return decimal(rng) + "," + number(rng, 2); }},
      {"those, behind the column that counts the rows", ",0,1,2",
       [](Generator& rng, int i) {
         return std::to_string(i) + "," + decimal(rng) + "," + decimal(rng) + "," + number(rng, 3);
       }},
      {"numbers from 1", "1,2,3,4",
       [](Generator& rng, int) {
         return number(rng, 100) + "," + number(rng, 100) + "," + number(rng, 100) + "," + number(rng, 2);
       }},
      {"years", "region,2023,2024,2025",
       [&](Generator& rng, int) {
         return one_of(rng, colours) + "," + number(rng, 9) + "," + number(rng, 9) + "," + number(rng, 2);
       }},
      {"years alone", "2019,2021,2022",
       [](Generator& rng, int) { return decimal(rng) + "," + decimal(rng) + "," + number(rng, 2); }},
      {"wavelengths", "400,410,420,430,440,kind",
       [&](Generator& rng, int) {
         std::string row;
         for (int k = 0; k < 5; ++k) row += "0." + number(rng, 1000) + ",";
         return row + one_of(rng, colours);
       }},
      {"words above words, one of them a value below", "cap,odor,edible",
       [](Generator& rng, int) {
         return one_of(rng, {"bell", "flat"}) + "," + one_of(rng, {"almond", "foul", "none"}) + "," +
                one_of(rng, {"poisonous", "edible"});
       }},
      {"a word above sentences, and a value", "text,spam",
       [](Generator& rng, int i) {
         return "message " + std::to_string(i) + " of " + number(rng, 99) + " words," + one_of(rng, {"spam", "ham"});
       }},
      {"words above texts that are all different", "name,kind",
       [&](Generator& rng, int i) { return "person" + std::to_string(i * i) + "," + one_of(rng, colours); }, false},
      {"a chemical element that looks like a marker", "RI,Na,Fe,kind",
       [&](Generator& rng, int) {
         return decimal(rng) + "," + decimal(rng) + "," + decimal(rng) + "," + one_of(rng, colours);
       },
       false},
  };
  for (const Kind& kind : kinds)
    for (const int rows : {60, 400}) {
      CAPTURE(kind.what);
      CAPTURE(rows);
      const std::string body = lines(rows, kind.row);
      const Table with = read_csv(GivenFile(kind.header + "\n" + body).path, {.allow_missing = true});
      CHECK(with.rows() == rows);
      CHECK(with.columns.back().name == kind.header.substr(kind.header.rfind(',') + 1));
      bool said = false;
      for (const std::string& note : with.notes)
        said = said || note.ends_with("is taken for the names of the columns; --header no makes a row of it");
      CHECK(said == kind.is_said);
      const Table without = read_csv(GivenFile(body).path, {.allow_missing = true});
      CHECK(without.rows() == rows);
      CHECK(without.columns.back().name.starts_with("column "));
    }
}

TEST_CASE("rows that count up are rows") {
  const auto rows = [](const std::string& text) {
    return read_csv(GivenFile(text).path, {.allow_missing = true}).rows();
  };
  // 1,2,3 above 2,4,6: a table of products; 0,1,2 above 1,2,3: a window that moves along a series
  CHECK(rows(lines(60, [](Generator&, int i) {
          return std::to_string(i + 1) + "," + std::to_string(2 * i + 2) + "," + std::to_string(3 * i + 3);
        })) == 60);
  CHECK(rows(lines(60, [](Generator&, int i) {
          return std::to_string(i) + "," + std::to_string(i + 1) + "," + std::to_string(i + 2);
        })) == 60);
  CHECK(rows(lines(60, [](Generator&, int i) {
          return i == 0 ? "0,1" : std::to_string(i % 2) + "," + std::to_string(i % 3 % 2);
        })) == 60);
  CHECK(rows(lines(60, [](Generator& rng, int i) { return i == 0 ? "1,2" : number(rng, 4) + "," + number(rng, 4); })) ==
        60);
}

TEST_CASE("a first row without its number is a row") {
  for (const char* marker : {"?", "NA", "", "NULL"}) {
    const std::string text = lines(60, [&](Generator& rng, int i) {
      return (i == 0 || i == 7 ? marker : number(rng, 9)) + "," + one_of(rng, {"red", "green", "blue"}) + "," +
             one_of(rng, {"a", "b"});
    });
    const Table t = read_csv(GivenFile(text).path, {.allow_missing = true});
    CHECK(t.rows() == 60);
    CHECK(t.columns[0].is_missing(0));
  }
}

TEST_CASE("every row of iris, wine, digits and sentences is a row, in any order and with any of them first") {
  for (const auto& [name, rows] :
       {std::pair{"iris.csv", 150}, {"wine.csv", 178}, {"digits.csv", 1797}, {"sentences.csv", 90}}) {
    Table all = read_csv(folder_of_data + name);
    CHECK(all.rows() == rows);
    for (Column& c : all.columns) c.name = "";  // to be cut off
    const GivenFile file("");
    for (std::int64_t first = 0; first < rows; first += 1 + rows / 40) {
      std::vector<std::int64_t> order;
      for (std::int64_t i = 0; i < std::min(rows, 300); ++i) order.push_back((first + i) % rows);
      const std::string text = csv_text(take(all, order));
      std::ofstream(file.path, std::ios::binary) << text.substr(text.find('\n') + 1);
      CHECK(read_csv(file.path).rows() == static_cast<std::int64_t>(order.size()));
    }
  }
}

TEST_CASE("units below the names are no row, and it is said; a first row that lacks numbers is one") {
  const std::string rows = "1.5,2,no\n3.5,4,yes\n5.5,7,no\n2.5,1,yes\n";
  for (const std::string units : {"cm,kg,", "[cm],[kg],[-]", "m/s,,text", "(cm),%,unit"}) {
    CAPTURE(units);
    const Table t = read_csv(GivenFile("a,b,y\n" + units + "\n" + rows).path);
    CHECK(t.rows() == 4);
    CHECK(t.columns[0].name == "a");
    CHECK(t.columns[0].values == std::vector<double>{1.5, 3.5, 5.5, 2.5});
    REQUIRE(t.notes.size() == 1);
    CHECK(t.notes[0].find("line 2, '") == 0);
    CHECK(t.notes[0].find("is taken for the units of the columns") != std::string::npos);
  }
  CHECK(refusal_of_csv("a,b,y\nlost,kg,yes\n" + rows).find("'lost' is not a number") !=
        std::string::npos);  // its class is one of theirs
  CHECK(refusal_of_csv("a,b,y\nlost,3,no\n" + rows).find("'lost' is not a number") != std::string::npos);
  CHECK(read_csv(GivenFile("a,b,y\nNA,NA,maybe\n" + rows).path, {.allow_missing = true}).rows() == 5);
}

TEST_CASE("what the options say of the header is done") {
  const std::string text = "0,1,label\n1.5,2.5,0\n3.5,4.5,1\n5.5,7.25,0\n";
  CHECK(read_csv(GivenFile(text).path).columns[2].name == "label");
  CHECK(read_csv(GivenFile(text).path, {.header = false, .text = {"3"}}).rows() == 4);
  CHECK(read_csv(GivenFile("1.5,2\n3.5,4\n").path, {.header = true}).columns[0].name == "1.5");
  CHECK(read_csv(GivenFile("1,2\n3,4\n5,7\n").path, {.only = {"1", "2"}}).rows() == 2);  // both names are there
  CHECK(refusal_of_csv("a,b\n1,2\n3,4\n", {.only = {"b", "c"}}) ==
        "read_csv: FILE: no column is named 'c', which is needed; there are a, b");
  // in a column of known markers alone, numbers are missing, unless text is asked for
  CHECK(read_csv(GivenFile("a,b\nNULL,2\nNULL,4\n").path, {.allow_missing = true, .only = {"a", "b"}})
            .columns[0]
            .is_missing(0));
  CHECK(read_csv(GivenFile("a,b\nNULL,2\nNULL,4\n").path, {.text = {"a"}, .only = {"a", "b"}}).columns[0].text(0) ==
        "NULL");
  CHECK(refusal_of_csv("a,b\n1,2\n3,4\n", {.only = {"c"}}) ==
        "read_csv: FILE: no column is named 'c', which is needed; there are a, b");
}

}  // namespace logitape::tests
