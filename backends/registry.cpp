// The CPU table, which tests can replace, and the error for a device or a slot that has no kernel.
#include "logitape/backends/registry.h"

#include <atomic>
#include <cstddef>
#include <utility>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/backends/cpu/cpu.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/say.h"

namespace logitape::inline v0::backends {
namespace {
constinit std::atomic<const Kernels*> replacement{nullptr};
constinit thread_local const Kernels* of_this_thread = nullptr;
}  // namespace

const Kernels& kernels() {
  if (of_this_thread) [[unlikely]]
    return *of_this_thread;
  const Kernels* table = replacement.load(std::memory_order_acquire);
  return table ? *table : cpu::kernels();
}

const Kernels* replace_cpu_kernels(const Kernels* table) { return replacement.exchange(table); }
const Kernels* replace_kernels_of_this_thread(const Kernels* table) { return std::exchange(of_this_thread, table); }

ModuleSlot slot_of(Device device, std::size_t number) {
  const OpenDevice& on = opened(device);
  const lt_kernels& table = *on.module->kernels;
  const std::size_t at = offsetof(lt_kernels, fill) + number * sizeof table.fill;
  const bool there = at + sizeof table.fill <= table.bytes;
  return {on, there ? reinterpret_cast<const char*>(&table) + at : nullptr};
}

void missing(const char* op, Device device) {
  fail(ErrorCode::unsupported, op, "there is no kernel for it on {}", device);
}

void trace(const char* op, Device device, const Extents& extents) noexcept {
  logging::say(logging::Level::trace, "{} on {}: [{}]", op, device,
               fmt::join(extents.value, extents.value + extents.count, ","));
}

}  // namespace logitape::inline v0::backends
