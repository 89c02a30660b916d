// A function of tensors, in any of the forms in which it is written.
#pragma once
#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {
namespace detail {

template <std::size_t>
using OneTensor = const Tensor&;

template <class F, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return std::is_invocable_r_v<Tensor, F&, OneTensor<I>...>;
}
// How many tensors F takes one by one, at most 8; 0: it does not take them so.
template <class F, std::size_t N = 1>
constexpr std::size_t tensors_taken() {
  if constexpr (N > 8) return 0;
  else if constexpr (takes<F>(std::make_index_sequence<N>())) return N;
  else return tensors_taken<F, N + 1>();
}

[[noreturn]] void wrong_count(std::size_t taken, std::size_t given);

template <class F, std::size_t... I>
Tensor call_one_by_one(F& f, TensorList inputs, std::index_sequence<I...>) {
  if (inputs.size() != sizeof...(I)) wrong_count(sizeof...(I), inputs.size());
  return f(inputs[I]...);
}

template <class F>
Tensor call(F& f, TensorList inputs) {
  if constexpr (std::is_invocable_r_v<Tensor, F&, TensorList>) return f(inputs);
  else {
    constexpr std::size_t taken = tensors_taken<F>();
    static_assert(taken > 0, "f has to take a TensorList, or the tensors one by one, and to return a Tensor");
    return call_one_by_one(f, inputs, std::make_index_sequence<taken>());
  }
}

}  // namespace detail

// What check_gradients, jacobian and their like are given: f(in) of a TensorList, or f(a, b) of the tensors one by one.
// A lambda of one `auto` is given the list, or the tensor where one stands in place of the list, as in jacobian(f, x).
// Error when it is called: f takes another number of tensors.
class TensorFunction {
 public:
  TensorFunction() = default;  // no function: it must not be called
  template <class F>
  requires(!std::same_as<F, TensorFunction>) TensorFunction(F f)
      : call_([f = std::move(f)](TensorList inputs) mutable -> Tensor { return detail::call(f, inputs); }) {}

  Tensor operator()(TensorList inputs) const { return call_(inputs); }

 private:
  std::function<Tensor(TensorList)> call_;
};

namespace detail {

// f(x) as a function of the list {x}. It refers to f.
template <class F>
TensorFunction of_one_tensor(F& f) {
  static_assert(std::is_invocable_r_v<Tensor, F&, const Tensor&>,
                "f has to take a Tensor, as x is one, and to return one; where it takes a TensorList, write {x}");
  return [&f](TensorList inputs) -> Tensor { return f(inputs[0]); };
}

}  // namespace detail
}  // namespace logitape::inline v0
