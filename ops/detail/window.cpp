// The arithmetic of windows: how often one of `reach` elements fits into a padded image.
#include "logitape/ops/detail/window.h"

namespace logitape::inline v0::ops {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 31;  // sums of two and products with extents stay far from 2^63

void set_pair(const char* op, const char* name, const Ints& given, std::int64_t least, std::int64_t (&pair)[2]) {
  require(given.count() == 1 || given.count() == 2, op,
          "{} {} is given: one number serves both axes, two are {{down, across}}", name, given);
  for (int i = 0; i < 2; ++i) {
    pair[i] = given[given.count() == 1 ? 0 : i];
    require(pair[i] >= least && pair[i] < most, ErrorCode::out_of_range, op, "{} {} is outside [{}, 2^31)", name, given,
            least);
  }
}

}  // namespace

backends::Window window_over(const char* op, const Tensor& x, const WindowOptions& options) {
  require(x.rank() == 4, op, "x is {}; images are [batch, height, width, channels]", x.shape());
  const Shape& s = x.shape();
  backends::Window w{s[0], s[1], s[2], s[3], {}, {}, {}, {}, {}};
  set_pair(op, "size", options.size, 1, w.size);
  set_pair(op, "stride", options.stride, 1, w.stride);
  set_pair(op, "padding", options.padding, 0, w.padding);
  set_pair(op, "dilation", options.dilation, 1, w.dilation);
  for (int i = 0; i < 2; ++i) {
    std::int64_t room = 0, reach = 0;
    const bool fits = !__builtin_add_overflow(s[1 + i], 2 * w.padding[i], &room) &&
                      !__builtin_mul_overflow(w.dilation[i], w.size[i] - 1, &reach) && reach < room;
    require(fits, op, "a window of size [{},{}] and dilation [{},{}] does not fit into x {} with padding [{},{}]",
            w.size[0], w.size[1], w.dilation[0], w.dilation[1], s, w.padding[0], w.padding[1]);
    w.out[i] = (room - reach - 1) / w.stride[i] + 1;
  }
  return w;
}

Shape outputs_of(const backends::Window& window, std::int64_t channels) {
  return {window.images, window.out[0], window.out[1], channels};
}

}  // namespace logitape::inline v0::ops
