// What the tape itself costs: tensors of four elements, so that no kernel is felt.
#include <fmt/format.h>
#include <logitape.h>

#include "tests/bench/bench.h"

namespace bench {
namespace lt = logitape;
namespace {

constexpr int adds = 100;

// y = x + step + step + ...
lt::Tensor chain(const lt::Tensor& x, const lt::Tensor& step) {
  lt::Tensor y = x;
  for (int i = 0; i < adds; ++i) y = y + step;
  return y;
}

// A chain of 100 adds, recorded and differentiated. With more threads than one the pool has worked just before, so the
// process has threads, and atomics and locks cost what they cost then.
void of_chain(Session& s) {
  lt::Generator rng{1};
  const lt::Tensor x = lt::variable(lt::randn({4}, rng)), seed = lt::ones({4});
  const lt::Tensor y = chain(x, seed), large = lt::randn({512, 512}, rng);
  const auto wake = [&] {
    if (s.threads() > 1) lt::matmul(large, large);
  };
  const struct {
    const char* what;
    std::function<void()> call;
  } ways[] = {{"forward", [&] { chain(x, seed); }},
              {"backward", [&] { lt::grad(y, {x}, {.seed = seed}); }},
              {"both", [&] { lt::grad(chain(x, seed), {x}, {.seed = seed}); }},
              {"both, of y + x", [&] { lt::grad(chain(x, x), {x}, {.seed = seed}); }}};
  for (const auto& way : ways) {
    const std::string name =
        fmt::format("chain of {} adds, {}{}", adds, way.what, s.threads() > 1 ? ", pool awake" : "");
    if (!s.wants(name)) continue;
    wake();
    std::vector<Contender> all{{"ours", way.call}};
    const std::string what = way.what;
    if (what.find(',') == std::string::npos)
      s.add_peers(all, fmt::format("tape {} {}", what, adds), {{"libtorch", 0}, {"PyTorch", 0}});
    const double seconds = s.row(name, all);
    s.figure(name + ", a node", 1e6 * seconds / adds, "us", "at most 0.20");
  }
}

double requests_of(const std::function<void()>& call) {
  call();
  const auto before = lt::memory::counts().requests;
  call();
  return static_cast<double>(lt::memory::counts().requests - before);
}

void of_literal(Session& s) {
  const std::string name = "x * 0.5";
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  const lt::Tensor x = lt::variable(lt::randn({4}, rng)), half = lt::full({4}, 0.5);
  const auto literal = [&] { x * 0.5; };
  const auto tensor = [&] { x* half; };
  s.row(name, {{"ours", literal}, {"ours, x * tensor", tensor, {}, 1}});
  s.figure(name + ", requests of memory beyond those of x * tensor", requests_of(literal) - requests_of(tensor), "",
           "0 or less");
}

// Gradients into the images alone ask for half the products of all gradients.
void of_inputs(Session& s) {
  const std::string name = "784-256-128-10, the inputs' gradient";
  if (!s.wants(name)) return;
  lt::Generator rng{1};
  lt::Sequential model{lt::Linear{784, 256}, lt::Relu{}, lt::Linear{256, 128}, lt::Relu{}, lt::Linear{128, 10}};
  model.initialise(rng);
  const lt::Tensor x = lt::variable(lt::randn({128, 784}, rng));
  const lt::Tensor loss = lt::cross_entropy(model(x), lt::argmax(lt::randn({128, 10}, rng), 1));
  std::vector<lt::Tensor> all{x};
  for (const lt::Tensor& p : lt::parameters(model)) all.push_back(p);
  s.row(name, {{"ours", [&] { lt::grad(loss, {x}); }}, {"ours, all gradients", [&] { lt::grad(loss, all); }, {}, 2}});
}

}  // namespace

void tape(Session& s) {
  of_chain(s);
  of_literal(s);
  of_inputs(s);
}

}  // namespace bench
