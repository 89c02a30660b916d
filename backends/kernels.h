// The contract between the ops and a backend: plain argument structs and one function pointer per kernel.
// Below this line no Tensor exists. The caller has checked dtypes, shapes and index ranges; kernels fail only where
// memory runs out, and give the same bits for every number of threads.
//
// Sizes and strides are in elements, 64-bit. Arrays are dense and 64-byte aligned at their start. `dtype` is f32 or f64
// unless a comment says otherwise. An output may be the same array as an input only where said so.
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
  int rank = 0;
  std::int64_t size[max_rank] = {};
  std::int64_t step[inputs][max_rank] = {};
};

// clang-format off
struct FillArgs { DType dtype; std::int64_t size; double value; void* y; };  // any dtype; a floating one rounds value
struct UnaryArgs { DType dtype; std::int64_t size; const void* x; void* y; };  // y may be x
struct BinaryArgs { DType dtype; Loop<2> loop; const void* a; const void* b; void* y; };
struct CompareArgs {  // any dtype; y is 0 or 1
  DType dtype; Loop<2> loop; const void* a;
  const void* b; std::uint8_t* y;
};
struct WhereArgs { DType dtype; Loop<3> loop; const std::uint8_t* condition; const void* a; const void* b; void* y; };
struct ClampArgs { DType dtype; std::int64_t size; double low; double high; const void* x; void* y; };
struct CastArgs { DType from; DType to; std::int64_t size; const void* x; void* y; };

// y[o, i] = reduction over a of x[o, a, i]; x is [outer, axis, inner]; axis >= 1 but for sum. argmax: y is i64.
// sum: y = scale * sum in f64, rounded once. sum, max, min also of integers and booleans: exact, sum in i64 (mod 2^64).
struct ReduceArgs {
  DType dtype; std::int64_t outer; std::int64_t axis; std::int64_t inner;
  double scale; const void* x; void* y;
};
// clang-format on

// Copies a strided view into a strided view, element by element; element_size is 1, 2, 4 or 8 bytes.
struct CopyArgs {
  std::int64_t element_size;
  int rank;
  std::int64_t size[max_rank];
  std::int64_t from_step[max_rank];
  std::int64_t to_step[max_rank];
  const void* x;
  void* y;
};

// batch.size and batch.step count matrices. y[m, n] = a[m, k] * b[k, n] (+ bias[n]) (then max(0, .) if relu), per
// batch. transpose_a: a is stored [k, m]; transpose_b: b is stored [n, k]. k may be 0. bias may be null. bf16: of f32
// only; a and b are rounded to it, products and sums are those of f32.
struct MatmulArgs {
  DType dtype;
  Loop<2> batch;
  std::int64_t m, n, k;
  bool transpose_a, transpose_b, relu, bf16;
  const void* a;
  const void* b;
  const void* bias;
  void* y;
};

// Where a matrix of a batch has no pivot: which matrix, and the column or leading minor; both -1 where all have one.
struct PivotFault {
  std::int64_t matrix = -1;
  std::int64_t column = -1;
};

// a * x = b, or a^T * x = b with transpose: a is [n, n], b and x [n, columns], matrix by matrix of a batch that counts
// them; any extent may be 0.
//   solve: any a, by LU with partial pivoting. A pivot is missing where it is at most (k+1) * 2^-52 * the sum of
//   |l_kj*u_jk| over j <= k, the bound of its rounding errors in f64; never where that sum is not finite
//   solve_triangular: a's upper triangle, or its lower one; the other is not read. A 0 of the diagonal is no pivot
// Computed in f64, rounded once. fault: of the first matrix that has one; its x may then be anything.
struct SolveArgs {
  DType dtype;
  Loop<2> batch;
  std::int64_t n, columns;
  bool upper;  // solve_triangular's alone
  bool transpose;
  const void* a;
  const void* b;
  void* x;
  PivotFault* fault;
};

// y * y^T = a, y lower triangles with zeros above: [matrices, n, n], of a's lower triangle alone. In f64, rounded once.
// A pivot is missing where a_kk less the squares before it is at most (k+1) * 2^-52 * a_kk, or below 0.
struct CholeskyArgs {
  DType dtype;
  std::int64_t matrices, n;
  const void* a;
  void* y;
  PivotFault* fault;
};

// A window that slides over images [images, height, width, channels], [0] of every pair down and [1] across. Output [i,
// j] sees the elements [i*stride[0] - padding[0] + a*dilation[0], j*stride[1] - padding[1] + b*dilation[1]] with a <
// size[0], b < size[1], where those outside the image are padding.
struct Window {
  std::int64_t images, height, width, channels;
  std::int64_t size[2], stride[2], padding[2], dilation[2];
  std::int64_t out[2];  // how many outputs
};

// y[n, i, j, f] = sum over a, b, c of x[n, .., .., c] * weight[a, b, c, f], padding being 0 (+ bias[f]) (then max(0, .)
// if relu); the chain of a product with k = [a, b, c]. x is the window's images, weight [size, channels, features], y
// [images, out, features]. Three kernels make one of x, weight and y from the other two, so that each is the derivative
// of the others:
//   conv2d makes y; conv2d_input makes x, the sum of y * weight where the window saw it; conv2d_weight the sum of x * y
// bf16: as in MatmulArgs, for the two that are given.
struct ConvolutionArgs {
  DType dtype;
  Window window;
  std::int64_t features;
  bool relu;  // this and the bias, which may be null: conv2d's alone
  bool bf16;
  const void* x;
  const void* weight;
  const void* bias;
  const void* y;
  void* result;
};

// Of the window's elements inside the image, channel by channel; dilation is 1, and every window has one. y is [images,
// out, channels].
//   max_pool: y = the first largest, the first NaN if there is one; places (i32 for f32, i64 for f64) says where it is
//   in [height * width]
//   sum_pool: y = scale * sum
//   spread_pool, its transpose: x is [images, out, channels], y the images: scale * sum over windows
struct PoolArgs {
  DType dtype;
  Window window;
  double scale;
  const void* x;
  void* y;
  void* places;
};

// x and y are [outer, axis, inner]; mean and variance [outer, inner], of the axis >= 1, in f64 and rounded once:
//   variance = mean((x - mean)^2),  deviation = sqrt(variance + epsilon),  y = (x - mean) / deviation
// No square overflows inside, and none is lost: deviation and y are right where variance is beyond the dtype.
struct NormaliseArgs {
  DType dtype;
  std::int64_t outer, axis, inner;
  double epsilon;
  const void* x;
  void* y;
  void* mean;
  void* variance;
  void* deviation;
};

// x is [outer, axis, inner]. Shared index list (per_element false): indices is [count].
// Per element (true): indices is [outer, count, inner].
//   gather:      y[o, j, i] = x[o, index, i], y is [outer, count, inner]; any dtype by element size
//   scatter_add: y[o, index, i] += x[o, j, i], y is [outer, axis, inner] and holds the base, x is [outer, count, inner]
// Duplicates add in the order of j. Every index is in [0, axis).
struct IndexArgs {
  DType dtype;
  DType index_dtype;
  bool per_element;
  std::int64_t outer, axis, inner, count;
  const void* x;
  const void* indices;
  void* y;
};

// y[r, c] = c == indices[r] ? 1 : 0, y is [rows, classes], any dtype.
// clang-format off
struct OneHotArgs {
  DType dtype; DType index_dtype; std::int64_t rows; std::int64_t classes;
  const void* indices; void* y;
};

// Which indices are outside [0, limit): how many, and the first one's position and value. Where keep is 0 any index
// will do.
struct IndexFault { std::int64_t count = 0; std::int64_t position = 0; std::int64_t value = 0; };
struct IndexCheckArgs {
  DType index_dtype; std::int64_t count; std::int64_t limit; const void* indices; IndexFault* fault;
  const std::uint8_t* keep = nullptr;
};

// clang-format on

// x and y are [outer, classes, inner], g is [outer, inner]; the softmax p runs over the classes.
//   softmax: y = p;  log_softmax: y = log p;  label_gradient: y = -g*log p, 0 where g is 0 at a class that a logit of
//   -inf masks
// Two take p for x, and v for g, which is of x's shape:
//   centred: y = v - sum(p*v);  softmax_vjp: y = p*(v - sum(p*v)), where a number that is added to v changes nothing
struct SoftmaxArgs {
  DType dtype;
  std::int64_t outer, classes, inner;
  const void* x;
  void* y;
  const void* g = nullptr;
};

// Logits x, [outer, classes, inner], in rows along the classes; f16, bf16, f32 or f64, computed in f32 (f64 for f64).
// Labels t are either dense, of logits' shape, or one class y per row, indices being [outer, inner]:
//   t[c] = w[c] * (a*[c = y] + b), made in the dtype of the computation; b = 0: 0 but at y, whatever the other weights
// With S = sum of t over a row and p = softmax(x):
//   loss          = S*lse(x) - sum(t*x)
//   gradient      = scale * (S*p - t), or scale * (p - t) with unit_mass (TensorFlow's raw backprop)
//   lse           = log(sum(e^x)): -inf where all logits are, +inf where one is, NaN where one is
//   probabilities = p
// scale is the gradient's alone: a mean's loss is scaled where the rows are summed. loss and lse are [outer, inner],
// the others of logits' shape. Logits, labels, weights and every output are of `dtype`. 0 * -inf counts as 0: a class
// of label 0 may be masked by a logit of -inf. A masked class of positive label makes the loss +inf and has the
// gradient -scale*t; smoothing (b > 0) gives every class a positive label, except those of weight 0. A row whose keep
// is 0 is 0 in every output, whatever its logits and labels hold; its index is not read.
struct CrossEntropyArgs {
  DType dtype;
  DType index_dtype;  // read where indices is set
  std::int64_t outer, classes, inner;
  const void* logits;
  const void* labels;   // exactly one of labels and indices is set
  const void* indices;  // each in [0, classes)
  double a = 1;
  double b = 0;
  const void* weights = nullptr;       // w, [classes], read with indices; null: ones
  const std::uint8_t* keep = nullptr;  // [outer, inner]; null: all
  double scale = 1;
  bool unit_mass = false;
  void* loss = nullptr;
  void* gradient = nullptr;  // this and the next two may be null
  void* lse = nullptr;
  void* probabilities = nullptr;
};

// Counter-based numbers: element i of the stream that starts at `first` under `key` (core/random.h says how).
// clang-format off
struct RandomArgs { DType dtype; std::uint64_t key; std::uint64_t first; std::int64_t size; void* y; };
// y[i] = 1/(1-rate) with probability 1 - rate, else 0, from the same stream.
struct DropoutMaskArgs {
  DType dtype; std::uint64_t key; std::uint64_t first; double rate;
  std::int64_t size; void* y;
};
// clang-format on

// One pass over a parameter, in fused steps of the dtype.
// Outputs may be the same arrays as the inputs of their name.
// sgd: g' = g + weight_decay*p;  v' = momentum*v + g' (v' = g' where velocity is null: the first step);
//      d = nesterov ? g' + momentum*v' : v';  p' = p - learning_rate*d.  momentum 0: new_velocity is null and d = g'.
struct SgdArgs {
  DType dtype;
  std::int64_t size;
  double learning_rate, momentum, weight_decay;
  bool nesterov;
  const void* parameter;
  const void* gradient;
  const void* velocity;
  void* new_parameter;
  void* new_velocity;
};
// adam: g' = g + weight_decay*p (coupled) or g' = g and p is first scaled by 1 - learning_rate*weight_decay (decoupled,
// AdamW);
//       m' = beta1*m + (1-beta1)*g';  v' = beta2*v + (1-beta2)*g'^2;
//       p' = p - learning_rate * (m'/correction1) / (sqrt(v'/correction2) + epsilon),  correction_i = 1 - beta_i^step.
// m and v null: zeros (the first step). A finite g' beyond 2^63 (f32) or 2^511 (f64) counts as that number: its square
// would be infinite.
struct AdamArgs {
  DType dtype;
  std::int64_t size;
  double learning_rate, beta1, beta2, epsilon, weight_decay, correction1, correction2;
  bool decoupled;
  const void* parameter;
  const void* gradient;
  const void* first_moment;
  const void* second_moment;
  void* new_parameter;
  void* new_first_moment;
  void* new_second_moment;
};

template <class Args>
using Kernel = void (*)(const Args&);

// A backend's table of contents. A null slot is an error that names the op and the device.
struct Kernels {
  Kernel<FillArgs> fill = nullptr;
  Kernel<CastArgs> cast = nullptr;
  Kernel<CopyArgs> copy = nullptr;

  Kernel<BinaryArgs> add = nullptr, sub = nullptr, mul = nullptr, div = nullptr, pow = nullptr;
  Kernel<BinaryArgs> maximum = nullptr, minimum = nullptr;  // these, add, sub and mul: of integers too, which wrap
  Kernel<BinaryArgs> where_positive = nullptr;              // a > 0 ? b : 0
  Kernel<CompareArgs> equal = nullptr, not_equal = nullptr, less = nullptr, less_equal = nullptr;
  Kernel<WhereArgs> where = nullptr;  // any dtype

  Kernel<UnaryArgs> neg = nullptr, abs = nullptr, sign = nullptr, sqrt = nullptr;
  Kernel<UnaryArgs> exp = nullptr, log = nullptr, log1p = nullptr, expm1 = nullptr;
  Kernel<UnaryArgs> sin = nullptr, cos = nullptr, tanh = nullptr, sigmoid = nullptr, erf = nullptr, erfc = nullptr;
  Kernel<UnaryArgs> relu = nullptr, gelu = nullptr, silu = nullptr;
  Kernel<UnaryArgs> sech_squared = nullptr, bell = nullptr;      // 1 / cosh(x)^2, e^(-x^2/2)
  Kernel<UnaryArgs> gelu_slope = nullptr, silu_slope = nullptr;  // the derivatives of gelu and silu
  Kernel<ClampArgs> clamp = nullptr;

  Kernel<ReduceArgs> sum = nullptr, max = nullptr, min = nullptr, argmax = nullptr, logsumexp = nullptr;
  Kernel<MatmulArgs> matmul = nullptr;
  bool (*multiplies_bf16)() =
      nullptr;  // in hardware, so that MatmulArgs::bf16 saves time; without, the same bits take more

  Kernel<SolveArgs> solve = nullptr, solve_triangular = nullptr;
  Kernel<CholeskyArgs> cholesky = nullptr;

  Kernel<ConvolutionArgs> conv2d = nullptr, conv2d_input = nullptr, conv2d_weight = nullptr;
  Kernel<PoolArgs> max_pool = nullptr, sum_pool = nullptr, spread_pool = nullptr;
  Kernel<NormaliseArgs> normalise = nullptr;

  Kernel<IndexArgs> gather = nullptr, scatter_add = nullptr;
  Kernel<OneHotArgs> one_hot = nullptr;
  Kernel<IndexCheckArgs> index_check = nullptr;

  Kernel<SoftmaxArgs> softmax = nullptr, log_softmax = nullptr, label_gradient = nullptr, centred = nullptr,
                      softmax_vjp = nullptr;
  Kernel<CrossEntropyArgs> cross_entropy = nullptr;

  Kernel<RandomArgs> uniform = nullptr, normal = nullptr;
  Kernel<DropoutMaskArgs> dropout_mask = nullptr;

  Kernel<SgdArgs> sgd = nullptr;
  Kernel<AdamArgs> adam = nullptr;
};

}  // namespace logitape::inline v0::backends
