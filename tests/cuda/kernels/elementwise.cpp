// Elementwise kernels, casts and copies: the oracle's bits, and each array read and written once. What they compute for
// every dtype and pattern of broadcasting is ../elementwise_test.cpp's; here each access is counted.
#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {

namespace {

using namespace backends;

// Whole groups of 16 bytes are moved at once; the rest of a row goes by element.
Moves dense(const char* what, std::int64_t size) { return {.what = what, .narrow = size % 16 == 0 ? 0.0 : 1.0}; }

template <class T>
void check_dense(std::int64_t size) {
  const std::vector<T> a = normal_numbers<T>(size, 1, 0, 1), b = normal_numbers<T>(size, 1, 0, 2);
  const Loop<2> flat{1, {size}, {{1}, {1}}};
  const auto filled = [&](auto&& side) {
    std::vector<T> y(a.size());
    side.run(&Kernels::fill, &lt_kernels::fill, {dtype_of<T>(), size, 1.5, side.out(y)}, dense("fill", size));
    return y;
  };
  const auto relu = [&](auto&& side) {
    std::vector<T> y(a.size());
    side.run(&Kernels::relu, &lt_kernels::relu, {dtype_of<T>(), size, side.in(a), side.out(y)}, dense("relu", size));
    return y;
  };
  const auto added = [&](auto&& side) {
    std::vector<T> y(a.size());
    side.run(&Kernels::add, &lt_kernels::add, {dtype_of<T>(), flat, side.in(a), side.in(b), side.out(y)},
             dense("add", size));
    return y;
  };
  const auto less = [&](auto&& side) {
    std::vector<std::uint8_t> y(a.size());
    side.run(&Kernels::less, &lt_kernels::less, {dtype_of<T>(), flat, side.in(a), side.in(b), side.out(y)},
             {.what = "less"});
    return y;
  };
  const auto halved = [&](auto&& side) {
    std::vector<std::uint16_t> y(a.size());
    side.run(&Kernels::cast, &lt_kernels::cast, {dtype_of<T>(), DType::bf16, size, side.in(a), side.out(y)},
             {.what = "cast"});
    return y;
  };
  expect(filled(Device()) == filled(exact<T>()), "fill");
  expect(relu(Device()) == relu(exact<T>()), "relu");
  expect(added(Device()) == added(exact<T>()), "add");
  expect(less(Device()) == less(exact<T>()), "less");
  expect(halved(Device()) == halved(exact<T>()), "cast");
}

// A row is added to each row, a column to each column, or one number to all.
template <class T>
void check_broadcast(std::int64_t rows, std::int64_t columns) {
  const std::int64_t steps[][2] = {{0, 1}, {1, 0}, {0, 0}};
  for (const auto& [down, along] : steps) {
    const std::vector<T> a = normal_numbers<T>(rows * columns, 1, 0, 1), b = normal_numbers<T>(along  ? columns
                                                                                               : down ? rows
                                                                                                      : 1,
                                                                                               1, 0, 2);
    const auto added = [&, down = down, along = along](auto&& side) {
      std::vector<T> y(a.size());
      const Moves moves{.what = "add, broadcast", .load_bytes = 2.0 * static_cast<double>(a.size() * sizeof(T))};
      side.run(&Kernels::add, &lt_kernels::add,
               {dtype_of<T>(), Loop<2>{2, {rows, columns}, {{columns, 1}, {down, along}}}, side.in(a), side.in(b),
                side.out(y)},
               moves);
      return y;
    };
    expect(added(Device()) == added(exact<T>()), "add, broadcast");
  }
}

// x is [planes, rows, columns] of a larger array; y is dense, and turned where asked for.
template <class T>
void check_copy(std::int64_t rows, std::int64_t columns, bool turned) {
  const std::int64_t planes = 3, pitch = columns + 5, size = planes * rows * columns;
  std::vector<T> x(static_cast<std::size_t>(planes * rows * pitch));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i * 2654435761u);
  const auto copied = [&](auto&& side) {
    std::vector<T> y(static_cast<std::size_t>(size));
    const Moves moves{.what = turned ? "copy, turned" : "copy",
                      .load_bytes = static_cast<double>(y.size() * sizeof(T))};
    const std::int64_t down = turned ? 1 : columns, along = turned ? rows : 1;
    side.run(&Kernels::copy, &lt_kernels::copy,
             {sizeof(T),
              3,
              {planes, rows, columns},
              {rows * pitch, pitch, 1},
              {rows * columns, down, along},
              side.in(x),
              side.out(y)},
             moves);
    return y;
  };
  expect(copied(Device()) == copied(exact<double>()), "copy");
}

}  // namespace

void check_elementwise() {
  for (const std::int64_t size : {1, 15, 33, 4096, 4099}) {
    check_dense<float>(size);
    check_dense<double>(size);
  }
  for (const auto& [rows, columns] : {std::pair{1, 1}, {5, 33}, {64, 128}}) {
    check_broadcast<float>(rows, columns);
    check_broadcast<double>(rows, columns);
    for (const bool turned : {false, true}) {
      check_copy<std::uint8_t>(rows, columns, turned), check_copy<std::uint16_t>(rows, columns, turned);
      check_copy<std::uint32_t>(rows, columns, turned), check_copy<std::uint64_t>(rows, columns, turned);
    }
  }
}

}  // namespace logitape::tests
