// The structs of DLPack 1.0 as its page lays them out (https://dmlc.github.io/dlpack/latest/c_api.html): facts of an
// ABI, which every library declares in the same way. Not installed.
#pragma once
#include <cstdint>

namespace logitape::inline v0::dlpack {

struct Place {
  std::int32_t type;  // 1: the cpu
  std::int32_t id;
};
inline constexpr std::int32_t cpu = 1;

struct DataType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};
enum Code : std::uint8_t { code_int = 0, code_uint = 1, code_float = 2, code_bfloat = 4, code_bool = 6 };

struct Array {
  void* data;
  Place device;
  std::int32_t rank;
  DataType type;
  std::int64_t* shape;
  std::int64_t* strides;  // in elements; null: row-major
  std::uint64_t byte_offset;
};

struct Managed {
  Array array;
  void* context;
  void (*deleter)(Managed* self);
};

struct Version {
  std::uint32_t major, minor;
};
inline constexpr std::uint64_t read_only = 1;

struct ManagedVersioned {
  Version version;
  void* context;
  void (*deleter)(ManagedVersioned* self);
  std::uint64_t flags;
  Array array;
};

static_assert(sizeof(void*) != 8 || (sizeof(Array) == 48 && sizeof(Managed) == 64 && sizeof(ManagedVersioned) == 80));

}  // namespace logitape::inline v0::dlpack
