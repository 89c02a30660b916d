// The examples' reader of plain numbers: what it reads, and where it says a file is wrong.
#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "examples/csv.h"

using namespace logitape;

namespace {

// A file that is gone at the end of the test.
struct TemporaryFile {
  explicit TemporaryFile(const std::string& text) { std::ofstream(path) << text; }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path = (std::filesystem::temp_directory_path() / ("logitape_csv_" + std::to_string(::getpid()))).string();
};

void check_refused(const std::string& text, const std::string& why) {
  const TemporaryFile file(text);
  CHECK_THROWS_WITH_AS(read_csv(file.path), (file.path + why).c_str(), std::runtime_error);
}

}  // namespace

TEST_CASE("a file of numbers becomes inputs and labels, with or without carriage returns and a last newline") {
  const TemporaryFile file("1,2.5,0\r\n-3e1,4,9");
  const Dataset data = read_csv(file.path);
  CHECK(data.inputs.shape() == Shape{2, 2});
  CHECK(data.inputs.to_vector<float>() == std::vector<float>{1, 2.5f, -30, 4});
  CHECK(data.labels.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 9});
}

TEST_CASE("a file that is wrong is refused by name and line") {
  check_refused("", ":1: the file is empty");
  check_refused("1,2\n1,x\n", ":2: column 2 is not a number");
  check_refused("1,2,\n", ":1: column 3 is not a number");
  check_refused("nan,2\n", ":1: column 1 is not a number");
  check_refused("1,2\n1,2,3\n", ":2: 3 columns where line 1 has 2");
  check_refused("1,2.5\n", ":1: the label is not a whole number up to 2^24");
  check_refused("5\n", ":1: a line needs inputs and a label");
  CHECK_THROWS_WITH_AS(read_csv("/nowhere/digits.csv"), "/nowhere/digits.csv: cannot be opened", std::runtime_error);
}
