// What the bottom layer refuses, and what goes on after a fork.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <sstream>
#include <thread>
#include <vector>

#include "logitape.h"
#include "logitape/fmt.h"
#include "tests/support/sanitized.h"

namespace logitape::tests {
namespace {

TEST_CASE("bytes that somebody else sees cannot be written, and a view of another size cannot be made") {
  Tensor a = ones({2});
  CHECK(a.writable() != nullptr);
  const Tensor b = a;
  CHECK_THROWS_WITH_AS(a.writable(), "writable: the bytes of f32 [2] have other readers: values never change", Error);
  CHECK_THROWS_WITH_AS(a.with_shape({1000}), "with_shape: [2] has 2 elements, [1000] has 1000", Error);
  CHECK_THROWS_WITH_AS(a.shape()[-1], "shape: axis -1 is outside [0, 1) of [2]", Error);
  CHECK_THROWS_WITH_AS(Device::cuda(256), "cuda: device 256 is outside [0, 127]", Error);
}

TEST_CASE("a device's name is read as it is written, and another text is refused") {
  for (const Device device : {Device::cpu(), Device::cuda(), Device::cuda(1), Device::cuda(127)})
    CHECK(device_named(to_string(device)) == device);
  CHECK(device_named("cuda") == Device::cuda(0));
  for (const std::string name : {"", "gpu", "CPU", "cpu:0", " cpu", "cuda ", "cuda:", "cuda:x", "cuda:1x", "cuda:+1",
                                 "cuda:-1", "cuda: 1", "cuda:128", "cuda:999", "cuda:99999999999", "cuda1"}) {
    INFO(name);
    CHECK_THROWS_WITH_AS(
        device_named(name),
        ("device_named: \"" + name + "\" is no device: write cpu, cuda, or cuda:0 to cuda:127").c_str(), Error);
  }
}

TEST_CASE("shapes, dtypes and tensors print, in streams and in fmt") {
  std::ostringstream out;
  out << Shape{2, 3} << " " << DType::bf16;
  CHECK(out.str() == "[2,3] bf16");
  CHECK(fmt::format("{} {} {} {}", Shape{2, 3}, DType::f32, Device::cpu(), tensor({1, 2})) == "[2,3] f32 cpu [1 2]");
}

// Not under a sanitizer: the allocator of g++ 12's does not hold its locks across a fork, and a child may wait forever.
TEST_CASE("a fork while another thread allocates leaves a child that can allocate" * doctest::skip(sanitized)) {
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) zeros({16});
  });
  int healthy = 0;
  constexpr int forks = 50;
  for (int i = 0; i < forks; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);  // a child that hangs is ended by it, and counted as sick
      for (int k = 0; k < 20; ++k) zeros({16});
      _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    healthy += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 0;
  }
  done = true;
  other.join();
  CHECK(healthy == forks);
}

TEST_CASE("a dropout that runs out of memory leaves its generator where it was") {
  Generator rng(3);
  const Tensor x = ones({64});
  dropout(x, 0.5, rng);
  bool finished = false;
  for (std::int64_t n = 1; !finished; ++n) {
    const std::uint64_t before = rng.position();
    memory::fail_request(n);
    try {
      dropout(x, 0.5, rng);
      finished = true;
    } catch (const Error&) {
      CHECK(rng.position() == before);
    }
    memory::fail_request(0);
  }
}

}  // namespace
}  // namespace logitape::tests
