// LOGITAPE_CHECK_GRADIENTS(f, inputs...): a gradient check that reports to the test framework that was included before
// this file: doctest, GoogleTest or Catch2 (2 and 3). Without one it throws logitape::Error with the report. Not part
// of <logitape.h>, so that it can stand behind both. A program with two frameworks gets the one that is named first
// here.
//   LOGITAPE_CHECK_GRADIENTS(lt::matmul_of_mine, a, b);
//   LOGITAPE_CHECK_GRADIENTS([](const lt::Tensor& x) { return lt::exp(x); }, x, lt::GradcheckOptions{.order = 1});
#pragma once
#include <string>
#include <type_traits>
#include <utility>

#include "logitape/autograd/check/gradcheck.h"
#include "logitape/core/error.h"

namespace logitape::inline v0::detail {

struct GradcheckArguments {
  Tensors inputs = {};
  GradcheckOptions options = {};
  void take(const Tensor& x) { inputs.push_back(x); }
  void take(const GradcheckOptions& given) { options = given; }
};

// f takes the tensors one by one, or all of them as a list. The result refers to f.
template <class F, std::size_t... I>
TensorFunction function_of_list(const F& f, std::index_sequence<I...>) {
  if constexpr (std::is_invocable_v<const F&, OneTensor<I>...>)
    return [&f](TensorList x) -> Tensor { return f(x[I]...); };
  else return [&f](TensorList x) -> Tensor { return f(x); };
}

// Options may follow the inputs.
template <class F, class... A>
GradientReport gradient_report_of(const F& f, const A&... arguments) {
  GradcheckArguments given;
  (given.take(arguments), ...);
  constexpr std::size_t inputs = (0 + ... + std::size_t{std::is_same_v<A, Tensor>});
  return check_gradients(function_of_list(f, std::make_index_sequence<inputs>()), given.inputs, given.options);
}

inline void throw_unless_right(const GradientReport& report) {
  if (!report.ok()) throw Error(ErrorCode::invalid_argument, "LOGITAPE_CHECK_GRADIENTS", report.str());
}

}  // namespace logitape::inline v0::detail

// A failure is noted and the test goes on, as with CHECK and EXPECT_TRUE.
#if defined(DOCTEST_VERSION)
#define LOGITAPE_REPORT_GRADIENTS(report) DOCTEST_CHECK_MESSAGE((report).ok(), (report).str())
#elif defined(GTEST_TEST)
#define LOGITAPE_REPORT_GRADIENTS(report) \
  if ((report).ok()) GTEST_SUCCEED();     \
  else ADD_FAILURE() << (report).str()
#elif defined(CATCH_CONFIG_PREFIX_ALL)
#define LOGITAPE_REPORT_GRADIENTS(report) \
  CATCH_INFO((report).str());             \
  CATCH_CHECK((report).ok())
#elif defined(CATCH_VERSION_MAJOR) || defined(INTERNAL_CATCH_TEST)
#define LOGITAPE_REPORT_GRADIENTS(report) \
  INFO((report).str());                   \
  CHECK((report).ok())
#else
#define LOGITAPE_REPORT_GRADIENTS(report) ::logitape::detail::throw_unless_right(report)
#endif

#define LOGITAPE_CHECK_GRADIENTS(...)                                                                       \
  do {                                                                                                      \
    const ::logitape::GradientReport logitape_report = ::logitape::detail::gradient_report_of(__VA_ARGS__); \
    LOGITAPE_REPORT_GRADIENTS(logitape_report);                                                             \
  } while (false)
