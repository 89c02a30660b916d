// Which kernels serve a device, and how ops call them.
#pragma once
#include <cstring>

#include "logitape/backends/detail/module.h"
#include "logitape/backends/kernels.h"
#include "logitape/core/device.h"
#include "logitape/core/log.h"

namespace logitape::inline v0::backends {

// The CPU's.
const Kernels& kernels();

// Lets tests run every op on another table, the oracle's for example. Returns the one in force before; null: the CPU's
// own.
const Kernels* replace_cpu_kernels(const Kernels* table);
// The same for the calling thread alone, before that one; backends/wide computes so.
const Kernels* replace_kernels_of_this_thread(const Kernels* table);

[[noreturn]] void missing(const char* op, Device device);

// What a kernel is asked for, for the log: the extents among its arguments, outermost first.
struct Extents {
  void add(std::int64_t extent) { value[count++] = extent; }
  int count = 0;
  std::int64_t value[max_rank + 4] = {};
};
template <class Args>
Extents extents_of(const Args& a) {
  Extents e;
  const auto nest = [&](const auto& loop) {
    for (int r = 0; r < loop.rank; ++r) e.add(loop.size[r]);
  };
  if constexpr (requires { a.loop; }) nest(a.loop);
  if constexpr (requires { a.batch; }) nest(a.batch);
  if constexpr (requires { a.matrices; }) e.add(a.matrices);
  if constexpr (requires { a.m; }) e.add(a.m);
  if constexpr (requires { a.n; }) e.add(a.n);
  if constexpr (requires { a.k; }) e.add(a.k);
  if constexpr (requires { a.columns; }) e.add(a.columns);
  if constexpr (requires { a.window; })
    for (const std::int64_t extent : {a.window.images, a.window.height, a.window.width, a.window.channels})
      e.add(extent);
  if constexpr (requires { a.element_size; }) nest(a);
  else if constexpr (requires { a.size; }) e.add(a.size);
  if constexpr (requires { a.outer; }) e.add(a.outer);
  if constexpr (requires { a.rows; }) e.add(a.rows);
  if constexpr (requires { a.classes; }) e.add(a.classes);
  if constexpr (requires { a.axis; }) e.add(a.axis);
  if constexpr (requires { a.inner; }) e.add(a.inner);
  if constexpr (requires { a.count; }) e.add(a.count);
  return e;
}
void trace(const char* op, Device device, const Extents& extents) noexcept;

// A module's table has the same slots in the same order, each a function of another type.
template <class Args>
using ModuleKernel = lt_status (*)(lt_context*, const Args*);
struct ModuleSlot {
  const OpenDevice& on;
  const void* place;  // null where the module has no such slot
};
ModuleSlot slot_of(Device device, std::size_t number);

template <class Args>
std::size_t slot_number(Kernel<Args> Kernels::*slot) {
  static const Kernels table;
  return static_cast<std::size_t>(reinterpret_cast<const char*>(&(table.*slot)) -
                                  reinterpret_cast<const char*>(&table)) /
         sizeof(Kernel<Args>);
}

template <class Args>
void run_elsewhere(const char* op, Device device, Kernel<Args> Kernels::*slot, const Args& args) {
  const ModuleSlot there = slot_of(device, slot_number(slot));
  ModuleKernel<Args> kernel = nullptr;
  if (there.place) std::memcpy(&kernel, there.place, sizeof kernel);
  if (!kernel) missing(op, device);
  if constexpr (requires { args.fault; })
    if (args.fault) ++there.on.waits;
  check(kernel(there.on.context, &args), *there.on.module, op);
}

// run("exp", device, &Kernels::exp, args): error unsupported, naming op and device, where the slot is null.
template <class Args>
void run(const char* op, Device device, Kernel<Args> Kernels::*slot, const Args& args) {
  if (logging::heard(logging::Level::trace)) [[unlikely]]
    trace(op, device, extents_of(args));
  if (device != Device::cpu()) [[unlikely]]
    return run_elsewhere(op, device, slot, args);
  const Kernel<Args> kernel = kernels().*slot;
  if (!kernel) missing(op, device);
  kernel(args);
}

}  // namespace logitape::inline v0::backends
