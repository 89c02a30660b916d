// Names of classes that are spelt like something else: like a missing value, like a number that f64 rounds, like a
// code.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;

// Thirty rows of each of the names.
std::string rows_of(const Texts& names) {
  std::string text = "a,b,kind\n";
  for (std::size_t i = 0; i < 30 * names.size(); ++i)
    text += std::to_string(i) + "," + std::to_string(i % 7) + "," + names[i % names.size()] + "\n";
  return text;
}
Examples load(const std::string& text, const Texts& as_text = {}) {
  return load_examples(GivenFile(text).path, {.csv = {.allow_missing = true, .text = as_text}});
}
std::string refusal(const std::string& text) {
  return GivenFile(text).refusal(
      [](const std::string& path) { load_examples(path, {.csv = {.allow_missing = true}}); });
}
std::string advice(const std::string& marker) {
  return "column 3 (kind): the label is missing ('" + marker + "'); if '" + marker +
         "' names a class, read the column as text (CsvOptions::text, --text \"kind\")";
}

}  // namespace

TEST_CASE("a class may be called like a missing value") {
  const CsvOptions usual;
  for (const auto* markers : {&usual.missing_text, &usual.missing_number})
    for (const std::string& marker : *markers) {
      if (marker.empty()) continue;
      CAPTURE(marker);
      const Examples quoted = load(rows_of({"EU", '"' + marker + '"', "AS"})),
                     asked = load(rows_of({"EU", marker, "AS"}), {"kind"});
      for (const Examples& e : {quoted, asked}) {
        CHECK(e.classes.size() == 3);
        CHECK(std::find(e.classes.begin(), e.classes.end(), marker) != e.classes.end());
        CHECK(class_sizes(e) == std::vector<std::int64_t>{30, 30, 30});
      }
      if (marker != "?")
        CHECK(load(rows_of({"EU", marker, "AS"})).classes.size() == 3);  // it has as many rows as others
    }
  CHECK(load(rows_of({"+", "-"})).classes == Texts{"+", "-"});
  CHECK(load(rows_of({"EU", "NA"})).notes ==
        Texts{
            "'NA' in column 'kind' is read as the name of a class (30 rows), not as a missing one",
        });
}

TEST_CASE("each marker that names a class is said") {
  const Table t = read_csv(GivenFile(rows_of({"NA", "NULL", "EU"})).path, {.classes = ""});
  REQUIRE(t.notes.size() == 1);
  CHECK(t.notes[0] ==
        "'NA' (30 rows), 'NULL' (30 rows) in column 'kind' are read as names of classes, not as missing ones");
}

TEST_CASE("a label that is missing is refused, with the flag that makes a class of its marker") {
  CHECK(refusal(rows_of({"EU", "AS"}) + "1,2,NA\n") == "read_csv: FILE, line 62, " + advice("NA"));
  CHECK(refusal(rows_of({"EU", "?", "AS"})) == "read_csv: FILE, line 3, " + advice("?"));
  CHECK(refusal(rows_of({"0", "1", "NA"})) == "read_csv: FILE, line 4, " + advice("NA"));
  CHECK(refusal(rows_of({"0", "1", "none"})) == "read_csv: FILE, line 4, " + advice("none"));
  CHECK(load(rows_of({"0", "1", "NA"}), {"kind"}).classes == Texts{"0", "1", "NA"});
  CHECK(refusal(rows_of({"EU", "", "AS"})) ==
        "examples_of: FILE, line 3, column 3 (kind): the label is missing; a row without one has to be taken out");
}

TEST_CASE("classes that are numbers keep their spelling where an f64 would change it") {
  struct Row {
    Texts names, classes;
  };
  const Row rows[] = {{{"9007199254740992", "9007199254740993"}, {"9007199254740992", "9007199254740993"}},
                      {{"1234567890123456780", "1234567890123456781"}, {"1234567890123456780", "1234567890123456781"}},
                      {{"-9007199254740993", "7"}, {"-9007199254740993", "7"}},
                      {{"01", "02"}, {"01", "02"}},
                      {{"01", "1"}, {"01", "1"}},
                      {{"$5", "$6"}, {"$5", "$6"}},
                      {{"2", "10"}, {"2", "10"}},
                      {{"1.0", "2.0"}, {"1", "2"}}};
  for (const Row& row : rows) {
    CAPTURE(row.names[0]);
    CHECK(load(rows_of(row.names)).classes == row.classes);
    CHECK(load(rows_of(row.names)).notes.empty());
  }
  const std::int64_t large = (std::int64_t{1} << 53) + 1, most = std::numeric_limits<std::int64_t>::max();
  CHECK(examples_of(ones({3, 2}), tensor({large, large - 1, most})).classes ==
        Texts{"9007199254740992", "9007199254740993", "9223372036854775807"});
  Table t;
  t.columns = {{.name = "a", .values = {1, 2}, .categories = {}},
               {.name = "b", .values = {0x1p53 + 2, 1}, .categories = {}}};
  CHECK(refusal_of([&] { examples_of(t); }) ==
        "examples_of: row 0, column 2 (b): the label 9007199254740994 is beyond 2^53, where not every whole number is "
        "an f64: read the "
        "column "
        "as text");
}

TEST_CASE("a class of one row is called by its name where folds cannot have it") {
  Generator rng{2};
  const Examples e = load(rows_of({"red", "green"}) + "1,2,rare\n");
  const auto why = refusal_of([&] { cross_validate(e, 3, rng, [](const Examples&, const Examples&) { return 0.0; }); });
  CHECK(why.find("the class 'rare' has one row") != std::string::npos);
}

}  // namespace logitape::tests
