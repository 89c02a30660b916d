// A C++ number beside a tensor, as in x + 2. Not a tensor: it has no dtype of its own and takes the tensor's.
#pragma once
#include <cstdint>
#include <optional>
#include <type_traits>

namespace logitape::inline v0 {

// What stands beside a tensor in an operator; it takes the dtype of the tensor.
template <class N>
concept Number = std::is_arithmetic_v<N>;

// The number as it was written. An integer keeps all its digits, which a double does not beyond 2^53.
struct Scalar {
  template <Number N>
  Scalar(N number) : real(static_cast<double>(number)), integral(std::is_integral_v<N>) {
    if constexpr (std::is_integral_v<N>)
      if (std::is_signed_v<N> || static_cast<std::uint64_t>(number) >> 63 == 0)
        whole = static_cast<std::int64_t>(number);
  }
  double real;
  bool integral;                      // whether a C++ integer was written: 2, not 2.0
  std::optional<std::int64_t> whole;  // that integer, where i64 holds it
};

}  // namespace logitape::inline v0
