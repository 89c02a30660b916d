// What the engine's tests share.
#pragma once
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/node.h"
#include "logitape/autograd/record.h"
#include "logitape/core/error.h"
#include "logitape/core/memory.h"
#include "logitape/core/tensor.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/sanitized.h"

namespace engine_test {

using Values = std::vector<double>;
inline Values values(const logitape::Tensor& t) { return t.to_vector<double>(); }

using logitape::tests::same_bits;

// The Error that f throws; nothing where it throws none.
template <class F>
std::optional<logitape::Error> error_of(F f) {
  try {
    f();
  } catch (const logitape::Error& e) {
    return e;
  }
  return std::nullopt;
}

inline bool has(const logitape::Error& e, const std::string& text) {
  return std::string(e.what()).find(text) != std::string::npos;
}

// What is alive, to be compared before and after.
struct Alive {
  std::int64_t nodes = logitape::live_nodes(), bytes = logitape::memory::counts().live_bytes,
               blocks = logitape::memory::counts().live_blocks;
  friend bool operator==(const Alive&, const Alive&) = default;
};

// Nothing can be said about caches where every block comes from malloc.
inline constexpr bool caches_are_off = logitape::tests::sanitized;

}  // namespace engine_test
