// What the library has to say while it works, to those who ask: LOGITAPE_LOG=debug in the environment, or set_level.
// Silent until then; a line that nobody hears costs one relaxed load and is never put together.
//   info: the SIMD target and why, threads started   debug: memory taken from the system and given back
//   trace: every kernel called   warn: environment variables that were not understood, threads that were refused
#pragma once
#include <atomic>
#include <functional>
#include <string_view>

namespace logitape::inline v0::logging {  // `log` is the logarithm

// How much is said, from everything to nothing.
enum class Level { trace, debug, info, warn, error, off };
std::string_view name(Level level);  // "trace", ...

// Lines of this level and above are said from now on. The first level is the one that LOGITAPE_LOG names, read once;
// without it, off. A value that names no level is ignored, with a warning on stderr.
void set_level(Level level);
Level level();

// Who hears the lines: stderr at first, and again with an empty sink. A sink is called for one line at a time, from any
// thread. What it throws is dropped. It may use the library, which says nothing meanwhile.
using Sink = std::function<void(Level, std::string_view)>;
void set_sink(Sink sink);

namespace detail {
inline constexpr int unread = -1;  // below every level
extern std::atomic<int> least;     // the level, or unread
bool heard(Level level) noexcept;  // reads the environment first
void speak(Level level, std::string_view line) noexcept;
}  // namespace detail

// Whether a line of this level would be said: one load where logging is off.
inline bool heard(Level level) noexcept {
  return static_cast<int>(level) >= detail::least.load(std::memory_order_relaxed) && detail::heard(level);
}

}  // namespace logitape::inline v0::logging
