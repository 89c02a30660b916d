// What ./tests/run bench asks of the program.
#pragma once
#include <regex>
#include <string>
#include <vector>

namespace bench {

struct Options {
  std::vector<std::string> areas = {};  // all where none is named
  int threads = 1;                      // LOGITAPE_NUM_THREADS
  int rounds = 9;
  double milliseconds = 20;  // of each contender in each round, at least
  std::regex only = std::regex("");
  std::string json = {}, against = {};     // files
  std::string python = {}, libtorch = {};  // programs; empty: none
  std::string peers = {};                  // their names, separated by commas; empty: all
  std::string start_program = {};          // bench_start, stripped
  std::string compiler = {};               // that reads the header
};

}  // namespace bench
