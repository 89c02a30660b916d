// Every error case: what TensorFlow refuses, logitape refuses, but for what it takes on purpose; an argument that the
// signature does not have is refused by the compiler.
#include <doctest/doctest.h>

#include <set>

#include "logitape.h"
#include "tests/golden/case.h"

namespace logitape::tests::golden {
namespace {

// Legal here: any axis of [-rank, rank).
const std::set<std::string> taken = {"err_v2_axm2", "err_v1v2_axm2", "err_v1_axm2"};
// tests/misuse: v1 has no argument `axis`; no argument can be left out.
const std::set<std::string> not_compiled = {"err_v1_axis", "err_v1_axis_dim", "err_v1_no_logits", "err_ns_no_labels"};

Tensor input(const Json& shape, const Json& values, const std::string& dtype) {
  const Shape extents(shape.get<std::vector<std::int64_t>>());
  if (values.is_null()) return zeros(extents, dtype_of(dtype));
  return cast(from_span(values.get<std::vector<double>>(), extents), dtype_of(dtype));
}

}  // namespace

TEST_CASE("golden: every error case of TensorFlow is refused by a sentence that names the op") {
  int refused = 0;
  for (const Json& c : cases()) {
    if (!c.contains("error")) continue;
    const auto id = c.at("id").get<std::string>();
    CAPTURE(id);
    if (not_compiled.contains(id)) continue;
    Json with_axis = c;
    for (const char* name : {"axis", "dim"})
      if (c.at("kwargs").contains(name)) with_axis["axis"] = c.at("kwargs").at(name), with_axis["argname"] = name;
    const Tensor logits = input(c.at("logits_shape"), Json(), c.at("dtype").get<std::string>());
    const Tensor labels = input(c.at("labels_shape"), c.at("labels_values"), c.at("ldtype").get<std::string>());
    if (taken.contains(id)) {
      CHECK_NOTHROW(call(with_axis, logits, labels));
      continue;
    }
    CHECK_THROWS_AS(call(with_axis, logits, labels), Error);
    ++refused;
  }
  CHECK(refused == 35);
  MESSAGE("golden: ", refused, " error cases refused, ", taken.size(), " taken on purpose, ", not_compiled.size(),
          " left to the compiler");
}

}  // namespace logitape::tests::golden
