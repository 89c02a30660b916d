// The bytes of a tensor, shared by the handles and nodes that read them.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "logitape/core/device.h"

namespace logitape::inline v0 {

// Bytes of the host that are made when somebody first reads them, such as the gradient of a table: zeros, but for a few
// rows. Who wants these rows alone leaves the bytes unmade (ops/detail/late_rows.h).
class LateBytes {
 public:
  virtual ~LateBytes() = default;
  LateBytes() = default;
  LateBytes(const LateBytes&) = delete;
  LateBytes& operator=(const LateBytes&) = delete;
  static void* operator new(std::size_t bytes);  // from the pool
  static void operator delete(void* block, std::size_t bytes) noexcept;

  // Makes them, unless that has been done; another thread that reads them waits.
  void finish(void* bytes) noexcept {
    if (state_.load(std::memory_order_acquire) != made) make_once(bytes);
  }

 private:
  virtual void make(void* bytes) noexcept = 0;
  void make_once(void* bytes) noexcept;

  enum State { unmade, being_made, made };
  std::atomic<State> state_ = unmade;
};

// Freed with its bytes when the last owner lets go.
struct Buffer {
  std::atomic<std::uint32_t> owners{1};
  Device device;
  std::int64_t bytes = 0;  // on `device`, freed with the buffer; 0 for borrowed data
  void* data = nullptr;
  void (*let_go)(void* owner) noexcept = nullptr;  // for borrowed data: called when the last owner lets go
  void* owner = nullptr;
  LateBytes* late = nullptr;  // the buffer's own; null: the bytes are there

  const void* read() const noexcept {
    if (late) [[unlikely]]
      late->finish(data);
    return data;
  }
};
void retain(Buffer*) noexcept;
void release(Buffer*) noexcept;

}  // namespace logitape::inline v0
