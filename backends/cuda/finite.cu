// all_finite: whether every number of many arrays is finite, by one pass over them.
#include "logitape/backends/cuda/list.cuh"

namespace logitape_cuda {
namespace {

// 0*x is NaN where x is not finite, and so is every sum from there on.
template <class T>
struct Numbers {
  using Number = T;
  int64_t size;
  const T* data;
};

template <class T>
__global__ void __launch_bounds__(block_threads) look(const __grid_constant__ List<Numbers<T>> list, uint8_t* finite) {
  constexpr int n = group<T>;
  for (int64_t at = blockIdx.x; at < list.ends[list.count - 1]; at += gridDim.x) {
    const Part part = part_of(list, at);
    const T* const data = list.each[part.i].data;
    T zeros = 0;
    for (int64_t e = part.begin + threadIdx.x * n; e < part.end; e += block_threads * n) {
      if (e + n > part.end) {
        for (; e < part.end; ++e) zeros = fma(T(0), data[e], zeros);
        break;
      }
      const Group<T, n> x = load_group<T, n>(data + e);
#pragma unroll
      for (int k = 0; k < n; ++k) zeros = fma(T(0), x.v[k], zeros);
    }
    if (__syncthreads_or(zeros != zeros) && threadIdx.x == 0) *finite = 0;  // every block writes the same
  }
}

lt_status all_finite(lt_context* context, const lt_all_finite_args* a) {
  lt_status status = checked(cudaMemsetAsync(a->y, 1, 1, context->stream), "all_finite");
  for (int64_t done = 0; status == LT_OK && done < a->count;) {
    const lt_array* from = a->arrays + done;
    status = visit_floating("all_finite", from->dtype, [&]<class T>() {
      List<Numbers<T>> list{};
      for (; done < a->count && list.count < most && a->arrays[done].dtype == from->dtype; ++done) {
        const lt_array& array = a->arrays[done];
        add(list, array.size) = {array.size, in<T>(array.data)};
      }
      return start(context, "all_finite", chunks_of(list), 0, look<T>, list, a->y);
    });
  }
  return status;
}

}  // namespace

void fill_finite(lt_kernels& k) { k.all_finite = all_finite; }

}  // namespace logitape_cuda
