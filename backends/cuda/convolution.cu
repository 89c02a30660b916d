// conv2d and its two transposes. Row [n, i, j] of the patches [images * out, size * channels] is what the window sees
// there, so that y = patches * weight and weight = patches^T * y: products (tile.cuh) whose patches are never stored.
// Padding is a zero like any other. The input's gradient: a thread an element, which adds what each window that saw it
// gives, a chain over the features, in the order of the windows.
#include "logitape/backends/cuda/tile.cuh"

namespace logitape_cuda {
namespace {

template <class T>
struct Patches {
  lt_window window;
  const T* x;
  bool bf16;

  // Element p = [a, b, c] of patch [n, i, j].
  __device__ T operator()(int64_t patch, int64_t p) const {
    const lt_window& w = window;
    const int64_t c = p % w.channels, b = p / w.channels % w.size[1], a = p / w.channels / w.size[1];
    const int64_t j = patch % w.out[1], i = patch / w.out[1] % w.out[0], n = patch / w.out[1] / w.out[0];
    const int64_t row = i * w.stride[0] - w.padding[0] + a * w.dilation[0];
    const int64_t column = j * w.stride[1] - w.padding[1] + b * w.dilation[1];
    if (row < 0 || row >= w.height || column < 0 || (column >= w.width && planted != 11)) return 0;
    return operand(x[((n * w.height + row) * w.width + column) * w.channels + c], bf16);
  }
};

int64_t depth_of(const lt_window& w) { return w.size[0] * w.size[1] * w.channels; }
int64_t patches_of(const lt_window& w) { return w.images * w.out[0] * w.out[1]; }

template <class T>
struct Forward {
  Patches<T> patches;
  const T *weight, *bias;
  T* y;
  int64_t features, depth;
  bool relu, bf16;

  __device__ bool a_along() const { return true; }
  __device__ bool b_along() const { return true; }
  __device__ int64_t order(int64_t q) const { return step_of(q, depth, bf16); }
  __device__ T a(int64_t patch, int64_t p) const { return patches(patch, p); }
  __device__ T b(int64_t p, int64_t f) const { return operand(weight[p * features + f], bf16); }
  __device__ void finish(int64_t patch, int64_t f, T sum) const {
    y[patch * features + f] = finished(sum, bias, f, relu);
  }
};

template <class T>
struct IntoWeight {
  Patches<T> patches;
  const T* y;
  T* weight;
  int64_t features, pixels;
  bool bf16;

  __device__ bool a_along() const { return false; }
  __device__ bool b_along() const { return true; }
  __device__ int64_t order(int64_t q) const { return step_of(q, pixels, bf16); }
  __device__ T a(int64_t p, int64_t patch) const { return patches(patch, p); }
  __device__ T b(int64_t patch, int64_t f) const { return operand(y[patch * features + f], bf16); }
  __device__ void finish(int64_t p, int64_t f, T sum) const { weight[p * features + f] = sum; }
};

template <class T, class Operands>
__global__ void __launch_bounds__(block_threads) multiply(int64_t m, int64_t n, int64_t k, Operands of) {
  const int64_t tiles = ((m + tile_side - 1) / tile_side) * ((n + tile_side - 1) / tile_side);
  for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) multiply_tile<T>(tile, m, n, k, of);
}

template <class T>
struct IntoInput {
  lt_window window;
  const T *y, *weight;
  T* x;
  int64_t features;
  bool bf16;

  // The window's place and output along one axis: element = out * stride - padding + place * dilation.
  struct Seen {
    int64_t out;
    bool exists;
  };
  __device__ Seen seen(int axis, int64_t element, int64_t place) const {
    const lt_window& w = window;
    const int64_t from = element + w.padding[axis] - place * w.dilation[axis];
    const int64_t out = from / w.stride[axis];
    return {out, from >= 0 && from % w.stride[axis] == 0 && out < w.out[axis]};
  }

  __device__ T chain(int64_t output, int64_t in_window) const {
    const T* const of_y = y + output * features;
    const T* const of_weight = weight + in_window * features;
    T sum = 0, total = 0;
    for (int64_t q = 0; q < features; ++q) {
      if (q % 4096 == 0 && q > 0) {
        total = q == 4096 ? sum : total + sum;
        sum = 0;
      }
      const int64_t f = step_of(q, features, bf16);
      sum = fma(operand(of_y[f], bf16), operand(of_weight[f], bf16), sum);
    }
    return features > 4096 ? total + sum : sum;
  }

  __device__ void operator()(int64_t at) const {
    const lt_window& w = window;
    const int64_t c = at % w.channels, column = at / w.channels % w.width;
    const int64_t row = at / w.channels / w.width % w.height, n = at / w.channels / w.width / w.height;
    T sum = 0;
    for (int64_t a = w.size[0] - 1; a >= 0; --a) {  // the last place is the first window's
      const Seen down = seen(0, row, a);
      for (int64_t b = w.size[1] - 1; b >= 0 && down.exists; --b) {
        const Seen across = seen(1, column, b);
        if (!across.exists) continue;
        sum += chain((n * w.out[0] + down.out) * w.out[1] + across.out, (a * w.size[1] + b) * w.channels + c);
      }
    }
    x[at] = sum;
  }
};

lt_status conv2d(lt_context* context, const lt_convolution_args* a) {
  return visit_floating("conv2d", a->dtype, [&]<class T>() {
    const auto in = [](const void* x) { return static_cast<const T*>(x); };
    const int64_t m = patches_of(a->window), k = depth_of(a->window);
    const Forward<T> of{{a->window, in(a->x), a->bf16},
                        in(a->weight),
                        in(a->bias),
                        static_cast<T*>(a->result),
                        a->features,
                        k,
                        a->relu,
                        a->bf16};
    return start(context, "conv2d", tiles_of(m, a->features), 0, multiply<T, Forward<T>>, m, a->features, k, of);
  });
}

lt_status conv2d_weight(lt_context* context, const lt_convolution_args* a) {
  return visit_floating("conv2d_weight", a->dtype, [&]<class T>() {
    const auto in = [](const void* x) { return static_cast<const T*>(x); };
    const int64_t m = depth_of(a->window), k = patches_of(a->window);
    const IntoWeight<T> of{
        {a->window, in(a->x), a->bf16}, in(a->y), static_cast<T*>(a->result), a->features, k, a->bf16};
    return start(context, "conv2d_weight", tiles_of(m, a->features), 0, multiply<T, IntoWeight<T>>, m, a->features, k,
                 of);
  });
}

lt_status conv2d_input(lt_context* context, const lt_convolution_args* a) {
  return visit_floating("conv2d_input", a->dtype, [&]<class T>() {
    const lt_window& w = a->window;
    const IntoInput<T> of{
        w,      static_cast<const T*>(a->y), static_cast<const T*>(a->weight), static_cast<T*>(a->result), a->features,
        a->bf16};
    return for_each(context, "conv2d_input", w.images * w.height * w.width * w.channels, of);
  });
}

}  // namespace

void fill_convolution(lt_kernels& k) {
  k.conv2d = conv2d;
  k.conv2d_input = conv2d_input;
  k.conv2d_weight = conv2d_weight;
}

}  // namespace logitape_cuda
