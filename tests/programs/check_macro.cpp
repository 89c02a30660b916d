// One test whose gradient is right and one whose gradient is wrong, told to the framework that is defined:
// WITH_DOCTEST, WITH_GTEST, WITH_CATCH2, WITH_CATCH2_PREFIXED, or to none. check_macro.sh reads what it prints.
#if defined(WITH_DOCTEST)
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#define CASE(name) DOCTEST_TEST_CASE(#name)
#elif defined(WITH_GTEST)
#include <gtest/gtest.h>
#define CASE(name) TEST(gradients, name)
#elif defined(WITH_CATCH2) || defined(WITH_CATCH2_PREFIXED)
#ifdef WITH_CATCH2_PREFIXED
#define CATCH_CONFIG_PREFIX_ALL
#define CASE(name) CATCH_TEST_CASE(#name)
#else
#define CASE(name) TEST_CASE(#name)
#endif
#if __has_include(<catch2/catch.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#else
#include <catch2/catch_test_macros.hpp>
#endif
#else
#define CASE(name) static void name()
#endif

#include <logitape.h>
#include <logitape/autograd/check/check_macro.h>

#include <cstdio>
#include <exception>

namespace lt = logitape;

CASE(right) { LOGITAPE_CHECK_GRADIENTS(lt::tanh, lt::tensor({0.5, -1.0})); }

CASE(wrong) {
  const auto square = lt::custom_op(
      "square", [](lt::TensorList x) { return x[0] * x[0]; },
      [](lt::TensorList x, lt::TensorList, lt::TensorList g) {
        return lt::Tensors{g[0] * x[0]};
      });  // forgets the factor 2
  LOGITAPE_CHECK_GRADIENTS(square, lt::tensor({0.5, -1.0}));
  std::puts("the test went on");
}

#if !defined(WITH_DOCTEST) && !defined(WITH_GTEST) && !defined(WITH_CATCH2) && !defined(WITH_CATCH2_PREFIXED)
int main() {
  try {
    right();
    wrong();
  } catch (const std::exception& e) {
    std::puts(e.what());
    return 1;
  }
}
#endif
