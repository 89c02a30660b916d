// How many threads compute.
#pragma once

namespace logitape::inline v0 {

// The caller included; at least 1. The default is LOGITAPE_NUM_THREADS or the CPUs at hand. Results are the same bits
// for any count. Error: fewer than 1, more than 1024.
void set_num_threads(int count);
int num_threads();

}  // namespace logitape::inline v0
