// Reverse replay. The nodes that y reaches are taken from a heap by falling tick: whoever reads a node has a higher
// tick than the node itself, so every node is complete when it is met, and met once. n log n, no marks in the nodes.
//   grad       collect (in Replay): the nodes that y reaches, y's own first, a slot for each of their outputs
//              wanted_nodes: those of them that lie on a path to an x
//              seed_top, run_rules: y's slot gets the seed; each wanted node turns its slots into cotangents of its
//              inputs; the slots of the xs are the answer, each once its last reader has run
//   watch      the same with every node wanted, and somebody told at each
//   backward   the same with every node wanted, then Deposit adds the leaves' slots into their gradients
#include "logitape/autograd/backward.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

#include "logitape/autograd/inspect.h"
#include "logitape/autograd/record.h"
#include "logitape/autograd/watch.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

template <class T>
using Pooled = std::vector<T, memory::PoolAllocator<T>>;

Tensor converted(const Tensor& x, DType dtype) {
  Tensor y = Tensor::uninitialised(x.shape(), dtype, x.device());
  backends::run("accumulate", x.device(), &backends::Kernels::cast,
                backends::CastArgs{x.dtype(), dtype, x.size(), x.data(), y.writable()});
  return y;
}

// x in a dtype, on the tape.
Tensor as(DType dtype, const Tensor& x) {
  if (x.dtype() == dtype) return x;
  return record("accumulate", {x}, {converted(x, dtype)}, keep::nothing,
                [](const Node& n, const Cotangents& g) { return Tensors{as(n.input_slot(0).dtype(), g[0])}; });
}

// a + b of one shape, f32 or f64.
Tensor added(const Tensor& a, const Tensor& b) {
  const backends::Loop<2> flat{.rank = 1, .size = {a.size()}, .step = {{1}, {1}}};
  Tensor y = Tensor::uninitialised(a.shape(), a.dtype(), a.device());
  backends::run("accumulate", a.device(), &backends::Kernels::add,
                backends::BinaryArgs{a.dtype(), flat, a.data(), b.data(), y.writable()});
  return y;
}

// The engine's one operation: what comes back through two readers of a tensor is added. Halves are added in f32 and
// rounded once, when all readers have answered.
Tensor sum_of(const Tensor& a, const Tensor& b) {
  if (!is_arithmetic(a.dtype()) || !is_arithmetic(b.dtype())) return sum_of(as(DType::f32, a), as(DType::f32, b));
  return record("accumulate", {a, b}, {added(a, b)}, keep::nothing, [](const Node&, const Cotangents& g) {
    return Tensors{g[0], g[0]};
  });
}

Tensor filled(const Tensor& like, double value) {
  Tensor y = Tensor::uninitialised(like.shape(), like.dtype(), like.device());
  backends::run("grad", y.device(), &backends::Kernels::fill,
                backends::FillArgs{y.dtype(), y.size(), value, y.writable()});
  return y;
}

void add_to(Cotangents::Slot& slot, Tensor g, bool one = false) {
  slot.one = one && !slot.value.defined();
  slot.value = slot.value.defined() ? sum_of(slot.value, g) : std::move(g);
}

// The nodes that y reaches, by falling tick, and the cotangent slots of their outputs.
class Replay {
 public:
  explicit Replay(Node* top) { collect(top); }

  const Pooled<Node*>& nodes() const { return nodes_; }
  // -1 where y does not reach it.
  std::int64_t find(const Node* node) const {
    const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), node, later);
    return at != nodes_.end() && *at == node ? at - nodes_.begin() : -1;
  }
  // Where the nodes of a node's inputs stand; -1 for an input that needs no gradient.
  std::span<const std::int64_t> sources(std::size_t node) const {
    return {sources_.data() + first_source_[node], static_cast<std::size_t>(nodes_[node]->input_count())};
  }
  Cotangents::Slot& slot(std::int64_t node, std::uint32_t output) {
    return slots_[first_slot_[static_cast<std::size_t>(node)] + output];
  }
  std::span<Cotangents::Slot> slots(std::int64_t node) {
    return {&slot(node, 0), static_cast<std::size_t>(nodes_[static_cast<std::size_t>(node)]->output_count())};
  }

 private:
  static bool later(const Node* a, const Node* b) { return a->tick() > b->tick(); }
  static bool earlier(const Node* a, const Node* b) { return a->tick() < b->tick(); }

  void collect(Node* top) {
    constexpr std::size_t some = 32;  // a small model's step, without growing
    Pooled<Node*> heap;
    heap.reserve(some), nodes_.reserve(some), first_slot_.reserve(some);
    first_source_.reserve(some), sources_.reserve(2 * some);
    heap.push_back(top);
    std::size_t slots = 0;
    while (!heap.empty()) {
      Node* node = heap.front();
      while (!heap.empty() && heap.front() == node) {  // once for every reader
        std::pop_heap(heap.begin(), heap.end(), earlier);
        heap.pop_back();
      }
      nodes_.push_back(node);
      first_slot_.push_back(slots);
      slots += static_cast<std::size_t>(node->output_count());
      first_source_.push_back(sources_.size());
      for (int i = 0; i < node->input_count(); ++i) {
        const bool needs = node->needs(i);
        sources_.push_back(needs ? 0 : -1);  // 0, where nobody's input stands: not known yet
        if (!needs) continue;
        heap.push_back(node->input_slot(i).node().get());
        std::push_heap(heap.begin(), heap.end(), earlier);
      }
    }
    slots_.resize(slots);
    for (std::size_t n = 0; n < nodes_.size(); ++n)
      for (int i = 0; i < nodes_[n]->input_count(); ++i) {
        std::int64_t& source = sources_[first_source_[n] + static_cast<std::size_t>(i)];
        const Node* from = nodes_[n]->input_slot(i).node().get();
        if (source == 0) source = nodes_[n + 1] == from ? static_cast<std::int64_t>(n + 1) : find(from);
      }
  }

  Pooled<Node*> nodes_;
  Pooled<std::size_t> first_slot_, first_source_;
  Pooled<std::int64_t> sources_;
  Pooled<Cotangents::Slot> slots_;
};

void check_seed(const char* op, const Tensor& y, const Tensor& seed) {
  require(y.defined(), op, "the tensor to differentiate is empty");
  require(y.requires_grad() || !y.node(), ErrorCode::not_differentiable, op,
          "{} does not depend on any variable: {} cuts its path", y, y.node() ? y.node()->op() : "");
  require(y.requires_grad(), ErrorCode::not_differentiable, op,
          "{} does not depend on any variable: make one of what it is computed from, x = variable(x); or was it "
          "computed under a NoGrad, or is "
          "it a gradient taken without create_graph?",
          y);
  if (!seed.defined()) {
    require(y.size() == 1, op, "{} has {} elements: give a seed of its shape, or reduce it to a scalar", y, y.size());
    return;
  }
  require(seed.shape() == y.shape() && seed.dtype() == y.dtype() && seed.device() == y.device(), op,
          "the seed is {}, the tensor to differentiate {}", seed, y);
}

void check_vjp(const Node& node, std::span<const std::int64_t> sources, const Tensors& results) {
  require(static_cast<int>(results.size()) == node.input_count(), node.op(),
          "its vjp returned {} cotangents for {} inputs", results.size(), node.input_count());
  for (int i = 0; i < node.input_count(); ++i) {
    const Tensor& g = results[static_cast<std::size_t>(i)];
    const Tensor& x = node.input_slot(i);
    if (!g.defined() || sources[static_cast<std::size_t>(i)] < 0) continue;
    require(g.shape() == x.shape() && g.dtype() == x.dtype() && g.device() == x.device(), node.op(),
            "its vjp returned {} for input {}, which is {} {}", g, i, x.dtype(), x.shape());
  }
}

// Which nodes lie between y and a target. The list falls by tick, so a walk from its end meets inputs before readers.
Pooled<char> wanted_nodes(const Replay& replay, TensorList targets) {
  const auto& nodes = replay.nodes();
  Pooled<char> wanted(nodes.size(), 0);
  for (const Tensor& x : targets)
    if (const auto at = replay.find(x.node().get()); at >= 0) wanted[static_cast<std::size_t>(at)] = 1;
  for (std::size_t n = nodes.size(); n-- > 0;)
    for (const std::int64_t source : replay.sources(n))
      if (source >= 0 && !wanted[n]) wanted[n] = wanted[static_cast<std::size_t>(source)];
  return wanted;
}

Tensors run_rule(const Node& node, const Cotangents& cotangents, std::uint64_t inputs) {
  const detail::Wanted wanted(node, inputs);
  return node.run(cotangents);
}

// The targets that y reaches, by the last wanted node that reads each: after it, the target's cotangent is final.
class Finals {
 public:
  Finals(const Replay& replay, const Pooled<char>& wanted, TensorList targets) {
    Pooled<std::size_t> last(wanted.size(), 0);
    for (std::size_t n = 0; n < wanted.size(); ++n)
      for (const std::int64_t source : replay.sources(n))
        if (wanted[n] && source >= 0) last[static_cast<std::size_t>(source)] = n;
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (const auto at = replay.find(targets[i].node().get()); at >= 0)
        order_.push_back({last[static_cast<std::size_t>(at)], i});
    std::sort(order_.begin(), order_.end());
  }
  // Calls tell(target) for those that are final before node n's rule runs.
  template <class F>
  void before(std::size_t n, const F& tell) {
    while (next_ < order_.size() && order_[next_].first < n) tell(order_[next_++].second);
  }

 private:
  Pooled<std::pair<std::size_t, std::size_t>> order_;
  std::size_t next_ = 0;
};

// Nobody watches: grad and backward compile as if there were no watchers.
struct Unwatched {};

// Runs the rules of the wanted nodes from y down. Leaves and targets keep their cotangents, all other nodes drop them;
// the rule of a node none of whose inputs is wanted, a target's, does not run.
// watcher(node, cotangents) is called before each rule, and at leaves; tell(target) as `finals` says, if it is given.
template <class W = Unwatched, class F = Unwatched>
void run_rules(Replay& replay, const Pooled<char>& wanted, TensorList targets, const W& watcher = {},
               Finals* finals = nullptr, const F& tell = {}) {
  constexpr bool watched = !std::is_same_v<W, Unwatched>;
  const auto& nodes = replay.nodes();
  Pooled<char> kept(nodes.size(), 0);
  for (const Tensor& x : targets)
    if (const auto at = replay.find(x.node().get()); at >= 0) kept[static_cast<std::size_t>(at)] = 1;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if constexpr (!std::is_same_v<F, Unwatched>)
      if (finals) finals->before(n, tell);
    const Node& node = *nodes[n];
    const auto slots = replay.slots(static_cast<std::int64_t>(n));
    if (!wanted[n] || (node.is_leaf() && !watched) ||
        std::ranges::none_of(slots, [](const auto& s) { return s.value.defined(); }))
      continue;
    const auto sources = replay.sources(n);
    const auto waits = [&](std::size_t i) { return sources[i] >= 0 && wanted[static_cast<std::size_t>(sources[i])]; };
    std::uint64_t mask = 0;
    bool any = false;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      if (!waits(i)) continue;
      any = true;
      if (i < detail::Wanted::most) mask |= std::uint64_t{1} << i;
    }
    if (!any && !watched) continue;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const DType own = node.output_slot(static_cast<int>(i)).dtype();
      if (slots[i].value.defined() && slots[i].value.dtype() != own) slots[i].value = as(own, slots[i].value);
    }
    if constexpr (watched) {
      // a cotangent that was passed on as it came may carry its own past
      for (auto& s : slots) s.value = s.value.without_node();
      watcher(node, Cotangents(slots));
      if (node.is_leaf()) {
        slots[0] = {};
        continue;
      }
    }
    const bool one = node.keeps_one() && slots[0].one;
    Tensors results = run_rule(node, Cotangents(slots), mask);
    check_vjp(node, sources, results);
    if (!kept[n])
      for (auto& s : slots) s = {};
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (results[i].defined() && waits(i))
        add_to(replay.slot(sources[i], node.input_slot(static_cast<int>(i)).output_number()), std::move(results[i]),
               one && i == 0);
  }
}

// What a person wants to know when y does not reach x.
[[noreturn]] void unreached(const Tensor& y, const Tensor& x, std::size_t number) {
  const std::string cut = cuts(y, x);
  fail(ErrorCode::not_differentiable, "grad",
       "{} was not computed from input {} ({}, made by {}){}; Unreached::zero asks for zeros", y, number, x,
       x.node()->op(),
       cut.empty() ? "; after an optimiser step a model holds new leaves"
                   : fmt::format(": {} cuts a path on the way", cut));
}

void seed_top(Replay& replay, const Tensor& y, const Tensor& seed) {
  // slot 0 is y's node: it has the highest tick of all that y reaches
  replay.slot(0, y.output_number()) = {seed.defined() ? seed : filled(y, 1), !seed.defined()};
}

}  // namespace

Tensors grad(const Tensor& y, TensorList xs, const GradOptions& options) {
  const bool constant = y.defined() && !y.requires_grad() && options.unreached == Unreached::zero;
  if (!constant) check_seed("grad", y, options.seed);
  for (std::size_t i = 0; i < xs.size(); ++i)
    require(xs[i].requires_grad(), ErrorCode::not_differentiable, "grad",
            "input {} ({}) is not on the tape: make it with variable()", i, xs[i]);
  if (constant) {
    Tensors zeros;
    for (const Tensor& x : xs) zeros.push_back(filled(x, 0));
    for (std::size_t i = 0; options.ready && i < zeros.size(); ++i) options.ready(i, zeros[i]);
    return zeros;
  }
  Replay replay(y.node().get());
  const Pooled<char> wanted = wanted_nodes(replay, xs);
  Tensors gradients(xs.size());
  const auto finish = [&](std::size_t i) {
    const auto at = replay.find(xs[i].node().get());
    Tensor found = at < 0 ? Tensor() : replay.slot(at, xs[i].output_number()).value;
    if (!found.defined()) return;
    found = as(xs[i].dtype(), found);
    // a seed or a cotangent that was passed on as it came may carry its own past
    gradients[i] = options.create_graph ? found : found.without_node();
    if (options.ready) options.ready(i, gradients[i]);
  };
  const auto compute = [&] {
    seed_top(replay, y, options.seed);
    std::optional<Finals> finals;
    if (options.ready) finals.emplace(replay, wanted, xs);
    if (wanted[0]) run_rules(replay, wanted, xs, Unwatched(), finals ? &*finals : nullptr, finish);
    for (std::size_t i = 0; i < xs.size(); ++i) {
      if (!gradients[i].defined()) finish(i);
      if (gradients[i].defined()) continue;
      if (options.unreached == Unreached::error) unreached(y, xs[i], i);
      gradients[i] = filled(xs[i], 0);
      if (options.ready) options.ready(i, gradients[i]);
    }
    return std::move(gradients);
  };
  if (options.create_graph) {
    const detail::WithGrad recording;
    return compute();
  }
  const NoGrad guard;
  return compute();
}

void watch(const Tensor& y, const Watcher& watcher, const WatchOptions& options) {
  check_seed("watch", y, options.seed);
  require(static_cast<bool>(watcher), "watch", "the watcher is an empty function: there is nothing to call");
  const bool recording = grad_enabled();
  const NoGrad guard;
  Replay replay(y.node().get());
  seed_top(replay, y, options.seed);
  run_rules(replay, Pooled<char>(replay.nodes().size(), 1), {}, [&](const Node& node, const Cotangents& cotangents) {
    if (!recording) return watcher(node, cotangents);
    const detail::WithGrad as_the_caller;  // what the watcher itself computes is recorded as it would be outside
    watcher(node, cotangents);
  });
}

namespace {

// Holds the slots of leaves for one pass; gives them back however the pass ends.
class Deposit {
 public:
  explicit Deposit(std::size_t leaves) { entries_.reserve(leaves); }
  ~Deposit() {
    for (auto& e : entries_) e.slot->busy.store(false, std::memory_order_release);
  }
  void add(const Node& leaf, const Tensor& gradient) {
    auto* slot = static_cast<GradientSlot*>(leaf.captures());
    require(!slot->busy.exchange(true, std::memory_order_acquire), "backward",
            "two passes add into one leaf ({} {}) at once; use grad, which touches no leaf",
            leaf.output_slot(0).dtype(), leaf.output_slot(0).shape());
    entries_.push_back({slot, gradient});
  }
  void commit() {
    for (auto& e : entries_)
      if (e.slot->gradient.defined()) e.value = as(e.value.dtype(), sum_of(e.slot->gradient, e.value));
    for (auto& e : entries_) e.slot->replace(std::move(e.value));  // nothing can fail from here
  }

 private:
  struct Entry {
    GradientSlot* slot;
    Tensor value;
  };
  Pooled<Entry> entries_;
};

}  // namespace

void Tensor::backward() const {
  require(size() == 1 || !requires_grad(), "backward",
          "{} has {} elements: reduce it to a scalar, or use grad with a seed", *this, size());
  check_seed("backward", *this, {});
  const NoGrad guard;
  Replay replay(node_.get());
  const auto& nodes = replay.nodes();
  seed_top(replay, *this, {});
  run_rules(replay, Pooled<char>(nodes.size(), 1), {});
  Deposit deposit(static_cast<std::size_t>(std::ranges::count_if(nodes, &Node::is_leaf)));
  for (std::size_t n = 0; n < nodes.size(); ++n)
    if (nodes[n]->is_leaf())
      if (const Tensor& g = replay.slot(static_cast<std::int64_t>(n), 0).value; g.defined())
        deposit.add(*nodes[n], as(nodes[n]->output_slot(0).dtype(), g).without_node());
  deposit.commit();
}

std::optional<Tensor> Tensor::grad() const {
  require(defined(), "grad", "the tensor is empty");
  require(node_ && node_->is_leaf(), ErrorCode::not_differentiable, "grad",
          "{} is not a leaf: only tensors made by variable() hold a gradient; use logitape::grad(y, {{x}})", *this);
  const Tensor found = static_cast<GradientSlot*>(node_->captures())->read();
  return found.defined() ? std::optional(found) : std::nullopt;
}

}  // namespace logitape::inline v0
