// Tensors from nothing: filled, counted up, drawn. None has a derivative.
#include "logitape/ops/create.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/ops/detail/row_sums.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"

namespace logitape::inline v0 {

using ops::Kernels;

Tensor zeros(const Shape& shape, DType dtype, Device device) {
  return ops::filled("zeros", shape, 0, dtype, ops::usable(device));
}
Tensor ones(const Shape& shape, DType dtype, Device device) {
  return ops::filled("ones", shape, 1, dtype, ops::usable(device));
}

Tensor full(const Shape& shape, double value, DType dtype, Device device) {
  ops::check_holds("full", value, dtype);
  return ops::filled("full", shape, value, dtype, ops::usable(device));
}

Tensor zeros_like(const Tensor& x) {
  ops::check_present("zeros_like", {{"x", x}});
  return ops::filled("zeros_like", x.shape(), 0, x.dtype(), x.device());
}

Tensor ones_like(const Tensor& x) {
  ops::check_present("ones_like", {{"x", x}});
  return ops::filled("ones_like", x.shape(), 1, x.dtype(), x.device());
}

namespace {

// at(0), at(1), ... at(n - 1), each converted once. They rise or fall: a dtype that holds the ends holds them all.
template <class At>
Tensor counted(std::int64_t n, DType dtype, At at) {
  Tensor y = Tensor::uninitialised({n}, dtype);
  visit_any(dtype, [&]<class T>() {
    auto* values = static_cast<T*>(y.writable());
    for (std::int64_t i = 0; i < n; ++i) values[i] = convert_element<T>(at(i));
  });
  return y;
}

}  // namespace

void detail::check_count(double n) {
  require(n >= 0, "arange", "{} elements are asked for; at least 0 are possible", n);
  require(n < 0x1p63, "arange", "{} is asked for; i64 counts to 2^63 - 1", n);
}

Tensor detail::arange_of_integers(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype) {
  require(step != 0, "arange", "from {} to {} by {} has no end", start, stop, step);
  const auto at = [=](std::uint64_t i) {  // wraps where a difference does, and back
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(start) + i * static_cast<std::uint64_t>(step));
  };
  const bool up = step > 0;
  const auto difference = [](std::int64_t high, std::int64_t low) {
    return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  };
  const std::uint64_t way = up ? difference(std::max(start, stop), start) : difference(start, std::min(start, stop));
  const std::uint64_t pace = up ? difference(step, 0) : difference(0, step);
  const std::uint64_t n = way / pace + (way % pace != 0);
  require(n >> 63 == 0, "arange", "from {} to {} by {} has {} elements, more than 2^63-1", start, stop, step, n);
  for (const std::uint64_t i : {std::uint64_t{0}, n - 1})
    if (n > 0) ops::check_holds("arange", at(i), dtype);
  return counted(static_cast<std::int64_t>(n), dtype,
                 [&](std::int64_t i) { return at(static_cast<std::uint64_t>(i)); });
}

Tensor detail::arange_of_reals(double start, double stop, double step, double rounding, DType dtype) {
  const double steps = (stop - start) / step;
  require(std::isfinite(steps) && step != 0, "arange", "from {} to {} by {} has no end", start, stop, step);
  // how far rounding, of the three numbers, their difference and the quotient, can move a whole number of steps
  const double ends = (std::fabs(start) + std::fabs(stop)) / std::fabs(step), whole = std::round(steps);
  const double error = rounding * (ends + std::fabs(steps)) + 0x1p-52 * std::fabs(steps);
  const double count = std::fabs(steps - whole) <= std::min(error, 0.25) ? whole : std::ceil(steps);
  require(count < 0x1p63, "arange", "from {} to {} by {} has {} elements, more than 2^63-1", start, stop, step, count);
  const auto n = static_cast<std::int64_t>(count < 0 ? 0 : count);
  const auto at = [=](std::int64_t i) { return start + static_cast<double>(i) * step; };
  if (n > 0) {
    ops::check_holds("arange", start, dtype);
    ops::check_holds("arange", at(n - 1), dtype);
    ops::check_holds("arange", at(n > 1), dtype);
  }
  return counted(n, dtype, at);
}

namespace {

Tensor drawn(const char* op, backends::Kernel<backends::RandomArgs> Kernels::*slot, const Shape& shape, Generator& rng,
             DType dtype, Device device) {
  require(is_arithmetic(dtype), ErrorCode::unsupported, op,
          "{} is asked for; random numbers are f32 or f64: cast them, .to(DType::{})", dtype, dtype);
  Tensor y = Tensor::uninitialised(shape, dtype, ops::usable(device));
  const std::uint64_t first = rng.advance(static_cast<std::uint64_t>(y.size()));
  backends::run(
      op, y.device(), slot,
      backends::RandomArgs{dtype, rng.key(), first, y.size(), y.writable(), ops::first_there(y, rng.key(), first)});
  return y;
}

}  // namespace

Tensor randn(const Shape& shape, Generator& rng, DType dtype, Device device) {
  return drawn("randn", &Kernels::normal, shape, rng, dtype, device);
}
Tensor uniform(const Shape& shape, Generator& rng, DType dtype, Device device) {
  return drawn("uniform", &Kernels::uniform, shape, rng, dtype, device);
}

Tensor cast(const Tensor& x, DType dtype) {
  ops::check_present("cast", {{"x", x}});
  if (x.dtype() == dtype) return x;
  Tensor y = Tensor::uninitialised(x.shape(), dtype, x.device());
  backends::run("cast", x.device(), &Kernels::cast,
                backends::CastArgs{x.dtype(), dtype, x.size(), x.data(), y.writable()});
  if (!is_floating(dtype)) return y;
  return record("cast", {x}, {y}, keep::one,
                [](const Node& n, const Cotangents& g) { return Tensors{cast(g[0], n.input_slot(0).dtype())}; });
}

Tensor Tensor::to(DType dtype) const { return cast(*this, dtype); }
Tensor Tensor::to(Device device) const {
  ops::check_present("to", {{"the tensor", *this}});
  if (device == device_) return *this;
  Tensor y = copied_to(*this, ops::usable(device));
  if (!is_floating(dtype_)) return y;
  return record("to", {*this}, {y}, keep::one,
                [](const Node& n, const Cotangents& g) { return Tensors{g[0].to(n.input_slot(0).device())}; });
}

Tensor dropout(const Tensor& x, double rate, Generator& rng) {
  ops::check_arithmetic("dropout", {{"x", x}});
  require(rate >= 0 && rate < 1, ErrorCode::out_of_range, "dropout", "rate {} is outside [0, 1)", rate);
  Tensor mask = Tensor::uninitialised(x.shape(), x.dtype(), x.device());
  Generator moved = rng;  // put back last: rng stays where it is if anything fails
  const ops::Drawn drawn = ops::drawn_for(x);
  const std::uint64_t first = moved.advance(drawn.count) + drawn.first;
  backends::run("dropout", x.device(), &Kernels::dropout_mask,
                backends::DropoutMaskArgs{x.dtype(), rng.key(), first, rate, x.size(), mask.writable(),
                                          ops::first_there(mask, rng.key(), first)});
  Tensor y = where_positive(mask, x * mask);  // 0 where x is infinite or NaN too
  rng = moved;
  return y;
}

}  // namespace logitape::inline v0
