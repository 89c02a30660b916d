// A training watched: a bar while it runs (train/see/progress.h), and a table with a row an epoch (train/see/report.h).
#pragma once
#include <cstdio>

#include "logitape/train/see/terminal.h"
#include "logitape/train/trainer.h"

namespace logitape::inline v0 {

// Before fit(): show_progress(trainer, stdout). On a terminal a bar, and about ten rows of the epochs; elsewhere, as in
// a log, about thirty rows and no bar. The stream stays the caller's.
void show_progress(Trainer& trainer, std::FILE* out, const Terminal& terminal);
inline void show_progress(Trainer& trainer, std::FILE* out) { show_progress(trainer, out, terminal_of(out)); }

}  // namespace logitape::inline v0
