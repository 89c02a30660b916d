// The file has a unique name and is opened to append; each record is one write.
#include "logitape/train/see/event_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "logitape/core/detail/require.h"
#include "logitape/train/see/detail/event_records.h"
#include "logitape/train/see/detail/svg.h"

namespace logitape::inline v0 {
namespace {

constexpr int buckets = 30;

[[noreturn]] void refuse(const std::string& path, const char* what, int error) {
  fail(ErrorCode::io, "EventWriter", "\"{}\" {}: {}", path, what, std::generic_category().message(error));
}

double system_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "host";
}

// The text of a protocol buffer must be UTF-8: else its readers refuse the whole file.
void check_tag(const char* op, std::string_view tag) {
  require(!tag.empty(), op, "the tag is empty");
  require(train::is_plain_text(tag), op, "the tag \"{}\" is not UTF-8, or has control characters", train::escaped(tag));
}

train::Histogram histogram_of(const std::vector<double>& values) {
  train::Histogram h;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  h.min = *low;
  h.max = *high;
  const double width = h.max / buckets - h.min / buckets;  // quotients first: the difference of extremes is beyond f64
  const int count = width > 0 ? buckets : 1;
  for (int i = 1; i <= count; ++i) h.limits.push_back(i == count ? h.max : h.min + i * width);
  h.counts.resize(h.limits.size());
  for (const double v : values) {
    h.sum += v;
    h.sum_squares += v * v;
    // the first limit above the value; the last bucket also holds the largest value
    const auto above = std::upper_bound(h.limits.begin(), h.limits.end() - 1, v);
    ++h.counts[static_cast<std::size_t>(above - h.limits.begin())];
  }
  return h;
}

}  // namespace

EventWriter::EventWriter(const std::string& folder, const EventWriterOptions& options)
    : path_(folder), clock_(options.clock ? options.clock : system_seconds) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) refuse(folder, "cannot be made", error.value());
  static std::atomic<unsigned> number{0};
  do {
    path_ = (std::filesystem::path(folder) / fmt::format("events.out.tfevents.{:010.0f}.{}.{}.{}", std::floor(clock_()),
                                                         host_name(), ::getpid(), number++))
                .string();
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  } while (file_ < 0 && errno == EEXIST);
  if (file_ < 0) refuse(path_, "cannot be written", errno);
  try {
    write(train::version_event(clock_()));
  } catch (...) {
    ::close(file_);
    throw;
  }
}

EventWriter::~EventWriter() { ::close(file_); }

void EventWriter::scalar(std::string_view tag, std::int64_t step, double value) {
  check_tag("EventWriter", tag);
  write(train::scalar_event(clock_(), step, tag, static_cast<float>(value)));
}

void EventWriter::histogram(std::string_view tag, std::int64_t step, const Tensor& values) {
  const char* const op = "EventWriter";
  check_tag(op, tag);
  require(values.defined() && values.size() > 0, op, "\"{}\" has no values", tag);
  const auto all = values.to_vector<double>();
  const auto wrong = std::find_if(all.begin(), all.end(), [](double v) { return !std::isfinite(v); });
  require(wrong == all.end(), op, "\"{}\" has {} as element {}; a histogram is of finite values", tag,
          wrong == all.end() ? 0 : *wrong, wrong - all.begin());
  write(train::histogram_event(clock_(), step, tag, histogram_of(all)));
}

void EventWriter::write(const std::string& event) {
  const std::string record = train::framed(event);
  for (std::string_view rest = record; !rest.empty();) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    if (written > 0 || (written < 0 && errno == EINTR)) continue;
    const int error = written == 0 ? ENOSPC : errno;
    // part of a record would hide all records behind it
    if (::ftruncate(file_, static_cast<off_t>(size_)) != 0)
      refuse(path_, "is damaged at its end, and could not be written", error);
    refuse(path_, "could not be written", error);
  }
  size_ += record.size();
}

}  // namespace logitape::inline v0
