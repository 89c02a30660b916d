// Asked only of training rows: a file that judges a model may have a single class.
#include "logitape/train/data/detail/training_labels.h"

#include <algorithm>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::data {

void require_classes(const char* op, const Examples& training) {
  const std::string where = training.path.empty() ? "" : training.path + ": ";
  const std::vector<std::int64_t> sizes = class_sizes(training);
  const std::int64_t rows = training.labels.size();
  for (std::size_t c = 0; c < sizes.size(); ++c)
    require(sizes[c] < rows || rows == 0, op,
            "{}the label '{}' is '{}' in every one of the {} rows: two classes are needed", where, training.label,
            training.classes[c], rows);
  const bool again = std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size > 1; });
  require(rows < 10 || again, op, "{}the label '{}' is another in each of the {} rows, so it names no classes", where,
          training.label, rows);
}

}  // namespace logitape::inline v0::data
