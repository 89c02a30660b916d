// Writes numbers of a training for TensorBoard: `tensorboard --logdir FOLDER` draws them while it runs.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// How events get their times.
struct EventWriterOptions {
  std::function<double()> clock = {};  // seconds since 1970; by default the system's clock
};

// One file "events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER" in the folder, which is made if it is missing. One call
// writes each event at once, at the end of the file: so the file of a killed training can be read. A folder is a run.
// Several writers, at once or one after another, each have their own file.
class EventWriter {
 public:
  // Error io: the folder or the file cannot be made.
  explicit EventWriter(const std::string& folder, const EventWriterOptions& options = {});
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // A point of the line `tag`, such as "loss/training" in the group "loss". NaN and infinity are written as they are.
  // Errors: invalid_argument for a tag that is empty, not UTF-8 or has control characters; io, with the path and the
  // cause.
  void scalar(std::string_view tag, std::int64_t step, double value);

  // The distribution of the values, in 30 buckets of equal width. Errors: as for scalar; no values, or one that is not
  // finite.
  void histogram(std::string_view tag, std::int64_t step, const Tensor& values);

  const std::string& path() const { return path_; }

 private:
  void write(const std::string& event);

  std::string path_;
  std::function<double()> clock_;
  int file_ = -1;
  std::size_t size_ = 0;  // of whole records
};

}  // namespace logitape::inline v0
