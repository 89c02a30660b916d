// A node of the tape: one op that was computed, the tensors it came from, and the rule that answers for its derivative.
// Nodes own the past only: a node holds its inputs' nodes, a Tensor holds the node that made it, nothing points
// forward. One block of memory each: the node, then its input slots, its output slots, and the rule's captures: what
// the rule's lambda holds, as [relu] in ops/matmul.cpp; of a variable, its GradientSlot.
#pragma once
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "logitape/core/memory.h"
#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// The cotangents that flow into a node, one for each of its outputs; empty where nothing came back through that output.
class Cotangents {
 public:
  struct Slot {
    Tensor value;
    bool one = false;  // known to be 1 everywhere without reading memory: the seed of a scalar, and what becomes of it
  };
  explicit Cotangents(std::span<const Slot> slots) : slots_(slots) {}
  const Tensor& operator[](int output) const { return slots_[static_cast<std::size_t>(output)].value; }
  bool has(int output) const { return (*this)[output].defined(); }
  bool is_one(int output) const { return slots_[static_cast<std::size_t>(output)].one; }

 private:
  std::span<const Slot> slots_;
};

// Which bytes a rule reads; all others are dropped when the op returns.
struct Keep {
  std::uint32_t inputs = 0, outputs = 0;
  bool one = false;  // the rule of the op's one output and first input makes 1 of 1
  friend constexpr Keep operator|(Keep a, Keep b) {
    return {a.inputs | b.inputs, a.outputs | b.outputs, a.one || b.one};
  }
};
namespace keep {
inline constexpr Keep nothing{}, one{0, 0, true};
// i below 32: an op with more inputs cannot keep those beyond. wanted: whether the rule will read it this time. The
// rule of a*b reads a only where b needs its gradient: keep::input(0, b.requires_grad()).
constexpr Keep input(int i, bool wanted = true) { return {wanted && i < 32 ? 1u << i : 0u, 0}; }
constexpr Keep output(int i, bool wanted = true) { return {0, wanted && i < 32 ? 1u << i : 0u}; }
}  // namespace keep

// What products of f32 are made of: f32; what a device may round to tf32; or bf16 (MixedPrecision in record.h).
enum class Products : std::uint8_t { f32, tf32, bf16 };

// The vector-Jacobian product of an op: (node, cotangents of its outputs) -> cotangents of its inputs.
struct Rule {
  Tensors (*run)(const void* captures, const Node& node, const Cotangents& cotangents);  // null: a leaf or a cut
  void (*destroy)(void* captures) noexcept;
};

// What the tape remembers of one op: its name, its tick, slots for inputs and outputs, and the rule with its captures.
class Node {
 public:
  const char* op() const noexcept { return op_; }
  // When it was made: a number of its own that only grows in each thread; a node's inputs have lower ticks than the
  // node, whichever thread made them.
  std::uint64_t tick() const noexcept { return tick_; }
  int input_count() const noexcept { return inputs_; }
  int output_count() const noexcept { return outputs_; }

  // Input i as the op saw it, with its place on the tape. Error: the rule did not declare that it reads it.
  const Tensor& input(int i) const;
  // Output i, as made by this node. Error: the rule did not declare that it reads it.
  Tensor output(int i) const;
  // Shape, dtype and device of input i; its bytes may be gone.
  const Tensor& input_slot(int i) const noexcept { return slots()[i]; }
  const Tensor& output_slot(int i) const noexcept { return slots()[inputs_ + i]; }
  // Whether a gradient can flow into input i; while its rule runs, whether somebody waits for that gradient.
  bool needs(int i) const noexcept;                       // below
  bool keeps_one() const noexcept { return keeps_one_; }  // see Keep

  bool is_leaf() const noexcept { return kind_ == Kind::leaf; }  // a variable: its captures are a GradientSlot
  bool is_cut() const noexcept { return kind_ == Kind::cut; }    // a path cut on purpose; carries no gradient
  Tensors run(const Cotangents& cotangents) const;  // the rule, in the precision that the op was computed in
  // What a rule captures is aligned for numbers of 64 bits too, on machines whose pointers have 32.
  static constexpr std::size_t capture_alignment = alignof(double);
  void* captures() const noexcept {
    return const_cast<std::byte*>(reinterpret_cast<const std::byte*>(this)) + captures_at(inputs_ + outputs_);
  }

  // A node with its slots filled and its captures still to be written; see record().
  static Ref<Node> make(const char* op, TensorRefs inputs, TensorRefs outputs, Keep keep, const Rule* rule,
                        std::size_t capture_bytes);

  Node(const Node&) = delete;

 private:
  friend void retain(Node*) noexcept;
  friend void release(Node*) noexcept;
  Node() = default;

  static constexpr std::size_t captures_at(int slots) {
    const std::size_t end = sizeof(Node) + static_cast<std::size_t>(slots) * sizeof(Tensor);
    return (end + capture_alignment - 1) / capture_alignment * capture_alignment;  // of 64 bits: end itself
  }
  Tensor* slots() noexcept { return reinterpret_cast<Tensor*>(this + 1); }
  const Tensor* slots() const noexcept { return reinterpret_cast<const Tensor*>(this + 1); }
  static void destroy(Node* node) noexcept;

  std::atomic<std::uint32_t> owners_{1};
  std::uint32_t bytes_ = 0;  // of the block
  union {
    std::uint64_t tick_ = 0;
    Node* next_dead_;  // only while it waits to be destroyed
  };
  const char* op_ = nullptr;
  const Rule* rule_ = nullptr;
  int inputs_ = 0, outputs_ = 0;
  Products products_ = Products::f32;  // of the op, and so of its rule
  bool keeps_one_ = false;
  enum class Kind : std::uint8_t { op, leaf, cut } kind_ = Kind::op;
};

namespace detail {
// While one lives, this thread runs the rule of `node` for the sake of some of its inputs: bit i of `inputs`. Inputs
// from `most` on count as wanted.
class Wanted {
 public:
  static constexpr int most = 64;
  Wanted(const Node& node, std::uint64_t inputs) noexcept;
  ~Wanted();
  Wanted(const Wanted&) = delete;
  static bool leaves_out(const Node& node, int input) noexcept;

 private:
  const Node* node_;
  std::uint64_t inputs_;
  const Wanted* outer_;  // of the rule that asked for these gradients
};
}  // namespace detail

inline bool Node::needs(int i) const noexcept {
  const Node* from = input_slot(i).node().get();
  return from && !from->is_cut() && !detail::Wanted::leaves_out(*this, i);
}

// What backward() adds into. `busy` is held by the pass that is about to write; only that pass looks at `gradient`
// itself, all others read() a copy.
struct GradientSlot {
  Tensor gradient;
  std::atomic<bool> busy{false};
  std::atomic_flag copying;  // while the handle is copied or replaced

  Tensor read();
  void replace(Tensor value) noexcept;
};

// Whether this thread records what gradients need: false inside a NoGrad.
bool grad_enabled() noexcept;
// What this thread's products of f32 are made of; whether that is bf16. A MixedPrecision sets it.
Products products() noexcept;
bool mixed_precision() noexcept;

// Nodes alive in the process.
std::int64_t live_nodes() noexcept;

}  // namespace logitape::inline v0
