// digit_pictures DIGITS FOLDER: writes the digits of a CSV file, 8 x 8 numbers from 0 to 16 and the digit, as PNG
// pictures in FOLDER/all, a folder a digit; FOLDER/sorted.csv has the same rows in the order of those files. In
// FOLDER/parts is a split of them: train, val and test.
#include <logitape.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "logitape/train/see/detail/png.h"

namespace lt = logitape;
namespace fs = std::filesystem;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const lt::Table digits = lt::read_csv(argv[1]);
  const std::string folder = argv[2];
  lt::Table sorted = digits;
  for (lt::Column& c : sorted.columns) c.values.clear();
  for (int digit = 0; digit < 10; ++digit) {
    int count = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(digits.rows()); ++row) {
      if (digits.columns[64].values[row] != digit) continue;
      std::vector<std::uint8_t> pixels;
      for (std::size_t c = 0; c < 65; ++c) {
        sorted.columns[c].values.push_back(digits.columns[c].values[row]);
        if (c < 64) pixels.push_back(static_cast<std::uint8_t>(digits.columns[c].values[row]));
      }
      char name[32];
      std::snprintf(name, sizeof name, "%d/%04d.png", digit, count);
      const char* const part = count % 5 == 0 ? "test" : count % 5 == 1 ? "val" : "train";
      for (const std::string& path : {folder + "/all/" + name, folder + "/parts/" + part + "/" + name}) {
        fs::create_directories(fs::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << lt::train::png(pixels, 8, 8, 1);  // write_file waits for the disk
      }
      ++count;
    }
  }
  lt::write_csv(folder + "/sorted.csv", sorted);
}
