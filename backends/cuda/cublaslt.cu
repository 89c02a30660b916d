// Large products by NVIDIA's library, which is opened at the first of them. Where it is missing, or says no, our own
// kernels serve. LOGITAPE_CUBLASLT=0 never opens it; another value is the file to open. Row-major matrices are the
// transposes of column-major ones: y^T = b^T * a^T, so that b is its first operand.
#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>

#include "logitape/backends/cuda/cublaslt.h"
#include "logitape/backends/cuda/product.cuh"

#if !defined(LOGITAPE_CUDA_EMULATED) && __has_include(<cublasLt.h>)
#include <cublasLt.h>
namespace {
using namespace logitape_cuda::cublaslt;
static_assert(int{r_32f} == CUDA_R_32F && int{r_16bf} == CUDA_R_16BF);
static_assert(int{compute_32f} == CUBLAS_COMPUTE_32F && int{compute_32f_fast_tf32} == CUBLAS_COMPUTE_32F_FAST_TF32);
static_assert(int{as_stored} == CUBLAS_OP_N && int{transposed} == CUBLAS_OP_T);
static_assert(int{transa} == CUBLASLT_MATMUL_DESC_TRANSA && int{transb} == CUBLASLT_MATMUL_DESC_TRANSB);
static_assert(int{batch_count} == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
static_assert(int{strided_batch_offset} == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
static_assert(int{max_workspace} == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
static_assert(int{reduction_scheme_mask} == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
static_assert(int{min_alignment_a} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
static_assert(int{min_alignment_b} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES);
static_assert(int{min_alignment_c} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES);
static_assert(int{min_alignment_d} == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);
static_assert(reduction_scheme_none == CUBLASLT_REDUCTION_SCHEME_NONE);
static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(Heuristic) == sizeof(cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(Heuristic, state) == offsetof(cublasLtMatmulHeuristicResult_t, state));
}  // namespace
#endif

namespace logitape_cuda {
namespace {

using namespace cublaslt;

void* open_library() {
  const char* const asked = std::getenv("LOGITAPE_CUBLASLT");
  if (asked) return std::string_view(asked) == "0" ? nullptr : dlopen(asked, RTLD_NOW | RTLD_LOCAL);
#if !defined(LOGITAPE_CUDA_EMULATED)  // whose memory no library of NVIDIA's can read
  for (const char* name : {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"})
    if (void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
#endif
  return nullptr;
}

template <class F>
bool find(void* library, const char* name, F*& f) {
  f = reinterpret_cast<F*>(dlsym(library, name));
  return f != nullptr;
}

// Null where it cannot be used.
const Functions* functions() {
  static Functions f;
  static const bool whole = [] {
    void* const l = open_library();
    return l && find(l, "cublasLtCreate", f.create) && find(l, "cublasLtMatmulDescCreate", f.desc_create) &&
           find(l, "cublasLtMatmulDescSetAttribute", f.desc_set) &&
           find(l, "cublasLtMatmulDescDestroy", f.desc_destroy) &&
           find(l, "cublasLtMatrixLayoutCreate", f.layout_create) &&
           find(l, "cublasLtMatrixLayoutSetAttribute", f.layout_set) &&
           find(l, "cublasLtMatrixLayoutDestroy", f.layout_destroy) &&
           find(l, "cublasLtMatmulPreferenceCreate", f.preference_create) &&
           find(l, "cublasLtMatmulPreferenceSetAttribute", f.preference_set) &&
           find(l, "cublasLtMatmulPreferenceDestroy", f.preference_destroy) &&
           find(l, "cublasLtMatmulAlgoGetHeuristic", f.heuristic) && find(l, "cublasLtMatmul", f.matmul);
  }();
  return whole ? &f : nullptr;
}

std::mutex choosing;  // guards the two below

// Whether what is asked of the stream is recorded and not computed: no time to open anything.
bool recording(lt_context* context) {
#if defined(LOGITAPE_CUDA_EMULATED)
  return !context;
#else
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  return cudaStreamIsCapturing(context->stream, &status) || status != cudaStreamCaptureStatusNone;
#endif
}

// Of the device, which the calling thread has chosen; null: there is none.
void* handle_of(const Functions& f, lt_context* context) {
  static std::map<int, void*> handles;
  const auto known = handles.find(context->device);
  if (known != handles.end()) return known->second;
  if (recording(context)) return nullptr;
  void* handle = nullptr;
  if (f.create(&handle)) handle = nullptr;
  return handles[context->device] = handle;
}

// A descriptor of the library's, for the time of a call. Once something fails, `failed` stays.
struct Descriptor {
  void* at = nullptr;
  Status (*destroy)(void*);
  bool failed;

  Descriptor(Status created, void* made, Status (*end)(void*)) : at(made), destroy(end), failed(created != 0) {}
  ~Descriptor() {
    if (at) destroy(at);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

struct Operand {
  const void* x;
  DataType type;
  int64_t rows, columns;   // as they are stored
  int64_t matrices, step;  // of the batch; how many matrices on each step moves
};

Descriptor layout(const Functions& f, const Operand& o) {
  void* at = nullptr;
  Status s = f.layout_create(&at, o.type, static_cast<uint64_t>(o.columns), static_cast<uint64_t>(o.rows), o.columns);
  if (s) return {s, nullptr, f.layout_destroy};
  if (o.matrices > 1) {
    const auto count = static_cast<int32_t>(o.matrices);
    const int64_t offset = o.step * o.rows * o.columns;
    s = f.layout_set(at, batch_count, &count, sizeof count);
    if (!s) s = f.layout_set(at, strided_batch_offset, &offset, sizeof offset);
  }
  return {s, at, f.layout_destroy};
}

uint32_t alignment(const void* p) {
  const auto bits = reinterpret_cast<uintptr_t>(p);
  return static_cast<uint32_t>(std::min<uintptr_t>(bits & -bits, 256));
}

Descriptor preference(const Functions& f, const Operand& a, const Operand& b, const void* y, size_t workspace) {
  void* at = nullptr;
  Status s = f.preference_create(&at);
  if (s) return {s, nullptr, f.preference_destroy};
  const auto set = [&](PreferenceAttribute what, auto value) {
    if (!s) s = f.preference_set(at, what, &value, sizeof value);
  };
  set(max_workspace, uint64_t{workspace});
  set(reduction_scheme_mask, reduction_scheme_none);
  set(min_alignment_a, alignment(b.x));
  set(min_alignment_b, alignment(a.x));
  set(min_alignment_c, alignment(y));
  set(min_alignment_d, alignment(y));
  return {s, at, f.preference_destroy};
}

Descriptor description(const Functions& f, const lt_matmul_args& args) {
  void* at = nullptr;
  Status s = f.desc_create(&at, args.tf32 && !args.bf16 ? compute_32f_fast_tf32 : compute_32f, r_32f);
  if (s) return {s, nullptr, f.desc_destroy};
  const int32_t first = args.transpose_b ? transposed : as_stored, second = args.transpose_a ? transposed : as_stored;
  s = f.desc_set(at, transa, &first, sizeof first);
  if (!s) s = f.desc_set(at, transb, &second, sizeof second);
  return {s, at, f.desc_destroy};
}

constexpr size_t workspace_bytes = size_t{32} << 20;

// y = a * b. The first algorithm that the library advises for a shape serves it to the end of the process.
bool multiply(lt_context* context, const Functions& f, const lt_matmul_args& args, const Operand& a, const Operand& b) {
  const Operand of_y{args.y, r_32f, args.m, args.n, a.matrices, 1};
  const Descriptor desc = description(f, args), in_a = layout(f, a), in_b = layout(f, b), out = layout(f, of_y),
                   wish = preference(f, a, b, args.y, workspace_bytes);
  if (desc.failed || in_a.failed || in_b.failed || out.failed || wish.failed) return false;
  const std::array<int64_t, 14> key{
      context->device, args.m,     args.n, args.k, args.transpose_a, args.transpose_b, a.type,
      args.tf32,       a.matrices, a.step, b.step, alignment(a.x),   alignment(b.x),   alignment(args.y)};
  static std::map<std::array<int64_t, 14>, Heuristic> chosen;
  Heuristic choice{};
  void* handle = nullptr;
  {
    const std::lock_guard<std::mutex> lock(choosing);
    handle = handle_of(f, context);
    if (!handle) return false;
    const auto known = chosen.find(key);
    if (known != chosen.end()) choice = known->second;
    else {
      int returned = 0;
      const Status s = f.heuristic(handle, desc.at, in_b.at, in_a.at, out.at, out.at, wish.at, 1, &choice, &returned);
      if (s || returned < 1) choice.state = 1;
      chosen[key] = choice;
    }
  }
  if (choice.state) return false;
  const Workspace space(context, "matmul", choice.workspace);
  const float one = 1, zero = 0;
  return !space.status && f.matmul(handle, desc.at, &one, b.x, in_b.at, a.x, in_a.at, &zero, args.y, out.at, args.y,
                                   out.at, &choice.algorithm, space.data, choice.workspace, context->stream) == 0;
}

struct Round {
  const float* x;
  bf16* y;
  __device__ void operator()(int64_t at) const { y[at] = __float2bfloat16_rn(x[at]); }
};
struct Finish {
  Result<float> y;
  __device__ void operator()(int64_t at) const { y.y[at] = Result<float>::finished(y.y[at], y.bias, at % y.n, y.relu); }
};

// In bf16, in memory of its own.
bool rounded(lt_context* context, Operand& o, const Workspace& into) {
  const int64_t size = o.rows * o.columns * (o.step ? (o.matrices - 1) * o.step + 1 : 1);
  const Round each{static_cast<const float*>(o.x), static_cast<bf16*>(into.data)};
  o.x = into.data;
  o.type = r_16bf;
  return !into.status && !for_each(context, "matmul", size, each);
}
size_t rounded_bytes(const Operand& o, bool wanted) {
  return wanted ? static_cast<size_t>(o.rows * o.columns * (o.matrices * o.step + 1)) * sizeof(bf16) : 0;
}

}  // namespace

bool matmul_by_library(lt_context* context, const lt_matmul_args* args) {
  const double products = static_cast<double>(args->m) * static_cast<double>(args->n) * static_cast<double>(args->k);
  const int64_t matrices = matrices_of(args->batch);
  if (args->dtype != LT_F32 || args->batch.rank > 1 || matrices < 1 || matrices > INT32_MAX) return false;
  if (products * static_cast<double>(matrices) < 0x1p27) return false;
  const Functions* const f = functions();
  if (!f) return false;
  const bool many = args->batch.rank == 1;
  Operand a{args->a, r_32f, args->m, args->k, matrices, many ? args->batch.step[0][0] : 0};
  Operand b{args->b, r_32f, args->k, args->n, matrices, many ? args->batch.step[1][0] : 0};
  if (args->transpose_a) std::swap(a.rows, a.columns);
  if (args->transpose_b) std::swap(b.rows, b.columns);
  const Workspace of_a(context, "matmul", rounded_bytes(a, args->bf16)),
      of_b(context, "matmul", rounded_bytes(b, args->bf16));
  if (args->bf16 && !(rounded(context, a, of_a) && rounded(context, b, of_b))) return false;
  if (!multiply(context, *f, *args, a, b)) return false;
  if (!args->bias && !args->relu) return true;
  const Finish finish{{static_cast<float*>(args->y), static_cast<const float*>(args->bias), args->n, args->relu}};
  return !for_each(context, "matmul", matrices * args->m * args->n, finish);
}

}  // namespace logitape_cuda
