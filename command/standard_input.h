// "-" in the place of a file: standard input, which is kept in a file as long as the program runs, since tables are
// read twice.
#pragma once
#include <string>

namespace command {

// The file to read for a path as it was typed. Errors: nothing comes in because a terminal is there; the disk is full.
std::string readable(const std::string& typed);
// How a path is called in what is printed: "standard input" for "-".
std::string displayed(const std::string& typed);
// A sentence with "standard input" in the place of that file.
std::string with_standard_input(std::string sentence);

}  // namespace command
