// Indices out of range: the sentence, and checks on a device that nobody waits for. Not installed.
#pragma once
#include <cstdint>

#include "logitape/backends/detail/module.h"

namespace logitape::inline v0::backends {

// Error out_of_range: "label 10 at row 17 is outside [0, 10), as are 2 more".
struct RangeFault {
  std::int64_t count, position, value, limit;
};
[[noreturn]] void fail_of_range(const char* op, const char* what, const char* where, const RangeFault& fault);

// A ticket for an index_check of the device that does not wait; 0 where one has to: on the cpu, and where a module
// cannot tell later. The first read that waits for the device then throws what the check has found.
std::uint64_t ticket_of(Device device, const char* op, const char* what, const char* where);

// Takes the fault that the device holds, and throws it.
[[noreturn]] void throw_fault(const OpenDevice& on);

}  // namespace logitape::inline v0::backends
