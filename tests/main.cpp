// The main function of logitape_tests. LOGITAPE_TEST_DEVICE=cuda: the tests compute by the kernels of that device's
// module (tests/support/module_kernels.h), which $LOGITAPE_CUDA_BACKEND may name.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "logitape/backends/devices.h"
#include "logitape/backends/registry.h"
#include "tests/support/module_kernels.h"

int main(int argc, char** argv) {
  using namespace logitape;
  if (const char* device = std::getenv("LOGITAPE_TEST_DEVICE")) {
    const std::string why =
        std::string_view(device) == "cuda" ? why_not(Device::cuda()) : "it is no device of logitape";
    if (!why.empty()) {
      std::cerr << "LOGITAPE_TEST_DEVICE=" << device << ": " << why << "\n";
      return 2;
    }
    std::cout << "kernels of " << kind_of(Device::cuda()) << "\n";
    backends::replace_cpu_kernels(&tests::module_kernels(Device::cuda()));
  }
  return doctest::Context(argc, argv).run();
}
