// The table's values and shapes: what the families' rows are put together from.
#include <cmath>

#include "logitape/core/detail/convert.h"
#include "tests/op_table/op_table.h"

namespace logitape::tests {
namespace {

// 64 well mixed bits of a counter (splitmix64).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

double fraction(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

double value_at(const Domain& d, std::size_t input, std::int64_t i, std::int64_t size, std::int64_t limit) {
  const std::uint64_t bits = mixed(static_cast<std::uint64_t>(i) + (static_cast<std::uint64_t>(input + 1) << 40));
  switch (d.kind) {
    case Domain::Kind::boolean: return static_cast<double>(bits >> 63);
    case Domain::Kind::index: return static_cast<double>(bits % static_cast<std::uint64_t>(limit));
    case Domain::Kind::distinct: {  // a stride without a common factor with the power of two visits every place once
      std::int64_t places = 64;
      while (places < size) places *= 2;
      const double place = static_cast<double>((i * 37 + 11) % places) + (static_cast<double>(input % 2) + 0.5) / 2;
      return d.low + place / static_cast<double>(places) * (d.high - d.low);
    }
    case Domain::Kind::interval: break;
  }
  double x = d.low + fraction(bits) * (d.high - d.low);
  for (const double kink : d.kinks)
    if (std::fabs(x - kink) < d.gap) x = kink + std::copysign(d.gap, x - kink) + (x - kink);
  return x;
}

DType index_dtype(std::size_t set) {
  constexpr DType all[] = {DType::i64, DType::i32, DType::u8, DType::i16, DType::i8};
  return all[set % 5];
}

}  // namespace

std::string name(const Row& row) { return row.variant.empty() ? row.op : row.op + " (" + row.variant + ")"; }

std::string describe(const Row& row, const Shapes& shapes, DType dtype) {
  std::string text = name(row) + " " + std::string(name(dtype));
  for (const Shape& s : shapes) text += " " + to_string(s);
  return text;
}

const std::vector<Row>& table() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> all;
    add_elementwise(all);
    add_rearrange(all);
    add_reduce(all);
    add_index(all);
    add_matmul(all);
    add_linear_algebra(all);
    add_layers(all);
    add_create(all);
    add_cross_entropy(all);
    add_cross_entropy_options(all);
    add_losses(all);
    return all;
  }();
  return rows;
}

std::vector<Tensor> make_inputs(const Row& row, const Shapes& shapes, std::size_t set, DType dtype) {
  std::vector<Tensor> inputs;
  for (std::size_t n = 0; n < row.inputs.size(); ++n) {
    const Input& in = row.inputs[n];
    const bool index = in.domain.kind == Domain::Kind::index;
    const bool big = shapes == row.large;
    const DType own = in.dtype                                  ? *in.dtype
                      : index                                   ? (big ? DType::i32 : index_dtype(set))
                      : in.domain.kind == Domain::Kind::boolean ? DType::boolean
                                                                : dtype;
    const std::int64_t limit = !index                ? 0
                               : in.domain.below > 0 ? in.domain.below
                                                     : shapes[static_cast<std::size_t>(in.domain.of)][in.domain.axis];
    Tensor t = Tensor::uninitialised(shapes[n], own);
    visit_any(own, [&]<class T>() {
      T* const to = static_cast<T*>(t.writable());
      const std::int64_t size = t.size();
      for (std::int64_t i = 0; i < size; ++i) to[i] = convert_element<T>(value_at(in.domain, n, i, size, limit));
    });
    inputs.push_back(t);
  }
  return inputs;
}

std::vector<Shapes> unary_shapes() {
  return {{{}}, {{0}}, {{1}}, {{7}}, {{2, 0, 3}}, {{3, 5}}, {{2, 1, 3, 1, 2}}, {{11, 13}}};
}

std::vector<Shapes> small_binary_shapes() {
  return {{{}, {}},         {{0}, {1}},       {{1}, {5}},
          {{3, 2}, {3, 2}}, {{3, 1}, {1, 5}}, {{2, 3}, {}},
          {{3}, {2, 3}},    {{0, 3}, {3}},    {{2, 1, 1, 3, 1}, {2, 1, 2}}};
}

std::vector<Shapes> binary_shapes() {
  std::vector<Shapes> shapes = small_binary_shapes();
  shapes.push_back({{11, 13}, {13}});
  return shapes;
}

std::vector<DType> every_dtype() {
  return {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
          DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};
}

std::vector<DType> floating_dtypes() { return {DType::f16, DType::bf16, DType::f32, DType::f64}; }

}  // namespace logitape::tests
