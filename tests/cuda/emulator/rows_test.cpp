// rows.cu against a computation in double: right in every order of threads and with approximate functions off by 2 ULP,
// the same bits whatever the order; and each of the planted faults is found, by a report or by a wrong number.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "logitape/backends/cuda/emulation/device.h"
#include "logitape/backends/cuda/emulation/emulator.h"
#include "tests/cuda/emulator/expect.h"
#include "tests/cuda/emulator/rows.h"

namespace {

std::uint16_t to_bf16(float v) { return __float2bfloat16_rn(v).bits; }
float from_bf16(std::uint16_t v) { return __bfloat162float({v}); }

template <class T>
T* on_device(const std::vector<T>& v) {
  T* p = nullptr;
  cudaMalloc(&p, v.size() * sizeof(T));
  cudaMemcpy(p, v.data(), v.size() * sizeof(T), cudaMemcpyHostToDevice);
  return p;
}
template <class T>
std::vector<T> to_host(const void* p, std::size_t n) {
  std::vector<T> v(n);
  cudaMemcpy(v.data(), p, n * sizeof(T), cudaMemcpyDeviceToHost);
  return v;
}

struct Case {
  Way way;
  std::int64_t rows;
  int classes;
};
constexpr Case cases[] = {{Way::warp, 9, 10},       {Way::warp, 7, 103},      {Way::warp, 5, 400},
                          {Way::block, 6, 1003},    {Way::block, 3, 1},       {Way::block, 5, 4096},
                          {Way::cluster2, 6, 1003}, {Way::cluster4, 5, 5021}, {Way::cluster8, 5, 50}};

struct Result {
  bool right = true;
  unsigned long long hash = 0;  // of the gradient's bits
};

constexpr std::int64_t ignored = -100;

// Of one row; `bf16`: within a unit of it.
bool right_row(const float* x, const float* gradient, float loss, std::int64_t label, int classes, std::int64_t rows,
               double shift, bool bf16) {
  if (label == ignored) return loss == 0 && std::all_of(gradient, gradient + classes, [](float v) { return v == 0; });
  if (label == classes)
    return std::isnan(loss) && std::all_of(gradient, gradient + classes, [](float v) { return v != v; });
  double most = -INFINITY, sum = 0;
  for (int c = 0; c < classes; ++c) most = std::max<double>(most, x[c]);
  for (int c = 0; c < classes; ++c) sum += std::exp(x[c] - most);
  const double want = most - x[label] + std::log(sum);
  bool right = std::fabs(loss - want) / std::max(1.0, std::fabs(want)) < 4e-7;
  // f32: 2^(x*log2 e) in one or two fused steps has an argument of |x| * 2^-24 * log2 e too large or small
  const double bound = bf16 ? 1.01 : 40 + std::fabs(shift);
  for (int c = 0; c < classes; ++c) {
    const double p = std::exp(x[c] - most) / sum, slope = (p - (c == label)) / static_cast<double>(rows);
    const double of = std::max(p, c == label ? 1.0 : 0.0) / static_cast<double>(rows);  // a cancelled entry's parts
    const double ulp = std::ldexp(1.0, std::max(-126, std::ilogb(of)) - (bf16 ? 7 : 23));
    right &= std::fabs(gradient[c] - slope) / ulp < bound;
  }
  return right;
}

Result once(bool bf16, const Case& c, double shift, int fault) {
  std::mt19937 random(static_cast<unsigned>(c.rows * 31 + c.classes));
  std::normal_distribution<float> normal(0, 3);
  const std::size_t n = static_cast<std::size_t>(c.rows) * static_cast<std::size_t>(c.classes);
  std::vector<float> x(n);
  std::vector<std::uint16_t> half(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = normal(random) + static_cast<float>(shift);
    half[i] = to_bf16(x[i]);
    if (bf16) x[i] = from_bf16(half[i]);
  }
  std::vector<std::int64_t> labels(static_cast<std::size_t>(c.rows));
  for (std::int64_t& l : labels) l = static_cast<std::int64_t>(random() % static_cast<unsigned>(c.classes));
  if (c.rows > 4) {
    labels[1] = ignored;
    labels[2] = c.classes;
  }
  void *logits = bf16 ? static_cast<void*>(on_device(half)) : on_device(x), *gradient = nullptr;
  cudaMalloc(&gradient, n * (bf16 ? 2 : 4));
  float* loss = nullptr;
  cudaMalloc(&loss, labels.size() * 4);
  std::int64_t* on_labels = on_device(labels);
  auto* bad = on_device(std::vector<unsigned long long>{~0ull});
  const Rows rows = {
      logits, gradient, on_labels, loss, bad, c.rows, c.classes, ignored, 1.f / static_cast<float>(c.rows), fault};
  Result r;
  r.right = cross_entropy_rows(rows, bf16, c.way) && cudaDeviceSynchronize() == cudaSuccess;
  cudaGetLastError();
  std::vector<float> got(n);
  if (!bf16) got = to_host<float>(gradient, n);
  else {
    const auto bits = to_host<std::uint16_t>(gradient, n);
    std::transform(bits.begin(), bits.end(), got.begin(), from_bf16);
  }
  const auto got_loss = to_host<float>(loss, labels.size());
  if (c.rows > 4) r.right &= to_host<unsigned long long>(bad, 1)[0] == 2;
  for (const float v : got) r.hash = (r.hash ^ __float_as_uint(v)) * 1099511628211ull;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t at = i * static_cast<std::size_t>(c.classes);
    r.right &= right_row(&x[at], &got[at], got_loss[i], labels[i], c.classes, c.rows, shift, bf16);
  }
  for (void* p : {logits, gradient, static_cast<void*>(on_labels), static_cast<void*>(loss), static_cast<void*>(bad)})
    cudaFree(p);
  cudaGetLastError();
  return r;
}

struct Mode {
  const char* name;
  emu::Options options;
};
std::vector<Mode> modes() {
  std::vector<Mode> m = {{"ascending", {}},
                         {"descending, +2 ULP", {}},
                         {"shuffled, -2 ULP", {}},
                         {"preempted, within 2 ULP", {}},
                         {"lazy", {}}};
  m[1].options.order = emu::Order::descending;
  m[1].options.approximate = 2;
  m[2].options.order = emu::Order::shuffled;
  m[2].options.approximate = -2;
  m[2].options.resident = 3;
  m[3].options.order = emu::Order::shuffled;
  m[3].options.preempt = 30;
  m[3].options.approximate = 2;
  m[3].options.wobble = true;
  m[4].options.lazy = true;
  return m;
}

void try_right_ones() {
  std::vector<unsigned long long> hashes;
  for (const Mode& mode : modes()) {
    emu::options = mode.options;
    std::size_t at = 0;
    for (const bool bf16 : {false, true})
      for (const Case& c : cases)
        for (const double shift : {0.0, 100.0}) {
          const Result r = once(bf16, c, shift, 0);
          const std::string what =
              std::string(mode.name) + (bf16 ? ", bf16, " : ", f32, ") + std::to_string(c.classes) + " classes";
          check(r.right, "values: " + what);
          expect("", what);
          if (mode.options.approximate) continue;
          if (at == hashes.size()) hashes.push_back(r.hash);
          check(hashes[at++] == r.hash, "other bits: " + what);
        }
  }
  emu::options = {};
}

bool found(int fault) {
  for (const Mode& mode : modes()) {
    emu::options = mode.options;
    for (const bool bf16 : {false, true})
      for (const Case& c : cases)
        for (const double shift : {0.0, 100.0}) {
          const bool right = once(bf16, c, shift, fault).right;
          if (!emu::take_reports().empty() || !right) return true;
        }
  }
  return false;
}

}  // namespace

void try_planted_faults() {
  try_right_ones();
  for (int fault = 1; fault <= faults; ++fault) check(found(fault), std::string("found: ") + name_of_fault(fault));
  emu::options = {};
}
