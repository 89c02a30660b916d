// The quiz of explain, on any two streams.
#pragma once
#include <logitape.h>

#include <cstdio>
#include <istream>

namespace command {

namespace lt = logitape;

// `echo`: answers are not seen otherwise, since they come from a pipe. Asks, marks, explains, and keeps score. It ends
// where the answers end, at "q", or when all is asked.
void run_quiz(const lt::Explanation& e, std::istream& in, bool echo, std::FILE* out, const lt::Terminal& terminal);

}  // namespace command
