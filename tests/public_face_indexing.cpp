// Parts of tensors, as those who know NumPy or libtorch write them first; this file must go on compiling as it stands.
#include <doctest/doctest.h>
#include <logitape.h>

#include <cstdint>
#include <vector>

namespace lt = logitape;

namespace {

using Values = std::vector<int>;
Values values(const lt::Tensor& t) { return t.to_vector<int>(); }

// [[0 1 2 3] [4 5 6 7] [8 9 10 11]]
lt::Tensor table() { return lt::reshape(lt::arange(12, lt::DType::f32), {3, 4}); }

TEST_CASE("a position takes the axis away, and counts from the end where it is negative") {
  const lt::Tensor x = table();
  CHECK(x[1].shape() == lt::Shape{4});
  CHECK(values(x[0]) == Values{0, 1, 2, 3});
  CHECK(values(x[-1]) == Values{8, 9, 10, 11});
  CHECK(x[1][2].item<int>() == 6);
  CHECK(x[{1, 2}].item<int>() == 6);
  CHECK(x[{-1, -1}].item<int>() == 11);
  const std::size_t row = 2;
  const std::int64_t column = 3;
  CHECK(x[row][column].item<float>() == 11);
  std::vector<lt::Tensor> all_rows;
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) all_rows.push_back(x[i]);
  CHECK(values(lt::stack(all_rows)) == values(x));
  lt::Tensor again = x[0];
  again = x[1];
  CHECK(values(again) == values(x[1]));
}

TEST_CASE("ranges go over any axes, with negative ends and steps") {
  using lt::all, lt::none, lt::range;
  const lt::Tensor x = table();
  CHECK(values(x[range(1, 3)]) == Values{4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(values(x[range(0, -1)]) == Values{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(values(x[{range(0, -1), 2}]) == Values{2, 6});
  CHECK(values(x[{all, 0}]) == Values{0, 4, 8});
  CHECK(values(x[{all, range(none, none, 2)}]) == Values{0, 2, 4, 6, 8, 10});
  CHECK(values(x[{0, range(none, none, -1)}]) == Values{3, 2, 1, 0});
  CHECK(values(x[{0, range(-2, 0, -1)}]) == Values{2, 1});
  CHECK(values(x[{range(-2, none), range(1, 3)}]) == Values{5, 6, 9, 10});
  CHECK(values(lt::index(x, {range(0, -1), 2})) == Values{2, 6});
  const std::vector<lt::Subscript> at = {2, range(0, 2)};
  CHECK(values(lt::index(x, at)) == Values{8, 9});
  CHECK(x[range(2, 1)].shape() == lt::Shape{0, 4});
  CHECK(x[{all, all}].data() == x.data());  // all of it is it
  CHECK(values(lt::rows(x, 1, 2)) == Values{4, 5, 6, 7});
  CHECK(values(lt::rows(x, -1, none)) == Values{8, 9, 10, 11});
  CHECK(values(lt::columns(x, 1, 3)) == Values{1, 2, 5, 6, 9, 10});
  CHECK(lt::columns(x, 0, -1).shape() == lt::Shape{3, 3});
}

TEST_CASE("tensors of indices and of booleans choose slices") {
  const lt::Tensor x = table();
  CHECK(values(x[lt::tensor({2, 0})]) == Values{8, 9, 10, 11, 0, 1, 2, 3});
  CHECK(values(x[x > 8]) == Values{9, 10, 11});
  CHECK(x[lt::tensor({true, false, true})].shape() == lt::Shape{2, 4});
  CHECK(x[lt::full({3}, 0, lt::DType::boolean)].shape() == lt::Shape{0, 4});
  CHECK(values(lt::boolean_mask(x, lt::tensor({false, true, false}))) == values(x[1]));
}

TEST_CASE("every part is differentiable, and any dtype has parts") {
  const lt::Tensor x = lt::variable(table());
  const lt::Tensor y = lt::sum(x[1] * x[{lt::all, 2}][0]) + lt::sum(x[{0, lt::range(lt::none, lt::none, -2)}]);
  CHECK(values(lt::grad(y, {x})[0]) == Values{0, 1, 22, 1, 2, 2, 2, 2, 0, 0, 0, 0});  // 22 = 4 + 5 + 6 + 7
  CHECK(values(lt::grad(lt::sum(x[x > 9]), {x})[0]) == Values{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1});
  for (const lt::DType d : {lt::DType::bf16, lt::DType::i64, lt::DType::u8, lt::DType::f64})
    CHECK(values(table().to(d)[{1, lt::range(1, 3)}]) == Values{5, 6});
  CHECK((table() > 5)[1].dtype() == lt::DType::boolean);
}

TEST_CASE("integers add, subtract, multiply and compare, of different widths too") {
  const lt::Tensor labels = lt::tensor({0, 1, 2, 1}), predicted = lt::argmax(lt::one_hot(labels, 3), 1);
  CHECK(predicted.dtype() == lt::DType::i64);
  CHECK(values(lt::equal(predicted, labels)) == Values{1, 1, 1, 1});  // i64 and i32
  CHECK(values(labels + 1) == Values{1, 2, 3, 2});
  CHECK((labels + 1).dtype() == lt::DType::i32);
  CHECK(values(2 * labels - predicted) == Values{0, 1, 2, 1});
  CHECK((labels - predicted).dtype() == lt::DType::i64);
  CHECK(values(-labels) == Values{0, -1, -2, -1});
  CHECK(values(lt::maximum(labels, 1)) == Values{1, 1, 2, 1});
  CHECK(values(lt::abs(labels - 2)) == Values{2, 1, 0, 1});
  CHECK(values(labels >= 1) == Values{0, 1, 1, 1});
  CHECK(values(lt::where(labels > 1, -1, labels)) == Values{0, 1, -1, 1});
  CHECK(values(lt::equal(labels > 0, labels)) == Values{1, 1, 0, 1});  // booleans count as 0 and 1
  const lt::Tensor byte = lt::full({1}, 200, lt::DType::u8), small = lt::full({1}, -100, lt::DType::i8);
  CHECK(values(byte + 100) == Values{44});  // wraps
  CHECK(values(byte + small) == Values{100});
  CHECK((byte + small).dtype() == lt::DType::i16);
  CHECK(values(small - small - small - small) == Values{-56});  // 200 - 256
  CHECK(values(byte > small) == Values{1});
  const std::int64_t beyond = (std::int64_t{1} << 53) + 1;  // what a double does not hold
  CHECK((lt::zeros({1}, lt::DType::i64) + beyond).item<std::int64_t>() == beyond);
  CHECK_FALSE((labels + 1).requires_grad());
}

}  // namespace
