// An axis: its range, its ticks, and the place of a value on it. Not installed.
#pragma once
#include <string>
#include <vector>

#include "logitape/train/see/figure.h"

namespace logitape::inline v0::train {

struct Tick {
  double value;
  std::string label;  // empty: a fine line without a number
};

struct Scale {
  bool log = false;
  double low = 0, high = 1;
  std::vector<Tick> ticks;

  // The place of a drawn value: 0 at low, 1 at high.
  double at(double value) const;
};

// Whether a value has a place on the axis.
bool is_drawn(const LineChart::Axis& axis, double value);

// For drawn values from low to high. The range extends to the next ticks; if `tight`, it stays, and only the ticks
// inside appear.
Scale scale_for(const LineChart::Axis& axis, double low, double high, bool tight);

}  // namespace logitape::inline v0::train
