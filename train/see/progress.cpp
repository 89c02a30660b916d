// The bar: what it shows of a run in the space of a line, and the lines that replace it in a log.
#include "logitape/train/see/progress.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "logitape/core/detail/clock.h"
#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {
namespace {

constexpr double seconds_between_drawings = 0.1;
constexpr int narrowest_bar = 8, widest_bar = 40;

// fmt::print would throw if the stream fails
void put(std::FILE* out, std::string_view text) { std::fwrite(text.data(), 1, text.size(), out); }

// 987, 1.23k, 45.6k, 369k, 2.05M
std::string short_number(double x) {
  const char* suffix = "";
  for (const char* const next : {"k", "M", "G", "T"}) {
    if (x < 999.5) break;
    x /= 1000;
    suffix = next;
  }
  return fmt::format("{:.{}f}{}", x, *suffix == '\0' || x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2, suffix);
}

// 0:07, 12:34, 1:02:03
std::string clock_time(double seconds) {
  const auto s = static_cast<std::int64_t>(std::ceil(std::min(seconds, 1e9)));
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// In columns: one for each character, that is, for each byte that is not 10xxxxxx.
int columns_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string first_columns(std::string_view text, int columns) {
  std::size_t end = 0;
  while (end < text.size() && columns_of(text.substr(0, end + 1)) <= columns) ++end;
  return std::string(text.substr(0, end));
}

std::string bar(const Terminal& terminal, double fraction, int columns) {
  const int full = static_cast<int>(fraction * columns);
  std::string done, left;
  for (int i = 0; i < full; ++i) done += terminal.unicode ? "█" : "#";
  for (int i = full; i < columns; ++i) left += terminal.unicode ? "░" : "-";
  return terminal.styled(Terminal::green, done) + terminal.styled(Terminal::dim, left);
}

}  // namespace

Progress::Progress(std::FILE* out, const Terminal& terminal, const ProgressOptions& options)
    : out_(out), terminal_(terminal), options_(options) {
  require(options.total >= 1, "Progress", "a total of {} is asked for; at least 1 is needed", options.total);
  if (!options_.clock) options_.clock = steady_seconds;
  started_ = options_.clock();
}

void Progress::advance(std::int64_t count, double loss, double accuracy) {
  done_ += count;
  loss_ = loss;
  accuracy_ = accuracy;
  if (!terminal_.interactive) return;
  const double now = options_.clock();
  if (now - drawn_ >= seconds_between_drawings) draw(now);
}

void Progress::line(std::string_view line_text) {
  const bool again = visible_;
  clear();
  put(out_, fmt::format("{}\n", line_text));
  if (again) draw(options_.clock());
  else std::fflush(out_);
}

void Progress::finish() {
  clear();
  drawn_ = -std::numeric_limits<double>::infinity();
  std::fflush(out_);
}

void Progress::clear() {
  if (std::exchange(visible_, false)) put(out_, "\r\x1b[K");
}

void Progress::draw(double now) {
  // a window may have changed its size; one column stays free, because a full line would wrap
  const Terminal now_there = terminal_of(out_);
  const int columns = now_there.interactive ? now_there.columns : terminal_.columns;
  put(out_, fmt::format("\r{}\x1b[K", text(now, columns - 1)));
  std::fflush(out_);
  drawn_ = now;
  visible_ = true;
}

std::string Progress::text(double now, int columns) const {
  const double fraction = std::clamp(static_cast<double>(done_) / static_cast<double>(options_.total), 0.0, 1.0);
  const double seconds = now - started_;
  std::vector<std::string> readings;
  if (!std::isnan(loss_)) readings.push_back(fmt::format("loss {:.4f}", loss_));
  if (!std::isnan(accuracy_)) readings.push_back(fmt::format("acc {:.1f}%", 100 * accuracy_));
  if (done_ > 0 && seconds > 0) {
    readings.push_back(fmt::format("{} left", clock_time(seconds * (1 - fraction) / fraction)));
    readings.push_back(fmt::format("{} {}/s", short_number(static_cast<double>(done_) / seconds), options_.unit));
  }
  std::string before = first_columns(label_, columns), after;
  if (!before.empty()) before += "  ";
  int free = columns - columns_of(before) - narrowest_bar;
  if (free < 0) return first_columns(label_, columns);
  for (const std::string& reading : readings) {
    if (columns_of(reading) + 2 > free) break;
    free -= columns_of(reading) + 2;
    after += "  " + reading;
  }
  return before + bar(terminal_, fraction, std::min(widest_bar, narrowest_bar + free)) + after;
}

}  // namespace logitape::inline v0
