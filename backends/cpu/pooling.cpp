// Pooling: what a window sees in each channel, as its largest element or as a sum, and the sum's transpose. Lanes run
// over channels. max_pool: the first largest, a NaN being larger than everything. sum_pool: one chain in the order of
// the window, then the scale. spread_pool: to each element a chain in the order of the windows that see it; an image is
// one thread's.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/pooling.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstdint>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

using backends::PoolArgs;
using backends::Window;

// What one window sees of an image: its rows [top, bottom) and columns [left, right), and which output it is.
struct View {
  std::int64_t output, image, top, bottom, left, right;
};

// Calls f(view) for the outputs of images [first, last), in order.
template <class F>
void for_each_view(const Window& w, std::int64_t first, std::int64_t last, F f) {
  View v{first * w.out[0] * w.out[1], first, 0, 0, 0, 0};
  for (; v.image < last; ++v.image)
    for (std::int64_t i = 0; i < w.out[0]; ++i) {
      v.top = std::max<std::int64_t>(0, i * w.stride[0] - w.padding[0]);
      v.bottom = std::min(w.height, i * w.stride[0] - w.padding[0] + w.size[0]);
      for (std::int64_t j = 0; j < w.out[1]; ++j, ++v.output) {
        v.left = std::max<std::int64_t>(0, j * w.stride[1] - w.padding[1]);
        v.right = std::min(w.width, j * w.stride[1] - w.padding[1] + w.size[1]);
        f(v);
      }
    }
}

// Calls f(first channel, count) for vectors of channels.
template <class D, class F>
HWY_INLINE void for_each_vector(D, std::int64_t channels, F f) {
  for (std::int64_t c = 0; c < channels; c += lanes_of<D>) f(c, std::min(lanes_of<D>, channels - c));
}

// Threads share the images.
template <class F>
void for_each_image(const Window& w, F f) {
  parallel_for(w.images, w.images * (w.height * w.width + w.out[0] * w.out[1]) * w.channels, f);
}

template <class T>
void max_of(const PoolArgs& a) {
  using D = LaneTag<T>;
  using Places = hn::RebindToSigned<D>;
  using Place = hn::TFromD<Places>;
  const D d;
  const Places places;
  const Window& w = a.window;
  for_each_image(w, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_each_view(w, begin, end, [&](const View& v) HWY_ATTR {
      const T* image = static_cast<const T*>(a.x) + v.image * w.height * w.width * w.channels;
      for_each_vector(d, w.channels, [&](std::int64_t c, std::int64_t count) HWY_ATTR {
        auto largest = hn::Zero(d);
        auto place = hn::Zero(places);
        auto seen = hn::Ne(largest, largest);  // nothing so far
        for (std::int64_t i = v.top; i < v.bottom; ++i)
          for (std::int64_t j = v.left; j < v.right; ++j) {
            const std::int64_t at = i * w.width + j;
            const auto x = load_filled(d, image + at * w.channels + c, count, T(0));
            const auto larger =
                hn::Or(hn::Not(seen), hn::AndNot(hn::IsNaN(largest), hn::Or(hn::Gt(x, largest), hn::IsNaN(x))));
            largest = hn::IfThenElse(larger, x, largest);
            place = hn::IfThenElse(hn::RebindMask(places, larger), hn::Set(places, static_cast<Place>(at)), place);
            seen = hn::Eq(hn::Zero(d), hn::Zero(d));
          }
        store_first(d, largest, static_cast<T*>(a.y) + v.output * w.channels + c, count);
        store_first(places, place, static_cast<Place*>(a.places) + v.output * w.channels + c, count);
      });
    });
  });
}

template <class T>
void sum_of(const PoolArgs& a) {
  using D = LaneTag<T>;
  const D d;
  const Window& w = a.window;
  const auto scale = static_cast<T>(a.scale);
  for_each_image(w, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    for_each_view(w, begin, end, [&](const View& v) HWY_ATTR {
      const T* image = static_cast<const T*>(a.x) + v.image * w.height * w.width * w.channels;
      for_each_vector(d, w.channels, [&](std::int64_t c, std::int64_t count) HWY_ATTR {
        const auto sum_of_window = [&](auto f) HWY_ATTR {
          auto sum = hn::Zero(d);
          for (std::int64_t i = v.top; i < v.bottom; ++i)
            for (std::int64_t j = v.left; j < v.right; ++j)
              sum = hn::Add(sum, f(load_filled(d, image + (i * w.width + j) * w.channels + c, count, T(0))));
          return sum;
        };
        const auto times_scale = [&](auto x) HWY_ATTR { return hn::Mul(x, hn::Set(d, scale)); };
        auto y = times_scale(sum_of_window([](auto x) HWY_ATTR { return x; }));
        const auto finite = hn::IsFinite(y);
        if (!hn::AllTrue(d, finite))
          y = hn::IfThenElse(finite, y, sum_of_window(times_scale));  // the mean need not overflow
        store_first(d, y, static_cast<T*>(a.y) + v.output * w.channels + c, count);
      });
    });
  });
}

template <class T>
void spread_of(const PoolArgs& a) {
  using D = LaneTag<T>;
  const D d;
  const Window& w = a.window;
  const std::int64_t size = w.height * w.width * w.channels;
  const auto scale = static_cast<T>(a.scale);
  for_each_image(w, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    T* y = static_cast<T*>(a.y);
    std::fill(y + begin * size, y + end * size, T(0));
    for_each_view(w, begin, end, [&](const View& v) HWY_ATTR {
      T* image = y + v.image * size;
      for_each_vector(d, w.channels, [&](std::int64_t c, std::int64_t count) HWY_ATTR {
        const auto x = load_filled(d, static_cast<const T*>(a.x) + v.output * w.channels + c, count, T(0));
        const auto share = hn::Mul(x, hn::Set(d, scale));
        for (std::int64_t i = v.top; i < v.bottom; ++i)
          for (std::int64_t j = v.left; j < v.right; ++j) {
            T* to = image + (i * w.width + j) * w.channels + c;
            store_first(d, hn::Add(load_filled(d, to, count, T(0)), share), to, count);
          }
      });
    });
  });
}

void max_pool(const PoolArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { max_of<T>(a); });
}
void sum_pool(const PoolArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { sum_of<T>(a); });
}
void spread_pool(const PoolArgs& a) {
  visit_floating(a.dtype, [&]<class T>() HWY_ATTR { spread_of<T>(a); });
}

}  // namespace

void FillPooling(backends::Kernels& k) {
  k.max_pool = max_pool;
  k.sum_pool = sum_pool;
  k.spread_pool = spread_pool;
}

}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_pooling, FillPooling)
#endif
