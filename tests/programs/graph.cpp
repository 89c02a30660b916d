// graph SHAPE N [build|grad|backward|all]: builds a graph of N steps, differentiates it, drops it, and prints what a
// node costs. Run with a stack of 256 KiB it shows that nothing on the way recurses; run under callgrind, that replay
// takes n log n steps (differentiate() is the part that is counted). Exits with 1 where a number is not what it has to
// be.
//   neg     y = -y                        add     y = y + w, w a leaf
//   comb    y = y + exp(w)                fan     one concat of N tensors -w
//   ladder  y = (y + y)/2, 2^N paths      diamond y = (-y - y)/-2 over two nodes, 2^N paths
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/node.h"
#include "logitape/autograd/record.h"
#include "logitape/core/memory.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace {

namespace lt = logitape;
using lt::Tensor;

int failures = 0;
void expect(bool ok, const char* what, double found, double wanted) {
  if (ok) return;
  std::fprintf(stderr, "FAILED: %s: %.17g where %.17g is wanted\n", what, found, wanted);
  ++failures;
}

struct Graph {
  Tensor y;
  double into_x = 0, into_w = 0;  // the derivatives, exact in f64 for N below 2^53
};

Graph build(std::string_view shape, std::int64_t n, const Tensor& x, const Tensor& w) {
  const double count = static_cast<double>(n);
  if (shape == "fan") {
    std::vector<Tensor> parts(static_cast<std::size_t>(n));
    for (Tensor& part : parts) part = -w;
    return {lt::sum(lt::concat(parts)) + lt::sum(x), 1, -count};
  }
  Tensor y = x;
  for (std::int64_t i = 0; i < n; ++i) {
    if (shape == "neg") y = -y;
    else if (shape == "add") y = y + w;
    else if (shape == "comb") y = y + lt::exp(w);
    else if (shape == "ladder") y = (y + y) * 0.5;
    else if (shape == "diamond") y = (-y + -y) * -0.5;
    else std::exit(2);
  }
  if (shape == "neg") return {y, n % 2 == 0 ? 1.0 : -1.0, 0};
  return {y, 1, shape == "add" || shape == "comb" ? count : 0};
}

double value(const Tensor& g) { return g.item<double>(); }

extern "C" __attribute__((noinline)) double differentiate(const Tensor* y, const Tensor* x, const Tensor* w) {
  const auto g = lt::grad(*y, {*x, *w}, {.unreached = lt::Unreached::zero});
  return value(g[0]) + 2 * value(g[1]);
}

extern "C" __attribute__((noinline)) double differentiate_into_slots(const Tensor* y, const Tensor* x,
                                                                     const Tensor* w) {
  y->backward();
  return value(*x->grad()) + 2 * (w->grad() ? value(*w->grad()) : 0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view shape = argc > 1 ? argv[1] : "neg";
  const std::int64_t n = argc > 2 ? std::atoll(argv[2]) : 1000;
  const std::string_view part = argc > 3 ? argv[3] : "all";
  {
    // values of 0: exp(w) is 1 with derivative 1, so that every derivative is an integer
    const Tensor x = lt::variable(lt::zeros({1}, lt::DType::f64)), w = lt::variable(lt::zeros({1}, lt::DType::f64));
    const auto before = lt::memory::counts();
    const auto nodes_before = lt::live_nodes();
    Graph graph = build(shape, n, x, w);
    const auto built = lt::memory::counts();
    const double nodes = static_cast<double>(lt::live_nodes() - nodes_before);
    const double bytes_a_node = static_cast<double>(built.live_bytes - before.live_bytes) / nodes;
    std::printf("%s: %.0f nodes, %.1f bytes a node\n", argv[1], nodes, bytes_a_node);
    // blocks come in multiples of 64 bytes: what is asked for and what is taken are then both within 256
    if (shape == "neg" || shape == "add") expect(bytes_a_node <= 256, "bytes a node", bytes_a_node, 256);

    if (part == "grad" || part == "all") {
      lt::memory::reset_peak();
      const double found = differentiate(&graph.y, &x, &w);
      expect(found == graph.into_x + 2 * graph.into_w, "grad", found, graph.into_x + 2 * graph.into_w);
      std::printf("%s: %.1f bytes a node more while grad runs\n", argv[1],
                  static_cast<double>(lt::memory::counts().peak_bytes - built.live_bytes) / nodes);
    }
    if (part == "backward" || part == "all") {
      const double found = differentiate_into_slots(&graph.y, &x, &w);
      expect(found == graph.into_x + 2 * graph.into_w, "backward", found, graph.into_x + 2 * graph.into_w);
    }
    graph.y = {};
    expect(lt::live_nodes() == nodes_before, "nodes once the graph is dropped", static_cast<double>(lt::live_nodes()),
           static_cast<double>(nodes_before));
  }
  expect(lt::live_nodes() == 0, "nodes at the end", static_cast<double>(lt::live_nodes()), 0);
  expect(lt::memory::counts().live_bytes == 0, "bytes at the end", static_cast<double>(lt::memory::counts().live_bytes),
         0);
  return failures == 0 ? 0 : 1;
}
