// A running average of a model's weights, smoother than the weights themselves: Polyak, Juditsky, "Acceleration of
// stochastic approximation by averaging", 1992, in its exponential form.
#pragma once
#include <cstdint>

#include "logitape/train/nn/model_ref.h"

namespace logitape::inline v0 {

// a = d*a + (1 - d)*w, with d = min(decay, (1 + step)/(10 + step)): a young average forgets its beginning faster. w are
// the parameters and the floating buffers, step counts from 1; other buffers are taken over. An empty average becomes
// w. Error: decay outside [0, 1). tf.train.ExponentialMovingAverage with num_updates.
ModelValues averaged(const ModelValues& average, const ModelValues& now, double decay, std::int64_t step);

}  // namespace logitape::inline v0
