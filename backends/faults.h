// Indices out of range: the sentence, and checks on a device that nobody waits for. Not installed.
#pragma once
#include <cstdint>
#include <string>

#include "logitape/backends/detail/module.h"

namespace logitape::inline v0::backends {

// "label 10 at row 17 is outside [0, 10), as are 2 more", with {value}, {position}, {limit} and {more} where its
// numbers go.
std::string range_sentence(const char* what, const char* where);
// Error out_of_range.
[[noreturn]] void fail_of_index(const char* op, const std::string& sentence, const lt_fault& fault);

// A ticket for an index_check of the device that does not wait; 0 where one has to: on the cpu, and where a module
// cannot tell later. The first read that waits for the device then throws the sentence.
std::uint64_t ticket_of(Device device, const char* op, const std::string& sentence);

// Takes the fault that the device holds, and throws it; nothing where another thread has been faster.
void throw_fault(const OpenDevice& on);

}  // namespace logitape::inline v0::backends
