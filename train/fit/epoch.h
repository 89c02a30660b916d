// What one epoch of a training came to.
#pragma once
#include <limits>

namespace logitape::inline v0 {

// What one pass over the examples came to.
struct Epoch {
  int number = 0;                                                       // from 1
  double loss = 0;                                                      // of what was trained on, while it was
  double accuracy = 0;                                                  // a fraction, of the same
  double held_out_loss = std::numeric_limits<double>::quiet_NaN();      // of what was not trained on
  double held_out_accuracy = std::numeric_limits<double>::quiet_NaN();  // of the same; "-" where there is none
  double samples_per_second = 0;
  double seconds = 0;                                               // since the training began
  double learning_rate = std::numeric_limits<double>::quiet_NaN();  // of its last step
};

}  // namespace logitape::inline v0
