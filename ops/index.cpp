// gather and scatter_add are each other's derivative; one_hot has none. The indices are checked before anything is
// computed; on a device nobody waits for the answer (backends/faults.h).
#include "logitape/ops/index.h"

#include <cstring>

#include "logitape/backends/faults.h"
#include "logitape/ops/create.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/detail/late_rows.h"
#include "logitape/ops/detail/row_sums.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/detail/used_rows.h"

namespace logitape::inline v0 {
namespace {

using ops::Kernels;

// Shared: one list of indices for all of x; otherwise each element of the result has its own.
struct IndexPlan {
  int axis = 0;
  backends::IndexArgs args{};
  Shape picked;  // the shape of what is gathered
};

enum class Indices { unknown, checked };

IndexPlan plan(const char* op, const Tensor& x, const Tensor& indices, std::int64_t axis, bool per_element,
               Indices known) {
  ops::check_present(op, {{"x", x}, {"indices", indices}});
  ops::check_indices(op, {"indices", indices});
  require(per_element || x.rank() - 1 + indices.rank() <= max_rank, op,
          "x {} by indices {} has {} axes; at most {} are possible", x.shape(), indices.shape(),
          x.rank() - 1 + indices.rank(), max_rank);
  IndexPlan p;
  p.axis = ops::checked_axis(op, axis, x.rank());
  Ints picked;
  for (int r = 0; r < p.axis; ++r) picked.push(x.shape()[r]);
  if (per_element) {
    require(indices.rank() == x.rank(), op, "indices are {}, x is {}: ranks have to be equal", indices.shape(),
            x.shape());
    picked.push(indices.shape()[p.axis]);
  } else {
    for (const std::int64_t extent : indices.shape()) picked.push(extent);
  }
  for (int r = p.axis + 1; r < x.rank(); ++r) picked.push(x.shape()[r]);
  p.picked = Shape(picked);
  require(!per_element || p.picked == indices.shape(), op, "indices are {}, x is {}: they differ off axis {}",
          indices.shape(), x.shape(), p.axis);
  const ops::Split s = ops::split(x.shape(), p.axis, p.axis + 1);
  if (known == Indices::unknown) ops::check_index_range(op, "index", "position", indices, s.axis);
  p.args = {x.dtype(),
            indices.dtype(),
            per_element,
            s.outer,
            s.axis,
            s.inner,
            per_element ? indices.shape()[p.axis] : indices.size(),
            nullptr,
            indices.data(),
            nullptr};
  return p;
}

Tensor spread(const Shape& shape, const Tensor& indices, const Tensor& updates, int axis, bool per_element);

Tensor pick(const char* op, const Tensor& x, const Tensor& indices, std::int64_t axis, bool per_element,
            Indices known = Indices::unknown) {
  IndexPlan p = plan(op, x, indices, axis, per_element, known);
  Tensor y = Tensor::uninitialised(p.picked, x.dtype(), x.device());
  p.args.x = x.data();
  p.args.y = y.writable();
  backends::run(op, x.device(), &Kernels::gather, p.args);
  return record(op, {x, indices}, {y}, keep::input(1),
                [a = p.args.per_element, axis = p.axis](const Node& n, const Cotangents& g) {
                  return Tensors{spread(n.input_slot(0).shape(), n.input(1), g[0], axis, a), Tensor()};
                });
}

// The sum of the blocks' tables along their tree. Where a batch uses fewer rows than the table has, blocks make tables
// of the rows that are used: the same sums, and 0 elsewhere.
Tensor sum_of_tables(const char* op, const ops::RowCuts& cuts, const Shape& shape, const backends::IndexArgs& args,
                     const Tensor& indices, const Tensor& updates) {
  const std::int64_t each = indices.size() / indices.shape()[0];  // indices a row of the batch
  const auto sum_of = [&](const Shape& table_shape, const backends::IndexArgs& all) {
    return ops::sum_of_blocks(op, cuts, [&](std::int64_t first, std::int64_t rows) {
      Tensor table = ops::filled(op, table_shape, 0, updates.dtype(), updates.device());
      backends::IndexArgs part = all;
      part.count = rows * each;
      part.indices = ops::from_element(all.indices, first * each, all.index_dtype);
      part.x = ops::from_element(all.x, first * each * all.inner, all.dtype);
      part.y = table.writable();
      backends::run(op, table.device(), &Kernels::scatter_add, part);
      return table;
    });
  };
  if (updates.device() != Device::cpu() || shape.rank() < 2 || indices.size() >= args.axis) return sum_of(shape, args);
  const ops::UsedRows used = ops::used_rows(indices);
  Ints extents(shape);
  extents[0] = used.rows.size();
  backends::IndexArgs of_used = args;
  of_used.index_dtype = DType::i64;
  of_used.axis = used.rows.size();
  of_used.indices = used.places.data();
  const Tensor sums = sum_of(Shape(extents), of_used);
  backends::IndexArgs back = args;
  back.index_dtype = DType::i64;
  back.count = used.rows.size();
  back.indices = used.rows.data();
  back.x = sums.data();
  return ops::table_of_rows(op, shape, back, used.rows, sums);
}

// pick's derivative: what scatter_add makes of zeros of this shape.
Tensor spread(const Shape& shape, const Tensor& indices, const Tensor& updates, int axis, bool per_element) {
  if (ops::is_half(updates.dtype()))
    return spread(shape, indices, ops::widened(updates), axis, per_element).to(updates.dtype());
  const ops::Split s = ops::split(shape, axis, axis + 1);
  const std::int64_t count = per_element ? indices.shape()[axis] : indices.size();
  const backends::IndexArgs args{updates.dtype(), indices.dtype(), per_element,    s.outer,        s.axis,
                                 s.inner,         count,           updates.data(), indices.data(), /* y */ nullptr};
  const char* op = per_element ? "scatter_add_along_axis" : "scatter_add";
  const ops::RowCuts cuts(s.outer == 1 && !per_element && indices.rank() > 0 ? indices.shape()[0] : 0);
  const Tensor table = cuts ? sum_of_tables(op, cuts, shape, args, indices, updates)
                            : ops::table_of_rows(op, shape, args, indices, updates);
  return record(op, {indices, updates}, {table}, keep::input(0),
                [a = per_element, axis](const Node& n, const Cotangents& g) {
                  const char* back = a ? "take_along_axis" : "gather";
                  return Tensors{Tensor(), pick(back, g[0], n.input(0), axis, a, Indices::checked)};
                });
}

Tensor scatter(const char* op, const Tensor& base, const Tensor& indices, const Tensor& updates, std::int64_t axis,
               bool per_element, Indices known = Indices::unknown) {
  if (base.defined() && ops::is_half(base.dtype())) {
    ops::check_same(op, {{"base", base}, {"updates", updates}});
    const Tensor added = ops::widened(updates);
    return scatter(op, ops::widened(base), indices, added, axis, per_element, known).to(base.dtype());
  }
  ops::check_arithmetic(op, {{"base", base}, {"updates", updates}});
  IndexPlan p = plan(op, base, indices, axis, per_element, known);
  require(updates.shape() == p.picked, op, "updates are {}, base {} and indices {} need {}", updates.shape(),
          base.shape(), indices.shape(), p.picked);
  Tensor y = Tensor::uninitialised(base.shape(), base.dtype(), base.device());
  const ops::Split s = ops::split(base.shape(), 0, base.rank());
  backends::run(
      op, base.device(), &Kernels::copy,
      backends::CopyArgs{
          static_cast<std::int64_t>(byte_size(base.dtype())), 1, {s.axis}, {1}, {1}, base.data(), y.writable()});
  p.args.x = updates.data();
  p.args.y = y.writable();
  backends::run(op, base.device(), &Kernels::scatter_add, p.args);
  return record(op, {base, indices, updates}, {y}, keep::input(1),
                [a = p.args.per_element, axis = p.axis](const Node& n, const Cotangents& g) {
                  return Tensors{
                      g[0], Tensor(),
                      n.needs(2) ? pick(a ? "take_along_axis" : "gather", g[0], n.input(1), axis, a, Indices::checked)
                                 : Tensor()};
                });
}

}  // namespace

void ops::check_index_range(const char* op, const char* what, const char* where, const Tensor& indices,
                            std::int64_t limit, const std::uint8_t* keep) {
  backends::IndexFault fault;
  const bool later = indices.device() != Device::cpu();
  const std::uint64_t ticket =
      later ? backends::ticket_of(indices.device(), op, backends::range_sentence(what, where)) : 0;
  backends::run(op, indices.device(), &Kernels::index_check,
                backends::IndexCheckArgs{indices.dtype(), indices.size(), limit, indices.data(),
                                         ticket ? nullptr : &fault, keep, ticket});
  if (fault.count > 0)
    backends::fail_of_index(op, backends::range_sentence(what, where),
                            {ticket, fault.count, fault.position, fault.value, limit});
}

void ops::check_flags(const char* op, const std::string& sentence, const Tensor& flags, const Tensor& keep) {
  backends::IndexFault fault;  // a flag that is true, 1, is no index below 1
  const std::uint64_t ticket = backends::ticket_of(flags.device(), op, sentence);
  const auto* kept = keep.defined() ? static_cast<const std::uint8_t*>(keep.data()) : nullptr;
  backends::run(
      op, flags.device(), &Kernels::index_check,
      backends::IndexCheckArgs{DType::u8, flags.size(), 1, flags.data(), ticket ? nullptr : &fault, kept, ticket});
  if (fault.count > 0) backends::fail_of_index(op, sentence, {ticket, fault.count, fault.position, fault.value, 1});
}

Tensor ops::gather_checked(const Tensor& x, const Tensor& indices) {
  return pick("gather", x, indices, 0, false, Indices::checked);
}

Tensor gather(const Tensor& x, const Tensor& indices, const IndexOptions& options) {
  return pick("gather", x, indices, options.axis, false);
}
Tensor take_along_axis(const Tensor& x, const Tensor& indices, const IndexOptions& options) {
  return pick("take_along_axis", x, indices, options.axis, true);
}
Tensor scatter_add(const Tensor& base, const Tensor& indices, const Tensor& updates, const IndexOptions& options) {
  return scatter("scatter_add", base, indices, updates, options.axis, false);
}
Tensor scatter_add_along_axis(const Tensor& base, const Tensor& indices, const Tensor& updates,
                              const IndexOptions& options) {
  return scatter("scatter_add_along_axis", base, indices, updates, options.axis, true);
}

Tensor gather(const Tensor& x, const Tensor& indices, Axis axis) { return gather(x, indices, {.axis = axis.value}); }
Tensor take_along_axis(const Tensor& x, const Tensor& indices, Axis axis) {
  return take_along_axis(x, indices, {.axis = axis.value});
}
Tensor scatter_add(const Tensor& base, const Tensor& indices, const Tensor& updates, Axis axis) {
  return scatter_add(base, indices, updates, {.axis = axis.value});
}
Tensor scatter_add_along_axis(const Tensor& base, const Tensor& indices, const Tensor& updates, Axis axis) {
  return scatter_add_along_axis(base, indices, updates, {.axis = axis.value});
}

Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype) {
  ops::check_indices("one_hot", {"indices", indices});
  require(indices.rank() < max_rank, "one_hot", "a class axis beside {} would be the ninth; at most {} are possible",
          indices.shape(), max_rank);
  require(classes >= 1, "one_hot", "{} classes are asked for; at least 1 is needed", classes);
  ops::check_index_range("one_hot", "index", "position", indices, classes);
  Ints extents(indices.shape());
  extents.push(classes);
  Tensor y = Tensor::uninitialised(Shape(extents), dtype, indices.device());
  backends::run("one_hot", indices.device(), &Kernels::one_hot,
                backends::OneHotArgs{dtype, indices.dtype(), indices.size(), classes, indices.data(), y.writable()});
  return y;
}

}  // namespace logitape::inline v0
