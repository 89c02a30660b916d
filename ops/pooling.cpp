// The largest element is found once; its gradient is a scatter by its place. A sum and its transpose are each other's
// derivative.
#include "logitape/ops/pooling.h"

#include "logitape/ops/detail/window.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

backends::Window window_of(const char* op, const Tensor& x, const PoolOptions& o) {
  ops::check_arithmetic(op, {{"x", x}});
  const backends::Window w = ops::window_over(op, x, {o.size, o.stride.count() == 0 ? o.size : o.stride, o.padding, 1});
  require(w.padding[0] < w.size[0] && w.padding[1] < w.size[1], ErrorCode::out_of_range, op,
          "padding {} is not below size {}: a window would see nothing of the image", o.padding, o.size);
  require(w.height > 0 && w.width > 0, op, "the images of {} have no elements", x.shape());
  return w;
}

// The means of an image's windows; with `spread`, outputs shared out to their windows.
Tensor average(const backends::Window& w, bool spread, const Tensor& x) {
  Tensor y = Tensor::uninitialised(
      spread ? Shape{w.images, w.height, w.width, w.channels} : ops::outputs_of(w, w.channels), x.dtype(), x.device());
  const double scale = 1 / static_cast<double>(w.size[0] * w.size[1]);
  if (y.size() > 0)  // without channels there may be any number of windows
    backends::run("avg_pool2d", x.device(), spread ? &Kernels::spread_pool : &Kernels::sum_pool,
                  backends::PoolArgs{x.dtype(), w, scale, x.data(), y.writable(), nullptr});
  return record("avg_pool2d", {x}, {y}, keep::nothing,
                [w, spread](const Node&, const Cotangents& g) { return Tensors{average(w, !spread, g[0])}; });
}

}  // namespace

Tensor max_pool2d(const Tensor& x, const PoolOptions& options) {
  const backends::Window w = window_of("max_pool2d", x, options);
  Tensor y = Tensor::uninitialised(ops::outputs_of(w, w.channels), x.dtype(), x.device());
  const DType index = x.dtype() == DType::f32 ? DType::i32 : DType::i64;  // as wide as an element
  require(index == DType::i64 || w.height < (std::int64_t{1} << 31) / w.width, ErrorCode::out_of_range, "max_pool2d",
          "images of {} have 2^31 elements a channel or more; f64 has room for them", x.shape());
  Tensor places = Tensor::uninitialised(y.shape(), index, x.device());
  if (y.size() > 0)
    backends::run("max_pool2d", x.device(), &Kernels::max_pool,
                  backends::PoolArgs{x.dtype(), w, 1, x.data(), y.writable(), places.writable()});
  return record("max_pool2d", {x}, {y, places}, keep::output(1), [w](const Node& n, const Cotangents& g) {
    const Ints outputs{w.images, w.out[0] * w.out[1], w.channels};
    const Tensor zero = ops::filled(n.op(), {w.images, w.height * w.width, w.channels}, 0, g[0].dtype(), g[0].device());
    const Tensor at = reshape(n.output_slot(1), outputs);
    const Tensor flat = scatter_add_along_axis(zero, at, reshape(g[0], outputs), {.axis = 1});
    return Tensors{reshape(flat, n.input_slot(0).shape())};
  })[0];
}

Tensor avg_pool2d(const Tensor& x, const PoolOptions& options) {
  return average(window_of("avg_pool2d", x, options), false, x);
}

}  // namespace logitape::inline v0
