// All commands and their flags as data: for shells that complete them, and for the manual.
#pragma once
#include <string>
#include <vector>

namespace command {

struct Flag {
  std::string name;  // "--epochs"; of a word without a flag, its place: "FILE"
  std::string type;  // "N"; "": it takes no value
  std::string what, usual, group;
  std::vector<std::string> choices;

  bool takes_file() const { return type == "FILE" || type == "DIR" || type == "MODEL"; }
};

struct CommandPage {
  std::string name, summary, about;
  std::vector<std::string> places;  // words without a flag, in their order: "MODEL", "FILE"
  std::vector<Flag> flags;
};

std::vector<CommandPage> command_pages();

}  // namespace command
