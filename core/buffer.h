// The bytes of a tensor, shared by the handles and nodes that read them.
#pragma once
#include <atomic>
#include <cstdint>

#include "logitape/core/device.h"

namespace logitape::inline v0 {

// Freed with its bytes when the last owner lets go.
struct Buffer {
  std::atomic<std::uint32_t> owners{1};
  Device device;
  std::int64_t bytes = 0;  // on `device`, freed with the buffer; 0 for borrowed data
  void* data = nullptr;
  void (*let_go)(void* owner) noexcept = nullptr;  // for borrowed data: called when the last owner lets go
  void* owner = nullptr;
};
void retain(Buffer*) noexcept;
void release(Buffer*) noexcept;

}  // namespace logitape::inline v0
