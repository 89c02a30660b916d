// The bytes of a tensor, shared by the handles and nodes that read them.
#pragma once
#include <atomic>
#include <cstdint>

#include "logitape/core/device.h"

namespace logitape::inline v0 {

// Freed, its bytes with it, as the last owner lets go.
struct Buffer {
  std::atomic<std::uint32_t> owners{1};
  Device device;
  std::int64_t bytes = 0;  // behind the header; of borrowed data none
  void* data = nullptr;
  void (*let_go)(void* owner) noexcept = nullptr;  // of borrowed data: called as the last owner lets go
  void* owner = nullptr;
};
void retain(Buffer*) noexcept;
void release(Buffer*) noexcept;

}  // namespace logitape::inline v0
