// The loss kernel where logits and gradient are larger than the caches, which the gradient is then written past.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cross_entropy_case.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/core/tensor.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

// The first `outer` of a case's outer indices.
template <class M>
Case<M> first_of(const Case<M>& c, std::int64_t outer) {
  Case<M> part = c;
  part.outer = outer;
  part.logits.resize(static_cast<std::size_t>(outer * c.classes * c.inner));
  part.indices.resize(static_cast<std::size_t>(outer * c.inner));
  return part;
}

}  // namespace

TEST_CASE_TEMPLATE("a gradient that is written past the caches has the bits of one that is not", M, float, double, f16,
                   bf16) {
  for (const std::int64_t inner : {1, 64}) {  // rows that begin anywhere in a line, and columns
    const std::int64_t classes = inner == 1 ? 1003 : 301, parts = 3;
    const std::int64_t whole = (std::int64_t{13} << 20) / (classes * inner * static_cast<std::int64_t>(sizeof(M)));
    Case<M> c = random_case<M>(parts, classes, inner, Form::index);
    const Case<M> once = c;
    while (c.outer + parts <= whole) {
      c.outer += parts;
      c.logits.insert(c.logits.end(), once.logits.begin(), once.logits.end());
      c.indices.insert(c.indices.end(), once.indices.begin(), once.indices.end());
    }
    c.probabilities = false;
    c.label_gradient = true;
    REQUIRE(2 * c.logits.size() * sizeof(M) > std::size_t{24} << 20);
    for (const cpu::Target& target : cpu::targets()) {
      CAPTURE(target.name);
      CAPTURE(inner);
      const Outputs<M> want = run(target.kernels, first_of(c, parts));
      const Shape shape = {static_cast<std::int64_t>(c.logits.size())};  // of tensors, which begin with a line
      Tensor gradient = Tensor::uninitialised(shape, dtype_of<M>()),
             of_labels = Tensor::uninitialised(shape, dtype_of<M>());
      std::vector<M> loss(c.indices.size());
      backends::CrossEntropyArgs args = c.args();
      args.gradient = gradient.writable();
      args.label_gradient = of_labels.writable();
      args.loss = loss.data();
      target.kernels.cross_entropy(args);
      bool equal = true;
      const std::size_t bytes = want.gradient.size() * sizeof(M);
      const auto same = [&](const Tensor& got, const std::vector<M>& part, std::size_t at) {
        return std::memcmp(static_cast<const std::byte*>(got.data()) + at, part.data(), bytes) == 0;
      };
      for (std::size_t at = 0; at < c.logits.size() * sizeof(M); at += bytes)
        equal = equal && same(gradient, want.gradient, at) && same(of_labels, want.label_gradient, at);
      for (std::size_t i = 0; i < loss.size(); ++i)
        equal = equal && std::memcmp(&loss[i], &want.loss[i % want.loss.size()], sizeof(M)) == 0;
      CHECK(equal);
    }
  }
}
