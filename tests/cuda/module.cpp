// Opens the module, and holds main().
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "tests/cuda/module.h"

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>

namespace logitape::tests {

const lt_module& cuda_module() {
  static const lt_module& module = []() -> const lt_module& {
    const char* wish = std::getenv("LOGITAPE_CUDA_BACKEND");
    void* library = dlopen(wish ? wish : LOGITAPE_CUDA_MODULE, RTLD_NOW | RTLD_LOCAL);
    if (!library) throw std::runtime_error(dlerror());
    return *reinterpret_cast<decltype(&logitape_module)>(dlsym(library, "logitape_module"))();
  }();
  return module;
}

lt_context* context() {
  static lt_context* const one = [] {
    lt_context* c = nullptr;
    ok(cuda_module().open(0, &c));
    return c;
  }();
  return one;
}

}  // namespace logitape::tests
