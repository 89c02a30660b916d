// The contract between the ops and a backend: plain argument structs and one function pointer a kernel; kernel_args.h
// says what each computes. Below this line no Tensor exists.
//
// The CPU's kernels fail for want of memory only, and give the same bits for every number of threads.
#pragma once
#include <cstdint>

#include "logitape/core/dtype.h"

namespace logitape::inline v0::backends {

inline constexpr int max_rank = 8;

// A loop nest over a dense row-major result. For each input: its step along every axis, 0 where it is broadcast.
// Axes that step alike are merged, so most calls arrive with rank 1 (rank 0: one element); step[i][rank-1] is 0 or 1.
// a [2,3] + b [3]: rank 2, size {2,3}, step {{3,1}, {0,1}}, so that y at [i,j] is a[3*i + 1*j] + b[0*i + 1*j].
// a [2,3] + b [2,3]: both axes step alike, so rank 1, size {6}, step {{1}, {1}}.
template <int inputs>
struct Loop {
  std::int32_t rank = 0;
  std::int64_t size[max_rank] = {};
  std::int64_t step[inputs][max_rank] = {};
};

}  // namespace logitape::inline v0::backends

#define LT_TYPES
using lt_dtype = logitape::DType;
using lt_loop2 = logitape::backends::Loop<2>;
using lt_loop3 = logitape::backends::Loop<3>;
#include "logitape/backends/plugin.h"
static_assert(LT_MAX_RANK == logitape::backends::max_rank);

namespace logitape::inline v0::backends {

using FillArgs = lt_fill_args;
using UnaryArgs = lt_unary_args;
using BinaryArgs = lt_binary_args;
using CompareArgs = lt_compare_args;
using WhereArgs = lt_where_args;
using ClampArgs = lt_clamp_args;
using CastArgs = lt_cast_args;
using ReduceArgs = lt_reduce_args;
using CopyArgs = lt_copy_args;
using MatmulArgs = lt_matmul_args;
using PivotFault = lt_pivot_fault;
using SolveArgs = lt_solve_args;
using CholeskyArgs = lt_cholesky_args;
using Window = lt_window;
using ConvolutionArgs = lt_convolution_args;
using PoolArgs = lt_pool_args;
using NormaliseArgs = lt_normalise_args;
using NormaliseVjpArgs = lt_normalise_vjp_args;
using IndexArgs = lt_index_args;
using OneHotArgs = lt_one_hot_args;
using IndexFault = lt_index_fault;
using IndexCheckArgs = lt_index_check_args;
using SoftmaxArgs = lt_softmax_args;
using CrossEntropyArgs = lt_cross_entropy_args;
using RandomArgs = lt_random_args;
using DropoutMaskArgs = lt_dropout_mask_args;
using SgdArgs = lt_sgd_args;
using AdamArgs = lt_adam_args;
using SgdListArgs = lt_sgd_list_args;
using AdamListArgs = lt_adam_list_args;
using NumberArray = lt_array;
using AllFiniteArgs = lt_all_finite_args;

template <class Args>
using Kernel = void (*)(const Args&);

// A backend's table of contents. A null slot is an error that names the op and the device.
struct Kernels {
#define LOGITAPE_SLOT(slot, args) Kernel<lt_##args##_args> slot = nullptr;
  LT_KERNELS(LOGITAPE_SLOT)
#undef LOGITAPE_SLOT
  // Whether MatmulArgs::bf16 saves time, since the hardware has it; without, the same bits take more.
  bool (*multiplies_bf16)() = nullptr;
};

}  // namespace logitape::inline v0::backends
