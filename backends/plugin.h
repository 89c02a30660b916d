// A module that computes on another device: liblogitape_cuda.so, or one that somebody else writes in plain C. The
// library opens it at run time, and asks it for the one struct below.
#ifndef LOGITAPE_BACKENDS_PLUGIN_H
#define LOGITAPE_BACKENDS_PLUGIN_H

#include "logitape/backends/kernel_args.h"

// A module and a library work together if both have this number. It changes with any struct of arguments.
#define LT_ABI 2u

// Every slot of a table of kernels, in its order; more are added at the end alone: X(slot, arguments).
//   add, sub, mul, maximum, minimum: of integers too, which wrap.    where_positive: a > 0 ? b : 0
//   sech_squared: 1 / cosh(x)^2.    bell: e^(-x^2/2).    gelu_slope, silu_slope: the derivatives of gelu and silu
// clang-format off
#define LT_KERNELS(X) \
  X(fill, fill) X(cast, cast) X(copy, copy) \
  X(add, binary) X(sub, binary) X(mul, binary) X(div, binary) X(pow, binary) \
  X(maximum, binary) X(minimum, binary) X(where_positive, binary) \
  X(equal, compare) X(not_equal, compare) X(less, compare) X(less_equal, compare) X(where, where) \
  X(neg, unary) X(abs, unary) X(sign, unary) X(sqrt, unary) X(exp, unary) X(log, unary) X(log1p, unary) \
  X(expm1, unary) X(sin, unary) X(cos, unary) X(tanh, unary) X(sigmoid, unary) X(erf, unary) X(erfc, unary) \
  X(relu, unary) X(gelu, unary) X(silu, unary) X(sech_squared, unary) X(bell, unary) \
  X(gelu_slope, unary) X(silu_slope, unary) X(clamp, clamp) \
  X(sum, reduce) X(max, reduce) X(min, reduce) X(argmax, reduce) X(logsumexp, reduce) \
  X(matmul, matmul) X(solve, solve) X(solve_triangular, solve) X(cholesky, cholesky) \
  X(conv2d, convolution) X(conv2d_input, convolution) X(conv2d_weight, convolution) \
  X(max_pool, pool) X(sum_pool, pool) X(spread_pool, pool) X(normalise, normalise) \
  X(gather, index) X(scatter_add, index) X(one_hot, one_hot) X(index_check, index_check) \
  X(softmax, softmax) X(log_softmax, softmax) X(label_gradient, softmax) X(centred, softmax) \
  X(softmax_vjp, softmax) X(cross_entropy, cross_entropy) \
  X(uniform, random) X(normal, random) X(dropout_mask, dropout_mask) X(sgd, sgd) X(adam, adam) \
  X(sgd_list, sgd_list) X(adam_list, adam_list) X(all_finite, all_finite) \
  X(normalise_vjp, normalise_vjp)
// clang-format on

// What a function of a module says. Any but LT_OK: message() has a sentence.
typedef enum lt_status {
  LT_OK = 0,
  LT_OUT_OF_MEMORY = 1,
  LT_UNAVAILABLE = 2, /* no driver, an old one, no such device */
  LT_UNSUPPORTED = 3, /* a kernel does not compute what it is asked for, a dtype for example */
  LT_FAILED = 4,      /* the device has failed: nothing on it can be read any more */
  LT_FAULT = 5        /* an index_check that did not wait has found one: take_fault tells which */
} lt_status;

// What the first index_check that did not wait has found.
typedef struct lt_fault {
  uint64_t ticket; /* its own; 0: none has found anything */
  int64_t count, position, value, limit;
} lt_fault;

// What was queued between record and recorded, to be queued again and again at the cost of one call.
typedef struct lt_graph lt_graph;

// One device that is open: its memory, and a queue in which kernels and copies run one after the other.
typedef struct lt_context lt_context;

// A kernel is queued; its arrays are the device's. What a fault points to is the host's: such a kernel waits.
typedef struct lt_kernels {
  size_t bytes; /* sizeof(lt_kernels) where the module was built: slots beyond it are missing, as null ones are */
#define LT_SLOT(slot, args) lt_status (*slot)(lt_context*, const lt_##args##_args*);
  LT_KERNELS(LT_SLOT)
#undef LT_SLOT
} lt_kernels;

// What a module hands over; all of it stays until the process ends. Functions may be called by several threads, and
// never throw.
typedef struct lt_module {
  uint32_t abi;     /* LT_ABI */
  uint32_t bytes;   /* sizeof(lt_module) where the module was built; more members are added at the end alone */
  const char* name; /* "cuda", "cuda (emulated)" */
  /* How many devices there are. LT_UNAVAILABLE: none can be used. */
  lt_status (*device_count)(int32_t* count);
  lt_status (*open)(int32_t index, lt_context** context);
  lt_status (*allocate)(lt_context*, size_t bytes, void** data);
  /* What was queued before still runs on it. */
  lt_status (*release)(lt_context*, void* data, size_t bytes);
  /* The copies of the host's bytes wait: when they return, the host's may be used. */
  lt_status (*copy_to_device)(lt_context*, void* to, const void* from, size_t bytes);
  /* LT_FAULT, from this and from synchronise: all that was asked is done, and a fault is to be taken. */
  lt_status (*copy_to_host)(lt_context*, void* to, const void* from, size_t bytes);
  lt_status (*copy)(lt_context*, void* to, const void* from, size_t bytes);
  lt_status (*synchronise)(lt_context*);
  lt_status (*memory)(lt_context*, size_t* free, size_t* total);
  /* Whether products of bf16 operands, summed in f32, take less time than those of f32. */
  lt_bool (*multiplies_bf16)(lt_context*);
  /* Of the calling thread's last call that was not LT_OK; "" before. */
  const char* (*message)(void);
  const lt_kernels* kernels;
  /* The fault that LT_FAULT was said of; from now on there is none. It waits. */
  lt_status (*take_fault)(lt_context*, lt_fault* fault);
  /* Up to 256 bytes of the host, which are read before it returns, into the device's memory; it does not wait. */
  lt_status (*store)(lt_context*, void* to, const void* from, size_t bytes);
  /* From record on, what the calling thread asks for is not computed, but recorded; whatever would wait is
   * LT_UNSUPPORTED. What is allocated meanwhile stays with the graph to its end, though it is released before. */
  lt_status (*record)(lt_context*);
  /* Ends it. graph null: what was recorded is thrown away. */
  lt_status (*recorded)(lt_context*, lt_graph** graph);
  lt_status (*replay)(lt_context*, lt_graph*);
  lt_status (*release_graph)(lt_context*, lt_graph*);
} lt_module;

// A module, lib*.so, exports this one function.
#ifdef __cplusplus
extern "C"
#endif
    const lt_module*
    logitape_module(void);

#endif
