// Tensors of one dtype on one device, one behind the other: an array that travels and is added up as a whole.
#pragma once
#include <memory>

#include "logitape/core/tensor.h"
#include "logitape/train/distributed/detail/numbers.h"
#include "logitape/train/distributed/shares.h"

namespace logitape::inline v0::distributed::detail {

class Packed {
 public:
  // Copies them, to be added where `place` is: on the cpu, or where they lie. Error: what was queued on the device
  // before has found a fault.
  Packed(Tensors tensors, Device place);
  // Becomes that of all ranks. messages: those of an engine that moves the memory of `place`.
  void sum(Messages& messages, const Shares& shares);
  // As the tensors were: their shapes, where they lie.
  Tensors unpacked();

 private:
  std::byte* values() { return static_cast<std::byte*>(array_.writable()); }
  std::unique_ptr<Numbers> numbers(Room& room) const;

  Tensors tensors_;
  Tensor array_;  // of one tensor in its shape
};

// Takes the next of those that can be packed together: those of the first that `taken` lacks, by their numbers.
std::vector<std::size_t> next_group(const Tensors& tensors, std::vector<char>& taken);

}  // namespace logitape::inline v0::distributed::detail
