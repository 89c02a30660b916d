// The progress bar, by a clock and a terminal of the test's own: what is written, how often, and how wide.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "logitape.h"

namespace logitape::tests {
namespace {

// A stream into memory.
struct Memory {
  Memory() = default;
  ~Memory() {
    std::fclose(stream);
    std::free(text);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* stream = ::open_memstream(&text, &size);
};

// What a bar writes, and a clock that the test moves.
struct Screen {
  explicit Screen(const Terminal& t, std::int64_t total = 1000)
      : bar(memory.stream, t, {.total = total, .clock = [this] { return now; }}) {}

  // since it was last asked
  std::string written() {
    std::fflush(memory.stream);
    std::string fresh(memory.text + seen, memory.size - seen);
    seen = memory.size;
    return fresh;
  }

  Memory memory;
  std::size_t seen = 0;
  double now = 100;
  Progress bar;
};

constexpr Terminal plain_screen{.interactive = true};

// Characters of a line as drawn: between the carriage return and the erasure of the rest.
int width(const std::string& drawn) {
  REQUIRE(drawn.starts_with("\r"));
  REQUIRE(drawn.ends_with("\x1b[K"));
  int columns = 0;
  for (std::size_t i = 1; i < drawn.size() - 3; ++i) columns += (drawn[i] & 0xc0) != 0x80;
  return columns;
}

}  // namespace

TEST_CASE("the bar shows how far, loss, accuracy, time left and speed") {
  Screen screen(plain_screen);
  screen.bar.label("epoch 1/4");
  screen.now += 2;
  screen.bar.advance(250, 0.12345, 0.5);
  CHECK(screen.written() == "\repoch 1/4  ####--------------  loss 0.1235  acc 50.0%  0:06 left  125 samples/s\x1b[K");
  screen.now += 7200;
  screen.bar.advance(250);
  CHECK(screen.written() == "\repoch 1/4  ####################--------------------  2:00:02 left  0 samples/s\x1b[K");
}

TEST_CASE("the bar is redrawn ten times a second at most") {
  Screen screen(plain_screen);
  int drawings = 0;
  for (int i = 0; i < 1000; ++i) {  // ten milliseconds each: ten seconds
    screen.now += 0.01;
    screen.bar.advance(1, 1);
    drawings += !screen.written().empty();
  }
  CHECK(drawings >= 80);  // the sums of 0.01 round: a drawing may come one call late
  CHECK(drawings <= 100);
  CHECK(screen.bar.done() == 1000);
}

TEST_CASE("the bar is never wider than the terminal less one, in block characters or none") {
  for (const bool unicode : {false, true})
    for (int columns = 1; columns <= 200; ++columns) {
      Screen screen({.interactive = true, .columns = columns, .unicode = unicode});
      screen.bar.label("époque 12/30");
      screen.now += 1;
      screen.bar.advance(999, 1e9, 1);
      CHECK(width(screen.written()) <= columns - 1);
    }
}

TEST_CASE("a line goes above the bar, which stands beneath it again; finishing takes it away") {
  Screen screen(plain_screen);
  screen.bar.line("first");
  CHECK(screen.written() == "first\n");
  screen.bar.label("L");
  screen.bar.advance(500);
  screen.written();
  screen.bar.line("second");
  const std::string bar = "L  ####################--------------------";
  CHECK(screen.written() == "\r\x1b[Ksecond\n\r" + bar + "\x1b[K");
  screen.bar.finish();
  CHECK(screen.written() == "\r\x1b[K");
  screen.bar.finish();
  CHECK(screen.written().empty());
}

TEST_CASE("on what is no terminal only lines are written") {
  Screen screen(Terminal{});
  screen.bar.label("epoch 1/1");
  screen.bar.advance(10, 1, 1);
  screen.bar.line("row");
  screen.bar.finish();
  CHECK(screen.written() == "row\n");
}

TEST_CASE("a total below 1 is refused, and a stream that fails is not") {
  CHECK_THROWS_WITH_AS(Screen(plain_screen, 0), "Progress: a total of 0 is asked for; at least 1 is needed", Error);
  std::FILE* const full = std::fopen("/dev/full", "w");
  REQUIRE(full);
  {
    Progress bar(full, plain_screen, {});
    bar.advance(1);
    bar.line("lost");
  }
  std::fclose(full);
}

TEST_CASE("colours and styles are only written where there is colour") {
  CHECK(Terminal{}.styled(Terminal::red, "x") == "x");
  CHECK(Terminal{.colour = true}.styled(Terminal::red, "x") == "\x1b[31mx\x1b[0m");
  std::FILE* const file = std::tmpfile();
  REQUIRE(file);
  const Terminal t = terminal_of(file);
  CHECK(!t.interactive);
  CHECK(!t.colour);
  CHECK(t.columns >= 1);
  std::fclose(file);
}

TEST_CASE("a bar appears once reading has taken a second, begins with what was read before, and goes at the end") {
  Memory memory;
  double now = 0;
  const ReadProgress told = show_reading(memory.stream, plain_screen, [&] { return now; });
  auto written = [&, seen = std::size_t{0}]() mutable {
    std::fflush(memory.stream);
    std::string fresh(memory.text + seen, memory.size - seen);
    seen = memory.size;
    return fresh;
  };
  told("x.csv", 0, 100);
  now = 0.9;
  told("x.csv", 20, 100);
  CHECK(written().empty());
  now = 2;
  told("x.csv", 50, 100);
  const std::string drawn = written();
  CHECK(drawn.find("reading x.csv") != std::string::npos);
  CHECK(drawn.find("0:02 left") != std::string::npos);  // 50 bytes took two seconds, as many are left
  told("x.csv", 100, 100);
  CHECK(written() == "\r\x1b[K");
  told("y.csv", 0, 100);  // the next file has a second of its own
  told("y.csv", 50, 100);
  told("y.csv", 100, 100);
  told("empty.csv", 0, 0);
  CHECK(written().empty());
}

}  // namespace logitape::tests
