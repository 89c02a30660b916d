// A tensor: an immutable, contiguous, row-major array of rank 0 to 8, and the node of the tape that made it.
// Copying a Tensor copies a handle. Values never change after the op that made them returns.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "logitape/core/buffer.h"
#include "logitape/core/device.h"
#include "logitape/core/dtype.h"
#include "logitape/core/memory.h"
#include "logitape/core/ref.h"
#include "logitape/core/shape.h"

namespace logitape::inline v0 {

// The tape's record of one op; autograd/node.h. Declared here so that a Tensor can own the node that made it.
class Node;
void retain(Node*) noexcept;
void release(Node*) noexcept;

// What stands in the brackets of x[i] and x[range(1, -1)]; ops/index.h.
struct Subscript;

// A handle: copying it copies no bytes. Values never change; what is computed from it may be recorded on the tape.
class Tensor {
 public:
  Tensor() = default;  // no shape, no bytes, refused by every op. From numbers: write tensor({1.f, 2.f})
  bool defined() const noexcept { return static_cast<bool>(buffer_); }

  const Shape& shape() const noexcept { return shape_; }
  int rank() const noexcept { return shape_.rank(); }
  std::int64_t size() const noexcept { return shape_.size(); }
  DType dtype() const noexcept { return dtype_; }
  Device device() const noexcept { return device_; }
  bool requires_grad() const noexcept;  // whether a gradient can flow into it

  // A copy of another dtype (differentiable between floating dtypes; see cast) or on another device.
  Tensor to(DType dtype) const;
  Tensor to(Device device) const;

  // NOLINTBEGIN(readability-const-return-type, misc-unconventional-assign-operator)
  // Part of it, as in NumPy: x[i], x[range(1, -1)], x[{0, all, range(none, none, 2)}], x[mask], x[indices];
  // ops/index.h says what each is. The results are const, so that x[i] = y does not compile: it would be lost.
  const Tensor operator[](const Subscript& at) const;
  const Tensor operator[](std::initializer_list<Subscript> at) const;
  const Tensor operator[](const Tensor& at) const;
  // clang-format off
  template <class T>
  void operator=(const T&) const&& = delete;  // values never change: make another tensor, by where or concat
  // clang-format on
  // NOLINTEND(readability-const-return-type, misc-unconventional-assign-operator)

  // Copies to the host and converts as cast does: into integers, values are truncated and saturate. T is double if none
  // is named: it holds every value but integers beyond 2^53. Error of item: size() is not 1.
  template <class T = double>
  T item() const {
    T value;
    only_element(dtype_of<T>(), &value);
    return value;
  }
  template <class T = double>
  std::vector<T> to_vector() const {
    static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no array of bool: ask for std::uint8_t");
    std::vector<T> values(static_cast<std::size_t>(size()));
    elements(dtype_of<T>(), values.data());
    return values;
  }

  // Adds the gradient of this scalar into the slot of every leaf it reaches (autograd/backward.h says more).
  void backward() const;
  // The gradient that backward() has left in this leaf; nothing before. Error: this tensor is no leaf of the tape.
  std::optional<Tensor> grad() const;

  // The bytes, row-major, on device(). Valid as long as a handle lives.
  const void* data() const noexcept { return buffer_ ? buffer_->read() : nullptr; }

  // For those who make tensors: uninitialised bytes, to be written through writable() before anyone else sees them.
  static Tensor uninitialised(const Shape& shape, DType dtype, Device device = Device::cpu());
  // The same on the host, but made by `late` when they are first read. It belongs to them from now on.
  static Tensor uninitialised(const Shape& shape, DType dtype, LateBytes* late);
  const LateBytes* late() const noexcept { return buffer_ ? buffer_->late : nullptr; }
  // Somebody else's bytes on the host, row-major. Nobody may change them from now on; the library never writes to them.
  // let_go(owner) is called when the last handle goes.
  static Tensor borrowed(const void* bytes, const Shape& shape, DType dtype, void (*let_go)(void* owner) noexcept,
                         void* owner);
  // Error: somebody else sees them already.
  void* writable();
  bool sole_owner() const noexcept {
    return buffer_ && !buffer_->let_go && buffer_->owners.load(std::memory_order_acquire) == 1;
  }
  Tensor with_shape(const Shape& shape) const;                    // the same bytes, no node; error: another size
  Tensor with_node(Ref<Node> node, std::uint32_t output) const&;  // as output number `output` of the node
  Tensor with_node(Ref<Node> node, std::uint32_t output) &&;
  Tensor without_node() const { return {buffer_, shape_, {}, 0, dtype_, device_}; }
  Tensor without_bytes() const { return {{}, shape_, node_, output_, dtype_, device_}; }  // all but the bytes
  Tensor described() const { return {{}, shape_, {}, 0, dtype_, device_}; }  // shape, dtype and device only
  const Ref<Node>& node() const noexcept { return node_; }
  std::uint32_t output_number() const noexcept { return output_; }

  // For those who come from NumPy or PyTorch: functions are free here, and the compiler says what to write.
  // clang-format off
  void sum(...) const = delete;                  // write sum(x)
  void mean(...) const = delete;                 // write mean(x)
  void max(...) const = delete;                  // write max(x)
  void min(...) const = delete;                  // write min(x)
  void argmax(...) const = delete;               // write argmax(x, 1)
  void any(...) const = delete;                  // write any(x)
  void all(...) const = delete;                  // write all(x)
  void abs() const = delete;                     // write abs(x)
  void exp() const = delete;                     // write exp(x)
  void log() const = delete;                     // write log(x)
  void pow(...) const = delete;                  // write pow(x, 2)
  void matmul(...) const = delete;               // write matmul(x, y)
  void reshape(...) const = delete;              // write reshape(x, {2, 3})
  void view(...) const = delete;                 // write reshape(x, {2, 3}), which copies no bytes
  void flatten(...) const = delete;              // write flatten(x)
  void squeeze(...) const = delete;              // write squeeze(x)
  void unsqueeze(...) const = delete;            // write unsqueeze(x, 0)
  void permute(...) const = delete;              // write permute(x, {1, 0})
  void transpose(...) const = delete;            // write transpose(x)
  void T() const = delete;                       // write transpose(x)
  void detach() const = delete;                  // write stop_gradient(x)
  void requires_grad_(...) const = delete;       // write variable(x)
  void clone() const = delete;                   // values never change: write y = x
  void numel() const = delete;                   // write x.size()
  void ndim() const = delete;                    // write x.rank()
  void dim() const = delete;                     // write x.rank()
  void size(std::int64_t axis) const = delete;   // write x.shape()[axis]
  void shape(std::int64_t axis) const = delete;  // write x.shape()[axis]
  void cpu() const = delete;                     // write x.to(Device::cpu())
  void astype(...) const = delete;               // write x.to(DType::i64)
  void numpy() const = delete;                   // write x.to_vector<float>()
  void tolist() const = delete;                  // write x.to_vector<float>()
  void print() const = delete;                   // write std::cout << x
  void zero_grad() const = delete;               // leave it out: grad() adds nothing up, a step makes new leaves
  void begin() const = delete;                   // write for (int i = 0; i < x.shape()[0]; ++i), and x[i] for its rows
  void end() const = delete;                     // write for (int i = 0; i < x.shape()[0]; ++i), and x[i] for its rows
  template <class N> requires std::is_arithmetic_v<N>
  explicit operator N() const = delete;          // write x.item(); for a truth all(x) or any(x) first
  // clang-format on

 private:
  void elements(DType dtype, void* values) const;
  void only_element(DType dtype, void* value) const;

  Tensor(Ref<Buffer> buffer, const Shape& shape, Ref<Node> node, std::uint32_t output, DType dtype,
         Device device) noexcept
      : buffer_(std::move(buffer)), shape_(shape), node_(std::move(node)), output_(output), dtype_(dtype),
        device_(device) {}

  Ref<Buffer> buffer_;
  Shape shape_;
  Ref<Node> node_;
  std::uint32_t output_ = 0;
  DType dtype_ = DType::f32;
  Device device_;
};

}  // namespace logitape::inline v0

// Vectors of tensors come from the pool too: a training step makes many, and asks the system for nothing.
template <>
struct std::allocator<logitape::Tensor> : logitape::memory::PoolAllocator<logitape::Tensor> {
  allocator() = default;
  template <class U>
  allocator(const std::allocator<U>&) noexcept {}
};

namespace logitape::inline v0 {

// Several tensors: the result of a function that returns more than one.
using Tensors = std::vector<Tensor>;

// Several tensors as an argument, for the time of the call: from braces, or from anything contiguous. A function of
// your own that takes one, Tensor loss(TensorList in), is called as loss({a, b}). It owns nothing: keep a Tensors.
struct TensorList : std::span<const Tensor> {
  // NOLINTNEXTLINE(modernize-use-equals-default): inherited constructors, not one written out
  using std::span<const Tensor>::span;
  TensorList(std::span<const Tensor> tensors) : std::span<const Tensor>(tensors) {}
  TensorList(std::initializer_list<Tensor> list) : std::span<const Tensor>(list.begin(), list.size()) {}
  operator Tensors() const { return {begin(), end()}; }
};

// Tensors that an op hands to the tape: seen where they are, none is copied, and temporaries among them may be taken.
// From braces, or from anything contiguous.
class TensorRefs {
 public:
  struct Ref {
    const Tensor* at;
    Tensor* temporary = nullptr;
    Ref(const Tensor& t) : at(&t) {}
    Ref(Tensor&& t) : at(&t), temporary(&t) {}
  };
  TensorRefs() = default;
  TensorRefs(std::initializer_list<Ref> list) : refs_(list.begin(), list.size()) {}
  TensorRefs(TensorList list) : tensors_(list) {}
  TensorRefs(const Tensors& list) : tensors_(list) {}

  std::size_t size() const { return refs_.size() + tensors_.size(); }  // one of them is empty
  bool empty() const { return size() == 0; }
  const Tensor& operator[](std::size_t i) const { return tensors_.empty() ? *refs_[i].at : tensors_[i]; }
  // Tensor i, moved if it is a temporary.
  Tensor taken(std::size_t i) const {
    return tensors_.empty() && refs_[i].temporary ? std::move(*refs_[i].temporary) : (*this)[i];
  }

 private:
  std::span<const Ref> refs_;
  std::span<const Tensor> tensors_;
};

// Prints as NumPy would: nested brackets, columns aligned, long arrays shortened. std::setprecision(3) leaves at most 3
// digits after the point; with std::fixed or std::scientific there are as many as the stream's precision says.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::string to_string(const Tensor& tensor);

// "f32 [2,3]", for messages.
std::string describe(const Tensor& tensor);

// Copies host values into a new tensor of the C++ type's dtype. Error: the count differs from the shape's size.
Tensor from_bytes(const void* values, std::size_t count, const Shape& shape, DType dtype);
template <std::ranges::contiguous_range R>
Tensor from_span(const R& values, const Shape& shape) {
  return from_bytes(std::ranges::data(values), std::ranges::size(values), shape,
                    dtype_of<std::ranges::range_value_t<R>>());
}

namespace detail {

template <class T>
struct Nested {
  static constexpr int depth = 0;
  using Value = T;
};
template <class T>
struct Nested<std::initializer_list<T>> {
  static constexpr int depth = Nested<T>::depth + 1;
  using Value = typename Nested<T>::Value;
};

[[noreturn]] void ragged(std::size_t found, std::size_t expected);

template <class T>
void measure(const T&, Ints&) {}
template <class T>
void measure(std::initializer_list<T> list, Ints& extents) {
  extents.push(static_cast<std::int64_t>(list.size()));
  if (list.size() > 0) measure(*list.begin(), extents);
}

template <class V>
V* write(const V& value, const std::int64_t*, V* to) {
  *to = value;
  return to + 1;
}
template <class V, class T>
V* write(std::initializer_list<T> list, const std::int64_t* extent, V* to) {
  if (list.size() != static_cast<std::size_t>(*extent)) ragged(list.size(), static_cast<std::size_t>(*extent));
  for (const T& part : list) to = write(part, extent + 1, to);
  return to;
}

template <class L>
Tensor from_nested(const L& list) {
  using Value = typename Nested<L>::Value;
  Ints extents;
  measure(list, extents);
  while (extents.count() < Nested<L>::depth) extents.push(0);  // an empty list has nothing to measure below it
  Tensor t = Tensor::uninitialised(Shape(extents), dtype_of<Value>());
  write(list, extents.begin(), static_cast<Value*>(t.writable()));
  return t;
}

}  // namespace detail

// What the compiler says to tensor(a_vector), which is deleted: a vector has values but no shape.
struct write_from_span_with_a_shape {};
// clang-format off
template <std::ranges::range R>
write_from_span_with_a_shape tensor(const R& values) = delete;  // write from_span(values, {rows, columns})
// clang-format on

// tensor(3.f), tensor({1.f, 2.f}), tensor({{1.0, 2.0}, {3.0, 4.0}}), up to four braces deep, all of one C++ type.
// Error: ragged braces.
template <class T>
requires((!std::is_class_v<T> && !std::is_pointer_v<T>) || std::is_same_v<T, f16> || std::is_same_v<T, bf16>) Tensor
    tensor(T value) {
  return from_bytes(&value, 1, {}, dtype_of<T>());
}
template <class T>
Tensor tensor(std::initializer_list<T> values) {
  return detail::from_nested(values);
}
template <class T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> values) {
  return detail::from_nested(values);
}
template <class T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> values) {
  return detail::from_nested(values);
}
template <class T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<std::initializer_list<T>>>> values) {
  return detail::from_nested(values);
}

}  // namespace logitape::inline v0
