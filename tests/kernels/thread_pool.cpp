// The thread pool: every block once, whatever else goes on: nesting, several users, exceptions, forks, changing counts.
// LOGITAPE_POOL_ROUNDS=1000 makes the random rounds as many.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/core/error.h"

using namespace logitape;

// LeakSanitizer asks this at exit. The child of a fork is not to be checked: a worker of the parent may have held the
// lock of the sanitizer's allocator at the fork, and nobody is left to let it go.
static bool in_child = false;
extern "C" int __lsan_is_turned_off() { return in_child; }  // NOLINT(bugprone-reserved-identifier): the name is its

namespace {

constexpr std::int64_t large = std::int64_t{1} << 20;  // above the size from which threads are used

// How often each block was run, by a call of `blocks` blocks that does `also` in each.
template <class F>
std::vector<int> visits(std::int64_t blocks, F also) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(blocks));
  cpu::parallel_for(blocks, large, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      ++seen[static_cast<std::size_t>(b)];
      also(b);
    }
  });
  return {seen.begin(), seen.end()};
}

std::vector<int> visits(std::int64_t blocks) {
  return visits(blocks, [](std::int64_t) {});
}

// Where it never comes true the block that waits throws: the test fails, and does not hang.
template <class P>
void wait_until(P done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited in vain");
    std::this_thread::yield();
  }
}

std::vector<int> once(std::int64_t blocks) { return std::vector<int>(static_cast<std::size_t>(blocks), 1); }

}  // namespace

TEST_CASE("every block runs exactly once, for any number of blocks and threads") {
  for (int threads : {1, 2, 3, 7, 16}) {
    ThreadCount guard(threads);
    for (std::int64_t blocks : {0, 1, 2, 3, 5, 8, 63, 64, 65, 997}) CHECK(visits(blocks) == once(blocks));
  }
}

TEST_CASE("the work is shared: two threads that wait for each other both get a block") {
  ThreadCount guard(2);
  std::atomic<int> arrived = 0;
  visits(2, [&](std::int64_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  CHECK(arrived == 2);
}

TEST_CASE("below 128k elements the caller works alone, from there on the work is shared") {
  ThreadCount guard(4);
  std::vector<std::thread::id> who(64);
  cpu::parallel_for(64, cpu::share_from - 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) who[static_cast<std::size_t>(b)] = std::this_thread::get_id();
  });
  CHECK(who == std::vector<std::thread::id>(64, std::this_thread::get_id()));
  std::atomic<int> arrived = 0;
  CHECK_NOTHROW(cpu::parallel_for(2, cpu::share_from, [&](std::int64_t, std::int64_t) {
    ++arrived;
    wait_until([&] { return arrived == 2; });
  }));
  CHECK(arrived == 2);
}

TEST_CASE("a call from inside the pool runs in the thread that makes it") {
  ThreadCount guard(3);
  std::atomic<int> elsewhere = 0;
  std::atomic<int> inner = 0;
  visits(16, [&](std::int64_t) {
    const auto me = std::this_thread::get_id();
    visits(8, [&](std::int64_t) {
      ++inner;
      if (std::this_thread::get_id() != me) ++elsewhere;
    });
  });
  CHECK(inner == 16 * 8);
  CHECK(elsewhere == 0);
}

TEST_CASE("two user threads at once both get their whole result") {
  ThreadCount guard(3);
  std::atomic<int> wrong = 0;
  auto use = [&] {
    for (int i = 0; i < 300; ++i)
      if (visits(100) != once(100)) ++wrong;
  };
  std::thread other(use);
  use();
  other.join();
  CHECK(wrong == 0);
}

TEST_CASE("while one caller holds its job, another's is shared all the same") {
  ThreadCount guard(3);
  std::atomic<bool> done = false;
  std::atomic<int> first = 0, second = 0;
  std::thread other([&] {  // two threads are here until the second job has been shared, or has failed
    visits(2, [&](std::int64_t) {
      ++first;
      while (!done && second < 2) std::this_thread::yield();
    });
  });
  CHECK_NOTHROW(wait_until([&] { return first == 2; }));
  CHECK_NOTHROW(visits(2, [&](std::int64_t) {
    ++second;
    wait_until([&] { return second == 2; });
  }));
  done = true;
  other.join();
  CHECK(first == 2);
  CHECK(second == 2);
}

TEST_CASE("a worker takes a chunk of each open job in turn") {
  ThreadCount guard(2);
  std::atomic<bool> worker_here = false, open = false, done = false;
  std::atomic<int> chunks_of_first = 0;
  std::thread other([&] {
    const auto caller = std::this_thread::get_id();
    visits(4, [&](std::int64_t) {  // so few that each is a chunk
      const bool is_worker = std::this_thread::get_id() != caller;
      if (is_worker) worker_here = true;
      if (is_worker && !done) ++chunks_of_first;
      while (!done && !(is_worker && open)) std::this_thread::yield();
    });
  });
  CHECK_NOTHROW(wait_until([&] { return worker_here.load(); }));
  std::atomic<int> arrived = 0;
  CHECK_NOTHROW(visits(2, [&](std::int64_t) {
    open = true;
    ++arrived;
    wait_until([&] { return arrived == 2; });
    done = true;
  }));
  done = true;
  other.join();
  CHECK(arrived == 2);
  CHECK(chunks_of_first == 1);  // the one that the worker was at
}

TEST_CASE("chunks are large at first and small at the end, so that nobody waits long for the last") {
  ThreadCount guard(2);
  std::vector<std::atomic<std::int64_t>> size_at(1000);
  cpu::parallel_for(1000, large, [&](std::int64_t begin, std::int64_t end) {
    size_at[static_cast<std::size_t>(begin)] = end - begin;
  });
  std::vector<std::int64_t> sizes;
  for (const auto& size : size_at)
    if (size > 0) sizes.push_back(size);
  CHECK(sizes.front() == 1000 / 4);  // half of a thread's share
  CHECK(std::is_sorted(sizes.rbegin(), sizes.rend()));
  CHECK(sizes.back() <= 32);  // a thread's share in sixteen, rounded up
}

TEST_CASE("more callers than there are places for jobs all get their whole result") {
  ThreadCount guard(2);
  constexpr int callers = 20;
  std::atomic<int> inside = 0, wrong = 0;
  std::vector<std::thread> all;
  for (int c = 0; c < callers; ++c)
    all.emplace_back([&] {
      std::atomic<bool> counted = false;
      const auto seen = visits(4, [&](std::int64_t) {
        if (!counted.exchange(true)) ++inside;
        while (inside < callers) std::this_thread::yield();  // all at once: each caller works on its own job
      });
      if (seen != once(4)) ++wrong;
    });
  for (std::thread& t : all) t.join();
  CHECK(inside == callers);
  CHECK(wrong == 0);
}

TEST_CASE("A7: an exception reaches the caller and the pool works afterwards") {
  for (int threads : {1, 2, 5}) {
    ThreadCount guard(threads);
    for (std::int64_t bad : {0, 1, 500, 999}) {
      auto fail = [&](std::int64_t b) {
        if (b == bad) throw std::runtime_error("block " + std::to_string(bad));
      };
      CHECK_THROWS_WITH_AS(visits(1000, fail), ("block " + std::to_string(bad)).c_str(), std::runtime_error);
      CHECK(visits(100) == once(100));
    }
    CHECK_THROWS_AS(visits(1000, [](std::int64_t) { throw 7; }), int);  // from every thread at once
  }
}

TEST_CASE("an exception reaches the caller whose block threw it, and no other") {
  ThreadCount guard(3);
  std::atomic<int> wrong = 0;
  auto use = [&](int who) {
    for (int i = 0; i < 200; ++i) try {
        visits(64, [&](std::int64_t b) {
          if (b == i % 80) throw who;
        });
        if (i % 80 < 64) ++wrong;
      } catch (int thrown) {
        if (thrown != who || i % 80 >= 64) ++wrong;
      }
  };
  std::thread other(use, 1), another(use, 2);
  use(3);
  other.join();
  another.join();
  CHECK(wrong == 0);
}

// Of what callers do at random: jobs of any size, within each other, that throw, while the count of threads changes.
TEST_CASE("up to eight callers nest, throw and change the count of threads at random") {
  ThreadCount guard(2);
  std::atomic<int> wrong = 0;
  const auto use = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int round = 0; round < 40; ++round) {
      const auto blocks = static_cast<std::int64_t>(random() % 40);
      const auto bad = static_cast<std::int64_t>(random() % 80), nest = static_cast<std::int64_t>(random() % 80);
      if (random() % 16 == 0) set_num_threads(static_cast<int>(1 + random() % 5));
      const bool resize_inside = random() % 16 == 0;
      try {
        const auto seen = visits(blocks, [&](std::int64_t b) {
          if (b == bad) throw seed;
          if (b == nest && visits(9) != once(9)) ++wrong;
          if (b == nest && resize_inside) set_num_threads(static_cast<int>(1 + seed % 4));
        });
        if (seen != once(blocks) || bad < blocks) ++wrong;
      } catch (unsigned thrown) {
        if (thrown != seed || bad >= blocks) ++wrong;
      }
    }
  };
  const char* text = std::getenv("LOGITAPE_POOL_ROUNDS");
  const unsigned rounds = text ? static_cast<unsigned>(std::atoi(text)) : 16;
  for (unsigned round = 0; round < rounds; ++round) {
    std::vector<std::thread> callers;
    for (unsigned c = 0; c < round % 8; ++c) callers.emplace_back(use, 8 * round + c + 1);
    use(8 * round + 8);
    for (std::thread& caller : callers) caller.join();
  }
  CHECK(wrong == 0);
}

TEST_CASE("A10: the child of a fork computes alone and exits") {
  ThreadCount guard(3);
  REQUIRE(visits(100) == once(100));  // the workers exist
  for (int round = 0; round < 5; ++round) {
    std::fflush(nullptr);  // or the child's exit prints the parent's buffer once more
    std::cout.flush();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      in_child = true;
      alarm(20);  // a child that hangs is killed, and the parent sees it
      const bool alone = num_threads() == 1 && visits(100) == once(100);
      set_num_threads(4);
      std::exit(alone && visits(100) == once(100) ? 0 : 1);  // runs the pool's destructor too
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(visits(100) == once(100));  // the parent goes on with its threads
  }
}

TEST_CASE("A10: the child of a fork made while others compute and change the count exits, as does its parent") {
  ThreadCount guard(3);
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread computes([&] {
    while (!done)
      if (visits(50) != once(50)) ++wrong;
  });
  std::thread resizes([&] {
    for (int i = 0; !done; ++i) set_num_threads(2 + i % 3);
  });
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      alarm(20);
      set_num_threads(2);
      _exit(num_threads() == 1 && visits(100) == once(100) ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  done = true;
  computes.join();
  resizes.join();
  CHECK(wrong == 0);
}

TEST_CASE("threads are made and joined a hundred times over") {
  ThreadCount guard(1);
  for (int cycle = 0; cycle < 100; ++cycle) {
    set_num_threads(2 + cycle % 4);
    CHECK(num_threads() == 2 + cycle % 4);
    CHECK(visits(20) == once(20));
    set_num_threads(1);
    CHECK(visits(20) == once(20));
  }
}

TEST_CASE("fewer than one thread is refused and changes nothing") {
  const int before = num_threads();
  CHECK_THROWS_WITH_AS(set_num_threads(0),
                       "set_num_threads: 0 threads asked for; at least 1 and at most 1024 are possible", Error);
  CHECK_THROWS_WITH_AS(set_num_threads(-3),
                       "set_num_threads: -3 threads asked for; at least 1 and at most 1024 are possible", Error);
  CHECK(num_threads() == before);
}
