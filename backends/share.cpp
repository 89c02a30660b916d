// The pool's own call, under a name that does not belong to one backend.
#include "logitape/backends/detail/share.h"

#include "logitape/backends/cpu/thread_pool.h"

namespace logitape::inline v0::backends {

void share(std::int64_t parts, void (*run)(void*, std::int64_t, std::int64_t), void* context) {
  cpu::parallel_ranges(parts, run, context);
}

}  // namespace logitape::inline v0::backends
