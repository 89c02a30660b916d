// The hash of every op's results (results.h), for what has to be equal on every machine, and their difference from
// another target's, for what need not be.
//   hashes                 a line a name: hash, how many arrays
//   hashes part 0 4        the first of four parts of these lines
//   hashes write FILE      the ordinary results, as doubles
//   hashes compare FILE    how far they are from those, in ULP of each array's largest number; fails beyond the bound
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/core/dtype.h"
#include "tests/targets/results.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

// FNV-1a over words. Any NaN counts as one value.
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325;

  void add(std::uint64_t word) { value = (std::rotr(value, 23) ^ word) * 0x100000001b3; }
  void add(std::string_view text) {
    for (const char c : text) add(static_cast<unsigned char>(c));
  }
  void add(const Tensor& x) {
    add(static_cast<std::uint64_t>(x.dtype()));
    for (int axis = 0; axis < x.rank(); ++axis) add(static_cast<std::uint64_t>(x.shape()[axis]));
    visit_any(x.dtype(), [&]<class T>() {
      const T* const at = static_cast<const T*>(x.data());
      const std::int64_t size = x.size();
      for (std::int64_t i = 0; i < size; ++i) {
        const T element = at[i];
        std::uint64_t word = 0;
        std::memcpy(&word, &element, sizeof element);
        if (const auto number = static_cast<double>(element); number != number) word = 0x7ff8;
        add(word);
      }
    });
  }
};

int print_hashes(Part part) {
  std::map<std::string, std::pair<Hash, int>> all;
  std::vector<std::string> order;
  for_each_result(part, [&](const Result& r) {
    if (!all.contains(r.name)) order.push_back(r.name);
    auto& [hash, arrays] = all[r.name];
    for (const Tensor& x : r.arrays) hash.add(x);
    hash.add(r.refusal);
    arrays += static_cast<int>(r.arrays.size());
  });
  for (const std::string& name : order)
    std::printf("%016llx %4d %s\n", static_cast<unsigned long long>(all[name].first.value), all[name].second,
                name.c_str());
  return 0;
}

int write(const char* path) {
  std::ofstream file(path, std::ios::binary);
  for_each_result({}, [&](const Result& r) {
    if (!r.ordinary) return;
    for (const Tensor& x : r.arrays) {
      const std::vector<double> numbers = x.to_vector<double>();
      file.write(reinterpret_cast<const char*>(numbers.data()),
                 static_cast<std::streamsize>(numbers.size() * sizeof(double)));
    }
  });
  return file.good() ? 0 : 1;
}

double epsilon(DType dtype) {
  switch (dtype) {
    case DType::f16: return 0x1p-10;
    case DType::bf16: return 0x1p-7;
    case DType::f32: return 0x1p-23;
    default: return 0x1p-52;
  }
}

// In ULP of the largest number, of the coarser of its dtype and `rounding`; infinite where only one is finite, and
// where dtypes that do not round differ.
double difference(const Tensor& x, DType rounding, const std::vector<double>& other) {
  const std::vector<double> numbers = x.to_vector<double>();
  const double ulp = std::max(epsilon(x.dtype()), epsilon(rounding));
  double largest = 0, worst = 0;
  for (const double number : other)
    if (std::isfinite(number)) largest = std::max(largest, std::fabs(number));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double a = numbers[i], b = other[i];
    if (a == b || (a != a && b != b)) continue;
    const bool comparable = std::isfinite(a) && std::isfinite(b) && is_floating(x.dtype());
    worst = std::max(worst, comparable ? std::fabs(a - b) / (largest * ulp) : HUGE_VAL);
  }
  return worst;
}

// What the targets without a fused multiply-add may differ by.
constexpr double bound = 64;

int compare(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::map<DType, std::pair<double, std::string>> worst;
  std::int64_t arrays = 0, same = 0, beyond = 0;
  for_each_result({}, [&](const Result& r) {
    if (!r.ordinary) return;
    for (const Tensor& x : r.arrays) {
      std::vector<double> other(static_cast<std::size_t>(x.size()));
      file.read(reinterpret_cast<char*>(other.data()), static_cast<std::streamsize>(other.size() * sizeof(double)));
      const double d = file.good() ? difference(x, r.rounding, other) : HUGE_VAL;
      ++arrays;
      if (d == 0) ++same;
      if (d > bound) {
        ++beyond;
        std::printf("%10.4g ULP  %s\n", d, r.name.c_str());
      }
      auto& [most, where] = worst[x.dtype()];
      if (d > most) most = d, where = r.name;
    }
  });
  const bool whole = file.peek() == std::ifstream::traits_type::eof();
  if (!whole) std::printf("the other target has more results\n");
  for (const auto& [dtype, w] : worst)
    std::printf("  %s: at most %.3g ULP of the largest, %s\n", std::string(name(dtype)).c_str(), w.first,
                w.second.c_str());
  std::printf("%s: %lld of %lld arrays have the same bits, %lld are beyond the bound of %g ULP\n",
              cpu::target_name().c_str(), static_cast<long long>(same), static_cast<long long>(arrays),
              static_cast<long long>(beyond), bound);
  return whole && beyond == 0 && arrays > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  std::fprintf(stderr, "SIMD target %s\n", cpu::target_name().c_str());
  if (argc == 1) return print_hashes({});
  if (argc == 4 && what == "part")
    return print_hashes({static_cast<std::size_t>(std::atoi(argv[2])), static_cast<std::size_t>(std::atoi(argv[3]))});
  if (argc == 3 && what == "write") return write(argv[2]);
  if (argc == 3 && what == "compare") return compare(argv[2]);
  std::fprintf(stderr, "hashes [part I N | write FILE | compare FILE]\n");
  return 2;
}
