// Tensors that lie on a device: there and back, made there, printed, saved; two devices in one op; derivatives.
#include "tests/devices/device.h"

#include <sstream>
#include <vector>

#include "logitape.h"
#include "logitape/core/detail/device_memory.h"
#include "tests/support/same_bits_of_tensors.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

constexpr DType all_dtypes[] = {DType::f16, DType::bf16, DType::f32, DType::f64, DType::i8,
                                DType::u8,  DType::i16,  DType::i32, DType::i64, DType::boolean};

Tensor back(const Tensor& x) { return x.to(Device::cpu()); }

}  // namespace

TEST_CASE("a tensor of every dtype goes to a device and comes back with the same bits") {
  if (!has_cuda()) return;
  for (const DType dtype : all_dtypes)
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{7}, Shape{3, 0, 2}, Shape{65, 33}}) {
      CAPTURE(dtype);
      const Tensor x = arange(shape.size()).to(DType::f64).to(dtype).with_shape(shape);
      const Tensor there = x.to(Device::cuda());
      CHECK(there.device() == Device::cuda());
      CHECK(there.shape() == shape);
      CHECK(same_bits(back(there), x));
      CHECK(there.to_vector<double>() == x.to_vector<double>());
    }
}

TEST_CASE("tensors are made, drawn and printed on a device as on the cpu") {
  if (!has_cuda()) return;
  const Device cuda = Device::cuda();
  CHECK(same_bits(back(zeros({2, 3}, DType::f16, cuda)), zeros({2, 3}, DType::f16)));
  CHECK(same_bits(back(ones({5}, DType::i64, cuda)), ones({5}, DType::i64)));
  CHECK(same_bits(back(full({2, 2}, 0.1, DType::bf16, cuda)), full({2, 2}, 0.1, DType::bf16)));
  CHECK(same_bits(back(eye(3, DType::f32, cuda)), eye(3)));
  for (const DType dtype : {DType::f32, DType::f64}) {
    Generator a{7}, b{7};
    CHECK(same_bits(back(uniform({1001}, a, dtype, cuda)), uniform({1001}, b, dtype)));
    const Tensor x = ones({513}, dtype), dropped = dropout(x.to(cuda), 0.3, a);
    CHECK(same_bits(back(dropped), dropout(x, 0.3, b)));
    CHECK(a.position() == b.position());
    // the normal's logarithm and cosine are the device's own
    const auto near = randn({2000}, a, dtype, cuda).to_vector(), want = randn({2000}, b, dtype).to_vector();
    const double ulp = dtype == DType::f32 ? 0x1p-23 : 0x1p-52;
    for (std::size_t i = 0; i < want.size(); ++i) CHECK(std::abs(near[i] - want[i]) <= 16 * ulp);
  }
  const Tensor x = tensor({{1.5f, -2.f}, {0.f, 1e9f}});
  CHECK(to_string(x.to(cuda)) == to_string(x));
  CHECK(tensor(3.25).to(cuda).item() == 3.25);
  CHECK(describe(x.to(cuda)) == "f32 [2,2]");
}

TEST_CASE("an op of tensors on two devices names both") {
  if (!has_cuda()) return;
  const Tensor a = tensor({1.f, 2.f}), b = a.to(Device::cuda());
  CHECK_THROWS_WITH_AS(b + a, "add: a (cuda:0) and b (cpu) are not on one device: move one", Error);
  CHECK_THROWS_WITH_AS(cross_entropy(b, tensor(std::int64_t{0})), doctest::Contains("cuda:0"), Error);
  CHECK_THROWS_WITH_AS(Dataset(b, a), "Dataset: inputs are on cuda:0, labels on cpu: move one", Error);
}

TEST_CASE("a gradient comes back to the device that its variable lies on") {
  if (!has_cuda()) return;
  const Tensor x = variable(tensor({{2.0, 1.0, 0.5}}));
  const Tensor loss = cross_entropy(x.to(Device::cuda()), tensor({std::int64_t{1}}).to(Device::cuda()));
  CHECK(loss.device() == Device::cuda());
  const Tensor g = grad(loss, x);
  CHECK(g.device() == Device::cpu());
  const auto want = grad(cross_entropy(x, tensor({std::int64_t{1}})), x).to_vector();
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(g.to_vector()[i] - want[i]) <= 4 * 0x1p-53);
  const auto f = [](const Tensor& t) {
    return sum(exp(t.to(Device::cuda())) * t.to(Device::cuda())).to(Device::cpu());
  };
  CHECK(check_gradients(f, {tensor({0.3, -1.2})}, {.order = 2}).ok());
}

TEST_CASE("gradients of functions that compute on a device are checked there") {
  if (!has_cuda()) return;
  Generator rng{3};
  const Tensor logits = randn({4, 5}, rng, DType::f64).to(Device::cuda());
  const Tensor labels = tensor({std::int64_t{0}, std::int64_t{3}, std::int64_t{4}, std::int64_t{1}}).to(Device::cuda());
  const auto loss = [&](const Tensor& x) { return cross_entropy(x, labels, {.label_smoothing = 0.1}); };
  CHECK(check_gradients(loss, {logits}, {.order = 2}).ok());
  const auto wrong = custom_op(
      "wrong", [](TensorList in) { return exp(in[0]); },
      [](TensorList, TensorList out, TensorList g) { return Tensors{g[0] * out[0] * 1.01}; });
  CHECK_FALSE(check_gradients([&](const Tensor& x) { return sum(wrong({x})); }, {logits}).ok());
}

TEST_CASE("what lies on a device is saved, and loads on the cpu") {
  if (!has_cuda()) return;
  const TemporaryFolder folder;
  const Tensor x = tensor({{1.f, 2.f}, {3.f, 4.f}});
  const std::vector<NamedTensor> named = {{"x", x.to(Device::cuda())}};
  save_safetensors(folder / "x.safetensors", named);
  CHECK(same_bits(load_safetensors(folder / "x.safetensors").tensors.front().tensor, x));
  save_npy(folder / "x.npy", x.to(Device::cuda()));
  CHECK(same_bits(load_npy(folder / "x.npy"), x));
}

TEST_CASE("the bytes of a device are given back") {
  if (!has_cuda()) return;
  const Tensor x = ones({1000}, DType::f32, Device::cuda());
  const memory::Counts before = memory::counts();
  for (int i = 0; i < 3; ++i) {
    const Tensor v = variable(x);
    CHECK(grad(sum(exp(v) * v), v).size() == 1000);
  }
  CHECK(memory::counts().live_bytes == before.live_bytes);
  CHECK(memory::counts().live_blocks == before.live_blocks);
}

TEST_CASE("a device that is not there is refused with how many there are") {
  if (!has_cuda()) return;
  const Device none = Device::cuda(cuda_devices());
  const std::string sentence = why_not(none);
  CHECK(sentence.find("CUDA device") != std::string::npos);
  CHECK_THROWS_WITH_AS(tensor({1.f}).to(none), ("to: " + to_string(none) + " cannot be used: " + sentence).c_str(),
                       Error);
  CHECK_THROWS_AS(zeros({2}, DType::f32, none), Error);
  CHECK(why_not(Device::cpu()).empty());
  CHECK(kind_of(Device::cpu()) == "cpu");
}

}  // namespace logitape::tests
