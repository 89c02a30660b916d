// conv2d and its two transposes. Row [n, i, j] of the patches [images * out, size * channels] is what the window sees
// there, so that y = patches * weight and weight = patches^T * y: products (product.cuh) whose patches are never
// stored. Padding is a zero like any other. The input's gradient: a thread an element, which adds what each window that
// saw it gives, a chain over the features, in the order of the windows; by tensor cores a product as well, of what saw
// a pixel.
#include "logitape/backends/cuda/tensor_tile.cuh"

namespace logitape_cuda {
namespace {

// n / d for 0 <= n: below 2^31 by a multiplication, as (n * ceil(2^shift / d)) >> shift with 2^31 d <= 2^shift.
struct Divisor {
  int64_t d;
  uint64_t factor = 0;
  int shift = 31;

  explicit Divisor(int64_t by) : d(by) {
    if (d < 1 || d >= int64_t{1} << 31) return;
    while (int64_t{1} << (shift - 31) < d) ++shift;
    factor = ((uint64_t{1} << shift) + static_cast<uint64_t>(d) - 1) / static_cast<uint64_t>(d);
  }
  __device__ int64_t operator()(int64_t n) const {
    return factor && n >> 31 == 0 ? static_cast<int64_t>(static_cast<uint64_t>(n) * factor >> shift) : n / d;
  }
  // The rest; n becomes the quotient.
  __device__ int64_t take(int64_t& n) const {
    const int64_t quotient = (*this)(n), rest = n - quotient * d;
    n = quotient;
    return rest;
  }
};

// Operands whose numbers are those of no stored matrix: there is no batch to move in.
struct Alone {
  bool wide;
};

template <class T>
struct Patches : Alone {
  lt_window window;
  const T* x;
  Divisor channels, across, columns, rows;

  Patches(const lt_window& w, const void* from, bool wide_too)
      : Alone{wide_too && w.channels % 4 == 0 && aligned(from)}, window(w), x(static_cast<const T*>(from)),
        channels(w.channels), across(w.size[1]), columns(w.out[1]), rows(w.out[0]) {}

  // Where element p = [a, b, c] of patch [n, i, j] is; null: padding.
  __device__ const T* seen(int64_t n, int64_t a) const {
    const lt_window& w = window;
    const int64_t c = channels.take(a), b = across.take(a), j = columns.take(n), i = rows.take(n);
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
  PatchRows(const lt_window& w, const void* x) : Patches<T>(w, x, true) {}
  __device__ T operator()(int64_t patch, int64_t p) const { return this->number(this->seen(patch, p)); }
  __device__ void four(int64_t patch, int64_t p, T (&y)[4]) const { this->numbers(this->seen(patch, p), y); }
  __device__ PatchRows moved(int64_t) const { return *this; }
};
// A line is a place in the window.
template <class T>
struct PatchColumns : Patches<T> {
  PatchColumns(const lt_window& w, const void* x) : Patches<T>(w, x, false) {}
  __device__ T operator()(int64_t place, int64_t patch) const { return this->number(this->seen(patch, place)); }
  __device__ void four(int64_t, int64_t, T (&)[4]) const {}  // not wide
  __device__ PatchColumns moved(int64_t) const { return *this; }
};

int64_t depth_of(const lt_window& w) { return w.size[0] * w.size[1] * w.channels; }
int64_t patches_of(const lt_window& w) { return w.images * w.out[0] * w.out[1]; }
int64_t pixels_of(const lt_window& w) { return w.images * w.height * w.width; }

// Which output along one axis saw an element from a place of the window: element = out * stride - padding + place *
// dilation.
struct Saw {
  int64_t out;
  bool exists;
};
struct Axis {
  int64_t padding, dilation, outputs;
  Divisor stride;

  Axis(const lt_window& w, int axis)
      : padding(w.padding[axis]), dilation(w.dilation[axis]), outputs(w.out[axis]), stride(w.stride[axis]) {}
  __device__ Saw saw(int64_t element, int64_t place) const {
    const int64_t from = element + padding - place * dilation;
    if (from < 0) return {0, false};
    const int64_t out = stride(from);
    return {out, out * stride.d == from && out < outputs};
  }
};

template <class T>
struct IntoInput {
  lt_window window;
  Axis rows, columns;
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
      const Saw down = rows.saw(row, a);
      for (int64_t b = w.size[1] - 1; b >= 0 && down.exists; --b) {
        const Saw across = columns.saw(column, b);
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
  Axis rows, columns;
  const float* y;
  Divisor features, across, width, height;

  Outputs(const lt_window& w, const void* from, int64_t of_features)
      : Alone{of_features % 4 == 0 && aligned(from)}, window(w), rows(w, 0), columns(w, 1),
        y(static_cast<const float*>(from)), features(of_features), across(w.size[1]), width(w.width), height(w.height) {
  }

  __device__ const float* seen(int64_t n, int64_t a) const {
    const int64_t f = features.take(a), b = across.take(a), column = width.take(n), row = height.take(n);
    const Saw down = rows.saw(row, a), along = columns.saw(column, b);
    if (!down.exists || !along.exists) return nullptr;
    return y + ((n * window.out[0] + down.out) * window.out[1] + along.out) * features.d + f;
  }
  __device__ float operator()(int64_t pixel, int64_t p) const { return Patches<float>::number(seen(pixel, p)); }
  __device__ void four(int64_t pixel, int64_t p, float (&to)[4]) const { Patches<float>::numbers(seen(pixel, p), to); }
  __device__ Outputs moved(int64_t) const { return *this; }
};
struct TurnedWeight : Alone {
  const float* weight;
  int64_t channels;
  Divisor features;

  TurnedWeight(const void* from, int64_t of_channels, int64_t of_features)
      : Alone{of_features % 4 == 0 && aligned(from)}, weight(static_cast<const float*>(from)), channels(of_channels),
        features(of_features) {}

  __device__ const float* at(int64_t c, int64_t p) const {
    const int64_t f = features.take(p);
    return weight + (p * channels + c) * features.d + f;
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
    const int64_t k = depth_of(a->window);
    auto of = product_of<T>(a, patches_of(a->window), a->features, k, PatchRows<T>(a->window, a->x),
                            matrix<T>(a->weight, false, a->features, k));
    of.y.bias = static_cast<const T*>(a->bias);
    of.y.relu = a->relu;
    return product_in(context, "conv2d", a->bf16, a->tf32, of);
  });
}

lt_status conv2d_weight(lt_context* context, const lt_convolution_args* a) {
  return visit_floating("conv2d_weight", a->dtype, [&]<class T>() {
    const int64_t k = patches_of(a->window);
    return product_in(context, "conv2d_weight", a->bf16, a->tf32,
                      product_of<T>(a, depth_of(a->window), a->features, k, PatchColumns<T>(a->window, a->x),
                                    matrix<T>(a->y, false, a->features, k)));
  });
}

lt_status conv2d_input(lt_context* context, const lt_convolution_args* a) {
  const lt_window& w = a->window;
  if (a->dtype == LT_F32 && (a->bf16 || a->tf32))
    return product_in(
        context, "conv2d_input", a->bf16, a->tf32,
        product_of<float>(a, pixels_of(w), w.channels, w.size[0] * w.size[1] * a->features,
                          Outputs(w, a->y, a->features), TurnedWeight(a->weight, w.channels, a->features)));
  return visit_floating("conv2d_input", a->dtype, [&]<class T>() {
    const IntoInput<T> of{w,
                          Axis(w, 0),
                          Axis(w, 1),
                          static_cast<const T*>(a->y),
                          static_cast<const T*>(a->weight),
                          static_cast<T*>(a->result),
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
