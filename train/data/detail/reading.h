// How the file of the training rows was read, as JSON beside what was fitted to them. Not installed.
#pragma once
#include <string>
#include <string_view>

#include "logitape/train/data/load.h"

namespace logitape::inline v0::data {

// Of the options what is true of the next file of its kind too: not its columns, which Preprocessing knows, nor other
// files' paths. Error: invalid_argument for what is not UTF-8.
std::string reading_json(const LoadOptions& options);

// The other way. Error: io for what is no such text.
LoadOptions reading_of(std::string_view text);

}  // namespace logitape::inline v0::data
