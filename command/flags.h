// What the flags of several commands share: numbers that are checked, the device, colours, names that exist.
#pragma once
#include <logitape.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "words.h"

namespace command {

// Checks whose sentences name what was typed; CLI11's own name the largest double.
CLI::Validator number_from_0(bool itself);           // a finite number above 0, or 0 too
CLI::Validator whole_number(long least, long most);  // of this range
CLI::Validator seed_number();

// The device of --device, once it can be used: before anything is read, written or trained.
logitape::Device usable_device(const std::string& name);
void add_device_flag(CLI::App& app, logitape::Device& device, const char* group);
void add_color_flag(CLI::App& app, std::string& color);

// Reads the words as this app's flags. True: --help was asked for, and printed. Error std::invalid_argument, a sentence
// that names a flag that does not exist, or a value that is none.
bool read_flags(CLI::App& app, std::vector<std::string> words);

}  // namespace command
