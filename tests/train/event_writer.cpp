// TensorBoard's files, byte by byte against TensorFlow's, and what is left of one when the disk is full.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <cmath>
#include <limits>
#include <string>

#include "logitape.h"
#include "logitape/train/see/detail/event_records.h"
#include "tests/support/temporary_folder.h"

namespace logitape::tests {
namespace {

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char b : bytes)
    for (const int half : {b >> 4 & 15, b & 15}) text += "0123456789abcdef"[half];
  return text;
}

// Written by TensorFlow 2.21.0 with tests/tensorboard/write_with_tensorflow.py, which has the values.
constexpr const char* version_record =
    "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9";
constexpr const char* scalar_record =
    "2400000000000000422b804d0900006040fc54d94110ac022a160a140a0d6c6f73732f747261696e696e67150000203fa4efe94f";
constexpr const char* zero_record =
    "1c00000000000000c8c1951d0900008040fc54d9412a110a0f0a0861636375726163791500000000d43a5717";
constexpr const char* histogram_record =
    "9800000000000000a0e783f5090000c040fc54d94110ffffffffffffffffff012a81010a7f0a0a776569676874732fc3a92a71090000000000"
    "00f8bf11"
    "00000000000004401900000000000010402100000000000000402900000000000025403220000000000000e0bf000000000000e03f00000000"
    "0000f83f"
    "00000000000004403a20000000000000f03f000000000000f03f000000000000f03f000000000000f03fb1815b91";

}  // namespace

TEST_CASE("the checksum is that of RFC 3720's test values") {
  CHECK(train::crc32c("123456789") == 0xe3069283);  // the catalogue's check value
  CHECK(train::crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(train::crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  CHECK(train::crc32c(rising) == 0x46dd794e);
}

TEST_CASE("records are TensorFlow's, byte by byte") {
  CHECK(hexadecimal(train::framed(train::version_event(1700000000.25))) == version_record);
  CHECK(hexadecimal(train::framed(train::scalar_event(1700000001.5, 300, "loss/training", 0.625f))) == scalar_record);
  CHECK(hexadecimal(train::framed(train::scalar_event(1700000002, 0, "accuracy", 0))) == zero_record);
  const train::Histogram h{
      .min = -1.5, .max = 2.5, .sum = 2, .sum_squares = 10.5, .limits = {-0.5, 0.5, 1.5, 2.5}, .counts = {1, 1, 1, 1}};
  CHECK(hexadecimal(train::framed(train::histogram_event(1700000003, -1, "weights/é", h))) == histogram_record);
}

TEST_CASE("a writer's file has its name, its first record, and each event as soon as it is written") {
  const TemporaryFolder folder;
  double now = 1700000000.25;
  EventWriter events(folder / "runs/one", {.clock = [&] { return now; }});
  CHECK(events.path().starts_with(folder / "runs/one/events.out.tfevents.1700000000."));
  CHECK(hexadecimal(text_of(events.path())) == version_record);
  now = 1700000001.5;
  events.scalar("loss/training", 300, 0.625);
  CHECK(hexadecimal(text_of(events.path())) == std::string(version_record) + scalar_record);
  EventWriter other(folder / "runs/one", {.clock = [&] { return now; }});
  CHECK(other.path() != events.path());
  CHECK(EventWriter(folder / "runs/two").path().find("tfevents.1700") == std::string::npos);  // of the system's clock
}

TEST_CASE("a histogram counts every value once, at both ends too, and of one value it has one bucket") {
  const TemporaryFolder folder;
  EventWriter events(folder / "run", {.clock = [] { return 0.0; }});
  const std::string before = text_of(events.path());
  const auto expected = [&](const train::Histogram& h) { return train::framed(train::histogram_event(0, 5, "w", h)); };
  events.histogram("w", 5, full({7}, 0.5));
  const std::string one = text_of(events.path()).substr(before.size());
  CHECK(one == expected({.min = 0.5, .max = 0.5, .sum = 3.5, .sum_squares = 1.75, .limits = {0.5}, .counts = {7}}));
  events.histogram("w", 5, arange(0, 31, 1));
  train::Histogram even{.min = 0, .max = 30, .sum = 465, .sum_squares = 9455, .limits = {}, .counts = {}};
  for (int i = 1; i <= 30; ++i) {
    even.limits.push_back(i);
    even.counts.push_back(i == 30 ? 2 : 1);  // the last has its end
  }
  CHECK(text_of(events.path()).substr(before.size() + one.size()) == expected(even));
}

TEST_CASE("a writer names what it refuses, and writes nothing of it") {
  const TemporaryFolder folder;
  EventWriter events(folder / "run");
  const std::string before = text_of(events.path());
  CHECK_THROWS_WITH_AS(events.scalar("", 1, 0), "EventWriter: the tag is empty", Error);
  CHECK_THROWS_WITH_AS(events.scalar("a\xff", 1, 0),
                       "EventWriter: the tag \"a\uFFFD\" is not UTF-8, or has control characters", Error);
  CHECK_THROWS_WITH_AS(events.histogram("w", 1, zeros({0})), "EventWriter: \"w\" has no values", Error);
  CHECK_THROWS_WITH_AS(events.histogram("w", 1, tensor({1.f, INFINITY})),
                       "EventWriter: \"w\" has inf as element 1; a histogram is of finite values", Error);
  CHECK(text_of(events.path()) == before);
  CHECK_THROWS_WITH_AS(EventWriter(events.path()), doctest::Contains("cannot be"), Error);
}

TEST_CASE("a record that the disk has no room for leaves no part of itself, and the next one stands") {
  const TemporaryFolder folder;
  double now = 1700000000.25;
  EventWriter events(folder / "run", {.clock = [&] { return now; }});
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
  const rlimit small{.rlim_cur = text_of(events.path()).size() + 10, .rlim_max = old.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK_THROWS_WITH_AS(events.scalar("loss/training", 300, 0.625),
                       doctest::Contains("could not be written: File too large"), Error);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, before);
  CHECK(hexadecimal(text_of(events.path())) == version_record);
  now = 1700000001.5;
  events.scalar("loss/training", 300, 0.625);
  CHECK(hexadecimal(text_of(events.path())) == std::string(version_record) + scalar_record);
}

}  // namespace logitape::tests
