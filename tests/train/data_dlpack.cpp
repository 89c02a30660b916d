// Tensors handed to other libraries and taken from them: whose bytes they are, and who lets them go.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "logitape/train/files/detail/dlpack_abi.h"
#include "tests/train/data_files.h"

namespace logitape::tests {
namespace {

using dlpack::Array;
using dlpack::Managed;
using dlpack::ManagedVersioned;

Managed* own(DLManagedTensor* managed) { return reinterpret_cast<Managed*>(managed); }
ManagedVersioned* own(DLManagedTensorVersioned* managed) { return reinterpret_cast<ManagedVersioned*>(managed); }
Tensor take_over(Managed& managed) { return from_dlpack(reinterpret_cast<DLManagedTensor*>(&managed)); }

// What another library hands out; counts how often it is let go.
struct Foreign {
  std::vector<float> values = {0, 1, 2, 3, 4, 5};
  std::vector<std::int64_t> shape = {2, 3}, strides = {3, 1};
  int let_go = 0;
  Managed managed{.array = {.data = values.data(),
                            .device = {dlpack::cpu, 0},
                            .rank = 2,
                            .type = {dlpack::code_float, 32, 1},
                            .shape = shape.data(),
                            .strides = strides.data(),
                            .byte_offset = 0},
                  .context = this,
                  .deleter = [](Managed* self) { ++static_cast<Foreign*>(self->context)->let_go; }};
  Foreign() = default;
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
};

}  // namespace

TEST_CASE("a tensor handed out shares its bytes, and keeps them until it is let go") {
  const std::int64_t before = memory::counts().live_bytes;
  auto* managed = own(to_dlpack(tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}})));
  const Array& a = managed->array;
  CHECK(a.rank == 2);
  CHECK((a.shape[0] == 2 && a.shape[1] == 3 && a.strides[0] == 3 && a.strides[1] == 1));
  CHECK((a.type.code == dlpack::code_float && a.type.bits == 32 && a.type.lanes == 1));
  CHECK(static_cast<const float*>(a.data)[5] == 6.f);
  managed->deleter(managed);
  CHECK(memory::counts().live_bytes == before);
  const Tensor t = arange(4);
  auto* versioned = own(to_dlpack_versioned(t));
  CHECK(versioned->version.major == 1);
  CHECK(versioned->flags == dlpack::read_only);
  CHECK(versioned->array.data == t.data());
  versioned->deleter(versioned);
}

TEST_CASE("what is handed out comes back as it was, of every dtype and rank") {
  for (int d = 0; d < dtype_count; ++d)
    for (const Tensor& values : {tensor({{0, 1}, {1, 0}}), tensor(1), zeros({0, 3})}) {
      const Tensor t = values.to(static_cast<DType>(d));
      for (const Tensor& back : {from_dlpack(to_dlpack(t)), from_dlpack(to_dlpack_versioned(t))}) {
        CHECK(back.dtype() == t.dtype());
        CHECK(back.shape() == t.shape());
        CHECK(back.to_vector<double>() == t.to_vector<double>());
        CHECK((back.data() == t.data() || t.size() == 0));
      }
    }
}

TEST_CASE("a foreign tensor is used where it lies, is let go with the last handle, and is never written to") {
  Foreign f;
  {
    Tensor t = take_over(f.managed);
    CHECK(t.data() == f.values.data());
    CHECK_FALSE(t.sole_owner());
    CHECK(refusal_of([&] { t.writable(); }).starts_with("writable: the bytes of f32 [2,3] have other readers"));
    const Tensor sums = sum(t * 2, {.axes = {1}});
    CHECK(sums.to_vector<float>() == std::vector<float>{6, 24});
    const Tensor copy = t;
    t = Tensor();
    CHECK(f.let_go == 0);
  }
  CHECK(f.let_go == 1);
}

TEST_CASE("what is not row-major or not aligned is copied, and let go at once") {
  Foreign f;
  f.shape = {3, 2};
  f.strides = {1, 3};  // the transposed
  CHECK(take_over(f.managed).to_vector<float>() == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(f.let_go == 1);
  f.strides = {0, -1};
  f.managed.array.byte_offset = 4 * sizeof(float);
  CHECK(take_over(f.managed).to_vector<float>() == std::vector<float>{4, 3, 4, 3, 4, 3});
  f.managed.array.strides = nullptr;
  f.managed.array.byte_offset = 0;
  f.shape = {1, 2};
  alignas(4) char bytes[9] = {0, 0, 0, static_cast<char>(0x80), 0x3f, 0, 0, 0, 0x40};
  f.managed.array.data = bytes + 1;
  CHECK(take_over(f.managed).to_vector<float>() == std::vector<float>{1, 2});
  CHECK(f.let_go == 3);
  f.managed.deleter = nullptr;
  CHECK(take_over(f.managed).size() == 2);
}

TEST_CASE("a foreign tensor that cannot be one here is refused, and stays its owner's") {
  Foreign f;
  const auto why = [&](const auto& change) {
    Managed changed = f.managed;
    change(changed.array);
    return refusal_of([&] { take_over(changed); });
  };
  CHECK(why([](Array& a) { a.device.type = 2; }) == "from_dlpack: the device's type is 2; 1, the cpu, can be taken");
  CHECK(why([](Array& a) { a.type.code = 5; }) ==
        "from_dlpack: elements of type code 5, 32 bits, 1 lanes are no dtype here");
  CHECK(why([](Array& a) { a.type.lanes = 4; }) ==
        "from_dlpack: elements of type code 2, 32 bits, 4 lanes are no dtype here");
  CHECK(why([](Array& a) { a.rank = 9; }) == "from_dlpack: the rank is 9; 0 to 8 can be taken");
  CHECK(why([](Array& a) { a.rank = -1; }) == "from_dlpack: the rank is -1; 0 to 8 can be taken");
  CHECK(why([](Array& a) { a.shape = nullptr; }) == "from_dlpack: the rank is 2 and there is no shape");
  CHECK(why([](Array& a) { a.data = nullptr; }) == "from_dlpack: [2,3] has no data");
  CHECK(why([](Array& a) {
          a.type = {dlpack::code_bool, 8, 1};
          static unsigned char two[6] = {0, 1, 2, 0, 0, 0};
          a.data = two;
        }) == "from_dlpack: element 2 of a boolean is 2");
  f.shape = {-1, 3};
  CHECK(why([](Array&) {}) != "");
  CHECK(f.let_go == 0);
  CHECK(refusal_of([] { from_dlpack(static_cast<DLManagedTensor*>(nullptr)); }) == "from_dlpack: the pointer is null");
  CHECK(refusal_of([] { to_dlpack(Tensor()); }) == "to_dlpack: the tensor is empty");
  ManagedVersioned versioned{};
  versioned.version = {2, 0};
  CHECK(refusal_of([&] { from_dlpack(reinterpret_cast<DLManagedTensorVersioned*>(&versioned)); }) ==
        "from_dlpack: the version is 2.0; 1 can be taken");
}

}  // namespace logitape::tests
