// Callbacks that share one bar. It is made at the first step, which knows the number of rows; for a file, after a
// second.
#include "logitape/train/see/show_progress.h"

#include <memory>
#include <utility>

#include "logitape/core/detail/clock.h"
#include "logitape/train/see/progress.h"
#include "logitape/train/see/report.h"

namespace logitape::inline v0 {
namespace {

struct Display {
  std::unique_ptr<Progress> bar;
  int epochs = 0;
  Epoch last = {};
  bool last_is_shown = true;
};

struct Reading {
  double started = 0;
  std::unique_ptr<Progress> bar = {};
};

}  // namespace

void show_progress(Trainer& trainer, std::FILE* out, const Terminal& terminal) {
  const auto display = std::make_shared<Display>();
  trainer.on_batch([=](const BatchEnd& b) {
    Display& d = *display;
    if (!d.bar) {
      d.epochs = b.epochs;
      const std::int64_t left = b.rows_in_run - (b.rows_done - b.rows);  // a resumed run has less to do
      d.bar = std::make_unique<Progress>(out, terminal, ProgressOptions{.total = left});
      d.bar->line(epoch_header());
    }
    d.bar->label("epoch " + std::to_string(b.epoch) + "/" + std::to_string(b.epochs));
    d.bar->advance(b.rows, b.loss, b.accuracy);
  });
  trainer.on_epoch([=](const Epoch& e) {
    Display& d = *display;
    d.last = e;
    d.last_is_shown = epoch_is_shown(e.number, d.epochs, terminal.interactive ? 10 : 30);
    if (d.bar && d.last_is_shown) d.bar->line(epoch_row(e));
  });
  trainer.on_end([=] {
    Display& d = *display;
    if (!d.bar) return;
    if (!d.last_is_shown) d.bar->line(epoch_row(d.last));
    d.bar.reset();
  });
}

ReadProgress show_reading(std::FILE* out, const Terminal& terminal, std::function<double()> clock) {
  if (!clock) clock = steady_seconds;
  const auto reading = std::make_shared<Reading>();
  return [=](const std::string& path, std::int64_t done, std::int64_t all) {
    Reading& r = *reading;
    if (done == 0) r = {.started = clock()};
    if (done == all) {
      r.bar.reset();
      return;
    }
    if (!r.bar) {
      if (clock() - r.started < 1) return;
      // the bar shows the speed of the whole reading: its clock begins with the reading
      const auto since = [clock, started = r.started, first = true]() mutable {
        return std::exchange(first, false) ? started : clock();
      };
      r.bar = std::make_unique<Progress>(out, terminal, ProgressOptions{.total = all, .unit = "bytes", .clock = since});
      r.bar->label("reading " + path);
    }
    r.bar->advance(done - r.bar->done());
  };
}

}  // namespace logitape::inline v0
