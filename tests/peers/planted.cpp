// What check_gradients says of every planted rule and every right function of tests/autograd, and the functions'
// inputs, as one JSON object: the peers are handed the same numbers.
#include <logitape.h>

#include <cstdio>
#include <string>
#include <vector>

#include "../autograd/gradcheck_test.h"
#include "inputs.h"

namespace lt = logitape;

namespace {

void print(const char* kind, const std::string& what, const lt::GradcheckOptions& options,
           const std::vector<lt::Tensor>& inputs, const lt::GradientReport& r) {
  const std::string hint(name(r.hint)), verdict(name(r.verdict()));
  std::printf("{\"kind\":\"%s\",\"what\":\"%s\",\"order\":%d,\"verdict\":\"%s\",\"hint\":\"%s\",\"inputs\":%s},\n",
              kind, what.c_str(), options.order, verdict.c_str(), hint.c_str(), json_of(inputs).c_str());
}

}  // namespace

int main() {
  std::printf("{\"matrix\":%s,\"summand\":%s,\"cases\":[\n", json_of(gradcheck_test::planted_matrix()).c_str(),
              json_of(gradcheck_test::planted_summand()).c_str());
  for (const gradcheck_test::Planted& p : gradcheck_test::planted_rules())
    print("wrong", p.what, p.options, p.inputs, lt::check_gradients(p.f, p.inputs, p.options));
  for (const lt::DType dtype : {lt::DType::f64, lt::DType::f32})
    for (const gradcheck_test::Right& r : gradcheck_test::right_functions()) {
      std::vector<lt::Tensor> inputs;
      for (const lt::Tensor& x : r.inputs) inputs.push_back(x.dtype() == lt::DType::f64 ? x.to(dtype) : x);
      print(dtype == lt::DType::f64 ? "right" : "right in f32", r.what, {}, inputs, lt::check_gradients(r.f, inputs));
    }
  std::printf("null]}\n");
}
