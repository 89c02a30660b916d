// How a node is laid out in its one block of memory, and how a graph dies: in a loop, never by recursion.
#include "logitape/autograd/node.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <thread>
#include <utility>

#include "logitape/autograd/record.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

// Held while a handle is copied.
class Copying {
 public:
  explicit Copying(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  ~Copying() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

bool bit(std::uint32_t mask, std::size_t i) { return i < 32 && (mask >> i & 1) != 0; }

// Threads take ticks in blocks, so that they seldom meet. A thread whose input is younger than its block takes the
// next.
std::uint64_t tick_after(TensorRefs inputs) {
  constexpr std::uint64_t block = 1024;
  static constinit std::atomic<std::uint64_t> next_block{1};
  constinit thread_local std::uint64_t next = 0, end = 0;
  std::uint64_t youngest = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (const Node* node = inputs[i].node().get()) youngest = std::max(youngest, node->tick());
  if (next == end || next <= youngest) {
    next = next_block.fetch_add(block, std::memory_order_relaxed);
    end = next + block;
  }
  return next++;
}

void destroy_gradient(void* captures) noexcept { static_cast<GradientSlot*>(captures)->~GradientSlot(); }
void destroy_nothing(void*) noexcept {}
constexpr Rule leaf_rule{nullptr, destroy_gradient};
constexpr Rule cut_rule{nullptr, destroy_nothing};

}  // namespace

Tensor GradientSlot::read() {
  const Copying guard(copying);
  return gradient;
}

void GradientSlot::replace(Tensor value) noexcept {
  const Copying guard(copying);
  std::swap(gradient, value);
}

std::int64_t live_nodes() noexcept { return memory::counts().live_nodes; }

bool Tensor::requires_grad() const noexcept { return node_ && !node_->is_cut(); }

namespace {
constinit thread_local const detail::Wanted* replayed = nullptr;
}
detail::Wanted::Wanted(const Node& node, std::uint64_t inputs) noexcept
    : node_(&node), inputs_(inputs), outer_(std::exchange(replayed, this)) {}
detail::Wanted::~Wanted() { replayed = outer_; }
bool detail::Wanted::leaves_out(const Node& node, int input) noexcept {
  return replayed && replayed->node_ == &node && input < most && (replayed->inputs_ >> input & 1) == 0;
}

const Tensor& Node::input(int i) const {
  const Tensor& slot = input_slot(i);
  require(slot.defined(), op_, "its rule reads input {}, whose bytes it did not declare to keep", i);
  return slot;
}

Tensor Node::output(int i) const {
  const Tensor& slot = output_slot(i);
  require(slot.defined(), op_, "its rule reads output {}, whose bytes it did not declare to keep", i);
  return slot.with_node(Ref<Node>::share(const_cast<Node*>(this)), static_cast<std::uint32_t>(i));
}

Tensors Node::run(const Cotangents& cotangents) const {
  const MixedPrecision precision(products_);
  return rule_->run(captures(), *this, cotangents);
}

Ref<Node> Node::make(const char* op, TensorRefs inputs, TensorRefs outputs, Keep keep, const Rule* rule,
                     std::size_t capture_bytes) {
  require(!outputs.empty() || rule->run == nullptr, op, "{} outputs are recorded; at least 1 is needed",
          outputs.size());
  require(inputs.size() < (1u << 24), op, "{} inputs are given; at most {} are possible", inputs.size(),
          (1u << 24) - 1);
  const std::size_t name_at = captures_at(static_cast<int>(inputs.size() + outputs.size())) + capture_bytes;
  const std::size_t bytes = name_at + detail::Label::bytes_of(op);
  Node* node = new (memory::allocate(bytes)) Node;
  node->bytes_ = static_cast<std::uint32_t>(bytes);
  node->tick_ = tick_after(inputs);
  node->op_ = detail::Label::write(op, reinterpret_cast<char*>(node) + name_at);
  node->rule_ = rule;
  node->inputs_ = static_cast<int>(inputs.size());
  node->outputs_ = static_cast<int>(outputs.size());
  node->products_ = products();
  node->keeps_one_ = keep.one;
  node->kind_ = rule == &leaf_rule ? Kind::leaf : rule == &cut_rule ? Kind::cut : Kind::op;
  Tensor* slot = node->slots();
  for (std::size_t i = 0; i < inputs.size(); ++i)
    new (slot++) Tensor(bit(keep.inputs, i) ? inputs[i] : inputs[i].without_bytes());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    new (slot++) Tensor(bit(keep.outputs, i) ? outputs[i].without_node() : outputs[i].described());
  memory::count_nodes(1);
  return Ref<Node>::adopt(node);
}

void Node::destroy(Node* node) noexcept {
  node->rule_->destroy(node->captures());
  Tensor* slot = node->slots();
  for (int i = 0; i < node->inputs_ + node->outputs_; ++i) slot[i].~Tensor();
  const std::size_t bytes = node->bytes_;
  node->~Node();
  memory::release(node, bytes);
  memory::count_nodes(-1);
}

void retain(Node* node) noexcept { node->owners_.fetch_add(1, std::memory_order_relaxed); }

// A loop, not a recursion: destroying a node may release its inputs, which wait in a list until it is done. A chain of
// any length dies on a small stack.
void release(Node* node) noexcept {
  if (!is_last(node->owners_)) return;
  thread_local Node* dead = nullptr;
  thread_local bool draining = false;
  node->next_dead_ = dead;
  dead = node;
  if (draining) return;
  draining = true;
  while (dead) {
    Node* first = dead;
    dead = first->next_dead_;
    Node::destroy(first);
  }
  draining = false;
}

// record.h

namespace {
thread_local int no_grad_depth = 0;
thread_local std::string_view label;
thread_local Products made_of = Products::f32;
}  // namespace

detail::Label::Label(std::string_view name) noexcept : outer_(std::exchange(label, name)) {}
detail::Label::~Label() { label = outer_; }

std::size_t detail::Label::bytes_of(const char* op) noexcept {
  return label.empty() ? 0 : std::strlen(op) + label.size() + 4;
}

const char* detail::Label::write(const char* op, char* to) noexcept {
  if (label.empty()) return op;
  char* end = to;
  for (const std::string_view part : {std::string_view(op), std::string_view(" ("), label, std::string_view(")")})
    end = std::copy(part.begin(), part.end(), end);
  *end = '\0';
  return to;
}

Products products() noexcept { return made_of; }
bool mixed_precision() noexcept { return made_of == Products::bf16; }
MixedPrecision::MixedPrecision(bool on) noexcept : MixedPrecision(on ? Products::bf16 : Products::f32) {}
MixedPrecision::MixedPrecision(Products of) noexcept : outer_(std::exchange(made_of, of)) {}
MixedPrecision::~MixedPrecision() { made_of = outer_; }
bool multiplies_bf16(Device device) {
  if (device != Device::cpu()) {
    const backends::OpenDevice& on = backends::opened(device);
    return on.module->multiplies_bf16(on.context);
  }
  const auto asked = backends::kernels().multiplies_bf16;
  return asked && asked();
}

bool grad_enabled() noexcept { return no_grad_depth == 0; }
NoGrad::NoGrad() noexcept { ++no_grad_depth; }
NoGrad::~NoGrad() { --no_grad_depth; }
detail::WithGrad::WithGrad() noexcept : saved_(std::exchange(no_grad_depth, 0)) {}
detail::WithGrad::~WithGrad() { no_grad_depth = saved_; }

Tensor variable(const Tensor& x) {
  require(x.defined(), "variable", "the tensor is empty");
  require(is_floating(x.dtype()), ErrorCode::not_differentiable, "variable",
          "{} has no gradient; variables are of a floating dtype", x.dtype());
  Ref<Node> leaf = Node::make("variable", {}, {x}, keep::nothing, &leaf_rule, sizeof(GradientSlot));
  new (leaf->captures()) GradientSlot;
  return x.with_node(std::move(leaf), 0);
}

Tensor cut_gradient(const char* op, const Tensor& x) {
  require(x.defined(), op, "the tensor is empty");
  if (!x.requires_grad()) return x;
  if (!grad_enabled()) return x.without_node();
  return x.with_node(Node::make(op, {}, {}, keep::nothing, &cut_rule, 0), 0);
}

Tensor stop_gradient(const Tensor& x) { return cut_gradient("stop_gradient", x); }

bool detail::records(TensorRefs inputs) noexcept {
  if (!grad_enabled()) return false;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].requires_grad()) return true;
  return false;
}

Recorded detail::unrecorded(TensorRefs inputs, TensorRefs outputs) {
  if (outputs.empty()) return {};
  Ref<Node> cut;
  if (grad_enabled())
    for (std::size_t i = 0; i < inputs.size() && !cut; ++i) cut = inputs[i].node();
  Recorded results{outputs.taken(0).with_node(cut, 0), {}};
  results.others.reserve(outputs.size() - 1);
  for (std::size_t i = 1; i < outputs.size(); ++i) results.others.push_back(outputs.taken(i).with_node(cut, 0));
  return results;
}

Recorded detail::attached(Ref<Node> node, TensorRefs outputs) {
  const auto owned = [&](std::size_t i, Ref<Node> owner) {
    return outputs[i].defined() ? outputs.taken(i).with_node(std::move(owner), static_cast<std::uint32_t>(i))
                                : Tensor();
  };
  if (outputs.size() == 1) return {owned(0, std::move(node)), {}};
  Recorded results{owned(0, node), {}};
  results.others.reserve(outputs.size() - 1);
  for (std::size_t i = 1; i < outputs.size(); ++i) results.others.push_back(owned(i, node));
  return results;
}

Tensors Recorded::list() && {
  Tensors all;
  all.reserve(others.size() + 1);
  all.push_back(std::move(first));
  for (Tensor& t : others) all.push_back(std::move(t));
  return all;
}

}  // namespace logitape::inline v0
