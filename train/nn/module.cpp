// What holds a module of any type, and the names of types that errors show.
#include "logitape/train/nn/module.h"

#include <cxxabi.h>

#include <cstdlib>

namespace logitape::inline v0 {

std::string short_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                        std::free);
  std::string name = status == 0 ? readable.get() : type.name();
  if (name.find("{lambda") != std::string::npos || name.find("$_") != std::string::npos) return "a lambda";
  const auto scope = name.rfind("::", name.find('<'));
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

}  // namespace logitape::inline v0
