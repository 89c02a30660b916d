// Predictions as JSON lines, and which kind of file a file is.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "logitape.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {

TEST_CASE("JSON lines have a prediction each, whose numbers and names a reader of JSON gets back") {
  const std::vector<std::string> classes = {"a", "say \"b\"", "c\\d\n\xc3\xa9"};
  const std::vector<double> p = {1e-7, 0.25, 0.7499999, 1, 0, 5e-324};
  const Prediction said{from_span(p, {2, 3}), {2, 0}, {classes[2], classes[0]}};
  std::istringstream lines(prediction_lines(said, classes));
  std::string line;
  std::size_t rows = 0;
  for (; std::getline(lines, line); ++rows) {
    const nlohmann::json read = nlohmann::json::parse(line);
    CHECK(read.at("predicted").get<std::string>() == said.labels[rows]);
    REQUIRE(read.at("probabilities").size() == 3);
    for (std::size_t c = 0; c < 3; ++c) CHECK(read.at("probabilities").at(classes[c]).get<double>() == p[3 * rows + c]);
  }
  CHECK(rows == 2);
  CHECK(prediction_lines({zeros({0, 3}), {}, {}}, classes).empty());
  CHECK_THROWS_WITH_AS(prediction_lines(said, std::span(classes).first(2)),
                       "prediction_table: the probabilities are f64 [2,3], and 2 classes have names", Error);
  const std::vector<std::string> latin = {"a", "b", "caf\xe9"};
  CHECK_THROWS_WITH_AS(prediction_lines(said, latin), "prediction_lines: the name of a class is not UTF-8", Error);
}

TEST_CASE("a file's first bytes tell its format, packed by gzip or not") {
  const TemporaryFolder folder;
  const std::string npy = folder / "a.csv", tensors = folder / "b", table = folder / "c.npy";
  save_npy(npy, tensor({1.0, 2.0}));
  save_safetensors(tensors, std::vector<NamedTensor>{{"x", tensor({1.f})}});
  write_file(table, "a,b\n1,2\n");
  CHECK(format_of("test", npy) == FileFormat::npy);
  CHECK(format_of("test", tensors) == FileFormat::safetensors);
  CHECK(format_of("test", table) == FileFormat::csv);
  write_file(table, std::string_view("\0\0\x08\x01\0\0\0\1\7", 9));
  CHECK(format_of("test", table) == FileFormat::idx);
  write_file(table, "PK\x03\x04");
  CHECK(format_of("test", table) == FileFormat::npz);
  CHECK_THROWS_AS(format_of("test", folder / "none"), Error);
}

}  // namespace logitape::tests
