// The pool: alignment, reuse by size class, counts, failing on demand, and threads.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "logitape/core/error.h"
#include "logitape/core/memory.h"
#include "../autograd/engine_test.h"

using namespace logitape;
using engine_test::caches_are_off;

TEST_SUITE("memory") {
  TEST_CASE("every block is aligned to 64 bytes, above 1 MB to 2 MB") {
    for (const std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 1000u, 1024u, 1025u, 5000u, 1u << 16, (1u << 20) - 1}) {
      void* block = memory::allocate(bytes);
      CAPTURE(bytes);
      CHECK(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
      std::memset(block, 0xab, bytes);  // a sanitizer watches the ends
      memory::release(block, bytes);
    }
    if (!caches_are_off) {
      void* block = memory::allocate(3u << 20);
      CHECK(reinterpret_cast<std::uintptr_t>(block) % (2u << 20) == 0);
      memory::release(block, 3u << 20);
    }
  }

  TEST_CASE("blocks of one class that are alive do not overlap") {
    for (const std::size_t bytes : {8u, 64u, 100u, 192u, 1024u, 1100u, 1280u, 1281u, 7000u}) {
      std::vector<unsigned char*> blocks;
      for (int i = 0; i < 200; ++i) {
        blocks.push_back(static_cast<unsigned char*>(memory::allocate(bytes)));
        std::memset(blocks.back(), i, bytes);
      }
      bool intact = true;
      for (int i = 0; i < 200; ++i)
        for (std::size_t b = 0; b < bytes; ++b) intact = intact && blocks[static_cast<std::size_t>(i)][b] == i;
      CAPTURE(bytes);
      CHECK(intact);
      for (auto* block : blocks) memory::release(block, bytes);
    }
  }

  TEST_CASE("a block that was given back serves the next request of its class" * doctest::skip(caches_are_off)) {
    for (const std::size_t bytes : {33u, 200u, 1000u, 5000u, 100000u, 3000000u}) {
      void* first = memory::allocate(bytes);
      memory::release(first, bytes);
      const auto before = memory::counts().system_requests;
      void* again = memory::allocate(bytes);
      CAPTURE(bytes);
      CHECK(again == first);
      CHECK(memory::counts().system_requests == before);
      memory::release(again, bytes);
    }
  }

  TEST_CASE("counts say what is alive, what was at most, and how often was asked") {
    const auto before = memory::counts();
    void* a = memory::allocate(1000);
    void* b = memory::allocate(24);
    memory::reset_peak();
    void* c = memory::allocate(500);
    memory::release(c, 500);
    const auto now = memory::counts();
    CHECK(now.live_bytes == before.live_bytes + 1024);
    CHECK(now.live_blocks == before.live_blocks + 2);
    CHECK(now.peak_bytes == before.live_bytes + 1524);
    CHECK(now.requests == before.requests + 3);
    memory::release(a, 1000);
    memory::release(b, 24);
    CHECK(memory::counts().live_bytes == before.live_bytes);
    CHECK(memory::counts().live_blocks == before.live_blocks);
    memory::release(nullptr, 10);
    CHECK(memory::counts().live_blocks == before.live_blocks);
  }

  TEST_CASE("trim gives cached blocks above 1 KB back" * doctest::skip(caches_are_off)) {
    for (const std::size_t bytes : {std::size_t{700} << 10, std::size_t{9} << 20}) {
      memory::release(memory::allocate(bytes), bytes);
      const auto cached = memory::counts().system_requests;
      memory::release(memory::allocate(bytes), bytes);
      CHECK(memory::counts().system_requests == cached);
      memory::trim();
      memory::release(memory::allocate(bytes), bytes);
      CHECK(memory::counts().system_requests == cached + 1);
      memory::trim();
    }
  }

  TEST_CASE("the n-th request fails, once, and only that one") {
    for (const int n : {1, 2, 5}) {
      memory::fail_request(n);
      for (int i = 1; i <= 8; ++i) {
        const auto before = memory::counts();
        if (i == n) {
          try {
            memory::allocate(100);
            FAIL("no error");
          } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::out_of_memory);
          }
          CHECK(memory::counts().live_bytes == before.live_bytes);
        } else {
          memory::release(memory::allocate(100), 100);
        }
      }
    }
    memory::fail_request(3);
    memory::fail_request(0);
    for (int i = 0; i < 5; ++i) memory::release(memory::allocate(100), 100);
    CHECK_THROWS_AS(memory::allocate(std::size_t{1} << 60), Error);
    CHECK_THROWS_AS(memory::allocate(~std::size_t{0}), Error);
  }

  TEST_CASE("threads take and give back blocks at once, also each other's") {
    const auto before = memory::counts();
    constexpr int threads = 4, rounds = 2000;
    std::atomic<unsigned char*> handed[threads] = {};
    std::atomic<int> wrong{0};
    std::vector<std::thread> running;
    running.reserve(threads);
    for (int t = 0; t < threads; ++t)
      running.emplace_back([&, t] {
        std::uint32_t state = 17u * static_cast<std::uint32_t>(t + 1);
        for (int i = 0; i < rounds; ++i) {
          state = state * 1664525 + 1013904223;
          const std::size_t bytes = 256;
          auto* block = static_cast<unsigned char*>(memory::allocate(bytes));
          std::memset(block, t, bytes);
          if (block[bytes - 1] != t || block[state % bytes] != t) ++wrong;
          // another thread gives it back
          if (auto* other = handed[state >> 30].exchange(block)) memory::release(other, bytes);
          const std::size_t mine = state % 3000;
          memory::release(memory::allocate(mine), mine);
        }
      });
    for (auto& thread : running) thread.join();
    for (auto& slot : handed)
      if (auto* block = slot.load()) memory::release(block, 256);
    CHECK(wrong == 0);
    CHECK(memory::counts().live_bytes == before.live_bytes);
    CHECK(memory::counts().live_blocks == before.live_blocks);
  }

  TEST_CASE("blocks that one thread takes and another gives back serve again" * doctest::skip(caches_are_off)) {
    const auto pass = [] {  // more than a thread keeps for itself
      std::vector<void*> blocks(2000);
      std::thread([&] {
        for (void*& block : blocks) block = memory::allocate(200);
      }).join();
      for (void* block : blocks) memory::release(block, 200);
    };
    pass();
    const auto before = memory::counts().system_requests;
    for (int i = 0; i < 20; ++i) pass();
    CHECK(memory::counts().system_requests <= before + 1);  // at most what this thread's own stock holds back
  }

  TEST_CASE("the peak is that of all threads, whichever took last") {
    const auto before = memory::counts().live_bytes;
    memory::reset_peak();
    void* here = memory::allocate(40000);
    std::thread([] { memory::release(memory::allocate(30000), 30000); }).join();
    CHECK(memory::counts().peak_bytes == before + 70000);
    memory::release(here, 40000);
    CHECK(memory::counts().peak_bytes == before + 70000);
    memory::reset_peak();
    CHECK(memory::counts().peak_bytes == before);
    void* large = memory::allocate(1 << 20);
    void* small = memory::allocate(300);
    CHECK(memory::counts().peak_bytes == before + (1 << 20) + 300);
    memory::release(large, 1 << 20);
    memory::release(small, 300);
    CHECK(memory::counts().live_bytes == before);
  }

  TEST_CASE("containers of the library take from the pool and give back") {
    const auto before = memory::counts();
    {
      std::vector<int, memory::PoolAllocator<int>> v(1000, 7);
      CHECK(memory::counts().live_bytes == before.live_bytes + 4000);
      v.push_back(8);
      CHECK(v.front() == 7);
    }
    CHECK(memory::counts().live_bytes == before.live_bytes);
    CHECK_THROWS_AS((memory::PoolAllocator<int>().allocate(~std::size_t{0} / 2)), std::bad_array_new_length);
  }
}
