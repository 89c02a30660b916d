// Parts of a call shared among the threads of the CPU's pool, for what is no kernel. Not installed.
#pragma once
#include <cstdint>
#include <memory>
#include <type_traits>

namespace logitape::inline v0::backends {

// Calls run(context, begin, end) for ranges that cover [0, parts), on several threads at once; what one of them
// computes is its own affair, on that thread alone. The first exception is rethrown in the caller, who takes part.
void share(std::int64_t parts, void (*run)(void*, std::int64_t, std::int64_t), void* context);

template <class F>  // f(part)
void share(std::int64_t parts, F&& f) {
  using Function = std::remove_reference_t<F>;
  share(
      parts,
      [](void* c, std::int64_t begin, std::int64_t end) {
        for (std::int64_t part = begin; part < end; ++part) (*static_cast<Function*>(c))(part);
      },
      const_cast<void*>(static_cast<const void*>(std::addressof(f))));
}

}  // namespace logitape::inline v0::backends
