// What a user is told by a module that cannot be used, and by one that knows a single kernel. device_modules.sh reads
// it.
#include <iostream>

#include "logitape.h"

int main() {
  using namespace logitape;
  const Device cuda = Device::cuda();
  std::cout << cuda_devices() << " devices. " << why_not(cuda) << "\n";
  try {
    const Tensor x = tensor({1.f, 2.f, 3.f}).to(cuda);
    std::cout << kind_of(cuda) << ": " << exp(x) << "\n";
    std::cout << sqrt(x) << "\n";
  } catch (const Error& e) {
    std::cout << e.what() << "\n";
  }
}
