// Rows made by the page, with the columns of the rows that the model has learnt from.
#include "rows.h"

#include <cmath>
#include <map>
#include <stdexcept>

namespace lt = logitape;

lt::Examples without_rows(const lt::Examples& known) {
  lt::Examples rows = known;
  rows.inputs = rows.labels = lt::Tensor();
  return rows;
}

lt::Examples with_rows(lt::Examples empty, const lt::Examples& known, std::vector<double> cells) {
  std::vector<std::int64_t> extents(known.inputs.shape().begin(), known.inputs.shape().end());
  extents[0] = static_cast<std::int64_t>(cells.size()) / (known.inputs.size() / known.size());
  empty.inputs = lt::from_span(cells, lt::Shape(extents)).to(known.inputs.dtype());
  return empty;
}

std::vector<double> typical_row(const lt::Examples& known) {
  const std::vector<double> x = known.inputs.to_vector<double>();
  const auto rows = static_cast<std::size_t>(known.size()), columns = x.size() / rows;
  std::vector<double> typical;
  for (std::size_t c = 0; c < columns; ++c) {
    std::map<double, std::size_t> counts;
    double sum = 0, n = 0, mode = 0;
    std::size_t most = 0;
    const bool text = c < known.features.size() && !known.features[c].categories.empty();
    for (std::size_t i = c; i < x.size(); i += columns) {
      if (std::isnan(x[i])) continue;
      sum += x[i];
      n += 1;
      if (text && ++counts[x[i]] > most) most = counts[x[i]], mode = x[i];
    }
    typical.push_back(text ? mode : n > 0 ? sum / n : NAN);
  }
  return typical;
}

std::size_t feature_named(const lt::Examples& known, const std::string& name) {
  const auto columns = static_cast<std::size_t>(known.inputs.size() / known.size());
  std::string names;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::string own = c < known.features.size() ? known.features[c].name : std::to_string(c + 1);
    if (own == name) return c;
    if (c < 12) names += (c == 0 ? "" : ", ") + own;
  }
  throw std::invalid_argument("there is no column \"" + name + "\": there are " + names +
                              (columns > 12 ? ", ..." : ""));
}
