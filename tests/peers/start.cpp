// The first gradient, from nothing. With any argument, the SIMD target in use instead.
#include <logitape.h>

#include <iostream>
#include <string>

namespace lt = logitape;
namespace logitape::inline v0::cpu {
std::string target_name();  // no public name: backends/cpu/cpu.h
}

int main(int argc, char**) {
  if (argc > 1) {
    std::cout << lt::cpu::target_name() << "\n";
    return 0;
  }
  const lt::Tensor logits = lt::variable(lt::tensor({{1.f, 2.f, 4.f}}));
  std::cout << lt::grad(lt::cross_entropy(logits, lt::tensor({2})), {logits})[0] << "\n";
}
