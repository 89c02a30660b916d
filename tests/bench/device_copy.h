// A copy on the device, asked of the module itself: as fast as bytes can move there.
#pragma once
#include "logitape/backends/detail/module.h"
#include "logitape/core/tensor.h"

namespace bench {

namespace lt = logitape;

// A call copies the tensor's bytes.
class DeviceCopy {
 public:
  explicit DeviceCopy(const lt::Tensor& from)
      : from_(from), to_(lt::Tensor::uninitialised(from.shape(), from.dtype(), from.device())),
        bytes_(static_cast<std::size_t>(from.size()) * lt::byte_size(from.dtype())), data_(to_.writable()) {}
  void operator()() const {
    const auto& on = lt::backends::opened(from_.device());
    lt::backends::check(on.module->copy(on.context, data_, from_.data(), bytes_), *on.module, "copy");
  }

 private:
  lt::Tensor from_, to_;
  std::size_t bytes_;
  void* data_;
};

}  // namespace bench
