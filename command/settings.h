// The flags of a run as a file of TOML, and from one: what was given once need not be typed again.
#pragma once
#include <string>

#include "flags.h"

namespace command {

// Gives the app --config. Flags that are typed win over the file's.
void add_config_flag(CLI::App& app);

// Gives the app's flags that were not typed the values of the file that --config names, if it was: those in the section
// [command], and those above all sections. Error: the file cannot be read; a name that is no flag; a wrong value.
void read_config(CLI::App& app, const std::string& command);

// All flags that have a value, typed or by default, in a section [command]; but for --config and --resume.
std::string settings_text(const CLI::App& app, const std::string& command);

}  // namespace command
