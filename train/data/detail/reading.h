// How the file of the training rows was read, as JSON beside what was fitted to them. Not installed.
#pragma once
#include <string>
#include <string_view>

#include "logitape/train/data/load.h"

namespace logitape::inline v0::data {

// The options that hold for another file of the same kind too: not its columns, which Preprocessing knows, nor paths of
// other files. Error: invalid_argument for text that is not UTF-8.
std::string reading_json(const LoadOptions& options);

// The inverse. Error: io for text of another form.
LoadOptions reading_of(std::string_view text);

}  // namespace logitape::inline v0::data
