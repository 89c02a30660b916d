// Zeros, and scatter_add's kernel on them.
#include "logitape/ops/detail/late_rows.h"

#include "logitape/backends/registry.h"
#include "logitape/core/detail/watch.h"
#include "logitape/ops/detail/support.h"

namespace logitape::inline v0::ops {

LateRows::LateRows(const backends::IndexArgs& args, const Tensor& indices, const Tensor& updates)
    : args_(args), indices_(indices.without_node()), updates_(updates.without_node()), kernels_(&backends::kernels()) {}

void LateRows::make(void* bytes) noexcept {
  args_.y = bytes;
  kernels_->fill({args_.dtype, args_.axis * args_.inner, 0, bytes});
  kernels_->scatter_add(args_);
}

Tensor table_of_rows(const char* op, const Shape& shape, const backends::IndexArgs& args, const Tensor& indices,
                     const Tensor& updates) {
  const bool rows = shape.rank() >= 2 && args.outer == 1 && !args.per_element;
  if (rows && updates.device() == Device::cpu() && !updates.late() && !tensor_watcher())
    return Tensor::uninitialised(shape, args.dtype, new LateRows(args, indices, updates));
  Tensor y = filled(op, shape, 0, args.dtype, updates.device());
  backends::IndexArgs here = args;
  here.y = y.writable();
  backends::run(op, y.device(), &Kernels::scatter_add, here);
  return y;
}

const LateRows* late_rows(const Tensor& table) {
  const auto* late = dynamic_cast<const LateRows*>(table.late());
  const bool whole =
      late && table.rank() >= 1 && table.shape()[0] == late->rows() && table.size() == late->rows() * late->width();
  return whole ? late : nullptr;
}

}  // namespace logitape::inline v0::ops
