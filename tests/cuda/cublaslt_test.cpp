// Large products by cuBLASLt, of which a fake (fake/cublaslt.cpp) writes down what it is asked. Where it says no, and
// for products that are small, the module's own kernels serve.
#include <dlfcn.h>

#include <cstdlib>

#include "tests/cuda/module.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

// Named before the module's first large product: it looks once.
const bool named = setenv("LOGITAPE_CUBLASLT", LOGITAPE_CUBLASLT_FAKE, 1) == 0;

template <class F>
F* of_fake(const char* name) {
  static void* const fake = dlopen(LOGITAPE_CUBLASLT_FAKE, RTLD_NOW);
  REQUIRE(fake != nullptr);
  return reinterpret_cast<F*>(dlsym(fake, name));
}
std::string told() { return of_fake<const char*()>("fake_told")(); }

// Ones and twos: y is 2k (+ 1) everywhere.
struct Ask {
  std::int64_t m, n, k;
  bool transpose_a = false, transpose_b = false, bias = false, bf16 = false, tf32 = false;
};
std::vector<float> product(const Ask& ask) {
  const auto numbers = [](std::int64_t size, float v) { return std::vector<float>(static_cast<std::size_t>(size), v); };
  const Array a(numbers(ask.m * ask.k, 1)), b(numbers(ask.k * ask.n, 2)), bias(numbers(ask.n, 1)),
      y(numbers(ask.m * ask.n, 7));
  lt_matmul_args args{};
  args.dtype = DType::f32;
  args.m = ask.m;
  args.n = ask.n;
  args.k = ask.k;
  args.transpose_a = ask.transpose_a;
  args.transpose_b = ask.transpose_b;
  args.bf16 = ask.bf16;
  args.tf32 = ask.tf32;
  args.a = a.data();
  args.b = b.data();
  args.bias = ask.bias ? bias.data() : nullptr;
  args.y = y.data();
  ok(cuda_module().kernels->matmul(context(), &args));
  return y.host<float>();
}
bool all(const std::vector<float>& y, float value) {
  for (const float v : y)
    if (v != value) return false;
  return true;
}

}  // namespace

TEST_CASE("a large product is asked of cuBLASLt as that of the transposes, and its yes is believed") {
  REQUIRE(named);
  CHECK(all(product({.m = 3, .n = 5, .k = 7, .bias = true}), 15));
  CHECK(told() == "");
  const std::string wish = "asks for 1: p1=33554432 p3=0\n", rest = "; 1024 bytes, as asked\n";
  CHECK(all(product({.m = 256, .n = 512, .k = 1024, .bias = true}), 8));  // what was there, and the bias
  CHECK(told() == wish +
                      "compute 68 scale 0 d3=0 d4=0; type 0 512x1024 by 512; type 0 1024x256 by 1024; "
                      "type 0 512x256 by 512" +
                      rest);
  // from now on it says no, and our kernels multiply
  CHECK(all(product({.m = 256, .n = 512, .k = 1024, .bias = true}), 2049));
  CHECK(told().find("asks") == std::string::npos);  // the algorithm is kept
  CHECK(all(product({.m = 256, .n = 512, .k = 1024, .transpose_a = true, .tf32 = true}), 2048));
  CHECK(told() == wish +
                      "compute 77 scale 0 d3=0 d4=1; type 0 512x1024 by 512; type 0 256x1024 by 256; "
                      "type 0 512x256 by 512" +
                      rest);
  CHECK(all(product({.m = 256, .n = 512, .k = 1024, .transpose_b = true, .bf16 = true}), 2048));
  CHECK(told() == wish +
                      "compute 68 scale 0 d3=1 d4=0; type 14 1024x512 by 1024; type 14 1024x256 by 1024; "
                      "type 0 512x256 by 512" +
                      rest);
  CHECK(of_fake<int()>("fake_living")() == 0);
}
