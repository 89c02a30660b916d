// The low parts of this thread's f64 arrays, each beside its array's addresses.
//   A shadow begins, all 0, when an array is given to a tensor, and ends when those bytes are given away again: the
//   pool recycles them. Beside lo it keeps hi. If the array now holds another number, something else wrote it, perhaps
//   another thread that was given the bytes meanwhile; then lo counts as 0.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "logitape/backends/wide/double2.h"
#include "logitape/core/detail/watch.h"
#include "logitape/core/memory.h"

namespace logitape::inline v0::backends::wide {

class Shadows final : public TensorWatcher {
 public:
  void given(const void* data, std::int64_t bytes, DType dtype) override;
  void read(DType dtype) override { lost_ = lost_ || is_floating(dtype); }

  Double2 load(const double* from) const;
  void store(double* to, Double2 value);
  void move(const void* from, void* to);  // 8 bytes, which may be no double
  bool lost() const { return lost_; }
  void lose() { lost_ = true; }

 private:
  using Values = std::vector<Double2, memory::PoolAllocator<Double2>>;
  using Address = std::uintptr_t;
  using Entry = std::pair<const Address, Values>;

  const Double2* find(const void* address) const;
  Double2* find(const void* address) { return const_cast<Double2*>(std::as_const(*this).find(address)); }

  std::map<Address, Values, std::less<>, memory::PoolAllocator<Entry>> arrays_;  // by their first byte
  bool lost_ = false;
};

}  // namespace logitape::inline v0::backends::wide
