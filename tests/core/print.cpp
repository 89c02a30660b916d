// Tensors print as NumPy prints arrays: every expectation here is str(array) of NumPy 2.4.6.
#include <doctest/doctest.h>

#include <sys/mman.h>
#include <sys/resource.h>

#include <cmath>
#include <iomanip>
#include <sstream>
#include <string>

#include "logitape/core/error.h"
#include "logitape/core/fmt.h"
#include "logitape/core/tensor.h"
#include "logitape/ops/create.h"
#include "logitape/ops/rearrange.h"

using namespace logitape;

namespace {
std::string shown(const Tensor& t) {
  std::ostringstream out;
  out << t;
  return out.str();
}
}  // namespace

TEST_SUITE("print") {
  TEST_CASE("vectors of whole numbers") {
    CHECK(shown(tensor({1.f, 2.f, 3.f})) == "[1. 2. 3.]");
    CHECK(shown(tensor({1, -20, 300})) == "[  1 -20 300]");
    CHECK(shown(tensor({-0.f, 0.f})) == "[-0.  0.]");
    CHECK(shown(tensor({std::uint8_t{1}, std::uint8_t{255}})) == "[  1 255]");
  }

  TEST_CASE("fractions are aligned at the point, with as many digits as tell them apart") {
    CHECK(shown(tensor({0.1f, 0.2f, 0.3f})) == "[0.1 0.2 0.3]");
    CHECK(shown(tensor({1.5f, -2.25f, 3.f})) == "[ 1.5  -2.25  3.  ]");
    CHECK(shown(tensor({{1.5, 10.0}, {100.25, -3.0}})) == "[[  1.5   10.  ]\n [100.25  -3.  ]]");
    CHECK(shown(tensor({3.14159265358979, -1.0})) == "[ 3.14159265 -1.        ]");
    CHECK(shown(tensor({1.f / 3, 2.f / 3, 1.f})) == "[0.33333334 0.6666667  1.        ]");
  }

  TEST_CASE("scalars, booleans, and what is no number") {
    CHECK(shown(tensor(0.1f)) == "0.1");
    CHECK(shown(tensor(7)) == "7");
    CHECK(shown(tensor(true)) == "True");
    CHECK(shown(tensor({{true, false}, {false, true}})) == "[[ True False]\n [False  True]]");
    CHECK(shown(tensor({NAN, 1.5f, INFINITY, -INFINITY})) == "[ nan  1.5  inf -inf]");
  }

  TEST_CASE("very large, very small and very different numbers") {
    CHECK(shown(tensor({1e10, 1.0})) == "[1.e+10 1.e+00]");
    CHECK(shown(tensor({1e-10f, 1.f})) == "[1.e-10 1.e+00]");
    CHECK(shown(tensor({1e-3f, 1e5f})) == "[1.e-03 1.e+05]");
    CHECK(shown(tensor({1e20f, 2.5e-3f, 3.1415926f})) == "[1.0000000e+20 2.4999999e-03 3.1415925e+00]");
  }

  TEST_CASE("matrices and deeper arrays") {
    CHECK(shown(tensor({{4.f, 2.f, 1.f}, {0.f, 5.f, 1.f}})) == "[[4. 2. 1.]\n [0. 5. 1.]]");
    CHECK(shown(reshape(arange(8, DType::f32), {2, 2, 2})) == "[[[0. 1.]\n  [2. 3.]]\n\n [[4. 5.]\n  [6. 7.]]]");
    CHECK(shown(reshape(arange(8, DType::i32), {2, 1, 2, 2})) == "[[[[0 1]\n   [2 3]]]\n\n\n [[[4 5]\n   [6 7]]]]");
    CHECK(shown(tensor({{1, 1000}, {-5, 2}})) == "[[   1 1000]\n [  -5    2]]");
  }

  TEST_CASE("long arrays are shortened in the middle, arrays of nothing are brackets") {
    CHECK(shown(arange(1001)) == "[   0    1    2 ...  998  999 1000]");
    CHECK(shown(arange(1001, DType::f32)) == "[   0.    1.    2. ...  998.  999. 1000.]");
    CHECK(shown(zeros({0})) == "[]");
    CHECK(shown(zeros({2, 0, 3})) == "[]");
    CHECK(to_string(Tensor()) == "(an empty tensor)");
  }

  TEST_CASE("what is not shown is not read: 1e9 elements cost as much as seven") {
    constexpr std::size_t count = 1000000000, bytes = count * sizeof(double);
    void* zeros_of_the_system = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(zeros_of_the_system != MAP_FAILED);
    {
      const auto nothing = [](void*) noexcept {};
      const Tensor t =
          Tensor::borrowed(zeros_of_the_system, {static_cast<std::int64_t>(count)}, DType::f64, nothing, nullptr);
      const auto faults = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_minflt;
      };
      const long before = faults();
      for (const Tensor& x :
           {t, t.with_shape({1000, 1000000}), t.with_shape({500000000, 2}), t.with_shape({2, 5, 100, 1000, 1000})})
        CHECK(to_string(x).find("...") != std::string::npos);
      CHECK(fmt::format("{}", t) == "[0. 0. 0. ... 0. 0. 0.]");
      CHECK(describe(t) == "f64 [1000000000]");
      CHECK_THROWS_AS(t.item<double>(), Error);
      CHECK_THROWS_AS(reshape(t, {7}), Error);
      CHECK(faults() - before <
            2000);  // each page that is read is one fault, of 4 KiB or 2 MiB: all of them are 4000 or more
    }
    munmap(zeros_of_the_system, bytes);
  }

  TEST_CASE(
      "halves show their own shortest digits, scalars are written as Python writes numbers, rows are broken at 75 "
      "columns") {
    CHECK(shown(tensor({f16(0.1), f16(0.333)})) == "[0.1   0.333]");
    CHECK(shown(tensor(3.f)) == "3.0");
    CHECK(shown(tensor(1e16)) == "1e+16");
    CHECK(shown(arange(40)) ==
          "[ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23\n 24 25 26 27 28 29 30 31 32 33 34 "
          "35 36 37 38 39]");
  }

  // as np.array2string(..., precision=3), or floatmode="fixed", print them
  TEST_CASE("a stream's precision limits the digits after the point, and is left as it was") {
    const auto with = [](const Tensor& t, auto... manipulators) {
      std::ostringstream out;
      (out << ... << manipulators);
      const auto flags = out.flags();
      const auto precision = out.precision();
      out << t;
      CHECK(out.flags() == flags);
      CHECK(out.precision() == precision);
      return out.str();
    };
    using std::setprecision;
    CHECK(with(tensor({1.0 / 3, 2.0}), setprecision(3)) == "[0.333 2.   ]");
    CHECK(with(tensor({1.0 / 3, 0.10004}), setprecision(3)) == "[0.333 0.1  ]");
    CHECK(with(tensor({1.6, 2.5}), setprecision(0)) == "[2. 2.]");
    CHECK(with(tensor({1e-10, 1.2345}), setprecision(2)) == "[1.00e-10 1.23e+00]");
    CHECK(with(tensor({1.0 / 3}), setprecision(17)) == "[0.3333333333333333]");  // more than the 8 that NumPy shows
    CHECK(with(tensor(2.0 / 3), setprecision(3)) == "0.667");
    CHECK(with(tensor(2.0), setprecision(3)) == "2.0");
    CHECK(with(tensor(1.6), setprecision(0)) == "2.");
    CHECK(with(tensor({1, 20}), setprecision(1)) == "[ 1 20]");
    CHECK(with(tensor({true, false}), std::fixed, setprecision(1)) == "[ True False]");
    CHECK(with(tensor({1.f / 3, NAN, -2.f}), std::fixed, setprecision(2)) == "[ 0.33   nan -2.00]");
    CHECK(with(tensor({1e-9, 1e9}), std::fixed) == "[         0.000000 1000000000.000000]");
    CHECK(with(tensor({1.5, 2.5}), std::fixed, setprecision(0)) == "[2 2]");
    CHECK(with(tensor({1.0, 12345.678}), std::scientific, setprecision(2)) == "[1.00e+00 1.23e+04]");
    CHECK(with(tensor(0.5), std::scientific, setprecision(1)) == "5.0e-01");
    CHECK(with(tensor({f16(0.333)}), setprecision(8)) == "[0.333]");
  }
}
