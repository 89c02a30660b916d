// What a run remembers of its rows, so that it goes on with the same ones. Not installed.
#pragma once
#include <string>

#include "logitape/train/fit/detail/trainer_state.h"

namespace logitape::inline v0::train {

SeenRows seen(const Dataset& rows, const std::string& name);

// Error: other rows than those of `before`; of rows that may have been mended, another number of them. rows: those of
// `now`; null: none. what: "to train on", "held out".
void require_same(const char* what, const SeenRows& before, SeenRows now, const Dataset* rows, bool may_be_mended);

}  // namespace logitape::inline v0::train
