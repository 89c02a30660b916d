// Asked only of training rows: a file that judges a model may have a single class.
#include "logitape/train/data/detail/training_labels.h"

#include <algorithm>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::data {

void require_learnable(const char* op, const Examples& training) {
  const std::string where = training.path.empty() ? "" : training.path + ": ";
  const std::vector<std::int64_t> sizes = class_sizes(training);
  const std::int64_t rows = training.labels.shape()[0];
  if (training.task == Task::regression) {
    const std::vector<double> y = training.labels.to_vector<double>();
    const bool varies = std::any_of(y.begin(), y.end(), [&](double number) { return number != y.front(); });
    require(varies || rows == 0, op, "{}the target '{}' is {} in every one of the {} rows: there is nothing to learn",
            where, training.label, y.empty() ? 0 : y.front(), rows);
    return;
  }
  if (training.task == Task::multilabel) {
    const bool parts = std::any_of(sizes.begin(), sizes.end(), [&](std::int64_t s) { return s > 0 && s < rows; });
    require(parts || rows == 0, op,
            "{}each label of '{}' is in all of the {} rows or in none: there is nothing to learn", where,
            training.label, rows);
    return;
  }
  for (std::size_t c = 0; c < sizes.size(); ++c)
    require(sizes[c] < rows || rows == 0, op,
            "{}the label '{}' is '{}' in every one of the {} rows: two classes are needed", where, training.label,
            training.classes[c], rows);
  const bool again = std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size > 1; });
  require(rows < 10 || again, op, "{}the label '{}' is another in each of the {} rows, so it names no classes", where,
          training.label, rows);
}

}  // namespace logitape::inline v0::data
