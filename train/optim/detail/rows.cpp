// Rows are numbered by a bit each, added up in a table of their own, and looked at for zeros.
#include "logitape/train/optim/detail/rows.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "logitape/backends/registry.h"
#include "logitape/core/detail/convert.h"
#include "logitape/ops/create.h"
#include "logitape/ops/detail/late_rows.h"

namespace logitape::inline v0::train {
namespace {

std::int64_t width_of(const Tensor& table) { return table.size() / std::max<std::int64_t>(1, table.shape()[0]); }

// The distinct indices in ascending order, and the place of any of them among these.
class Places {
 public:
  Places(std::int64_t rows, const std::vector<std::int64_t>& indices)
      : bits_(static_cast<std::size_t>(rows + 63) / 64), before_(bits_.size()) {
    for (const std::int64_t i : indices) bits_[word(i)] |= bit(i);
    for (std::size_t w = 0; w < bits_.size(); ++w) {
      before_[w] = static_cast<std::int64_t>(distinct_.size());
      for (std::uint64_t rest = bits_[w]; rest != 0; rest &= rest - 1)
        distinct_.push_back(static_cast<std::int64_t>(w) * 64 + std::countr_zero(rest));
    }
  }
  std::int64_t operator()(std::int64_t index) const {
    return before_[word(index)] + std::popcount(bits_[word(index)] & (bit(index) - 1));
  }
  std::vector<std::int64_t>& distinct() { return distinct_; }

 private:
  static std::size_t word(std::int64_t i) { return static_cast<std::size_t>(i) / 64; }
  static std::uint64_t bit(std::int64_t i) { return std::uint64_t{1} << (static_cast<std::size_t>(i) % 64); }

  std::vector<std::uint64_t> bits_;
  std::vector<std::int64_t> before_, distinct_;
};

template <class T>
bool all_zero(const T* x, std::int64_t count) {
  bool other = false;  // no early end: this loop is one of vectors
  for (std::int64_t i = 0; i < count; ++i) other |= !(x[i] == T(0));
  return !other;
}

void copy(std::int64_t count, DType dtype, const void* from, void* to) {
  backends::run("step", Device::cpu(), &backends::Kernels::copy,
                backends::CopyArgs{static_cast<std::int64_t>(byte_size(dtype)), 1, {count}, {1}, {1}, from, to});
}

}  // namespace

// The updates are added in the order and by the kernel of the whole table, so that the sums have the bits of its rows.
std::optional<UsedRows> named_rows(const Tensor& gradient) {
  const ops::LateRows* late = ops::late_rows(gradient);
  if (!late || late->indices().size() > late->rows() / 2) return {};
  const Tensor& updates = late->updates();
  std::vector<std::int64_t> indices(static_cast<std::size_t>(late->indices().size()));
  convert(late->indices().dtype(), late->indices().data(), DType::i64, indices.data(), late->indices().size());
  Places places(late->rows(), indices);
  for (std::int64_t& i : indices) i = places(i);
  UsedRows used{std::move(places.distinct()), {}, {}};
  const auto count = static_cast<std::int64_t>(used.at.size());
  used.from.resize(used.at.size());
  std::iota(used.from.begin(), used.from.end(), 0);
  used.values = zeros({count, late->width()}, updates.dtype());
  backends::run("scatter_add", Device::cpu(), &backends::Kernels::scatter_add,
                backends::IndexArgs{updates.dtype(), DType::i64, false, 1, count, late->width(), late->indices().size(),
                                    updates.data(), indices.data(), used.values.writable()});
  return used;
}

UsedRows used_rows(const Tensor& gradient) {
  UsedRows used;
  if (auto named = named_rows(gradient)) {
    used = std::move(*named);
  } else {
    used.at.resize(static_cast<std::size_t>(gradient.shape()[0]));
    std::iota(used.at.begin(), used.at.end(), 0);
    used.from = used.at;
    used.values = gradient;
  }
  const std::int64_t width = width_of(used.values);
  std::size_t kept = 0;
  visit_floating(gradient.dtype(), [&]<class T>() {
    const T* row = static_cast<const T*>(used.values.data());
    for (std::size_t i = 0; i < used.at.size(); ++i, row += width) {
      if (all_zero(row, width)) continue;
      used.at[kept] = used.at[i];
      used.from[kept++] = used.from[i];
    }
  });
  used.at.resize(kept);
  used.from.resize(kept);
  return used;
}

Tensor table_of(const UsedRows& used, const Tensor& values, const Shape& shape) {
  const auto count = static_cast<std::int64_t>(used.at.size()), width = shape.size() / shape[0];
  const Tensor indices = from_span(used.at, {count});
  const backends::IndexArgs args{values.dtype(), DType::i64,    false,          1,      shape[0], width,
                                 count,          values.data(), indices.data(), nullptr};
  return ops::table_of_rows("clip", shape, args, indices, values);
}

Tensor writable_table(Spare* spare, std::size_t k, const Tensor& x, const Tensor& like) {
  if (!x.defined()) return zeros(like.shape(), like.dtype());
  const auto ours = [&](const Tensor& t) {
    return t.data() == x.data() && t.dtype() == x.dtype() && t.shape() == x.shape();
  };
  if (spare && spare->before[k].sole_owner() && ours(spare->now[k])) {
    const std::int64_t width = width_of(x), bytes = width * static_cast<std::int64_t>(byte_size(x.dtype()));
    Tensor table = std::move(spare->before[k]);
    for (const std::int64_t row : spare->behind)
      copy(width, x.dtype(), static_cast<const std::byte*>(x.data()) + row * bytes,
           static_cast<std::byte*>(table.writable()) + row * bytes);
    return table;
  }
  Tensor table = Tensor::uninitialised(x.shape(), x.dtype());
  copy(x.size(), x.dtype(), x.data(), table.writable());
  return table;
}

}  // namespace logitape::inline v0::train
