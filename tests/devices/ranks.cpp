// Sums of what lies on a device, moved by an engine of the device's memory and added by its kernels: the bits of the
// host's sums, and what happens where the engine is missing, refuses, fails, or sends nothing.
#include "tests/devices/device.h"

#include <algorithm>

#include "logitape.h"
#include "logitape/core/detail/require.h"
#include "tests/distributed/fake_nccl.h"
#include "tests/distributed/loopback.h"
#include "tests/support/same_bits_of_tensors.h"

namespace logitape::tests {
namespace {

using distributed::Shares;
using distributed::World;
using loopback::OfDevice;

// Odd and even sizes, scalars, nothing at all; f32 beside f64.
Tensors tensors_of(int rank) {
  Generator rng(static_cast<std::uint64_t>(rank) + 3);
  return {randn({4099}, rng), randn({}, rng, DType::f64),    randn({0, 3}, rng),
          randn({3, 5}, rng), randn({513}, rng, DType::f64), randn({1}, rng)};
}

Tensors moved(const Tensors& all, Device device) {
  Tensors there;
  for (const Tensor& t : all) there.push_back(t.to(device));
  return there;
}

bool same(const Tensors& a, const Tensors& b) {
  return std::ranges::equal(a, b, [](const Tensor& x, const Tensor& y) {
    return x.device() == y.device() && same_bits(x.to(Device::cpu()), y.to(Device::cpu()));
  });
}

// Sums on the device beside those of the host; the error of each rank.
std::vector<std::string> compared(int ranks, int blocks, const loopback::Options& options) {
  return loopback::run(
      ranks,
      [&](World& world) {
        const Shares shares(64, blocks, ranks);
        const Tensors mine = tensors_of(world.rank() % shares.active());
        const Tensors expected = moved(world.sum(mine, shares), Device::cuda());
        const Tensors there = moved(mine, Device::cuda());
        for (int round = 0; round < 2; ++round)
          require(same(world.sum(there, shares), expected), "test", "rank {} has other bits", world.rank());
        require(same(there, moved(mine, Device::cuda())), "test", "what was summed has changed");
      },
      options);
}

}  // namespace

TEST_CASE("sums of a device's tensors are added there, and have the host's bits for any number of ranks") {
  if (!has_cuda()) return;
  for (const int ranks : {1, 2, 3, 4, 5, 8, 9})
    for (const int blocks : {8, 13}) {
      CAPTURE(ranks);
      CAPTURE(blocks);
      const std::int64_t before = loopback::messages_of_device();
      for (const std::string& t : compared(ranks, blocks, {.of_device = OfDevice::whole})) CHECK_EQ(t, "");
      CHECK((loopback::messages_of_device() > before) == (ranks > 1));
    }
}

TEST_CASE("sums of a device go by way of the host where a rank has no engine for it, or cannot join") {
  if (!has_cuda()) return;
  for (const OfDevice what : {OfDevice::none, OfDevice::one_lacks_it, OfDevice::one_does_not_join})
    for (const int ranks : {2, 3, 4}) {
      const std::int64_t before = loopback::messages_of_device();
      for (const std::string& t : compared(ranks, 8, {.of_device = what})) CHECK_EQ(t, "");
      CHECK_EQ(loopback::messages_of_device(), before);
    }
}

TEST_CASE("an engine of the device that fails in the middle, or a rank whose bytes do not come, ends all ranks") {
  if (!has_cuda()) return;
  for (const OfDevice what : {OfDevice::refuses, OfDevice::fails, OfDevice::is_silent})
    for (const int ranks : {2, 3, 4}) {
      CAPTURE(ranks);
      for (const std::string& t : compared(ranks, 8, {.patience = 0.2, .of_device = what})) CHECK_EQ(t, "stopped");
    }
}

TEST_CASE("NCCL's engine moves what a device's sums need, and gives all back") {
  if (!has_cuda()) return;
  for (const int ranks : {2, 3, 4, 8, 9})
    for (const int blocks : {8, 13}) {
      CAPTURE(ranks);
      for (const std::string& t : compared(ranks, blocks, {.of_device = OfDevice::nccl})) CHECK_EQ(t, "");
      CHECK_EQ(fake_nccl::alive(), 0);
    }
}

TEST_CASE("where NCCL cannot join in one rank, sums go by way of the host; where it fails, all ranks are ended") {
  if (!has_cuda()) return;
  for (const int ranks : {2, 3}) {
    fake_nccl::set_fault(fake_nccl::Fault::cannot_join);
    for (const std::string& t : compared(ranks, 8, {.patience = 1, .of_device = OfDevice::nccl})) CHECK_EQ(t, "");
    fake_nccl::set_fault(fake_nccl::Fault::fails);
    for (const std::string& t : compared(ranks, 8, {.patience = 1, .of_device = OfDevice::nccl}))
      CHECK_EQ(t, "stopped");
    fake_nccl::set_fault(fake_nccl::Fault::none);
    CHECK_EQ(fake_nccl::alive(), 0);
  }
}

TEST_CASE("a fault that a device has found is told to all ranks before anything travels") {
  if (!has_cuda()) return;
  for (const std::string& t :
       loopback::run(3,
                     [](World& world) {
                       Tensor values = zeros({4}).to(Device::cuda());
                       world.sum({values}, Shares(6, 3, 3));
                       if (world.rank() == 1)
                         values = gather(values, tensor({9, 0, 1, 2}).to(DType::i64).to(Device::cuda()));
                       world.sum({values}, Shares(6, 3, 3));
                     },
                     {.of_device = OfDevice::whole}))
    CHECK(t.find("of 3: gather: index 9") != std::string::npos);  // of a rank: here they share one device
}

TEST_CASE("a training on devices has the same bits whether sums are added there or on the host, for 1 to 4 ranks") {
  if (!has_cuda()) return;
  const auto trained = [](World& world) {
    Sequential model{Linear{6, 16}, LayerNorm{16}, Relu{}, Dropout{0.3}, Linear{16, 3}};
    Generator rng(1);
    model.initialise(rng);
    move_to(model, Device::cuda());
    Generator data(2);
    const Dataset rows{randn({50, 6}, data), (uniform({50}, data) * 3).to(DType::i64)};
    Trainer trainer{model, AdamW{{.learning_rate = 1e-2}}, {.epochs = 2, .batch_size = 16, .world = &world}};
    trainer.fit(rows);
    return moved(parameters(model), Device::cpu());
  };
  Tensors expected;
  for (const OfDevice what : {OfDevice::none, OfDevice::whole})
    for (const int ranks : {1, 2, 3, 4}) {
      CAPTURE(ranks);
      std::vector<Tensors> all(static_cast<std::size_t>(ranks));
      for (const std::string& t :
           loopback::run(ranks, [&](World& world) { all[static_cast<std::size_t>(world.rank())] = trained(world); },
                         {.of_device = what}))
        CHECK_EQ(t, "");
      if (expected.empty()) expected = all[0];
      for (const Tensors& one : all) CHECK(same(one, expected));
    }
}

}  // namespace logitape::tests
