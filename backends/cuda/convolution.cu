// conv2d and its two transposes. Row [n, i, j] of the patches [images * out, size * channels] is what the window sees
// there, so that y = patches * weight and weight = patches^T * y: products (product.cuh) whose patches are never
// stored. Padding is a zero like any other. The input's gradient: a thread an element, which adds what each window that
// saw it gives, a chain over the features, in the order of the windows; by tensor cores a product as well, of what saw
// a pixel.
#include "logitape/backends/cuda/tensor_tile.cuh"

namespace logitape_cuda {
namespace {

// Operands whose numbers are those of no stored matrix: there is no batch to move in.
struct Alone {
  bool wide;
};

template <class T>
struct Patches : Alone {
  lt_window window;
  const T* x;

  // Where element p = [a, b, c] of patch [n, i, j] is; null: padding.
  __device__ const T* seen(int64_t patch, int64_t p) const {
    const lt_window& w = window;
    const int64_t c = p % w.channels, b = p / w.channels % w.size[1], a = p / w.channels / w.size[1];
    const int64_t j = patch % w.out[1], i = patch / w.out[1] % w.out[0], n = patch / w.out[1] / w.out[0];
    const int64_t row = i * w.stride[0] - w.padding[0] + a * w.dilation[0];
    const int64_t column = j * w.stride[1] - w.padding[1] + b * w.dilation[1];
    if (row < 0 || row >= w.height || column < 0 || (column >= w.width && planted != 11)) return nullptr;
    return x + ((n * w.height + row) * w.width + column) * w.channels + c;
  }
  __device__ static T number(const T* at) { return at ? *at : T(0); }
  __device__ static void numbers(const T* at, T (&y)[4]) {
    if (at) load_four(at, y);
    else y[0] = y[1] = y[2] = y[3] = 0;
  }
};

// A line is a patch; four channels of a pixel are neighbours.
template <class T>
struct PatchRows : Patches<T> {
  __device__ T operator()(int64_t patch, int64_t p) const { return this->number(this->seen(patch, p)); }
  __device__ void four(int64_t patch, int64_t p, T (&y)[4]) const { this->numbers(this->seen(patch, p), y); }
  __device__ PatchRows moved(int64_t) const { return *this; }
};
// A line is a place in the window.
template <class T>
struct PatchColumns : Patches<T> {
  __device__ T operator()(int64_t place, int64_t patch) const { return this->number(this->seen(patch, place)); }
  __device__ void four(int64_t, int64_t, T (&)[4]) const {}  // not wide
  __device__ PatchColumns moved(int64_t) const { return *this; }
};

int64_t depth_of(const lt_window& w) { return w.size[0] * w.size[1] * w.channels; }
int64_t patches_of(const lt_window& w) { return w.images * w.out[0] * w.out[1]; }
int64_t pixels_of(const lt_window& w) { return w.images * w.height * w.width; }

// The window's place and output along one axis: element = out * stride - padding + place * dilation.
struct Saw {
  int64_t out;
  bool exists;
};
__device__ Saw saw(const lt_window& w, int axis, int64_t element, int64_t place) {
  const int64_t from = element + w.padding[axis] - place * w.dilation[axis];
  const int64_t out = from / w.stride[axis];
  return {out, from >= 0 && from % w.stride[axis] == 0 && out < w.out[axis]};
}

template <class T>
struct IntoInput {
  lt_window window;
  const T *y, *weight;
  T* x;
  int64_t features;

  __device__ T chain(int64_t output, int64_t in_window) const {
    const T* const of_y = y + output * features;
    const T* const of_weight = weight + in_window * features;
    T sum = 0, total = 0;
    for (int64_t q = 0; q < features; ++q) {
      if (q % 4096 == 0 && q > 0) {
        total = q == 4096 ? sum : total + sum;
        sum = 0;
      }
      sum = fma(of_y[q], of_weight[q], sum);
    }
    return features > 4096 ? total + sum : sum;
  }

  __device__ void operator()(int64_t at) const {
    const lt_window& w = window;
    const int64_t c = at % w.channels, column = at / w.channels % w.width;
    const int64_t row = at / w.channels / w.width % w.height, n = at / w.channels / w.width / w.height;
    T sum = 0;
    for (int64_t a = w.size[0] - 1; a >= 0; --a) {  // the last place is the first window's
      const Saw down = saw(w, 0, row, a);
      for (int64_t b = w.size[1] - 1; b >= 0 && down.exists; --b) {
        const Saw across = saw(w, 1, column, b);
        if (!across.exists) continue;
        sum += chain((n * w.out[0] + down.out) * w.out[1] + across.out, (a * w.size[1] + b) * w.channels + c);
      }
    }
    x[at] = sum;
  }
};

// The same as a product: line n, row, column of its first operand is a pixel, p = [a, b, f] the output that saw it from
// place [a, b] of the window, 0 where there is none. Of the second a line is a channel.
struct Outputs : Alone {
  lt_window window;
  const float* y;
  int64_t features;

  __device__ const float* seen(int64_t pixel, int64_t p) const {
    const lt_window& w = window;
    const int64_t f = p % features, b = p / features % w.size[1], a = p / features / w.size[1];
    const int64_t column = pixel % w.width, row = pixel / w.width % w.height, n = pixel / w.width / w.height;
    const Saw down = saw(w, 0, row, a), across = saw(w, 1, column, b);
    if (!down.exists || !across.exists) return nullptr;
    return y + ((n * w.out[0] + down.out) * w.out[1] + across.out) * features + f;
  }
  __device__ float operator()(int64_t pixel, int64_t p) const { return Patches<float>::number(seen(pixel, p)); }
  __device__ void four(int64_t pixel, int64_t p, float (&to)[4]) const { Patches<float>::numbers(seen(pixel, p), to); }
  __device__ Outputs moved(int64_t) const { return *this; }
};
struct TurnedWeight : Alone {
  const float* weight;
  int64_t channels, features;

  __device__ const float* at(int64_t c, int64_t p) const {
    return weight + (p / features * channels + c) * features + p % features;
  }
  __device__ float operator()(int64_t c, int64_t p) const { return *at(c, p); }
  __device__ void four(int64_t c, int64_t p, float (&to)[4]) const { load_four(at(c, p), to); }
  __device__ TurnedWeight moved(int64_t) const { return *this; }
};

template <class T, class A, class B>
Product<T, A, B> product_of(const lt_convolution_args* args, int64_t m, int64_t n, int64_t k, const A& a, const B& b) {
  return {.batch = {},
          .matrices = 1,
          .m = m,
          .n = n,
          .k = k,
          .a = a,
          .b = b,
          .y = {static_cast<T*>(args->result), nullptr, n, false}};
}

lt_status conv2d(lt_context* context, const lt_convolution_args* a) {
  return visit_floating("conv2d", a->dtype, [&]<class T>() {
    const bool wide = a->window.channels % 4 == 0 && aligned(a->x);
    const PatchRows<T> patches{{{wide}, a->window, static_cast<const T*>(a->x)}};
    const int64_t k = depth_of(a->window);
    auto of =
        product_of<T>(a, patches_of(a->window), a->features, k, patches, matrix<T>(a->weight, false, a->features, k));
    of.y.bias = static_cast<const T*>(a->bias);
    of.y.relu = a->relu;
    return product_in(context, "conv2d", a->bf16, a->tf32, of);
  });
}

lt_status conv2d_weight(lt_context* context, const lt_convolution_args* a) {
  return visit_floating("conv2d_weight", a->dtype, [&]<class T>() {
    const PatchColumns<T> patches{{{false}, a->window, static_cast<const T*>(a->x)}};
    const int64_t k = patches_of(a->window);
    return product_in(
        context, "conv2d_weight", a->bf16, a->tf32,
        product_of<T>(a, depth_of(a->window), a->features, k, patches, matrix<T>(a->y, false, a->features, k)));
  });
}

lt_status conv2d_input(lt_context* context, const lt_convolution_args* a) {
  const lt_window& w = a->window;
  if (a->dtype == LT_F32 && (a->bf16 || a->tf32)) {
    const auto *const y = static_cast<const float*>(a->y), *const weight = static_cast<const float*>(a->weight);
    const Outputs outputs{{a->features % 4 == 0 && aligned(y)}, w, y, a->features};
    const TurnedWeight turned{{a->features % 4 == 0 && aligned(weight)}, weight, w.channels, a->features};
    const int64_t k = w.size[0] * w.size[1] * a->features;
    return product_in(context, "conv2d_input", a->bf16, a->tf32,
                      product_of<float>(a, pixels_of(w), w.channels, k, outputs, turned));
  }
  return visit_floating("conv2d_input", a->dtype, [&]<class T>() {
    const IntoInput<T> of{w, static_cast<const T*>(a->y), static_cast<const T*>(a->weight), static_cast<T*>(a->result),
                          a->features};
    return for_each(context, "conv2d_input", pixels_of(w) * w.channels, of);
  });
}

}  // namespace

void fill_convolution(lt_kernels& k) {
  k.conv2d = conv2d;
  k.conv2d_input = conv2d_input;
  k.conv2d_weight = conv2d_weight;
}

}  // namespace logitape_cuda
