// A table of zeros with rows added to it: the gradient of gather. A batch names few rows of a large table, so the table
// is made when somebody reads it, and never for an optimiser, which asks for the rows. Not installed.
#pragma once
#include "logitape/backends/kernels.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0::ops {

// table[indices[j]] += updates[j], in the order of j, where the table [rows, ...] is zeros. indices of any integer
// dtype and shape, in range; updates [indices.shape, ...], f32 or f64.
class LateRows final : public LateBytes {
 public:
  // args: of scatter_add, all but y.
  LateRows(const backends::IndexArgs& args, const Tensor& indices, const Tensor& updates);

  std::int64_t rows() const { return args_.axis; }
  std::int64_t width() const { return args_.inner; }
  const Tensor& indices() const { return indices_; }
  const Tensor& updates() const { return updates_; }

 private:
  void make(void* bytes) noexcept override;

  backends::IndexArgs args_;
  Tensor indices_, updates_;          // of no tape
  const backends::Kernels* kernels_;  // those in force when the table was asked for
};

// table_of_rows(shape, args, indices, updates): that table, made late where that is possible: on the cpu, while nobody
// watches arrays (core/detail/watch.h), for rows of one axis and updates that are there, so that chains of such tables
// are one deep. args may also be of another axis, or of indices per element.
Tensor table_of_rows(const char* op, const Shape& shape, const backends::IndexArgs& args, const Tensor& indices,
                     const Tensor& updates);
// What it was given, where the table's bytes are made late, or were; null: elsewhere.
const LateRows* late_rows(const Tensor& table);

}  // namespace logitape::inline v0::ops
