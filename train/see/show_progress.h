// Watches a training: a bar while it runs (train/see/progress.h), and a table with a row an epoch (train/see/report.h).
// Watches the reading of a file.
#pragma once
#include <cstdio>
#include <functional>

#include "logitape/train/files/file.h"
#include "logitape/train/fit/trainer.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// Call before fit(): show_progress(trainer, stdout). On a terminal: a bar, and about ten rows of epochs. Elsewhere, as
// in a log: about thirty rows and no bar. The stream stays the caller's.
void show_progress(Trainer& trainer, std::FILE* out, const Terminal& terminal);
inline void show_progress(Trainer& trainer, std::FILE* out) { show_progress(trainer, out, terminal_of(out)); }

// For the options of a reader: load_examples(path, {.progress = show_reading(stderr)}). A bar appears after a second of
// reading a file, and goes when the reading ends. `clock`: seconds; by default those of the steady clock.
ReadProgress show_reading(std::FILE* out, const Terminal& terminal, std::function<double()> clock = {});
inline ReadProgress show_reading(std::FILE* out) { return show_reading(out, terminal_of(out)); }

}  // namespace logitape::inline v0
