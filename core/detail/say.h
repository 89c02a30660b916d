// How the library speaks: logging::say(logging::Level::debug, "{} bytes", n). Never throws. Not installed.
#pragma once
#include <utility>

#include "logitape/core/fmt.h"
#include "logitape/core/log.h"

namespace logitape::inline v0::logging {

// The line is put together only where somebody hears it.
template <class... A>
void say(Level level, fmt::format_string<A...> line, A&&... values) noexcept {
  if (!heard(level)) return;
  try {
    detail::speak(level, fmt::format(line, std::forward<A>(values)...));
  } catch (...) {
    // no memory for a line: the work goes on without it
  }
}

}  // namespace logitape::inline v0::logging
