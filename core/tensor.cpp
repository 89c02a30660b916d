// Tensors on the host: making, reading and describing them. Their gradients are autograd's, their arithmetic ops'.
#include "logitape/core/tensor.h"

#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/watch.h"
#include "logitape/core/memory.h"

namespace logitape::inline v0 {
namespace {

// The header takes the first line of the block, the data starts on the next.
constexpr std::size_t header = 64;
static_assert(sizeof(Buffer) <= header);

std::int64_t byte_count(const Shape& shape, DType dtype) {
  std::int64_t bytes = 0;
  require(!__builtin_mul_overflow(shape.size(), static_cast<std::int64_t>(byte_size(dtype)), &bytes),
          ErrorCode::out_of_memory, "tensor", "{} of {} takes more than 2^63-1 bytes", shape, dtype);
  return bytes;
}

// Header and bytes are one block.
Buffer* on_cpu(std::int64_t bytes) {
  auto* block = static_cast<std::byte*>(memory::allocate(header + static_cast<std::size_t>(bytes)));
  auto* buffer = new (block) Buffer;
  buffer->bytes = bytes;
  buffer->data = block + header;
  return buffer;
}

Buffer* on_another(Device device, std::int64_t bytes) {
  DeviceMemory& memory = memory_of(device);
  auto* buffer = new (memory::allocate(header)) Buffer;
  try {
    buffer->data = memory.allocate(static_cast<std::size_t>(bytes));
  } catch (...) {
    memory::release(buffer, header);
    throw;
  }
  buffer->device = device;
  buffer->bytes = bytes;
  return buffer;
}

// The one way out: to the host's bytes, converted.
void read(const Tensor& t, DType dtype, void* values) {
  if (t.device() != Device::cpu()) return read(on_host(t), dtype, values);
  convert(t.dtype(), t.data(), dtype, values, t.size());
}

constinit thread_local TensorWatcher* watcher = nullptr;

}  // namespace

TensorWatcher* watch_tensors(TensorWatcher* next) noexcept { return std::exchange(watcher, next); }
TensorWatcher* tensor_watcher() noexcept { return watcher; }

void* LateBytes::operator new(std::size_t bytes) { return memory::allocate(bytes); }
void LateBytes::operator delete(void* block, std::size_t bytes) noexcept { memory::release(block, bytes); }

void LateBytes::make_once(void* bytes) noexcept {
  State now = unmade;
  if (state_.compare_exchange_strong(now, being_made, std::memory_order_acquire)) {
    make(bytes);
    state_.store(made, std::memory_order_release);
    state_.notify_all();
    return;
  }
  while (now != made) {
    state_.wait(now, std::memory_order_acquire);
    now = state_.load(std::memory_order_acquire);
  }
}

void retain(Buffer* b) noexcept { b->owners.fetch_add(1, std::memory_order_relaxed); }
void release(Buffer* b) noexcept {
  if (!is_last(b->owners)) return;
  if (b->let_go) b->let_go(b->owner);
  delete b->late;
  const auto bytes = static_cast<std::size_t>(b->bytes);
  if (b->device == Device::cpu()) return memory::release(b, header + bytes);
  memory_of(b->device).release(b->data, bytes);
  memory::release(b, header);
}

Tensor Tensor::uninitialised(const Shape& shape, DType dtype, Device device) {
  const std::int64_t bytes = byte_count(shape, dtype);
  Tensor t(Ref<Buffer>::adopt(device == Device::cpu() ? on_cpu(bytes) : on_another(device, bytes)), shape, {}, 0, dtype,
           device);
  if (watcher) [[unlikely]]
    watcher->given(t.data(), bytes, dtype);
  return t;
}

Tensor Tensor::uninitialised(const Shape& shape, DType dtype, LateBytes* late) {
  std::unique_ptr<LateBytes> owned(late);
  Tensor t = uninitialised(shape, dtype);
  t.buffer_->late = owned.release();
  return t;
}

Tensor Tensor::borrowed(const void* bytes, const Shape& shape, DType dtype, void (*let_go)(void* owner) noexcept,
                        void* owner) {
  const std::int64_t size = byte_count(shape, dtype);
  auto* buffer = new (memory::allocate(header)) Buffer;
  buffer->data = const_cast<void*>(bytes);
  buffer->let_go = let_go;
  buffer->owner = owner;
  Tensor t(Ref<Buffer>::adopt(buffer), shape, {}, 0, dtype, Device::cpu());
  if (watcher) [[unlikely]]
    watcher->given(bytes, size, dtype);
  return t;
}

void* Tensor::writable() {
  require(sole_owner(), "writable", "the bytes of {} have other readers: values never change", *this);
  return const_cast<void*>(buffer_->read());
}

Tensor Tensor::with_shape(const Shape& shape) const {
  require(shape.size() == size(), "with_shape", "{} has {} elements, {} has {}", shape_, size(), shape, shape.size());
  return {buffer_, shape, {}, 0, dtype_, device_};
}

Tensor Tensor::with_node(Ref<Node> node, std::uint32_t output) const& {
  return {buffer_, shape_, std::move(node), output, dtype_, device_};
}

Tensor Tensor::with_node(Ref<Node> node, std::uint32_t output) && {
  return {std::move(buffer_), shape_, std::move(node), output, dtype_, device_};
}

void Tensor::elements(DType dtype, void* values) const {
  require(defined(), "to_vector", "the tensor is empty");
  if (watcher) [[unlikely]]
    watcher->read(dtype_);
  read(*this, dtype, values);
}

void Tensor::only_element(DType dtype, void* value) const {
  require(defined(), "item", "the tensor is empty");
  require(size() == 1, "item", "the tensor has {} elements, shape {}; exactly 1 is needed", size(), shape_);
  if (watcher) [[unlikely]]
    watcher->read(dtype_);
  read(*this, dtype, value);
}

Tensor from_bytes(const void* values, std::size_t count, const Shape& shape, DType dtype) {
  require(static_cast<std::int64_t>(count) == shape.size(), "from_span", "{} values do not fill shape {}, which has {}",
          count, shape, shape.size());
  Tensor t = Tensor::uninitialised(shape, dtype);
  if (count > 0) std::memcpy(t.writable(), values, count * byte_size(dtype));
  return t;
}

std::string describe(const Tensor& t) {
  return t.defined() ? fmt::format("{} {}", t.dtype(), t.shape()) : std::string("an empty tensor");
}

void detail::ragged(std::size_t found, std::size_t expected) {
  fail(ErrorCode::invalid_argument, "tensor", "the braces are ragged: one list has {} elements where another has {}",
       found, expected);
}

}  // namespace logitape::inline v0
