// Any function made of our ops in double-double (106 bits), its dtypes as they are. While an Evaluation lives, this
// thread's kernels read f64 arrays as hi + lo, compute in double-double, store hi in the array and remember lo beside
// it:
//   wide::Evaluation wide;
//   wide.values(sigmoid(x))    // x = 40: {1, -4.248354255291589e-18}
// It is slow: scalar loops, one thread. Arrays of other dtypes are read as they are and rounded once; f64 numbers that
// come from the host have lo = 0. Random numbers are those of the cpu.
#pragma once
#include <memory>
#include <vector>

#include "logitape/backends/kernels.h"
#include "logitape/backends/wide/double2.h"

namespace logitape::inline v0::backends::wide {

// hi + lo of every array of f64 that a kernel wrote on this thread since it began; they end with it. One within another
// shares everything with the outer one. It stays on its thread.
class Evaluation {
 public:
  Evaluation();
  ~Evaluation();
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // hi + lo of an f64 tensor; a template since no Tensor exists in this layer. Error: another dtype.
  template <class Tensor>
  std::vector<Double2> values(const Tensor& y) const {
    return values(y.dtype(), y.data(), y.size());
  }

  // Whether low parts may be missing: a floating value was read out of a tensor (to_vector, item), or rounded to f32,
  // f16 or bf16.
  bool lost() const;

 private:
  std::vector<Double2> values(DType dtype, const void* array, std::int64_t size) const;

  class State;
  std::unique_ptr<State> own_;  // null within another
};

// The table that it computes with.
const Kernels& kernels();

}  // namespace logitape::inline v0::backends::wide
