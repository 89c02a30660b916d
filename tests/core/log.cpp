// The log: silent until asked, whole lines from any thread, no line formatted that nobody reads, and no sink that
// breaks the work. tests/programs/logs.sh tries the environment variable and looks at stdout and stderr.
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "logitape.h"
#include "logitape/core/detail/say.h"

using namespace logitape;
using logging::Level;

namespace {

struct Costly {
  std::atomic<int>* formatted;
};

struct Asked {  // sets level and sink for one test
  explicit Asked(Level level, logging::Sink sink) {
    logging::set_sink(std::move(sink));
    logging::set_level(level);
  }
  ~Asked() {
    logging::set_level(before);
    logging::set_sink({});
  }
  Level before = logging::level();
};

bool starts(const std::vector<std::string>& lines, const std::string& start) {
  for (const std::string& line : lines)
    if (line.starts_with(start)) return true;
  return false;
}

}  // namespace

template <>
struct fmt::formatter<Costly> : fmt::formatter<int> {
  template <class Context>
  auto format(const Costly& c, Context& context) const {
    return fmt::formatter<int>::format(++*c.formatted, context);
  }
};

TEST_CASE("a line below the level is not heard, and its values are not formatted") {
  std::vector<std::string> lines;
  std::atomic<int> formatted = 0;
  const Asked asked(Level::info, [&](Level level, std::string_view line) {
    lines.push_back(std::string(name(level)) + " " + std::string(line));
  });
  logging::say(Level::debug, "{}", Costly{&formatted});
  logging::say(Level::off, "{}", Costly{&formatted});
  CHECK(formatted == 0);
  CHECK(lines.empty());
  logging::say(Level::info, "{}", Costly{&formatted});
  logging::say(Level::error, "{}", Costly{&formatted});
  CHECK(lines == std::vector<std::string>{"info 1", "error 2"});
  logging::set_level(Level::off);
  CHECK_FALSE(logging::heard(Level::error));
  CHECK(logging::level() == Level::off);
}

TEST_CASE("at trace every kernel says its op and extents, at debug the pool what it takes and gives back") {
  std::vector<std::string> lines;
  const Asked asked(Level::trace, [&](Level, std::string_view line) { lines.emplace_back(line); });
  exp(ones({2, 3}));
  matmul(ones({4, 2, 3}), ones({4, 3, 5}));
  logsumexp(ones({2, 3}), {.axes = {0}});
  solve(broadcast_to(eye(3), {4, 3, 3}), ones({3, 2}));
  cholesky(broadcast_to(eye(3), {4, 3, 3}));
  memory::trim();
  CHECK(starts(lines, "exp on cpu: [6]"));
  CHECK(starts(lines, "matmul on cpu: [4,2,5,3]"));
  CHECK(starts(lines, "logsumexp on cpu: [1,2,3]"));
  CHECK(starts(lines, "solve on cpu: [4,3,2]"));
  CHECK(starts(lines, "cholesky on cpu: [4,3]"));
  CHECK(starts(lines, "memory: "));
}

TEST_CASE("the SIMD target is said once, when there is first somebody to hear it, and threads when they are started") {
  std::vector<std::string> lines;
  const Asked asked(Level::info, [&](Level, std::string_view line) { lines.emplace_back(line); });
  const Tensor x = ones({1 << 20});
  for (const int threads : {3, 2}) {
    const ThreadCount count(threads);
    exp(x);
  }
  CHECK(starts(lines, "thread pool: 3 threads"));
  CHECK(starts(lines, "thread pool: 2 threads"));
  int targets = 0;
  for (const std::string& line : lines) targets += line.starts_with("SIMD target ");
  CHECK(targets <= 1);  // another test may have heard it
}

TEST_CASE("a sink that throws, computes, speaks or replaces itself does not disturb what is computed") {
  int calls = 0;
  logging::Sink awkward = [&](Level, std::string_view) {
    ++calls;
    const Tensor inside = exp(ones({2}));
    logging::say(Level::error, "from inside");
    logging::set_sink([&](Level, std::string_view) { calls += 1000; });
    throw std::runtime_error("a sink's own affair");
  };
  const Asked asked(Level::trace, awkward);
  CHECK(exp(zeros({})).item<float>() == 1);
  CHECK(calls % 1000 == 1);
  CHECK(calls > 1000);
}

TEST_CASE("a sink hears whole lines, one at a time, from all threads") {
  std::vector<std::string> lines;  // pushed to without a lock of its own
  const Asked asked(Level::warn, [&](Level, std::string_view line) { lines.emplace_back(line); });
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 500; ++i) logging::say(Level::warn, "thread {} line {}", t, i);
    });
  for (std::thread& t : threads) t.join();
  CHECK(lines.size() == 2000);
  int whole = 0;
  for (const std::string& line : lines) whole += line.starts_with("thread ") && line.find(" line ") == 8;
  CHECK(whole == 2000);
}
