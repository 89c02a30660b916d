// must not compile: = delete;  // write exponential\(every, gamma\)
#include "logitape/train/optim/schedule.h"

#ifndef MISUSE
inline logitape::Schedule decay() { return logitape::exponential(100, 0.95); }
#else
inline logitape::Schedule decay() { return logitape::exponential(0.95); }
#endif
