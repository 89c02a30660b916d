// AnyModule, and the names of types that errors show.
#include "logitape/train/nn/module.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

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

// All its names begin with the same place, and only the place has changed since: its length is that of the first name,
// less own_.
void AnyModule::put(const std::string& place) {
  std::optional<std::size_t> before;
  const ParameterVisitor rename = [&](Parameter& p) {
    if (own_ == all) own_ = p.name.size();
    if (!before) before = p.name.size() - std::min(own_, p.name.size());
    p.name.replace(0, *before, place);
  };
  visit(rename);
  visit_buffers(rename);
}

AnyModule named(const std::string& prefix, AnyModule module) {
  module.put(prefix + ".");
  module.own_ = AnyModule::all;
  return module;
}

}  // namespace logitape::inline v0
