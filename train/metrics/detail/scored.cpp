// The checks that all metrics of probabilities share.
#include "logitape/train/metrics/detail/scored.h"

#include <cmath>

#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/detail/support.h"

namespace logitape::inline v0::train {

Scored scored(const char* op, const Tensor& probabilities, const Tensor& labels) {
  ops::check_arithmetic(op, {{"probabilities", probabilities}});
  ops::check_indices(op, {"labels", labels});
  require(probabilities.rank() == 2, op, "probabilities are {}; [rows, classes] are needed", probabilities);
  require(labels.shape() == Shape{probabilities.shape()[0]}, op,
          "labels {} are not one for each row of probabilities {}", labels.shape(), probabilities.shape());
  ops::check_index_range(op, "label", "row", labels, probabilities.shape()[1]);
  Scored s{probabilities.to_vector<double>(), labels.to_vector<std::int64_t>(),
           static_cast<std::size_t>(probabilities.shape()[0]), static_cast<std::size_t>(probabilities.shape()[1])};
  for (std::size_t i = 0; i < s.scores.size(); ++i)
    require(!std::isnan(s.scores[i]), op, "the probability of class {} at row {} is NaN", i % s.classes, i / s.classes);
  return s;
}

}  // namespace logitape::inline v0::train
