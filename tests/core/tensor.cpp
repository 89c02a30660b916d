// Making and reading tensors.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "logitape/core/error.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/create.h"

using namespace logitape;

namespace {
template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
}  // namespace

TEST_SUITE("tensor") {
  TEST_CASE("braces of rank 0 to 4 give their shape, dtype and values in row-major order") {
    CHECK(tensor(3.f).rank() == 0);
    CHECK(tensor(3.f).item<float>() == 3);
    CHECK(tensor({1.5, 2.5}).dtype() == DType::f64);
    CHECK(tensor({1, 2, 3}).dtype() == DType::i32);
    CHECK(tensor({true, false}).dtype() == DType::boolean);
    CHECK(tensor({f16(1.0), f16(2.0)}).dtype() == DType::f16);
    CHECK(tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}}).shape() == Shape{2, 3});
    CHECK(tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}}).to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(tensor({{{1}, {2}}, {{3}, {4}}}).shape() == Shape{2, 2, 1});
    const Tensor four = tensor({{{{1, 2}, {3, 4}}}, {{{5, 6}, {7, 8}}}});
    CHECK(four.shape() == Shape{2, 1, 2, 2});
    CHECK(four.to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(tensor({5.f}).shape() == Shape{1});
    CHECK(tensor({{7.f}}).shape() == Shape{1, 1});
  }

  TEST_CASE("ragged braces are refused with both lengths") {
    CHECK(refusal([] {
            tensor({{1.f, 2.f}, {3.f}});
          }).find("one list has 1 elements where another has 2") != std::string::npos);
    CHECK(refusal([] {
            tensor({{1.f}, {2.f, 3.f}});
          }).find("one list has 2 elements where another has 1") != std::string::npos);
    CHECK(refusal([] { tensor({{{1, 2}, {3, 4}}, {{5, 6}}}); }) != "");
    CHECK(refusal([] { tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7}}}); }) != "");
  }

  TEST_CASE("from_span copies from any contiguous range and refuses another count") {
    std::vector<double> v = {1, 2, 3, 4, 5, 6};
    const Tensor t = from_span(std::span<const double>(v), {2, 3});
    v[0] = 100;
    CHECK(t.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 5, 6});
    CHECK(t.dtype() == DType::f64);
    CHECK(from_span(std::array<std::int8_t, 2>{1, 2}, {2}).dtype() == DType::i8);
    CHECK(from_span(std::vector<bf16>(3), {3}).dtype() == DType::bf16);
    CHECK(from_span(std::vector<float>{}, {0, 3}).size() == 0);
    CHECK(from_span(std::vector<float>{4}, {}).item<float>() == 4);
    CHECK(refusal([&] { from_span(v, {2, 2}); }) == "from_span: 6 values do not fill shape [2,2], which has 4");
  }

  TEST_CASE("item and to_vector convert, and item wants one element") {
    CHECK(tensor(2.75).item<float>() == 2.75f);
    CHECK(tensor(2.75).item<std::int32_t>() == 2);
    CHECK(tensor({{7}}).item<double>() == 7);
    CHECK(tensor(f16(0.5)).item<double>() == 0.5);
    CHECK(tensor({1.9f, -1.9f, 300.f}).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{1, 0, 255});
    CHECK(tensor({true, false}).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{1, 0});
    CHECK(tensor({true, false}).to_vector<double>() == std::vector<double>{1, 0});
    CHECK(tensor({0.1}).to_vector<float>() == std::vector<float>{0.1f});
    CHECK(refusal([] {
            tensor({1.f, 2.f}).item<float>();
          }) == "item: the tensor has 2 elements, shape [2]; exactly 1 is needed");
    CHECK(refusal([] { zeros({0}).item<float>(); }) != "");
    CHECK(refusal([] { Tensor().item<float>(); }) == "item: the tensor is empty");
    CHECK(refusal([] { Tensor().to_vector<float>(); }) == "to_vector: the tensor is empty");
  }

  TEST_CASE("an empty tensor says what it is not") {
    const Tensor t;
    CHECK_FALSE(t.defined());
    CHECK_FALSE(t.requires_grad());
    CHECK(t.data() == nullptr);
    CHECK(describe(t) == "an empty tensor");
    CHECK(zeros({0, 4}).defined());
    CHECK(describe(zeros({0, 4})) == "f32 [0,4]");
  }

  TEST_CASE("copies share bytes, and bytes are aligned to 64") {
    const Tensor a = zeros({100}), b = a;  // NOLINT(performance-unnecessary-copy-initialization): copies are tested
    CHECK(a.data() == b.data());
    CHECK_FALSE(a.sole_owner());
    CHECK(zeros({100}).sole_owner());
    for (const std::int64_t n : {1, 3, 17, 1000, 300000})
      for (const DType d : {DType::u8, DType::f16, DType::f32, DType::f64})
        CHECK(reinterpret_cast<std::uintptr_t>(zeros({n}, d).data()) % 64 == 0);
  }

  TEST_CASE("a device that is not there is refused by name") {
    CHECK(refusal([] { Tensor::uninitialised({2}, DType::f32, Device::cuda(99)); }).find("cuda:99") !=
          std::string::npos);
    CHECK(to_string(Device::cpu()) == "cpu");
    CHECK(to_string(Device::cuda(3)) == "cuda:3");
  }
}
