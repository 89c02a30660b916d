// How a file was read is remembered with what was fitted to it; and columns that teach nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using Texts = std::vector<std::string>;

// Fitted as the command does it, through JSON.
Preprocessing fitted(const std::string& path, const LoadOptions& how) {
  Preprocessing p = Preprocessing::fit(load_examples(path, how));
  p.reading = how;
  return Preprocessing::from_json(p.json());
}

// 40 rows "id,ticket,age,y", where some tickets are numbers and some are not.
std::string passengers(const std::string& separator = ",") {
  std::string csv = "id" + separator + "ticket" + separator + "age" + separator + "y\n";
  for (int i = 0; i < 40; ++i)
    csv += std::to_string(i) + separator + (i % 4 == 0 ? "A/5 " : "") + std::to_string(37 * i) + separator +
           std::to_string(i * 7 % 30) + separator + (i % 2 ? "yes" : "no") + "\n";
  return csv;
}

std::vector<float> take_row(const Tensor& x, std::int64_t row) {
  const std::vector<float> values = x.to_vector<float>();
  const std::int64_t width = x.shape()[1];
  return {values.begin() + row * width, values.begin() + (row + 1) * width};
}

}  // namespace

TEST_CASE("a column left out of training stops nobody later, whether it is there or not") {
  const GivenFile file(passengers());
  for (const Texts& ignored : {Texts{"id", "ticket"}, Texts{"1", "2"}}) {
    const Preprocessing p = fitted(file.path, {.csv = {.ignore = ignored}});
    CHECK(p.how_to_read(true).csv.only == Texts{"age", "y"});
    CHECK(p.how_to_read(false).csv.only == Texts{"age"});
    const auto known = p(load_examples(file.path, p.how_to_read(true)));
    CHECK(known.size() == 40);
    for (const char* other :
         {"age,y\n0,no\n7,yes\n", "y,age\nno,0\nyes,7\n", "x,age,ticket,y\nu,0,1,no\n3,7,A,yes\n"}) {
      CAPTURE(other);
      const GivenFile later(other);
      CHECK(p(load_examples(later.path, p.how_to_read(true))).labels.to_vector<std::int64_t>() ==
            std::vector<std::int64_t>{0, 1});
      CHECK(p.inputs(load_examples(later.path, p.how_to_read(false))).shape() == Shape{2, 1});
    }
    const GivenFile none("id,y\n1,no\n2,yes\n");
    for (const bool labelled : {false, true})
      CHECK(none.refusal([&](const std::string& path) { load_examples(path, p.how_to_read(labelled)); }) ==
            "read_csv: FILE: no column is named 'age', which is needed; there are id, y");
  }
}

TEST_CASE("header, separator, missing cells and texts are read later as in training") {
  const GivenFile numbers("0,1,2,y\n1,5,2,0\n2,6,1,1\n3,7,0,0\n4,8,1,1\n");
  const Preprocessing years = fitted(numbers.path, {.csv = {.header = true}});
  CHECK(years.how_to_read(true).csv.header == true);
  CHECK(years(load_examples(numbers.path, years.how_to_read(true))).size() == 4);
  CHECK(years.inputs(load_examples(numbers.path, years.how_to_read(false))).shape() == Shape{4, 3});

  const GivenFile hash(passengers("#"));
  const Preprocessing cut = fitted(hash.path, {.csv = {.separator = '#', .ignore = {"id", "ticket"}}});
  CHECK(cut(load_examples(hash.path, cut.how_to_read(true))).size() == 40);

  const GivenFile gaps("a,b,y\n1,none,0\n,2,1\n3,3,0\n");
  const LoadOptions how{.csv = {.missing_text = {"", "none"}, .allow_missing = true}};
  const Preprocessing filled = fitted(gaps.path, how);
  CHECK(filled.how_to_read(true).csv.missing_text == how.csv.missing_text);
  CHECK(filled(load_examples(gaps.path, filled.how_to_read(true))).size() == 3);
  CHECK_FALSE(
      fitted(GivenFile(passengers()).path, {.csv = {.ignore = {"ticket"}}}).how_to_read(true).csv.allow_missing);

  const GivenFile codes("code,x,y\n01,1,007\n1,2,7\n01,3,007\n1,4,7\n");
  const Preprocessing spelt = fitted(codes.path, {.csv = {.text = {"code", "y"}}});
  CHECK(spelt.classes == Texts{"007", "7"});
  CHECK(spelt(load_examples(codes.path, spelt.how_to_read(true))).labels.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 0, 1});
  CHECK(spelt.inputs(load_examples(GivenFile("code,x\n01,1\n").path, spelt.how_to_read(false))).shape() == Shape{1, 3});
}

TEST_CASE("decimal marks, markers, and the text that a class is, are known where few rows do not show them") {
  const GivenFile amounts("price;zip;y\n1,5;01;NA\nkeine;02;EU\n1.000,25;01;NA\n7,5;02;EU\n");
  const LoadOptions how{.csv = {.decimal = ',',
                                .missing_text = {"", "NA", "keine"},
                                .missing_number = {"X"},
                                .allow_missing = true,
                                .text = {"zip,y"}}};
  const Preprocessing p = fitted(amounts.path, how);
  CHECK(p.classes == Texts{"EU", "NA"});
  CHECK(p.how_to_read(false).csv.decimal == ',');
  CHECK(p.how_to_read(false).csv.missing_number == Texts{"X"});
  const auto labels = [&](const std::string& text) {
    return p(load_examples(GivenFile(text).path, p.how_to_read(true))).labels.to_vector<std::int64_t>();
  };
  CHECK(labels("price;zip;y\n2,5;01;NA\n") == std::vector<std::int64_t>{1});
  CHECK(labels("y;zip;price\nNA;1;X\nEU;02;2,5\n") == std::vector<std::int64_t>{1, 0});
  const GivenFile one("price;zip\n1.000,25;01\n");
  const Tensor all = p.inputs(load_examples(amounts.path, p.how_to_read(false)));
  CHECK(p.inputs(load_examples(one.path, p.how_to_read(false))).to_vector<float>() == take_row(all, 2));
  const GivenFile points("price;zip\n1.5;01\n2.25;02\n");
  CHECK(points.refusal([&](const std::string& path) { load_examples(path, p.how_to_read(false)); }) ==
        "read_csv: FILE, line 2, column 1 (price): '1.5' is not a number: it has a point, not a decimal comma; if that "
        "is a decimal point, "
        "say so (CsvOptions::decimal, --decimal .)");
  LoadOptions point = p.how_to_read(false);
  point.csv.decimal = '.';
  CHECK(p.inputs(load_examples(points.path, point)).shape() == Shape{2, 3});

  for (const Texts& classes :
       {Texts{"1.0", "2.0", "x"}, Texts{"007", "7"}, Texts{"none", "null"}, Texts{"1", "NaN"}, Texts{"$5", "$6"}}) {
    std::string rows = "a,y\n";
    for (std::size_t i = 0; i < 40; ++i) rows += std::to_string(i % 7) + "," + classes[i % classes.size()] + "\n";
    const Preprocessing spelt = fitted(GivenFile(rows).path, {.csv = {.allow_missing = true, .text = {"y"}}});
    CHECK(spelt.classes == classes);
    for (std::size_t c = 0; c < classes.size(); ++c)
      CHECK(spelt(load_examples(GivenFile("a,y\n3," + classes[c] + "\n").path, spelt.how_to_read(true)))
                .labels.item<std::int64_t>() == static_cast<std::int64_t>(c));
  }
  // numbers among names stay numbers
  const std::string irises = "60,1,rose,iris\n" + [] {
    std::string rows;
    for (int i = 0; i < 60; ++i) rows += std::to_string(i % 9) + "," + std::to_string(i % 2) + "\n";
    return rows;
  }();
  const GivenFile announced(irises);
  const Preprocessing named = fitted(announced.path, {});
  CHECK(named.classes == Texts{"rose", "iris"});
  CHECK(named(load_examples(announced.path, named.how_to_read(true))).size() == 60);
}

TEST_CASE(
    "the columns that are known by name say where the table begins, whatever stands above and however few rows "
    "follow") {
  std::string rows;
  for (int i = 0; i < 40; ++i)
    rows += std::to_string(i) + "," + std::to_string(i * 7 % 30) + "," + (i % 2 ? "yes" : "no") + "\n";
  const std::string few = "0,7,yes\n1,8,no\n", one = "0,7,yes\n";
  for (const char* header : {",age,y\n", "#age,z,y\n", "age,age,y\n", "2023,2024,y\n", "0,1,2\n"}) {
    CAPTURE(header);
    const Preprocessing p = fitted(GivenFile("Report of 2024\n\n" + (header + rows)).path, {.csv = {.header = true}});
    Preprocessing seen = p;
    seen.reading->csv.header.reset();
    for (const char* above : {"", "Report\n", "Report\n\n", "One\nTwo\nThree\n", "\"A, with a comma\"\n\n\n"})
      for (const std::string& below : {rows, few, one}) {
        CAPTURE(above);
        CAPTURE(below);
        const Dataset later = seen(load_examples(GivenFile(above + (header + below)).path, seen.how_to_read(true)));
        CHECK(later.size() == std::count(below.begin(), below.end(), '\n'));
      }
  }
  // without names in training the first line is a row, however it looks
  const Preprocessing nameless = fitted(GivenFile(rows).path, {.csv = {.header = false}});
  Preprocessing seen = nameless;
  seen.reading->csv.header.reset();
  for (const std::string& below : {rows, few, one}) {
    const Examples later = load_examples(GivenFile(below).path, seen.how_to_read(true));
    CHECK(later.size() == std::count(below.begin(), below.end(), '\n'));
  }
  std::string words;
  for (int i = 0; i < 40; ++i)
    words += std::string(i % 3 ? "red," : "blue,") + (i % 4 ? "big," : "small,") + (i % 2 ? "yes\n" : "no\n");
  const Preprocessing of_words = fitted(GivenFile(words).path, {.csv = {.header = false}});
  seen = of_words;
  seen.reading->csv.header.reset();
  const GivenFile like_names("blue,small,yes\nred,big,no\nred,big,no\nred,big,no\nred,big,no\nred,big,no\n");
  CHECK(read_csv(like_names.path).rows() == 5);
  CHECK(seen(load_examples(like_names.path, seen.how_to_read(true))).size() == 6);
}

TEST_CASE("where nobody said how a file was read, missing cells are allowed; what cannot be read is refused") {
  Preprocessing p = Preprocessing::fit(load_examples(GivenFile("a,y\n1,u\n2,v\n").path));
  CHECK(p.how_to_read(false).csv.allow_missing);
  p.reading = LoadOptions{};
  std::string text = p.json();
  const auto with = [&](const std::string& from, const std::string& to) {
    return refusal_of([&] { Preprocessing::from_json(std::string(text).replace(text.find(from), from.size(), to)); });
  };
  CHECK(with("\"separator\":\"\"", "\"separator\":\"ab\"").find("its separator is \"ab\"") != std::string::npos);
  CHECK(with("\"allow_missing\":false", "\"allow_missing\":3").find("how its file was read cannot be read") !=
        std::string::npos);
  CHECK(with("\"header\":null", "\"head\":null").find("how its file was read cannot be read") != std::string::npos);
}

TEST_CASE("texts of one row alone are no categories where there are many; a column of nothing else is left out") {
  std::string csv = "name,ticket,deck,x,y\n";
  for (int i = 0; i < 200; ++i) {
    csv += "n" + std::to_string(i) + ",t" + std::to_string(i < 80 ? i % 40 : i) + "," +
           (i == 0       ? "own"
            : i % 3 == 0 ? ""
                         : "a") +
           ",";
    csv += std::to_string(i % 7) + "," + std::to_string(i % 2) + "\n";
  }
  const GivenFile file(csv);
  const LoadOptions how{.csv = {.allow_missing = true}};
  const Preprocessing p = Preprocessing::fit(load_examples(file.path, how));
  Texts names;
  for (const PreparedColumn& c : p.columns) names.push_back(c.name);
  CHECK(names == Texts{"ticket", "deck", "x"});  // of 120 tickets one row each, of 40 two
  CHECK(p.columns[0].categories.size() == 40);
  CHECK(p.columns[1].categories == Texts{"a", "own", ""});  // one text of one row is not many
  CHECK(p.inputs(load_examples(file.path, how)).shape() == Shape{200, 44});
  CHECK(Preprocessing::from_json(p.json()).json() == p.json());
  const Preprocessing all = Preprocessing::fit(load_examples(file.path, how), {.many_single_texts = 0});
  CHECK(all.columns[0].categories.size() == 200);
  CHECK(dataset_of(load_examples(file.path, how)).inputs.shape() == Shape{200, 364});
  const GivenFile alone("url,y\n" + [] {
    std::string rows;
    for (int i = 0; i < 60; ++i) rows += "u" + std::to_string(i) + "," + std::to_string(i % 2) + "\n";
    return rows;
  }());
  CHECK(
      alone.refusal([](const std::string& path) { Preprocessing::fit(load_examples(path)); }) ==
      "Preprocessing: column 'url' has another text in each of the 60 rows of the training part: that teaches nothing");
}

}  // namespace logitape::tests
