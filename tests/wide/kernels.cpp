// Every slot of the wide table: its high parts are those of the long double oracle, to an ULP.
#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/wide/wide.h"
#include "logitape/core/tensor.h"
#include "tests/support/numbers.h"
#include "tests/support/oracle.h"
#include "tests/support/ulp.h"

using namespace logitape;
using namespace logitape::backends;
using namespace logitape::tests;

namespace {

using Outputs = std::vector<std::pair<DType, std::int64_t>>;
using Results = std::vector<Tensor>;

struct Case {
  std::string name;
  std::ptrdiff_t slot;  // where it stands in the table
  Outputs outputs;
  std::function<void(const Kernels&, const std::vector<void*>&)> call;
};

template <class F>
std::ptrdiff_t place(F Kernels::*slot) {
  static const Kernels table{};
  return reinterpret_cast<const char*>(&(table.*slot)) - reinterpret_cast<const char*>(&table);
}

// make(y) gives the arguments, y being where the outputs go.
template <class Args, class Make>
Case of(const char* name, Kernel<Args> Kernels::*slot, Outputs outputs, Make make) {
  return {name, place(slot), std::move(outputs),
          [=](const Kernels& k, const std::vector<void*>& y) { (k.*slot)(make(y)); }};
}

// Numbers in [low, high) that live as long as the program.
const double* some(std::int64_t size, double low, double high, std::uint64_t seed = 1) {
  static std::vector<std::vector<double>> kept;
  std::vector<double> x = numbers<double>(size, seed);
  for (double& v : x) v = low + (high - low) * (v + 1) / 2;
  return kept.emplace_back(std::move(x)).data();
}

constexpr DType f64 = DType::f64;
const std::int64_t picks[] = {4, 1, 1, 0};  // in [0, 5)
const std::int64_t huge[] = {INT64_MAX, INT64_MIN, 7, -9};
const std::uint8_t flags[] = {1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1};  // of 12
constexpr Loop<2> row_by_row{.rank = 2, .size = {3, 4}, .step = {{4, 1}, {0, 1}}};

void add_elementwise(std::vector<Case>& all) {
  const struct {
    const char* name;
    Kernel<UnaryArgs> Kernels::*slot;
    double low = -3, high = 3;
  } functions[] = {{"neg", &Kernels::neg},
                   {"abs", &Kernels::abs},
                   {"sign", &Kernels::sign},
                   {"sqrt", &Kernels::sqrt, 0, 9},
                   {"exp", &Kernels::exp},
                   {"log", &Kernels::log, 0, 3},
                   {"log1p", &Kernels::log1p, -1},
                   {"expm1", &Kernels::expm1},
                   {"sin", &Kernels::sin},
                   {"cos", &Kernels::cos},
                   {"tanh", &Kernels::tanh},
                   {"sigmoid", &Kernels::sigmoid},
                   {"erf", &Kernels::erf},
                   {"erfc", &Kernels::erfc},
                   {"relu", &Kernels::relu},
                   {"gelu", &Kernels::gelu, -5, 5},
                   {"silu", &Kernels::silu, -9, 9},
                   {"sech_squared", &Kernels::sech_squared},
                   {"bell", &Kernels::bell},
                   {"gelu_slope", &Kernels::gelu_slope, -5, 5},
                   {"silu_slope", &Kernels::silu_slope, -9, 9}};
  for (const auto& f : functions)
    all.push_back(of(f.name, f.slot, {{f64, 100}}, [x = some(100, f.low, f.high)](const auto& y) {
      return UnaryArgs{f64, 100, x, y[0]};
    }));
  const struct {
    const char* name;
    Kernel<BinaryArgs> Kernels::*slot;
  } operations[] = {{"add", &Kernels::add},         {"sub", &Kernels::sub},
                    {"mul", &Kernels::mul},         {"div", &Kernels::div},
                    {"pow", &Kernels::pow},         {"maximum", &Kernels::maximum},
                    {"minimum", &Kernels::minimum}, {"where_positive", &Kernels::where_positive}};
  for (const auto& f : operations)
    all.push_back(of(f.name, f.slot, {{f64, 12}}, [a = some(12, 0.1, 2), b = some(4, 0.1, 2, 2)](const auto& y) {
      return BinaryArgs{f64, row_by_row, a, b, y[0]};
    }));
  for (const auto slot : {&Kernels::add, &Kernels::sub, &Kernels::mul, &Kernels::maximum, &Kernels::minimum})
    all.push_back(of("of integers", slot, {{DType::i64, 4}}, [](const auto& y) {
      return BinaryArgs{DType::i64, {.rank = 1, .size = {4}, .step = {{1}, {0}}}, huge, picks, y[0]};
    }));
  const struct {
    const char* name;
    Kernel<CompareArgs> Kernels::*slot;
  } comparisons[] = {{"equal", &Kernels::equal},
                     {"not_equal", &Kernels::not_equal},
                     {"less", &Kernels::less},
                     {"less_equal", &Kernels::less_equal}};
  for (const auto& f : comparisons)
    all.push_back(of(f.name, f.slot, {{DType::u8, 12}}, [a = some(12, 0, 1), b = some(4, 0, 1)](const auto& y) {
      return CompareArgs{f64, row_by_row, a, b, static_cast<std::uint8_t*>(y[0])};
    }));
}

void add_moves(std::vector<Case>& all) {
  const double* x = some(60, -3, 3);
  for (int d = 0; d < dtype_count; ++d) {
    const auto to = static_cast<DType>(d);
    const Outputs there{{to, 60}};
    all.push_back(of("cast", &Kernels::cast, there, [=](const auto& y) { return CastArgs{f64, to, 60, x, y[0]}; }));
    all.push_back(of("fill", &Kernels::fill, there, [=](const auto& y) { return FillArgs{to, 60, 2.6, y[0]}; }));
    all.push_back(of("one_hot", &Kernels::one_hot, {{to, 20}},
                     [=](const auto& y) { return OneHotArgs{to, DType::i64, 4, 5, picks, y[0]}; }));
  }
  all.push_back(of("copy", &Kernels::copy, {{f64, 12}}, [=](const auto& y) {  // [3,4] turned over
    return CopyArgs{
        .element_size = 8, .rank = 2, .size = {3, 4}, .from_step = {4, 1}, .to_step = {1, 3}, .x = x, .y = y[0]};
  }));
  all.push_back(of("where", &Kernels::where, {{f64, 12}}, [=](const auto& y) {
    return WhereArgs{f64, {.rank = 1, .size = {12}, .step = {{1}, {1}, {0}}}, flags, x, x + 20, y[0]};
  }));
  all.push_back(
      of("clamp", &Kernels::clamp, {{f64, 60}}, [=](const auto& y) { return ClampArgs{f64, 60, -0.1, 0.3, x, y[0]}; }));
  all.push_back(of("gather", &Kernels::gather, {{f64, 2 * 4 * 3}},
                   [=](const auto& y) { return IndexArgs{f64, DType::i64, false, 2, 5, 3, 4, x, picks, y[0]}; }));
  // onto zeros: one rounding
  all.push_back(of("scatter_add", &Kernels::scatter_add, {{f64, 2 * 5 * 3}},
                   [=](const auto& y) { return IndexArgs{f64, DType::i64, false, 2, 5, 3, 4, x, picks, y[0]}; }));
  all.push_back(of("index_check", &Kernels::index_check, {{DType::i64, 3}}, [](const auto& y) {
    static_assert(sizeof(IndexFault) == 24);
    return IndexCheckArgs{DType::i64, 4, 4, picks, static_cast<IndexFault*>(y[0])};
  }));
}

void add_rows(std::vector<Case>& all) {
  const double* x = some(42, -2, 2);
  const double* positive = some(42, 0.5, 1.5);
  const struct {
    const char* name;
    Kernel<ReduceArgs> Kernels::*slot;
    DType to = f64;
  } reductions[] = {{"sum", &Kernels::sum},
                    {"max", &Kernels::max},
                    {"min", &Kernels::min},
                    {"argmax", &Kernels::argmax, DType::i64},
                    {"logsumexp", &Kernels::logsumexp}};
  for (const auto& f : reductions)
    all.push_back(
        of(f.name, f.slot, {{f.to, 6}}, [=](const auto& y) { return ReduceArgs{f64, 2, 7, 3, 0.3, positive, y[0]}; }));
  all.push_back(
      of("softmax", &Kernels::softmax, {{f64, 42}}, [=](const auto& y) { return SoftmaxArgs{f64, 2, 7, 3, x, y[0]}; }));
  all.push_back(of("log_softmax", &Kernels::log_softmax, {{f64, 42}},
                   [=](const auto& y) { return SoftmaxArgs{f64, 2, 7, 3, x, y[0]}; }));
  all.push_back(of("label_gradient", &Kernels::label_gradient, {{f64, 42}},
                   [=](const auto& y) { return SoftmaxArgs{f64, 2, 7, 3, x, y[0], positive}; }));
  const double* share = some(42, 0.05, 0.2, 9);  // p of 7 classes, whose sum need not be 1
  all.push_back(of("centred", &Kernels::centred, {{f64, 42}},
                   [=](const auto& y) { return SoftmaxArgs{f64, 2, 7, 3, share, y[0], x}; }));
  all.push_back(of("softmax_vjp", &Kernels::softmax_vjp, {{f64, 42}},
                   [=](const auto& y) { return SoftmaxArgs{f64, 2, 7, 3, share, y[0], x}; }));
  all.push_back(of("normalise", &Kernels::normalise, {{f64, 42}, {f64, 6}, {f64, 6}, {f64, 6}},
                   [=](const auto& y) { return NormaliseArgs{f64, 2, 7, 3, 1e-3, x, y[0], y[1], y[2], y[3]}; }));
  all.push_back(of("normalise_vjp", &Kernels::normalise_vjp, {{f64, 6}, {f64, 6}, {f64, 42}}, [=](const auto& y) {
    return NormaliseVjpArgs{f64, 2, 7, 3, positive, share, positive, y[0], y[1], y[2]};
  }));
  for (const bool dense : {true, false})
    all.push_back(
        of("cross_entropy", &Kernels::cross_entropy, {{f64, 4}, {f64, 20}, {f64, 4}, {f64, 20}}, [=](const auto& y) {
          CrossEntropyArgs a{f64, DType::i64, 2, 5, 2, x, dense ? positive : nullptr, dense ? nullptr : picks};
          a.a = 0.9, a.b = dense ? 0 : 0.02, a.scale = 0.25;
          a.loss = y[0], a.gradient = y[1], a.lse = y[2], a.probabilities = y[3];
          return a;
        }));
}

// Positive numbers: no sum cancels, which long double would not see exactly either.
void add_products(std::vector<Case>& all) {
  const double* a = some(200, 0.5, 1.5);
  const double* b = some(200, 0.5, 1.5, 2);
  for (const bool transposed : {false, true})
    all.push_back(of("matmul", &Kernels::matmul, {{f64, 2 * 3 * 4}}, [=](const auto& y) {
      const Loop<2> batch{.rank = 1, .size = {2}, .step = {{1}, {0}}};
      return MatmulArgs{
          f64, batch, 3, 4, 5, transposed, !transposed, transposed, false, a, b, transposed ? nullptr : b + 30, y[0]};
    }));
  const Window w{2, 5, 4, 3, {2, 2}, {2, 1}, {1, 0}, {1, 1}, {3, 3}};
  const auto convolution = [=](const double* x, const double* weight, const double* y, void* result) {
    return ConvolutionArgs{f64, w, 2, false, false, x, weight, nullptr, y, result};
  };
  all.push_back(of("conv2d", &Kernels::conv2d, {{f64, 2 * 9 * 2}},
                   [=](const auto& y) { return convolution(a, b, nullptr, y[0]); }));
  all.push_back(of("conv2d_input", &Kernels::conv2d_input, {{f64, 2 * 20 * 3}},
                   [=](const auto& y) { return convolution(nullptr, b, a, y[0]); }));
  all.push_back(of("conv2d_weight", &Kernels::conv2d_weight, {{f64, 4 * 3 * 2}},
                   [=](const auto& y) { return convolution(a, nullptr, b, y[0]); }));
  all.push_back(of("max_pool", &Kernels::max_pool, {{f64, 2 * 9 * 3}, {DType::i64, 2 * 9 * 3}},
                   [=](const auto& y) { return PoolArgs{f64, w, 1, a, y[0], y[1]}; }));
  all.push_back(of("sum_pool", &Kernels::sum_pool, {{f64, 2 * 9 * 3}},
                   [=](const auto& y) { return PoolArgs{f64, w, 0.3, a, y[0], nullptr}; }));
  all.push_back(of("spread_pool", &Kernels::spread_pool, {{f64, 2 * 20 * 3}},
                   [=](const auto& y) { return PoolArgs{f64, w, 0.3, a, y[0], nullptr}; }));
  for (const bool second : {false, true}) {
    const double* state = second ? b + 50 : nullptr;
    all.push_back(of("sgd", &Kernels::sgd, {{f64, 9}, {f64, 9}},
                     [=](const auto& y) { return SgdArgs{f64, 9, 0.1, 0.9, 0.01, second, a, b, state, y[0], y[1]}; }));
    all.push_back(of("adam", &Kernels::adam, {{f64, 9}, {f64, 9}, {f64, 9}}, [=](const auto& y) {
      return AdamArgs{f64, 9, 0.1, 0.9, 0.99, 1e-8, 0.01, 0.1, 0.01, second, a, b, state, state, y[0], y[1], y[2]};
    }));
    all.push_back(of("sgd_list", &Kernels::sgd_list, {{f64, 9}, {f64, 9}}, [=](const auto& y) {
      static SgdArgs one;
      one = {f64, 9, 0.1, 0.9, 0.01, second, a, b, state, y[0], y[1]};
      return SgdListArgs{1, &one};
    }));
    all.push_back(of("adam_list", &Kernels::adam_list, {{f64, 9}, {f64, 9}, {f64, 9}}, [=](const auto& y) {
      static AdamArgs one;
      one = {f64, 9, 0.1, 0.9, 0.99, 1e-8, 0.01, 0.1, 0.01, second, a, b, state, state, y[0], y[1], y[2]};
      return AdamListArgs{1, &one};
    }));
  }
  static const NumberArray numbers{f64, 50, a};
  all.push_back(of("all_finite", &Kernels::all_finite, {{DType::u8, 1}}, [](const auto& y) {
    return AllFiniteArgs{1, &numbers, static_cast<std::uint8_t*>(y[0])};
  }));
}

constexpr double system_a[] = {1, 2, 0.5, 4, 1, 0.25, 2, 8, 3}, system_b[] = {1, 3, 2, 0.5, 1, 7};
constexpr double definite[] = {4, 9, 9, 1, 3, 9, 2, 0.7, 5};  // what is above the diagonal is not read

// The second row is the first pivot's; no pivot is missing, so the fault stays as it was.
void add_systems(std::vector<Case>& all) {
  for (const bool transpose : {false, true}) {
    const auto args = [=](const auto& y) {
      return SolveArgs{f64, {}, 3, 2, transpose, transpose, system_a, system_b, y[0], static_cast<PivotFault*>(y[1])};
    };
    all.push_back(of("solve", &Kernels::solve, {{f64, 6}, {DType::i64, 2}}, args));
    all.push_back(of("solve_triangular", &Kernels::solve_triangular, {{f64, 6}, {DType::i64, 2}}, args));
  }
  static_assert(sizeof(PivotFault) == 16);
  all.push_back(of("cholesky", &Kernels::cholesky, {{f64, 9}, {DType::i64, 2}}, [](const auto& y) {
    return CholeskyArgs{f64, 1, 3, definite, y[0], static_cast<PivotFault*>(y[1])};
  }));
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> made;
    add_elementwise(made);
    add_moves(made);
    add_rows(made);
    add_products(made);
    add_systems(made);
    return made;
  }();
  return all;
}

Results run(const Case& c, const Kernels& kernels) {
  Results results;
  std::vector<void*> where;
  for (const auto& [dtype, size] : c.outputs) {
    results.push_back(Tensor::uninitialised({size}, dtype));
    where.push_back(results.back().writable());
    std::memset(where.back(), 0, static_cast<std::size_t>(size) * byte_size(dtype));
  }
  c.call(kernels, where);
  return results;
}

}  // namespace

TEST_CASE("every kernel of the wide table has the high parts of the long double oracle, to an ULP") {
  for (const Case& c : cases()) {
    INFO(c.name);
    const Results want = run(c, oracle::kernels<long double>());
    const wide::Evaluation evaluation;
    const Results got = run(c, wide::kernels());
    for (std::size_t n = 0; n < got.size(); ++n)
      for (std::int64_t i = 0; i < got[n].size(); ++i) {
        CAPTURE(n);
        CAPTURE(i);
        if (got[n].dtype() == f64) {
          const double high = static_cast<const double*>(got[n].data())[i],
                       expected = static_cast<const double*>(want[n].data())[i];
          CHECK(ulp_error(high, static_cast<long double>(expected)) <= 1);  // half an ULP each
        } else {
          const auto bytes = byte_size(got[n].dtype());
          const auto at = static_cast<std::size_t>(i) * bytes;
          CHECK(std::memcmp(static_cast<const char*>(got[n].data()) + at, static_cast<const char*>(want[n].data()) + at,
                            bytes) == 0);
        }
      }
  }
}

TEST_CASE("every kernel slot has a wide twin that is tried, or a reason") {
  std::set<std::ptrdiff_t> tried;
  for (const Case& c : cases()) tried.insert(c.slot);
  const Kernels &wide = wide::kernels(), &cpu = cpu::kernels();
  // made of integers by the cpu's kernels: the same numbers within an Evaluation and without
  CHECK((wide.uniform == cpu.uniform && wide.normal == cpu.normal && wide.dropout_mask == cpu.dropout_mask));
  tried.insert({place(&Kernels::uniform), place(&Kernels::normal), place(&Kernels::dropout_mask)});
  CHECK_FALSE(wide.multiplies_bf16());  // says what the machine can do
  tried.insert(place(&Kernels::multiplies_bf16));
  for (std::ptrdiff_t slot = 0; slot < static_cast<std::ptrdiff_t>(sizeof(Kernels)); slot += sizeof(void*)) {
    INFO("slot ", slot / static_cast<std::ptrdiff_t>(sizeof(void*)), " of the kernel table");
    CHECK(tried.contains(slot));
    const void* kernel = nullptr;
    std::memcpy(&kernel, reinterpret_cast<const char*>(&wide) + slot, sizeof kernel);
    CHECK(kernel != nullptr);
  }
}
