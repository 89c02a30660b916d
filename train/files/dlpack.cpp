// The struct and all that it points to are one block. The block holds a handle of the tensor until the deleter is
// called.
#include "logitape/train/files/dlpack.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/dlpack_abi.h"

namespace logitape::inline v0 {
namespace {

using namespace dlpack;

constexpr std::array<DataType, dtype_count> types = {{{code_float, 16, 1},
                                                      {code_bfloat, 16, 1},
                                                      {code_float, 32, 1},
                                                      {code_float, 64, 1},
                                                      {code_int, 8, 1},
                                                      {code_uint, 8, 1},
                                                      {code_int, 16, 1},
                                                      {code_int, 32, 1},
                                                      {code_int, 64, 1},
                                                      {code_bool, 8, 1}}};

template <class M>
struct Exported {
  M managed{};
  Tensor tensor;
  std::array<std::int64_t, max_rank> shape{}, strides{};
};

template <class M>
M* exported(const Tensor& tensor) {
  require(tensor.defined(), "to_dlpack", "the tensor is empty");
  require(tensor.device() == Device::cpu(), ErrorCode::device, "to_dlpack", "{} is on {}: move it to the cpu", tensor,
          tensor.device());
  auto block = std::make_unique<Exported<M>>();
  block->tensor = tensor.without_node();
  const Shape& shape = block->tensor.shape();
  std::int64_t stride = 1;
  for (int axis = shape.rank(); axis-- > 0; stride *= shape[axis]) {
    block->shape[static_cast<std::size_t>(axis)] = shape[axis];
    block->strides[static_cast<std::size_t>(axis)] = stride;
  }
  // the ABI has no pointer to read-only data
  block->managed.array = {.data = const_cast<void*>(tensor.data()),
                          .device = {cpu, 0},
                          .rank = shape.rank(),
                          .type = types[static_cast<std::size_t>(tensor.dtype())],
                          .shape = block->shape.data(),
                          .strides = block->strides.data(),
                          .byte_offset = 0};
  block->managed.context = block.get();
  block->managed.deleter = [](M* self) { delete static_cast<Exported<M>*>(self->context); };
  return &block.release()->managed;
}

DType dtype_of_array(const Array& a) {
  const auto* found = std::find_if(types.begin(), types.end(),
                                   [&](const DataType& t) { return t.code == a.type.code && t.bits == a.type.bits; });
  require(found != types.end() && a.type.lanes == 1, ErrorCode::unsupported, "from_dlpack",
          "elements of type code {}, {} bits, {} lanes are no dtype here", static_cast<int>(a.type.code),
          static_cast<int>(a.type.bits), a.type.lanes);
  return static_cast<DType>(found - types.begin());
}

Shape shape_of(const Array& a) {
  require(a.rank >= 0 && a.rank <= max_rank, ErrorCode::unsupported, "from_dlpack",
          "the rank is {}; 0 to {} can be taken", a.rank, max_rank);
  require(a.rank == 0 || a.shape, "from_dlpack", "the rank is {} and there is no shape", a.rank);
  return a.rank == 0 ? Shape() : Shape(std::span<const std::int64_t>(a.shape, static_cast<std::size_t>(a.rank)));
}

bool is_row_major(const Array& a, const Shape& shape) {
  if (!a.strides || shape.size() == 0) return true;
  std::int64_t stride = 1;
  for (int axis = shape.rank(); axis-- > 0; stride *= shape[axis])
    if (shape[axis] != 1 && a.strides[axis] != stride) return false;
  return true;
}

// Copies the elements one by one, following the strides.
Tensor copied(const Array& a, const char* bytes, const Shape& shape, DType dtype) {
  const std::size_t width = byte_size(dtype);
  Tensor t = Tensor::uninitialised(shape, dtype);
  auto* to = static_cast<char*>(t.writable());
  if (is_row_major(a, shape)) {
    if (shape.size() > 0) std::memcpy(to, bytes, static_cast<std::size_t>(shape.size()) * width);
    return t;
  }
  std::array<std::int64_t, max_rank> index{};
  std::int64_t place = 0;
  for (std::int64_t i = 0; i < shape.size(); ++i, to += width) {
    std::memcpy(to, bytes + place * static_cast<std::int64_t>(width), width);
    for (int axis = shape.rank(); axis-- > 0;) {
      std::int64_t& at = index[static_cast<std::size_t>(axis)];
      place += a.strides[axis];
      if (++at < shape[axis]) break;
      place -= at * a.strides[axis];
      at = 0;
    }
  }
  return t;
}

void check_booleans(const void* bytes, std::int64_t count, DType dtype) {
  if (dtype != DType::boolean) return;
  if (const std::int64_t wrong = first_no_boolean(bytes, count); wrong < count)
    fail(ErrorCode::invalid_argument, "from_dlpack", "element {} of a boolean is {}", wrong,
         static_cast<const std::uint8_t*>(bytes)[wrong]);
}

template <class M>
Tensor imported(M* managed) {
  const Array& a = managed->array;
  require(a.device.type == cpu, ErrorCode::unsupported, "from_dlpack",
          "the device's type is {}; {}, the cpu, can be taken", a.device.type, cpu);
  const DType dtype = dtype_of_array(a);
  const Shape shape = shape_of(a);
  require(a.data || shape.size() == 0, "from_dlpack", "{} has no data", shape);
  const char* bytes = static_cast<const char*>(a.data) + (a.data ? a.byte_offset : 0);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes) % byte_size(dtype) == 0;
  const auto let_go = [](void* self) noexcept {
    if (auto* m = static_cast<M*>(self); m->deleter) m->deleter(m);
  };
  if (is_row_major(a, shape) && aligned && shape.size() > 0) {
    check_booleans(bytes, shape.size(), dtype);
    return Tensor::borrowed(bytes, shape, dtype, let_go, managed);
  }
  Tensor t = copied(a, bytes, shape, dtype);
  check_booleans(t.data(), t.size(), dtype);
  let_go(managed);
  return t;
}

}  // namespace

DLManagedTensor* to_dlpack(const Tensor& tensor) {
  return reinterpret_cast<DLManagedTensor*>(exported<Managed>(tensor));
}

DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& tensor) {
  auto* managed = exported<ManagedVersioned>(tensor);
  managed->version = {1, 0};
  managed->flags = read_only;
  return reinterpret_cast<DLManagedTensorVersioned*>(managed);
}

Tensor from_dlpack(DLManagedTensor* managed) {
  require(managed != nullptr, "from_dlpack", "the pointer is null");
  return imported(reinterpret_cast<Managed*>(managed));
}

Tensor from_dlpack(DLManagedTensorVersioned* managed) {
  require(managed != nullptr, "from_dlpack", "the pointer is null");
  auto* versioned = reinterpret_cast<ManagedVersioned*>(managed);
  require(versioned->version.major == 1, ErrorCode::unsupported, "from_dlpack", "the version is {}.{}; 1 can be taken",
          versioned->version.major, versioned->version.minor);
  return imported(versioned);
}

}  // namespace logitape::inline v0
