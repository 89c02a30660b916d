// What every row of the op table has to pass: values, gradients, the same bits on any number of threads; and what the
// table as a whole has to: every public op is in it, and no kernel is missing.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/check/gradcheck.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"
#include "logitape/backends/threads.h"
#include "logitape/ops/elementwise.h"
#include "tests/op_table/compare.h"
#include "tests/op_table/op_table.h"
#include "tests/support/stride.h"
#include "tests/support/oracle.h"
#include "tests/support/ulp.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

bool is_variable_type(DType dtype) { return is_floating(dtype); }

}  // namespace

TEST_CASE("every op of the table agrees with the oracle, on every shape set and dtype of its row") {
  std::int64_t checks = 0;
  for (const Row& row : table())
    for (const DType dtype : row.dtypes)
      for (std::size_t set = 0; set < row.shapes.size(); ++set) {
        INFO(describe(row, row.shapes[set], dtype));
        CHECK(value_difference(row, row.shapes[set], set, dtype) == "");
        ++checks;
      }
  MESSAGE("values: ", checks, " comparisons");
}

TEST_CASE("every op of the table agrees with the oracle on tensors that threads share") {
  std::size_t turn = 0;
  std::int64_t checks = 0;
  for (const Row& row : table()) {
    if (!row.large_values || turn++ % stride != 0) continue;
    const DType dtype = row.dtypes.size() == 1 ? row.dtypes[0] : DType::f32;
    INFO(describe(row, row.large, dtype));
    CHECK(value_difference(row, row.large, 0, dtype) == "");
    ++checks;
  }
  MESSAGE("values of large tensors: ", checks, " comparisons");
}

TEST_CASE(
    "a kernel that is wrong by one part in a million, or at one element, is noticed by every row that runs on it") {
  const auto noticed = [](const char* op, backends::Kernel<backends::UnaryArgs> backends::Kernels::*slot,
                          backends::Kernel<backends::UnaryArgs> wrong) {
    backends::Kernels kernels = cpu::kernels();
    kernels.*slot = wrong;
    const OtherKernels guard(kernels);
    for (const Row& row : table()) {
      if (row.op != op || row.inputs[0].dtype) continue;  // one of integers runs on another kernel
      for (const DType dtype : {DType::f32, DType::f64}) CHECK(value_difference(row, {{7}}, 0, dtype) != "");
    }
  };
  noticed("exp", &backends::Kernels::exp, [](const backends::UnaryArgs& a) {
    cpu::kernels().exp(a);
    visit_floating(a.dtype, [&]<class T>() {
      for (std::int64_t i = 0; i < a.size; ++i) static_cast<T*>(a.y)[i] *= static_cast<T>(1.000001);
    });
  });
  noticed("abs", &backends::Kernels::abs, [](const backends::UnaryArgs& a) {
    cpu::kernels().abs(a);
    visit_floating(a.dtype, [&]<class T>() { static_cast<T*>(a.y)[a.size - 1] = -1; });
  });
}

namespace {

// Empty where the rules and numeric differences agree, else where they do not.
std::string gradient_difference(const Row& row, std::size_t set, int order, std::int64_t& elements) {
  const std::vector<std::size_t> which = differentiable(row, Flow::yes);
  const std::vector<Tensor> all = make_inputs(row, row.shapes[set], set, DType::f64);
  std::vector<Tensor> chosen;
  chosen.reserve(which.size());
  for (const std::size_t n : which) chosen.push_back(all[n]);
  const auto f = [&](In x) {
    std::vector<Tensor> inputs = all;
    for (std::size_t i = 0; i < which.size(); ++i) inputs[which[i]] = x[i];
    return row.call(inputs);
  };
  const GradientReport report = check_gradients(f, chosen, {.order = order});
  elements += report.checked;
  return report.ok() ? "" : report.str();
}

// The gradient of 0 * y into one input, where that input can be a variable.
std::string gradient_type_difference(const Row& row, std::size_t set, std::size_t n, DType dtype) {
  std::vector<Tensor> inputs = make_inputs(row, row.shapes[set], set, dtype);
  if (!is_variable_type(inputs[n].dtype())) return "";
  const Tensor x = inputs[n] = variable(inputs[n]);
  const Tensor y = row.call(inputs);
  Tensor seed = Tensor::uninitialised(y.shape(), y.dtype());
  std::memset(seed.writable(), 0, static_cast<std::size_t>(y.size()) * byte_size(y.dtype()));
  const Tensor g = grad(y, {x}, {.seed = seed})[0];
  return g.dtype() == x.dtype() && g.shape() == x.shape()
             ? ""
             : "the input is " + describe(x) + ", its gradient " + describe(g);
}

}  // namespace

TEST_CASE(
    "first and second derivatives of every op of the table are those of numeric differences, on every shape set") {
  std::size_t turn = 0;
  std::int64_t checks = 0, elements = 0;
  for (const Row& row : table()) {
    if (differentiable(row, Flow::yes).empty() || !takes(row, DType::f64)) continue;
    for (std::size_t set = 0; set < row.shapes.size(); ++set) {
      if (turn++ % stride != 0) continue;
      INFO(describe(row, row.shapes[set], DType::f64));
      CHECK(gradient_difference(row, set, 2, elements) == "");
      ++checks;
    }
  }
  MESSAGE("gradients: ", checks, " checks of order 2, ", elements, " elements");
}

TEST_CASE(
    "third derivatives of every op of the table are those of numeric differences, on shapes of up to 6 elements") {
  std::size_t turn = 0;
  std::int64_t checks = 0, elements = 0;
  for (const Row& row : table()) {
    if (differentiable(row, Flow::yes).empty() || !takes(row, DType::f64)) continue;
    for (std::size_t set = 0; set < row.shapes.size(); ++set) {
      if (turn++ % stride != 0) continue;
      std::int64_t size = 0;
      for (const Shape& s : row.shapes[set]) size += s.size();
      if (size > 6) continue;
      INFO(describe(row, row.shapes[set], DType::f64));
      CHECK(gradient_difference(row, set, 3, elements) == "");
      ++checks;
    }
  }
  MESSAGE("gradients: ", checks, " checks of order 3, ", elements, " elements");
}

TEST_CASE("a rule that is wrong in its first or only in its second derivative is noticed") {
  std::int64_t elements = 0;
  const auto scaled = [](double factor) {
    return [factor](In x) {
      return Tensor(record("wrong", {x[0]}, {x[0]}, keep::nothing,
                           [factor](const Node&, const Cotangents& g) { return Tensors{g[0] * factor}; }));
    };
  };
  const Row right{"", "", scaled(1), {{}}, {{{7}}}, {}}, wrong{"", "", scaled(1 + 1e-6), {{}}, {{{7}}}, {}};
  const auto cut = [](In x) {
    return Tensor(record("cut", {x[0]}, {x[0]}, keep::nothing,
                         [](const Node&, const Cotangents& g) { return Tensors{stop_gradient(g[0])}; }));
  };
  const Row second{"", "", cut, {{}}, {{{7}}}, {}};
  CHECK(gradient_difference(right, 0, 2, elements) == "");
  CHECK(gradient_difference(wrong, 0, 1, elements) != "");
  CHECK(gradient_difference(second, 0, 1, elements) == "");
  CHECK(gradient_difference(second, 0, 2, elements) != "");
}

TEST_CASE("an input into which the table has no gradient does not put its result on the tape, whatever the op") {
  for (const Row& row : table())
    for (const DType dtype : row.dtypes) {
      INFO(describe(row, row.shapes[0], dtype));
      std::vector<Tensor> inputs = make_inputs(row, row.shapes[0], 0, dtype);
      for (std::size_t n = 0; n < inputs.size(); ++n)
        if (row.inputs[n].flow == Flow::none && is_variable_type(inputs[n].dtype())) inputs[n] = variable(inputs[n]);
      CHECK_FALSE(row.call(inputs).requires_grad());
    }
}

TEST_CASE("an input into which the table has a gradient gets one of its own shape and dtype") {
  for (const Row& row : table())
    for (const DType dtype : row.dtypes)
      for (const std::size_t n : differentiable(row, Flow::elsewhere))
        for (std::size_t set = 0; set < row.shapes.size(); ++set) {
          INFO(describe(row, row.shapes[set], dtype), ", into input ", n);
          CHECK(gradient_type_difference(row, set, n, dtype) == "");
        }
}

TEST_CASE("values and gradients of every op of the table have the same bits for 1, 2, 3 and 7 threads") {
  std::size_t turn = 0;
  std::int64_t checks = 0;
  for (const Row& row : table()) {
    if (turn++ % stride != 0) continue;
    const DType dtype = row.dtypes.size() == 1 ? row.dtypes[0] : DType::f32;
    INFO(describe(row, row.large, dtype));
    std::vector<Tensor> inputs = make_inputs(row, row.large, 0, dtype);
    std::vector<Tensor> leaves;
    for (const std::size_t n : differentiable(row, Flow::elsewhere))
      if (is_variable_type(inputs[n].dtype())) leaves.push_back(inputs[n] = variable(inputs[n]));
    const auto run = [&] {
      const Tensor y = row.call(inputs);
      std::vector<Tensor> all = {y};
      if (!y.requires_grad()) return all;
      const Row seeds{"", "", {}, {{between(-1, 1)}}, {}, {}};
      for (const Tensor& g : grad(y, leaves, {.seed = make_inputs(seeds, {y.shape()}, 0, y.dtype())[0]}))
        all.push_back(g);
      return all;
    };
    std::vector<Tensor> one;
    {
      const ThreadCount single(1);
      one = run();
    }
    for (const int threads : {2, 3, 7}) {
      const ThreadCount guard(threads);
      const std::vector<Tensor> many = run();
      for (std::size_t i = 0; i < one.size(); ++i) {
        CHECK_MESSAGE(same_bits(one[i], many[i]), (i == 0 ? "the value" : "a gradient"), " differs on ", threads,
                      " threads");
        ++checks;
      }
    }
  }
  MESSAGE("threads: ", checks, " comparisons of bits");
}

namespace {

// The functions that the public headers of ops/ declare, and how often. The style guide keeps declarations of a
// namespace at the first column, members indented, and the internals in namespace logitape::ops, so lines are all that
// has to be read:
//   namespace logitape::inline v0::nn {             sets the prefix, "nn::"
//   Tensor sum(const Tensor& x, ...                 declares "sum"
//   inline Tensor operator+(const Tensor& a, ...    declares "operator+"
//   [[deprecated("...")]] Tensor f(...              declares "f"
//   Tensor operator==(...) = delete;                declares nothing
std::map<std::string, int> declared_ops() {
  std::map<std::string, int> found;
  for (const char* header :
       {"convolution", "create", "cross_entropy", "elementwise", "embedding", "index", "linear_algebra", "losses",
        "matmul", "normalise", "pooling", "rearrange", "reduce", "softmax", "tensorflow", "tensorflow_losses"}) {
    std::ifstream file(std::string(LOGITAPE_SOURCE_DIR) + "/ops/" + header + ".h");
    REQUIRE_MESSAGE(file.good(), "ops/", header, ".h cannot be read");
    std::string prefix, line;
    while (std::getline(file, line)) {
      const std::string root = "namespace logitape::inline v0";
      if (line.starts_with(root)) {
        prefix = line.substr(root.size(), line.find(" {") - root.size());
        if (!prefix.empty()) prefix = prefix.substr(2) + "::";
        continue;
      }
      std::string_view rest = line;
      if (rest.starts_with("[[") && rest.find("]] ") != std::string_view::npos)
        rest.remove_prefix(rest.find("]] ") + 3);
      if (rest.starts_with("inline ")) rest.remove_prefix(7);
      if (rest.find("= delete") != std::string_view::npos || prefix == "detail::") continue;
      for (const std::string_view result : {"Tensor ", "LossAndBackprop ", "Normalised "})
        if (rest.starts_with(result) && rest.find('(') != std::string_view::npos)
          ++found[prefix + std::string(rest.substr(result.size(), rest.find('(') - result.size()))];
    }
  }
  return found;
}

}  // namespace

TEST_CASE("every op that a public header declares has a row in the table, and every overload its own") {
  std::map<std::string, std::set<std::string>> rows;
  for (const Row& row : table()) rows[row.op].insert(row.variant);
  const std::map<std::string, int> declared = declared_ops();
  CHECK(declared.size() >= 70);  // the headers were read
  // pairs in pieces, for the checks' lambdas: clang captures no structured binding before 16
  for (const auto& entry : declared) {
    const std::string& op = entry.first;
    const int count = entry.second;
    CHECK_MESSAGE(static_cast<int>(rows[op].size()) >= count, op, " is declared ", count, " times and has ",
                  rows[op].size(), " rows in tests/op_table");
  }
  for (const auto& row : rows)
    CHECK_MESSAGE(declared.contains(row.first), row.first, " has rows in tests/op_table and is declared nowhere");
}

TEST_CASE("the public headers of ops/ are those that the table reads") {
  std::ifstream umbrella(std::string(LOGITAPE_SOURCE_DIR) + "/include/logitape/tape.h");
  // and derivatives.h, whose functions take functions, and signposts.h, which declares none that compiles
  const std::set<std::string> read = {
      "convolution.h", "create.h",         "cross_entropy.h", "derivatives.h", "elementwise.h",       "embedding.h",
      "index.h",       "linear_algebra.h", "losses.h",        "matmul.h",      "normalise.h",         "pooling.h",
      "rearrange.h",   "reduce.h",         "softmax.h",       "tensorflow.h",  "tensorflow_losses.h", "signposts.h"};
  std::string line;
  std::set<std::string> included;
  const std::string start = "#include \"logitape/ops/";
  while (std::getline(umbrella, line))
    if (line.starts_with(start)) included.insert(line.substr(start.size(), line.size() - start.size() - 1));
  CHECK(included == read);
}

TEST_CASE("every row is whole: shapes for each input, a size that threads share, no name twice") {
  std::set<std::string> names;
  for (const Row& row : table()) {
    INFO(name(row));
    CHECK(names.insert(name(row)).second);
    CHECK_FALSE(row.shapes.empty());
    CHECK(row.large.size() == row.inputs.size());
    for (const Shapes& s : row.shapes) CHECK(s.size() == row.inputs.size());
    CHECK((row.tolerance.f32 == 0 && row.tolerance.f64 == 0) ==
          (std::string(row.tolerance.reason) == "nothing is rounded"));
  }
}

TEST_CASE("every slot of the kernel table is filled, on every target of the cpu and in both oracles") {
  using Slot = backends::Kernel<backends::FillArgs>;
  static_assert(sizeof(backends::Kernels) % sizeof(Slot) == 0 && sizeof(Slot) == sizeof(void*),
                "the table is an array of function pointers");
  constexpr std::size_t count = sizeof(backends::Kernels) / sizeof(Slot);
  const auto check = [&](const std::string& name, const backends::Kernels& kernels) {
    const void* slots[count];
    std::memcpy(slots, &kernels, sizeof slots);
    for (std::size_t i = 0; i < count; ++i) CHECK_MESSAGE(slots[i] != nullptr, "slot ", i, " of ", name, " is null");
  };
  for (const cpu::Target& target : cpu::targets()) check(target.name, target.kernels);
  check("the oracle in double", oracle::kernels<double>());
  check("the oracle in long double", oracle::kernels<long double>());
  MESSAGE("kernels: ", count, " slots");
}

TEST_CASE("the table's size") {
  std::size_t sets = 0, gradients = 0;
  std::set<std::string> ops;
  for (const Row& row : table()) {
    ops.insert(row.op);
    sets += row.shapes.size() + 1;
    gradients += !differentiable(row, Flow::yes).empty();
  }
  MESSAGE("op table: ", ops.size(), " ops, ", table().size(), " rows, ", gradients, " of them differentiable, ", sets,
          " shape sets");
  CHECK(table().size() >= ops.size());
}
