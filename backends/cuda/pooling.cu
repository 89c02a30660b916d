// Pooling: what a window sees in each channel, as its largest element or as a sum, and the sum's transpose; a thread an
// element of the result, whose neighbours are channels. max_pool: the first largest, a NaN being larger than
// everything. sum_pool: one chain in the order of the window, then the scale. spread_pool: to each element a chain in
// the order of the windows that see it.
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {
namespace {

// The elements [begin, end) that output i sees along an axis, and the outputs [begin, end) that see an element.
struct Range {
  int64_t begin, end;
};
__device__ Range seen_by(const lt_window& w, int axis, int64_t i) {
  const int64_t from = i * w.stride[axis] - w.padding[axis], extent = axis == 0 ? w.height : w.width;
  return {max(from, int64_t{0}), planted == 10 ? from + w.size[axis] : min(from + w.size[axis], extent)};
}
__device__ Range that_see(const lt_window& w, int axis, int64_t element) {
  const int64_t last = element + w.padding[axis], first = last - w.size[axis] + 1, stride = w.stride[axis];
  return {first > 0 ? (first + stride - 1) / stride : 0, min(last / stride + 1, w.out[axis])};
}

// What an element of [images, out, channels] sees.
struct View {
  Range rows, columns;
  int64_t image, channel;

  __device__ View(const lt_window& w, int64_t at) : channel(at % w.channels) {
    const int64_t output = at / w.channels;
    columns = seen_by(w, 1, output % w.out[1]);
    rows = seen_by(w, 0, output / w.out[1] % w.out[0]);
    image = output / w.out[1] / w.out[0];
  }
  // Calls f(place, position in x) in the order of the window.
  template <class F>
  __device__ void each(const lt_window& w, F f) const {
    for (int64_t i = rows.begin; i < rows.end; ++i)
      for (int64_t j = columns.begin; j < columns.end; ++j)
        f(i * w.width + j, ((image * w.height + i) * w.width + j) * w.channels + channel);
  }
};

template <class T, class Place>
struct MaxPool {
  lt_window window;
  const T* x;
  T* y;
  Place* places;

  __device__ void operator()(int64_t at) const {
    T largest = 0;
    int64_t place = -1;
    View(window, at).each(window, [&](int64_t here, int64_t position) {
      const T v = x[position];
      if (place >= 0 && !(v > largest) && !(v != v && largest == largest)) return;
      largest = v;
      place = here;
    });
    y[at] = largest;
    places[at] = static_cast<Place>(place);
  }
};

template <class T>
struct SumPool {
  lt_window window;
  const T* x;
  T* y;
  T scale;

  __device__ void operator()(int64_t at) const {
    const View view(window, at);
    T sum = 0;
    view.each(window, [&](int64_t, int64_t position) { sum += x[position]; });
    sum *= scale;
    if (!isfinite(sum)) {  // the mean need not overflow
      sum = 0;
      view.each(window, [&](int64_t, int64_t position) { sum += x[position] * scale; });
    }
    y[at] = sum;
  }
};

template <class T>
struct SpreadPool {
  lt_window window;
  const T* x;
  T* y;
  T scale;

  __device__ void operator()(int64_t at) const {
    const lt_window& w = window;
    const int64_t c = at % w.channels, image = at / w.channels / w.width / w.height;
    const Range across = that_see(w, 1, at / w.channels % w.width);
    const Range down = that_see(w, 0, at / w.channels / w.width % w.height);
    T sum = 0;
    for (int64_t i = down.begin; i < down.end; ++i)
      for (int64_t j = across.begin; j < across.end; ++j)
        sum += x[((image * w.out[0] + i) * w.out[1] + j) * w.channels + c] * scale;
    y[at] = sum;
  }
};

int64_t results_of(const lt_window& w) { return w.images * w.out[0] * w.out[1] * w.channels; }

lt_status max_pool(lt_context* context, const lt_pool_args* a) {
  return visit_floating("max_pool", a->dtype, [&]<class T>() {
    using Place = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
    const MaxPool<T, Place> f{a->window, static_cast<const T*>(a->x), static_cast<T*>(a->y),
                              static_cast<Place*>(a->places)};
    return for_each(context, "max_pool", results_of(a->window), f);
  });
}

lt_status sum_pool(lt_context* context, const lt_pool_args* a) {
  return visit_floating("sum_pool", a->dtype, [&]<class T>() {
    const SumPool<T> f{a->window, static_cast<const T*>(a->x), static_cast<T*>(a->y), static_cast<T>(a->scale)};
    return for_each(context, "sum_pool", results_of(a->window), f);
  });
}

lt_status spread_pool(lt_context* context, const lt_pool_args* a) {
  return visit_floating("spread_pool", a->dtype, [&]<class T>() {
    const lt_window& w = a->window;
    const SpreadPool<T> f{w, static_cast<const T*>(a->x), static_cast<T*>(a->y), static_cast<T>(a->scale)};
    return for_each(context, "spread_pool", w.images * w.height * w.width * w.channels, f);
  });
}

}  // namespace

void fill_pooling(lt_kernels& k) {
  k.max_pool = max_pool;
  k.sum_pool = sum_pool;
  k.spread_pool = spread_pool;
}

}  // namespace logitape_cuda
