// Where the numbers of an exchange are, and who adds them: the cpu those of the host, a device's kernels those that lie
// there. Both add the same way, so that bits are the same.
#pragma once
#include <cstddef>

#include "logitape/core/tensor.h"
#include "logitape/train/distributed/detail/messages.h"

namespace logitape::inline v0::distributed::detail {

class Numbers {
 public:
  explicit Numbers(std::size_t bytes) : bytes_(bytes) {}
  virtual ~Numbers() = default;
  Numbers(const Numbers&) = delete;

  std::size_t bytes() const noexcept { return bytes_; }  // of one of them
  // For so many of them, until it is asked for again.
  virtual std::byte* room(std::size_t count) = 0;
  // sum[i] += x[i]
  virtual void add(std::byte* sum, const std::byte* x, std::size_t count) = 0;
  virtual void copy(std::byte* to, const std::byte* from, std::size_t count) = 0;
  // Until all of this is done: then numbers may travel.
  virtual void settle() = 0;
  // How many are best added at once where parts are added twice.
  virtual std::size_t piece(std::size_t count) const = 0;

 private:
  std::size_t bytes_;
};

// T: float or double.
template <class T>
class HostNumbers final : public Numbers {
 public:
  explicit HostNumbers(Room& room) : Numbers(sizeof(T)), room_(room) {}
  std::byte* room(std::size_t count) override { return static_cast<std::byte*>(room_.of(count * sizeof(T))); }
  void add(std::byte* sum, const std::byte* x, std::size_t count) override;
  void copy(std::byte* to, const std::byte* from, std::size_t count) override;
  void settle() override {}
  std::size_t piece(std::size_t) const override { return 4096; }  // what is still in the cache

 private:
  Room& room_;
};

class DeviceNumbers final : public Numbers {
 public:
  DeviceNumbers(Device device, DType dtype) : Numbers(byte_size(dtype)), device_(device), dtype_(dtype) {}
  std::byte* room(std::size_t count) override;
  void add(std::byte* sum, const std::byte* x, std::size_t count) override;
  void copy(std::byte* to, const std::byte* from, std::size_t count) override;
  void settle() override;
  std::size_t piece(std::size_t count) const override { return count; }  // one kernel

 private:
  Device device_;
  DType dtype_;
  Tensor room_;
};

}  // namespace logitape::inline v0::distributed::detail
