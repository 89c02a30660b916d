// A progress bar: how far a long run is, redrawn in place on a terminal, silent elsewhere.
#pragma once
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "logitape/core/named.h"
#include "logitape/train/see/terminal.h"

namespace logitape::inline v0 {

// What the bar measures against.
struct ProgressOptions {
  NamedOnly named_only = NamedOnly();
  std::int64_t total = 1;              // the size of the whole run; at least 1
  std::string unit = "samples";        // the unit of total and of the speed
  std::function<double()> clock = {};  // seconds; by default those of the steady clock
};

// epoch 12/30  ████████░░░░  loss 0.0372  acc 99.6%  0:07 left  369k samples/s
// Drawn at most ten times a second, and again below each line(). It is never wider than the terminal: what does not fit
// is left out, from the end. The stream stays the caller's; a stream that cannot be written is no error.
class Progress {
 public:
  // Error: total below 1.
  Progress(std::FILE* out, const Terminal& terminal, const ProgressOptions& options);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();  // not shown

  // The text before the bar from now on: "epoch 12/30".
  void label(std::string text) { label_ = std::move(text); }
  // `count` more are done. accuracy: a fraction.
  void advance(std::int64_t count, double loss = unknown, double accuracy = unknown);
  // Prints a line above the bar, on any stream.
  void line(std::string_view text);
  // Removes the bar; the next advance() brings it back.
  void finish();

  std::int64_t done() const { return done_; }

 private:
  void draw(double now);
  void clear();
  std::string text(double now, int columns) const;

  std::FILE* out_;
  Terminal terminal_;
  ProgressOptions options_;
  std::string label_;
  std::int64_t done_ = 0;
  double loss_ = unknown, accuracy_ = unknown;
  double started_, drawn_ = -std::numeric_limits<double>::infinity();
  bool visible_ = false;
};

}  // namespace logitape::inline v0
