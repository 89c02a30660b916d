// matmul beside OpenBLAS and MKL, which write into an array that is there already, and beside PyTorch's.
#include <array>
#include <cstdio>

#include <fmt/format.h>
#include <logitape.h>

#include "tests/bench/bench.h"
#include "tests/bench/blas.h"

namespace bench {
namespace lt = logitape;
namespace {

constexpr Product products[] = {{8, 10, 16},     {64, 10, 256},   {64, 256, 64},   {128, 128, 256},
                                {128, 256, 784}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}};

template <class T>
void row(Session& s, const std::vector<Blas>& libraries, const Product& p) {
  const std::string type = sizeof(T) == 4 ? "f32" : "f64";
  const char* const stored = p.transpose_a ? ", a transposed" : p.transpose_b ? ", b transposed" : "";
  const std::string name = fmt::format("{} {}x{}x{}{}", type, p.m, p.n, p.k, stored);
  if (!s.wants(name)) return;
  const lt::NoGrad guard;
  lt::Generator rng{1};
  const lt::DType dtype = sizeof(T) == 4 ? lt::DType::f32 : lt::DType::f64;
  const lt::Tensor a = lt::randn(p.transpose_a ? lt::Shape{p.k, p.m} : lt::Shape{p.m, p.k}, rng, dtype);
  const lt::Tensor b = lt::randn(p.transpose_b ? lt::Shape{p.n, p.k} : lt::Shape{p.k, p.n}, rng, dtype);
  std::vector<T> y(static_cast<std::size_t>(p.m * p.n));
  const lt::MatmulOptions options{.transpose_a = p.transpose_a, .transpose_b = p.transpose_b};
  std::vector<Contender> all{{"ours", [&] { lt::matmul(a, b, options); }}};
  for (const Blas& library : libraries) {
    const auto call = [&] {
      library.multiply(p, static_cast<const T*>(a.data()), static_cast<const T*>(b.data()), y.data());
    };
    all.push_back({library.name, call, {}, s.by_threads(0.97, 1)});
  }
  s.add_peers(all, fmt::format("matmul {} {} {} {} {:d} {:d}", type, p.m, p.n, p.k, p.transpose_a, p.transpose_b),
              {{"PyTorch", 0}});
  s.row(name, all);
}

}  // namespace

void matmul(Session& s) {
  const std::vector<Blas> libraries = blas_libraries(s.threads());
  if (libraries.size() < 2) std::fprintf(stderr, "of OpenBLAS and MKL %zu found\n", libraries.size());
  for (const auto& [a, b] : {std::array{false, false}, std::array{true, false}, std::array{false, true}})
    for (const Product& p : products) {
      const Product stored{p.m, p.n, p.k, a, b};
      row<float>(s, libraries, stored);
      row<double>(s, libraries, stored);
    }
}

}  // namespace bench
