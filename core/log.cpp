// One lock, one sink, one line at a time. The state is never destroyed: tensors of static lifetime may speak last.
#include "logitape/core/log.h"

#include <cstdlib>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/ranges.h>  // fmt::join, since fmt 11
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "logitape/core/detail/say.h"

#include <pthread.h>

namespace logitape::inline v0::logging {

constinit std::atomic<int> detail::least{detail::unread};

namespace {

constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "off"};
static_assert(static_cast<int>(Level::error) == spdlog::level::err, "the levels below off are spdlog's");

constinit std::mutex busy;
constinit thread_local bool speaking = false;

// The lock, unless this thread has it: a sink may call set_sink, and may fork.
void lock() {
  if (!speaking) busy.lock();
}
void unlock() {
  if (!speaking) busy.unlock();
}
[[maybe_unused]] const int fork_handlers = pthread_atfork(lock, unlock, unlock);

// Null: stderr.
std::shared_ptr<const Sink>& current_sink() {
  static auto& sink = *new std::shared_ptr<const Sink>;
  return sink;
}

void to_stderr(Level level, std::string_view line) {
  static spdlog::logger& logger = *[] {
    auto made = std::make_unique<spdlog::logger>("logitape", std::make_shared<spdlog::sinks::stderr_sink_st>());
    made->set_pattern("[%T.%e] [%n] [%l] %v");
    made->set_level(spdlog::level::trace);  // the choice has been made
    return made.release();
  }();
  logger.log(static_cast<spdlog::level::level_enum>(level), spdlog::string_view_t(line.data(), line.size()));
}

// The thread that replaces `unread` has read the level for all.
void read_environment() noexcept {
  if (detail::least.load() != detail::unread) return;
  const char* text = std::getenv("LOGITAPE_LOG");
  const std::string_view wanted = text && *text ? text : "off";
  auto found = std::begin(names);
  while (found != std::end(names) && *found != wanted) ++found;
  const bool known = found != std::end(names);
  int nobody = detail::unread;
  const int value = known ? static_cast<int>(found - std::begin(names)) : static_cast<int>(Level::off);
  if (!detail::least.compare_exchange_strong(nobody, value) || known) return;
  try {
    detail::speak(Level::warn,
                  fmt::format("LOGITAPE_LOG={} is ignored: it has to be one of {}", wanted, fmt::join(names, ", ")));
  } catch (...) {
    // no memory for a warning
  }
}

}  // namespace

std::string_view name(Level level) { return names[static_cast<int>(level)]; }

void set_level(Level level) {
  read_environment();
  detail::least = static_cast<int>(level);
}

Level level() {
  read_environment();
  return static_cast<Level>(detail::least.load());
}

void set_sink(Sink sink) {
  std::shared_ptr<const Sink> next = sink ? std::make_shared<const Sink>(std::move(sink)) : nullptr;
  lock();
  current_sink().swap(next);
  unlock();
}

bool detail::heard(Level level) noexcept {
  read_environment();
  return level != Level::off && static_cast<int>(level) >= least.load();
}

void detail::speak(Level level, std::string_view line) noexcept {
  if (speaking) return;
  lock();
  speaking = true;
  try {
    const std::shared_ptr<const Sink> sink = current_sink();  // kept while it runs: it may replace itself
    if (sink) (*sink)(level, line);
    else to_stderr(level, line);
  } catch (...) {
    // what a sink throws is its own affair
  }
  speaking = false;
  unlock();
}

}  // namespace logitape::inline v0::logging
