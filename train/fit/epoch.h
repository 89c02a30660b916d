// The results of one epoch of a training.
#pragma once
#include <limits>

namespace logitape::inline v0 {

// The results of one pass over the examples.
struct Epoch {
  int number = 0;                                                       // from 1
  double loss = 0;                                                      // on the training rows, during the epoch
  double accuracy = 0;                                                  // a fraction, on the same rows
  double held_out_loss = std::numeric_limits<double>::quiet_NaN();      // on the rows held out
  double held_out_accuracy = std::numeric_limits<double>::quiet_NaN();  // on the same rows; "-" if there are none
  double samples_per_second = 0;
  double seconds = 0;                                               // since the training began
  double learning_rate = std::numeric_limits<double>::quiet_NaN();  // of its last step
};

}  // namespace logitape::inline v0
