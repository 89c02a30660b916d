// How the file of the training rows was read, as JSON beside what was fitted to them. Not installed.
#pragma once
#include <nlohmann/json.hpp>

#include "logitape/train/data/load.h"

namespace logitape::inline v0::data {

// Of the options what is true of the next file of its kind too: not its columns, which Preprocessing knows, nor other files' paths.
nlohmann::json json_of(const LoadOptions& options);

// The other way. Error: nlohmann's exceptions, where an entry is of another type; io where a separator is no character.
LoadOptions reading_of(const nlohmann::json& object);

}  // namespace logitape::inline v0::data
