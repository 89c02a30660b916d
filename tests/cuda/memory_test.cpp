// The module's functions: devices, memory that the host cannot touch, copies, sentences, many threads.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <numeric>
#include <random>
#include <thread>

#include "tests/cuda/module.h"

using namespace logitape::tests;

namespace {

const lt_module& m() { return cuda_module(); }
std::string message() { return m().message(); }

// The signal that ends a child which does this; 0: none.
template <class F>
int signal_of(F f) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);
    std::signal(SIGBUS, SIG_DFL);
    f();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::pair<std::size_t, std::size_t> free_and_total() {
  std::size_t free = 0, total = 0;
  ok(m().memory(context(), &free, &total));
  return {free, total};
}

}  // namespace

TEST_CASE("the struct says whose it is, and there is one device with one context") {
  CHECK(m().abi == LT_ABI);
  CHECK(m().bytes == sizeof(lt_module));
  CHECK(std::string(m().name) == "cuda (emulated)");
  CHECK(m().kernels->bytes == sizeof(lt_kernels));
  std::int32_t count = 0;
  ok(m().device_count(&count));
  CHECK(count == 1);
  lt_context *first = nullptr, *again = nullptr;
  ok(m().open(0, &first));
  ok(m().open(0, &again));
  CHECK(first == again);
  CHECK(m().open(1, &first) == LT_UNAVAILABLE);
  CHECK(message() == "there is no CUDA device 1: this machine has 1");
  CHECK(m().open(-1, &first) == LT_UNAVAILABLE);
}

TEST_CASE("the host can neither read nor write device memory") {
  const Array a(1000);
  auto* p = static_cast<volatile char*>(a.data());
  CHECK(signal_of([] {}) == 0);
  CHECK(signal_of([&] { (void)p[0]; }) == SIGSEGV);
  CHECK(signal_of([&] { (void)p[999]; }) == SIGSEGV);
  CHECK(signal_of([&] { p[500] = 1; }) == SIGSEGV);
  const Array b(std::vector<float>(250, 1.0f));
  const lt_unary_args args{logitape::DType::f32, 250, b.data(), a.data()};
  ok(m().kernels->neg(context(), &args));  // nor after a kernel that had it
  CHECK(signal_of([&] { (void)p[0]; }) == SIGSEGV);
}

TEST_CASE("arrays begin where 256 divides, and an array of nothing has an address") {
  std::vector<void*> all;
  for (const std::size_t bytes : {0, 1, 255, 256, 257, 5000, 1 << 21}) {
    void* p = nullptr;
    ok(m().allocate(context(), bytes, &p));
    CHECK(p != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(p) % 256 == 0);
    all.push_back(p);
  }
  for (void* p : all) ok(m().release(context(), p, 0));
  ok(m().release(context(), nullptr, 0));
}

TEST_CASE("what is not there is refused with the bytes asked and free") {
  const auto [free, total] = free_and_total();
  CHECK(free <= total);
  void* p = nullptr;
  CHECK(m().allocate(context(), total + 1, &p) == LT_OUT_OF_MEMORY);
  CHECK(p == nullptr);
  CHECK(message() == "the CUDA device is out of memory: " + std::to_string(total + 1) + " bytes asked, " +
                         std::to_string(free) + " free of " + std::to_string(total));
  CHECK(m().allocate(context(), SIZE_MAX, &p) == LT_OUT_OF_MEMORY);
  ok(m().allocate(context(), 3 * (total / 4), &p));
  void* q = nullptr;
  CHECK(m().allocate(context(), total / 2, &q) == LT_OUT_OF_MEMORY);
  ok(m().release(context(), p, 3 * (total / 4)));
  ok(m().allocate(context(), total / 2, &q));
  ok(m().release(context(), q, total / 2));
  CHECK(free_and_total().first == free);
}

TEST_CASE("neighbours that are released become one, and 200,000 allocations take no time") {
  const std::size_t before = free_and_total().first;
  const auto start = std::chrono::steady_clock::now();
  std::mt19937 random(1);
  std::vector<void*> live;
  for (int i = 0; i < 200'000; ++i) {
    if (live.size() < 500 || random() % 2) {
      live.push_back(nullptr);
      ok(m().allocate(context(), random() % 3000, &live.back()));
    } else {
      std::swap(live[random() % live.size()], live.back());
      ok(m().release(context(), live.back(), 0));
      live.pop_back();
    }
  }
  for (void* p : live) ok(m().release(context(), p, 0));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  MESSAGE("seconds: " << seconds);
  CHECK(free_and_total().first == before);
}

TEST_CASE("copies go there, across and back, from any address") {
  for (const std::size_t bytes : {0u, 1u, 3u, 16u, 4095u, 4097u, 1'000'003u})
    for (const std::size_t shift : {0u, 1u, 7u}) {
      std::vector<unsigned char> x(bytes);
      std::iota(x.begin(), x.end(), static_cast<unsigned char>(bytes + shift));
      const Array a(x, shift), b(bytes, 3);
      ok(m().copy(context(), b.data(), a.data(), bytes));
      ok(m().synchronise(context()));
      CHECK(b.host<unsigned char>() == x);
      CHECK(a.guarded());
      CHECK(b.guarded());
    }
}

TEST_CASE("what a kernel cannot take is a sentence, each thread has its own, and the device goes on") {
  const Array a(64);
  const lt_unary_args args{logitape::DType::i32, 4, a.data(), a.data()};
  CHECK(m().kernels->exp(context(), &args) == LT_UNAVAILABLE);
  CHECK(message() == "exp has no kernel for i32 on this device");
  std::thread([] { CHECK(message().empty()); }).join();
  ok(m().synchronise(context()));
}

TEST_CASE("threads allocate, copy and compute at the same time") {
  std::vector<std::thread> threads;
  std::vector<int> wrong(6);
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([t, &wrong] {
      lt_context* c = context();
      for (int round = 0; round < 200; ++round) {
        const std::size_t n = static_cast<std::size_t>(1 + (t * 977 + round * 131) % 3000);
        std::vector<float> x(n, static_cast<float>(t)), y(n);
        void *a = nullptr, *b = nullptr;
        int bad = m().allocate(c, n * 4, &a) + m().allocate(c, n * 4, &b);
        bad += m().copy_to_device(c, a, x.data(), n * 4);
        const auto size = static_cast<std::int64_t>(n);
        const lt_binary_args add{logitape::DType::f32, {1, {size}, {{1}, {1}}}, a, a, b};
        bad += m().kernels->add(c, &add) + m().copy_to_host(c, y.data(), b, n * 4);
        for (const float v : y) bad += v != 2.0f * static_cast<float>(t);
        bad += m().release(c, a, n * 4) + m().release(c, b, n * 4);
        wrong[static_cast<std::size_t>(t)] += bad;
      }
    });
  for (std::thread& t : threads) t.join();
  for (const int w : wrong) CHECK(w == 0);
}
