// What a kernel is asked for: one struct of arguments each, plain C, so that a module of any compiler can take them.
// The caller has checked dtypes, shapes and, where said so, index ranges.
//
// Sizes and strides are in elements, 64-bit. Arrays are dense, row-major and aligned to their element at least; those
// that a module has allocated begin where it aligned them. `dtype` is f32 or f64 where a comment does not say
// otherwise. An output may be the same array as an input only where said so. Sums have a fixed order: equal arguments
// give equal bits. The CPU's kernels take the same structs; backends/kernels.h has their C++ names.
#ifndef LOGITAPE_BACKENDS_KERNEL_ARGS_H
#define LOGITAPE_BACKENDS_KERNEL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LT_MAX_RANK 8

#ifdef __cplusplus
#define LT_OR(value) = value /* the field's value where none is named; in C every field is set */
#else
#define LT_OR(value)
#endif

#ifndef LT_TYPES /* the library has C++ types of the same layout: backends/kernels.h */
// f16, bf16, f32, f64, i8, u8, i16, i32, i64, boolean (a byte, 0 or 1)
typedef uint8_t lt_dtype;
enum { LT_F16, LT_BF16, LT_F32, LT_F64, LT_I8, LT_U8, LT_I16, LT_I32, LT_I64, LT_BOOLEAN };

// A loop nest over a dense row-major result. For each input: its step along every axis, 0 where it is broadcast.
// Axes that step alike are merged, so most calls arrive with rank 1 (rank 0: one element); step[i][rank-1] is 0 or 1.
// a [2,3] + b [3]: rank 2, size {2,3}, step {{3,1}, {0,1}}, so that y at [i,j] is a[3*i + 1*j] + b[0*i + 1*j].
typedef struct lt_loop2 {
  int32_t rank;
  int64_t size[LT_MAX_RANK];
  int64_t step[2][LT_MAX_RANK];
} lt_loop2;
typedef struct lt_loop3 {
  int32_t rank;
  int64_t size[LT_MAX_RANK];
  int64_t step[3][LT_MAX_RANK];
} lt_loop3;
#endif
typedef bool lt_bool;

typedef struct lt_fill_args {
  lt_dtype dtype;
  int64_t size;
  double value;
  void* y;
} lt_fill_args;  // any dtype; a floating one rounds value
typedef struct lt_unary_args {
  lt_dtype dtype;
  int64_t size;
  const void* x;
  void* y;
} lt_unary_args;  // y may be x
typedef struct lt_binary_args {
  lt_dtype dtype;
  lt_loop2 loop;
  const void* a;
  const void* b;
  void* y;
} lt_binary_args;
typedef struct lt_compare_args {  // any dtype; y is 0 or 1
  lt_dtype dtype;
  lt_loop2 loop;
  const void* a;
  const void* b;
  uint8_t* y;
} lt_compare_args;
typedef struct lt_where_args {
  lt_dtype dtype;
  lt_loop3 loop;
  const uint8_t* condition;
  const void* a;
  const void* b;
  void* y;
} lt_where_args;
typedef struct lt_clamp_args {
  lt_dtype dtype;
  int64_t size;
  double low;
  double high;
  const void* x;
  void* y;
} lt_clamp_args;
typedef struct lt_cast_args {
  lt_dtype from, to;
  int64_t size;
  const void* x;
  void* y;
} lt_cast_args;

// y[o, i] = reduction over a of x[o, a, i]; x is [outer, axis, inner]; axis >= 1 but for sum. argmax: y is i64.
// sum: y = scale * sum in f64, rounded once. sum, max, min also of integers and booleans: exact, sum in i64 (mod 2^64).
typedef struct lt_reduce_args {
  lt_dtype dtype;
  int64_t outer;
  int64_t axis;
  int64_t inner;
  double scale;
  const void* x;
  void* y;
} lt_reduce_args;

// Copies a strided view into a strided view, element by element; element_size is 1, 2, 4 or 8 bytes.
typedef struct lt_copy_args {
  int64_t element_size;
  int32_t rank;
  int64_t size[LT_MAX_RANK];
  int64_t from_step[LT_MAX_RANK];
  int64_t to_step[LT_MAX_RANK];
  const void* x;
  void* y;
} lt_copy_args;

// batch.size and batch.step count matrices. y[m, n] = a[m, k] * b[k, n] (+ bias[n]) (then max(0, .) if relu), per
// batch. transpose_a: a is stored [k, m]; transpose_b: b is stored [n, k]. k may be 0. bias may be null. bf16: of f32
// only; a and b are rounded to it, products and sums are those of f32. tf32, of f32 only: a and b may be rounded to 10
// bits after the point. Tensor cores add either in an order that the shape fixes, losing an epsilon a step at most.
// cut, null but on the CPU, of k up to 256: y is the sum along row_blocks.h's tree of the products over [cut[i],
// cut[i+1]).
typedef struct lt_matmul_args {
  lt_dtype dtype;
  lt_loop2 batch;
  int64_t m, n, k;
  lt_bool transpose_a, transpose_b, relu, bf16;
  const void *a, *b, *bias;
  void* y;
  lt_bool tf32 LT_OR(false);
  const int64_t* cut LT_OR(NULL);
  int64_t cuts LT_OR(0);
} lt_matmul_args;

// Where a matrix of a batch has no pivot: which matrix, and the column or leading minor; both -1 where all have one.
typedef struct lt_pivot_fault {
  int64_t matrix LT_OR(-1);
  int64_t column LT_OR(-1);
} lt_pivot_fault;

// a * x = b, or a^T * x = b with transpose: a is [n, n], b and x [n, columns], matrix by matrix of a batch that counts
// them; any extent may be 0.
//   solve: any a, by LU with partial pivoting. A pivot is missing where it is at most (k+1) * 2^-52 * the sum of
//   |l_kj*u_jk| over j <= k, the bound of its rounding errors in f64; never where that sum is not finite
//   solve_triangular: a's upper triangle, or its lower one; the other is not read. A 0 of the diagonal is no pivot
// Computed in f64, rounded once. fault: of the first matrix that has one; its x may then be anything.
typedef struct lt_solve_args {
  lt_dtype dtype;
  lt_loop2 batch;
  int64_t n, columns;
  lt_bool upper;  // solve_triangular's alone
  lt_bool transpose;
  const void* a;
  const void* b;
  void* x;
  lt_pivot_fault* fault;
} lt_solve_args;

// y * y^T = a, y lower triangles with zeros above: [matrices, n, n], of a's lower triangle alone. In f64, rounded once.
// A pivot is missing where a_kk less the squares before it is at most (k+1) * 2^-52 * a_kk, or below 0.
typedef struct lt_cholesky_args {
  lt_dtype dtype;
  int64_t matrices, n;
  const void* a;
  void* y;
  lt_pivot_fault* fault;
} lt_cholesky_args;

// A window that slides over images [images, height, width, channels], [0] of every pair down and [1] across. Output [i,
// j] sees the elements [i*stride[0] - padding[0] + a*dilation[0], j*stride[1] - padding[1] + b*dilation[1]] with a <
// size[0], b < size[1], where those outside the image are padding.
typedef struct lt_window {
  int64_t images, height, width, channels;
  int64_t size[2], stride[2], padding[2], dilation[2];
  int64_t out[2];  // how many outputs
} lt_window;

// y[n, i, j, f] = sum over a, b, c of x[n, .., .., c] * weight[a, b, c, f], padding being 0 (+ bias[f]) (then max(0, .)
// if relu); the chain of a product with k = [a, b, c]. x is the window's images, weight [size, channels, features], y
// [images, out, features]. Three kernels make one of x, weight and y from the other two, so that each is the derivative
// of the others:
//   conv2d makes y; conv2d_input makes x, the sum of y * weight where the window saw it; conv2d_weight the sum of x * y
// bf16, tf32: as in lt_matmul_args, for the two that are given.
typedef struct lt_convolution_args {
  lt_dtype dtype;
  lt_window window;
  int64_t features;
  lt_bool relu;  // this and the bias, which may be null: conv2d's alone
  lt_bool bf16;
  const void* x;
  const void* weight;
  const void* bias;
  const void* y;
  void* result;
  lt_bool tf32 LT_OR(false);
} lt_convolution_args;

// Of the window's elements inside the image, channel by channel; dilation is 1, and every window has one. y is [images,
// out, channels].
//   max_pool: y = the first largest, the first NaN if there is one; places (i32 for f32, i64 for f64) says where it is
//   in [height * width]
//   sum_pool: y = scale * sum
//   spread_pool, its transpose: x is [images, out, channels], y the images: scale * sum over windows
typedef struct lt_pool_args {
  lt_dtype dtype;
  lt_window window;
  double scale;
  const void* x;
  void* y;
  void* places;
} lt_pool_args;

// x and y are [outer, axis, inner]; mean and variance [outer, inner], of the axis >= 1, in f64 and rounded once:
//   variance = mean((x - mean)^2),  deviation = sqrt(variance + epsilon),  y = (x - mean) / deviation
// No square overflows inside, and none is lost: deviation and y are right where variance is beyond the dtype.
typedef struct lt_normalise_args {
  lt_dtype dtype;
  int64_t outer, axis, inner;
  double epsilon;
  const void* x;
  void *y, *mean, *variance, *deviation;
} lt_normalise_args;

// Of cotangents g of a normalised y, both [outer, axis, inner], with a factor for each [outer, inner], in f64 and
// rounded once:
//   total = sum(g),  product = sum(g*y),  x = factor * (g - (total + y*product) / axis);  x may be null
typedef struct lt_normalise_vjp_args {
  lt_dtype dtype;
  int64_t outer, axis, inner;
  const void *y, *g, *factor;
  void *total, *product, *x;
} lt_normalise_vjp_args;

// x is [outer, axis, inner]. Shared index list (per_element false): indices is [count].
// Per element (true): indices is [outer, count, inner].
//   gather:      y[o, j, i] = x[o, index, i], y is [outer, count, inner]; any dtype by element size
//   scatter_add: y[o, index, i] += x[o, j, i], y is [outer, axis, inner] and holds the base, x is [outer, count, inner]
// Duplicates add in the order of j. Every index is in [0, axis); a device whose check did not wait may meet another:
// gather then makes NaN, or 0 of what is no float, and scatter_add adds nothing.
typedef struct lt_index_args {
  lt_dtype dtype;
  lt_dtype index_dtype;
  lt_bool per_element;
  int64_t outer, axis, inner, count;
  const void* x;
  const void* indices;
  void* y;
} lt_index_args;

// y[r, c] = c == indices[r] ? 1 : 0, y is [rows, classes], any dtype; a row of zeros for any other index.
typedef struct lt_one_hot_args {
  lt_dtype dtype;
  lt_dtype index_dtype;
  int64_t rows;
  int64_t classes;
  const void* indices;
  void* y;
} lt_one_hot_args;

// Which indices are outside [0, limit): how many, and the first one's position and value. Where keep is 0 any index
// will do. On a device fault may be null: the call does not wait, and lt_module's take_fault tells later; `ticket`, not
// 0, says which check it was.
typedef struct lt_index_fault {
  int64_t count LT_OR(0);
  int64_t position LT_OR(0);
  int64_t value LT_OR(0);
} lt_index_fault;
typedef struct lt_index_check_args {
  lt_dtype index_dtype;
  int64_t count;
  int64_t limit;
  const void* indices;
  lt_index_fault* fault;
  const uint8_t* keep LT_OR(NULL);
  uint64_t ticket LT_OR(0);
} lt_index_check_args;

// x and y are [outer, classes, inner], g is [outer, inner]; the softmax p runs over the classes.
//   softmax: y = p;  log_softmax: y = log p;  label_gradient: y = -g*log p, 0 where g is 0 at a class that a logit of
//   -inf masks
// Two take p for x, and v for g, which is of x's shape:
//   centred: y = v - sum(p*v);  softmax_vjp: y = p*(v - sum(p*v)), where a number that is added to v changes nothing
typedef struct lt_softmax_args {
  lt_dtype dtype;
  int64_t outer, classes, inner;
  const void* x;
  void* y;
  const void* g LT_OR(NULL);
} lt_softmax_args;

// Logits x, [outer, classes, inner], in rows along the classes; f16, bf16, f32 or f64, computed in f32 (f64 for f64).
// Labels t are either dense, of logits' shape, or one class y per row, indices being [outer, inner]:
//   t[c] = w[c] * (a*[c = y] + b), made in the dtype of the computation; b = 0: 0 but at y, whatever the other weights
// With S = sum of t over a row and p = softmax(x):
//   loss          = S*lse(x) - sum(t*x)
//   gradient      = scale * (S*p - t), or scale * (p - t) with unit_mass (TensorFlow's raw backprop)
//   lse           = log(sum(e^x)): -inf where all logits are, +inf where one is, NaN where one is
//   probabilities = p;  label_gradient = -scale*log p, 0 where scale is 0 at a class that a logit of -inf masks
// scale is the gradient's alone: a mean's loss is scaled where the rows are summed. loss and lse are [outer, inner],
// the others of logits' shape. Logits, labels, weights and every output are of `dtype`. 0 * -inf counts as 0: a class
// of label 0 may be masked by a logit of -inf. A masked class of positive label makes the loss +inf and has the
// gradient -scale*t; smoothing (b > 0) gives every class a positive label, except those of weight 0. A row whose keep
// is 0 is 0 in every output, whatever its logits and labels hold; its index is not read.
typedef struct lt_cross_entropy_args {
  lt_dtype dtype;
  lt_dtype index_dtype;  // read where indices is set
  int64_t outer, classes, inner;
  const void* logits;
  const void* labels;   // exactly one of labels and indices is set
  const void* indices;  // each in [0, classes); a device whose check did not wait makes NaN of the row of another
  double a LT_OR(1);
  double b LT_OR(0);
  const void* weights LT_OR(NULL);  // w, [classes], read with indices; null: ones
  const uint8_t* keep LT_OR(NULL);  // [outer, inner]; null: all
  double scale LT_OR(1);
  lt_bool unit_mass LT_OR(false);
  void* loss LT_OR(NULL);
  void* gradient LT_OR(NULL);  // this and the next two may be null
  void *lse LT_OR(NULL), *probabilities LT_OR(NULL);
  float* wide_loss LT_OR(NULL);           // of f16 and bf16: the loss before it is rounded; loss may then be null
  const double* scale_there LT_OR(NULL);  // on a device, in its memory: scale is also times this
  void* label_gradient LT_OR(NULL);       // may be null; the CPU's alone, null elsewhere
} lt_cross_entropy_args;

// Counter-based numbers: element i of the stream that starts at `first` under `key` (core/random.h says how). Where
// first_there is set, `first` is read from there, in the device's memory, when the kernel runs.
typedef struct lt_random_args {
  lt_dtype dtype;
  uint64_t key;
  uint64_t first;
  int64_t size;
  void* y;
  const uint64_t* first_there LT_OR(NULL);
} lt_random_args;
// y[i] = 1/(1-rate) with probability 1 - rate, else 0, from the same stream.
typedef struct lt_dropout_mask_args {
  lt_dtype dtype;
  uint64_t key;
  uint64_t first;
  double rate;
  int64_t size;
  void* y;
  const uint64_t* first_there LT_OR(NULL);
} lt_dropout_mask_args;

// One pass over a parameter, in fused steps of the dtype. Outputs may be the same arrays as the inputs of their name.
// Where rates_there is set, what changes from step to step is read from there, in the device's memory, when the kernel
// runs: {learning_rate}, and {learning_rate, correction1, correction2} of adam. While the device holds a fault that
// nobody has taken, outputs become the inputs, and moments that were null 0.
// sgd: g' = g + weight_decay*p;  v' = momentum*v + g' (v' = g' where velocity is null: the first step);
//      d = nesterov ? g' + momentum*v' : v';  p' = p - learning_rate*d.  momentum 0: new_velocity is null and d = g'.
typedef struct lt_sgd_args {
  lt_dtype dtype;
  int64_t size;
  double learning_rate, momentum, weight_decay;
  lt_bool nesterov;
  const void *parameter, *gradient, *velocity;
  void *new_parameter, *new_velocity;
  const double* rates_there LT_OR(NULL);
} lt_sgd_args;
// adam: g' = g + weight_decay*p (coupled) or g' = g and p is first scaled by 1 - learning_rate*weight_decay (decoupled,
// AdamW);
//       m' = beta1*m + (1-beta1)*g';  v' = beta2*v + (1-beta2)*g'^2;
//       p' = p - learning_rate * (m'/correction1) / (sqrt(v'/correction2) + epsilon),  correction_i = 1 - beta_i^step.
// m and v null: zeros (the first step). A finite g' beyond 2^63 (f32) or 2^511 (f64) counts as that number: its square
// would be infinite.
typedef struct lt_adam_args {
  lt_dtype dtype;
  int64_t size;
  double learning_rate, beta1, beta2, epsilon, weight_decay, correction1, correction2;
  lt_bool decoupled;
  const void *parameter, *gradient, *first_moment, *second_moment;
  void *new_parameter, *new_first_moment, *new_second_moment;
  const double* rates_there LT_OR(NULL);
} lt_adam_args;

// Parameters of a model, or parts of them, in one launch or few. The outputs of one are no inputs of another.
typedef struct lt_sgd_list_args {
  int64_t count;
  const lt_sgd_args* each;
  lt_bool* finite LT_OR(NULL);  // the CPU's alone, null elsewhere: whether every number of every new parameter is
} lt_sgd_list_args;
typedef struct lt_adam_list_args {
  int64_t count;
  const lt_adam_args* each;
  lt_bool* finite LT_OR(NULL);  // the same
} lt_adam_list_args;

// y[0] = 1 where every number of every array is finite, else 0.
typedef struct lt_array {
  lt_dtype dtype; /* a floating one */
  int64_t size;
  const void* data;
} lt_array;
typedef struct lt_all_finite_args {
  int64_t count;
  const lt_array* arrays;
  uint8_t* y;
} lt_all_finite_args;

#endif
