// Both are computed by public ops that nothing records. Of a gradient that names its rows only these are read, and what
// becomes of it names them too.
#include "logitape/train/optim/clip.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "logitape/autograd/record.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/optim/detail/rows.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0 {

namespace {

// The used rows in the blocks in which sum() adds up all of the table: blocks of zeros alone add nothing, so that the
// sum of the others has the bits of the whole one.
Tensor blocks_of(const train::UsedRows& used, const Tensor& rows) {
  constexpr std::int64_t block = 8192;  // sum's, see architecture; a test compares the bits
  const std::int64_t width = rows.size() / std::max<std::int64_t>(1, rows.shape()[0]);
  std::vector<double> blocks;
  std::int64_t last = -1;
  const auto* from = static_cast<const double*>(rows.data());
  for (const std::int64_t row : used.at)
    for (std::int64_t e = row * width; e < (row + 1) * width; ++e, ++from) {
      if (e / block != last) blocks.resize(blocks.size() + block);
      last = e / block;
      blocks[blocks.size() - block + static_cast<std::size_t>(e % block)] = *from;
    }
  return from_span(blocks, {std::ssize(blocks)});
}

// The sum of the squares of all elements times `by`, f64 [].
Tensor squares_of(TensorList gradients, double by) {
  Tensor squares;
  for (const Tensor& g : gradients) {
    const auto rows = train::named_rows(g);
    const Tensor wide = cast(rows ? rows->values : g, DType::f64), scaled = by == 1 ? wide : wide * by,
                 each = scaled * scaled, own = sum(rows ? blocks_of(*rows, each) : each);
    squares = squares.defined() ? squares + own : own;
  }
  return squares.defined() ? squares : zeros({}, DType::f64);
}

// f of a gradient, element by element; f(0) is 0.
template <class F>
Tensor changed(const Tensor& gradient, F f) {
  const auto rows = train::named_rows(gradient);
  return rows ? train::table_of(*rows, f(rows->values), gradient.shape()) : f(gradient);
}

// The norm of the gradients times `by`, a power of two. Without `by`, squares of huge numbers overflow, and those of
// tiny ones are lost.
struct ScaledNorm {
  double norm, by;
};

ScaledNorm scaled_norm(TensorList gradients) {
  const NoGrad guard;
  const auto norm_of = [&](double by) { return ScaledNorm{std::sqrt(squares_of(gradients, by).item<double>()), by}; };
  const ScaledNorm plain = norm_of(1);
  if (!std::isfinite(plain.norm)) return norm_of(0x1p-600);
  return plain.norm > 0x1p-450 ? plain : norm_of(0x1p800);
}

// On a device nothing is read: the factor, 1 where nothing is to be clipped, stays there. Squares of f32 neither
// overflow in f64 nor are lost.
bool stays_there(TensorList gradients, double max_norm) {
  return max_norm > 0x1p-300 && !gradients.empty() && std::ranges::all_of(gradients, [](const Tensor& g) {
           return g.device() != Device::cpu() && g.dtype() == DType::f32;
         });
}
Tensors clipped_there(TensorList gradients, double max_norm) {
  const NoGrad guard;
  const Tensor norm = sqrt(squares_of(gradients, 1));
  const Tensor beyond = logical_and(greater(norm, max_norm), less(norm, std::numeric_limits<double>::infinity()));
  const Tensor factor = where(beyond, max_norm / norm, 1);
  Tensors clipped;
  for (const Tensor& g : gradients) clipped.push_back(cast(cast(g, DType::f64) * factor, g.dtype()));
  return clipped;
}

}  // namespace

double global_norm(TensorList gradients) {
  const auto [norm, by] = scaled_norm(gradients);
  return norm / by;
}

Tensors clip_by_global_norm(TensorList gradients, double max_norm) {
  train::require_above_0("clip_by_global_norm", "max_norm", max_norm);
  for (const Tensor& g : gradients) train::require_held("clip_by_global_norm", "max_norm", max_norm, g.dtype());
  if (stays_there(gradients, max_norm)) return clipped_there(gradients, max_norm);
  Tensors clipped(gradients.begin(), gradients.end());
  const auto [norm, by] = scaled_norm(gradients);
  if (!std::isfinite(norm) || norm / by <= max_norm) return clipped;
  const NoGrad guard;
  const double factor = max_norm / norm * by;
  for (Tensor& g : clipped)
    g = changed(g, [&, norm = norm, by = by](const Tensor& x) {  // in f64: f32 may hold the product but not the factor
      const Tensor wide = cast(x, DType::f64);
      return cast(std::isnormal(factor) ? wide * factor : wide * by / norm * max_norm, x.dtype());
    });
  return clipped;
}

Tensors clip_by_value(TensorList gradients, double limit) {
  train::require_above_0("clip_by_value", "limit", limit);
  const NoGrad guard;
  Tensors clipped;
  for (const Tensor& g : gradients) {
    train::require_held("clip_by_value", "limit", limit, g.dtype());
    clipped.push_back(changed(g, [&](const Tensor& x) { return clamp(x, -limit, limit); }));
  }
  return clipped;
}

}  // namespace logitape::inline v0
