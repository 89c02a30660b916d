// Shapes: from integers of any kind, and what is refused.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "logitape/core/error.h"
#include "logitape/core/shape.h"
#include "logitape/ops/create.h"

using namespace logitape;

namespace {
std::string refusal(const std::vector<std::int64_t>& extents) {
  try {
    const Shape s(extents);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}
}  // namespace

TEST_SUITE("shape") {
  TEST_CASE("as a range a shape has as many extents as its rank, however many elements that makes") {
    for (const Shape& s : {Shape(), Shape{3}, Shape{60}, Shape{60, 3}, Shape{0, 5}, Shape{2, 2, 2, 2, 2, 2, 2, 2}}) {
      const std::span extents(s);
      CHECK(static_cast<int>(extents.size()) == s.rank());
      CHECK(static_cast<int>(std::ranges::size(s)) == s.rank());
      CHECK(static_cast<int>(std::ranges::distance(s)) == s.rank());
      CHECK(Shape(extents) == s);
      CHECK(std::vector<std::int64_t>(extents.begin(), extents.end()) == std::vector<std::int64_t>(s.begin(), s.end()));
      if (s.rank() > 0) CHECK(Shape(extents.subspan(1)).rank() == s.rank() - 1);
    }
  }

  TEST_CASE("a shape comes from integers of any kind and from contiguous ranges of int64") {
    const Shape ints = {2, 3};
    CHECK(ints.rank() == 2);
    CHECK(ints.size() == 6);
    CHECK(ints[0] == 2);
    CHECK(ints[1] == 3);
    const std::size_t rows = 2;
    const std::int64_t columns = 3;
    const short narrow = 3;
    CHECK(Shape{rows, columns} == ints);
    CHECK(Shape{rows, narrow} == ints);
    CHECK(Shape(std::vector<std::int64_t>{2, 3}) == ints);
    CHECK(Shape(std::array<std::int64_t, 2>{2, 3}) == ints);
    CHECK(Shape(Ints{2, 3}) == ints);
    CHECK(to_string(ints) == "[2,3]");
    CHECK(std::vector<std::int64_t>(ints.begin(), ints.end()) == std::vector<std::int64_t>{2, 3});
  }

  TEST_CASE("rank 0 is a scalar of one element, a zero extent has none") {
    const Shape none;
    CHECK(none.rank() == 0);
    CHECK(Shape().rank() == 0);
    CHECK(Shape().size() == 1);
    CHECK(Shape(std::vector<std::int64_t>{}) == Shape());
    CHECK(to_string(Shape()) == "[]");
    CHECK(Shape{5, 0, 7}.size() == 0);
    CHECK(Shape{1}.size() == 1);
    CHECK_FALSE(Shape{1} == Shape());
  }

  TEST_CASE("shapes are equal where rank and every extent are") {
    CHECK(Shape{2, 3} == Shape{2, 3});
    CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
    CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
    CHECK_FALSE(Shape{0, 2} == Shape{0, 3});
    const Shape a = {4, 5}, b = a;  // NOLINT(performance-unnecessary-copy-initialization): copies are tested
    CHECK(a == b);
  }

  TEST_CASE("negative extents, rank 9 and more than 2^63-1 elements are refused with their numbers") {
    CHECK(refusal({2, -3}).find("shape: ") == 0);
    CHECK(refusal({2, -3}).find("-3") != std::string::npos);
    CHECK(refusal({1, 1, 1, 1, 1, 1, 1, 1}) == "");
    CHECK(refusal({1, 1, 1, 1, 1, 1, 1, 1, 1}).find('9') != std::string::npos);
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK(refusal({most}) == "");
    CHECK(refusal({most, 1, 1}) == "");
    CHECK(refusal({most, 2}).find("more than 2^63-1 elements") != std::string::npos);
    CHECK(refusal({std::int64_t{1} << 32, std::int64_t{1} << 31}).find("more than 2^63-1 elements") !=
          std::string::npos);
    CHECK_THROWS_AS(Shape{~std::size_t{0}}, Error);  // above 2^63-1: no silent wrap
  }

  TEST_CASE(
      "P9: a zero extent beside huge ones has no elements; where the others' product overflows it is refused, not "
      "wrapped") {
    const std::int64_t huge = std::int64_t{1} << 40;
    CHECK(Shape{huge, 0}.size() == 0);
    CHECK(Shape{0, huge, 1 << 20}.size() == 0);
    CHECK(zeros({huge, 0, 1 << 20}).size() == 0);
    CHECK(refusal({huge, huge, 0}).find("more than 2^63-1 elements") !=
          std::string::npos);  // its strides would overflow
    CHECK(refusal({0, huge, huge}).find("more than 2^63-1 elements") != std::string::npos);
  }

  TEST_CASE("lists of integers hold eight") {
    Ints axes = {0, -1};
    CHECK(axes.count() == 2);
    CHECK(axes[1] == -1);
    CHECK(to_string(axes) == "[0,-1]");
    for (int i = 2; i < 8; ++i) axes.push(i);
    CHECK_THROWS_AS(axes.push(8), Error);
    CHECK(Ints{1, 2} == Ints{1, 2});
    CHECK_FALSE(Ints{1, 2} == Ints{1, 2, 0});
  }
}
