// Numbers of a training for TensorBoard: `tensorboard --logdir FOLDER` draws them while it runs.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "logitape/core/tensor.h"

namespace logitape::inline v0 {

// How its events are dated.
struct EventWriterOptions {
  std::function<double()> clock = {};  // seconds since 1970; by default those of the system's clock
};

// One file "events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER" in the folder, which is made where it is missing. Each
// event is written at once, at the file's end, by one call: what a training that is killed leaves behind can be read. A
// folder is a run; several writers beside each other, or one after another, each have a file of their own.
class EventWriter {
 public:
  // Error io: the folder or the file cannot be made.
  explicit EventWriter(const std::string& folder, const EventWriterOptions& options = {});
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // A point of the line `tag`, "loss/training" in the group "loss"; NaN and infinity are written as they are. Errors:
  // invalid_argument for a tag that is empty, no UTF-8 or has control characters; io, with the path and the cause.
  void scalar(std::string_view tag, std::int64_t step, double value);

  // How the values are distributed, in 30 buckets of equal width. Errors: as for scalar; no values, or one that is not
  // finite.
  void histogram(std::string_view tag, std::int64_t step, const Tensor& values);

  const std::string& path() const { return path_; }

 private:
  void write(const std::string& event);

  std::string path_;
  std::function<double()> clock_;
  int file_ = -1;
  std::size_t size_ = 0;  // of what was written whole
};

}  // namespace logitape::inline v0
