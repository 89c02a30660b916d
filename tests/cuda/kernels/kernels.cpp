// kernels [first] [FAMILY...]: every slot of the module's table against the oracle. On the emulated device in several
// orders of threads and blocks, all of them watched: no report may come, and the bits are the same in each. Without a
// device: 77. first: ends at the first thing that is wrong; a report makes its launch fail, and the sentence says of
// what.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "tests/cuda/kernels/sides.h"
#if defined(LOGITAPE_CUDA_EMULATED)
#include "logitape/backends/cuda/emulation/emulator.h"
#endif

namespace logitape::tests {

Findings& findings() {
  static Findings f;
  return f;
}

bool end_at_first = false;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  if (end_at_first) {
    std::printf("wrong: %s\n", what.c_str());
    std::exit(1);
  }
  if (++findings().wrong <= 40) std::printf("  wrong: %s\n", what.c_str());
}

namespace {
struct Value {
  double value, bound;
  std::string where;
};
std::map<std::string, Value> values;
}  // namespace

void expect_within(const std::string& what, double value, double bound, const std::string& where) {
  Value& v = values.try_emplace(what, Value{0, bound, ""}).first->second;
  if (!(value <= v.value)) v = {value, bound, where};
  expect(value <= bound, what + " is " + std::to_string(value) + ", beyond " + std::to_string(bound) + " " + where);
}

void print_values() {
  for (const auto& [what, v] : values)
    std::printf("  %-56s %8.3f of %g  %s\n", what.c_str(), v.value, v.bound, v.where.c_str());
  values.clear();
}

#if defined(LOGITAPE_CUDA_EMULATED)
void forget_moved() { emu::take_traffic(); }
void expect_moved(Moves moves, double input_bytes, double output_bytes) {
  const emu::Traffic t = emu::take_traffic();
  const auto of = [](double moved, double held) { return moved == 0 ? 0 : moved / held; };
  const auto loaded = static_cast<double>(t.load_bytes), stored = static_cast<double>(t.store_bytes);
  if (moves.load_bytes == Moves::of_arrays) moves.load_bytes = input_bytes;
  if (moves.store_bytes == Moves::of_arrays) moves.store_bytes = output_bytes;
  expect_within(moves.what + ": loads, of its bytes", of(loaded, moves.load_bytes), moves.loads);
  expect_within(moves.what + ": stores, of its bytes", of(stored, moves.store_bytes), moves.stores);
  if (moves.narrow == 1) return;
  const double narrow = loaded + stored - 16 * static_cast<double>(t.wide);
  expect_within(moves.what + ": less than 16 bytes at once", of(narrow, loaded + stored), moves.narrow);
}
#else  // a GPU does not tell
void forget_moved() {}
void expect_moved(Moves, double, double) {}
#endif

const Opened& opened() {
  static const Opened o = [] {
    const lt_module* const module = logitape_module();
    lt_context* context = nullptr;
    if (module->open(0, &context) != LT_OK) {
      std::printf("skipped: %s\n", module->message());
      std::exit(77);
    }
    return Opened{module, context};
  }();
  return o;
}

void* Device::copied(const void* x, std::size_t bytes) {
  void* data = nullptr;
  expect(opened().module->allocate(opened().context, bytes, &data) == LT_OK, "allocate");
  arrays_.push_back({data, bytes});
  expect(opened().module->copy_to_device(opened().context, data, x, bytes) == LT_OK, "copy_to_device");
  return data;
}

double Device::output_bytes() const {
  double bytes = 0;
  for (const Output& o : outputs_) bytes += static_cast<double>(o.bytes);
  return bytes;
}

void Device::finish() {
  for (const Output& o : outputs_) {
    expect(opened().module->copy_to_host(opened().context, o.to, o.data, o.bytes) == LT_OK, "copy_to_host");
    for (std::size_t i = 0; i < o.bytes; ++i)
      findings().hash = (findings().hash ^ static_cast<const unsigned char*>(o.to)[i]) * 0x100000001b3u;
  }
  outputs_.clear();
}

}  // namespace logitape::tests

namespace {

using namespace logitape::tests;

struct Family {
  const char* name;
  void (*check)();
};
constexpr Family families[] = {{"elementwise", check_elementwise},
                               {"reduce", check_reduce},
                               {"softmax", check_softmax},
                               {"cross_entropy", check_cross_entropy},
                               {"products", check_products},
                               {"index", check_index},
                               {"random", check_random},
                               {"optimizer", check_optimizer},
                               {"deferred", check_deferred},
                               {"traffic", check_traffic},
                               {"normalise", check_normalise},
                               {"windows", check_windows},
                               {"linear_algebra", check_linear_algebra}};

struct Order {
  const char* name;
  void (*set)();
};
#if defined(LOGITAPE_CUDA_EMULATED)
constexpr Order orders[] = {{"ascending", [] { emu::options = {}; }},
                            {"descending",
                             [] {
                               emu::options = {};
                               emu::options.order = emu::Order::descending;
                             }},
                            {"shuffled, 3 blocks side by side", [] {
                               emu::options = {};
                               emu::options.order = emu::Order::shuffled;
                               emu::options.resident = 3;
                             }}};
std::size_t reports() {
  const auto all = emu::take_reports();
  for (const auto& r : all) std::printf("  [%s] %s (%lu times)\n", r.kind.c_str(), r.text.c_str(), r.count);
  return all.size();
}
#else
constexpr Order orders[] = {{"once", [] {}}, {"again", [] {}}};
std::size_t reports() { return 0; }
#endif

}  // namespace

int main(int argc, char** argv) {
  int wrong = 0;
  if (argc > 1 && argv[1] == std::string("first")) {
    end_at_first = true;
    --argc, ++argv;
  }
  for (const Family& family : families) {
    if (argc > 1 && std::none_of(argv + 1, argv + argc, [&](const char* a) { return a == std::string(family.name); }))
      continue;
    std::vector<std::uint64_t> hashes;
    for (const Order& order : orders) {
      order.set();
      findings() = {};
      family.check();
      const std::size_t found = reports();
      hashes.push_back(findings().hash);
      std::printf("%s, %s: %d calls, %d wrong, %zu reports, bits %016llx\n", family.name, order.name, findings().cases,
                  findings().wrong, found, static_cast<unsigned long long>(findings().hash));
      wrong += findings().wrong + static_cast<int>(found);
    }
    print_values();
    if (std::any_of(hashes.begin(), hashes.end(), [&](std::uint64_t h) { return h != hashes[0]; })) {
      std::printf("%s: not the same bits in every order\n", family.name);
      ++wrong;
    }
  }
  std::printf("%s on %s\n", wrong ? "NOT RIGHT" : "right", opened().module->name);
  return wrong != 0;
}
