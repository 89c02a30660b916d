// What the model says over a plane of two columns, the others held where they usually are.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "answers.h"
#include "rows.h"
#include "session.h"

namespace lt = logitape;

namespace {

struct Axis {
  std::size_t column;
  double from, to;
};

// The range of the known rows, a tenth wider, unless the request says another.
Axis axis_of(const Request& r, const std::string& which, const lt::Examples& known, const std::vector<double>& cells) {
  const Json& given = r.member(which.c_str());
  const std::size_t columns = cells.size() / static_cast<std::size_t>(known.size());
  Axis axis{};
  if (given.is_number())
    axis.column = static_cast<std::size_t>(r.whole(which.c_str(), 0, 0, static_cast<std::int64_t>(columns) - 1));
  else axis.column = feature_named(known, r.text(which.c_str(), ""));
  if (axis.column < known.features.size() && !known.features[axis.column].categories.empty())
    throw std::invalid_argument("'" + known.features[axis.column].name +
                                "' is text: the surface is drawn over two columns of numbers");
  const std::string range = which + "_range";
  if (r.has(range.c_str())) {
    const std::vector<double> ends = r.numbers(range.c_str());
    if (ends.size() != 2 || !(ends[0] < ends[1]) || !std::isfinite(ends[0]) || !std::isfinite(ends[1]))
      throw std::invalid_argument(range + " needs two numbers, the smaller first");
    axis.from = ends[0];
    axis.to = ends[1];
    return axis;
  }
  double least = INFINITY, most = -INFINITY;
  for (std::size_t i = axis.column; i < cells.size(); i += columns)
    if (!std::isnan(cells[i])) least = std::min(least, cells[i]), most = std::max(most, cells[i]);
  const double margin = most > least ? (most - least) / 10 : 1;
  axis.from = least - margin;
  axis.to = most + margin;
  return axis;
}

std::string name_of(const lt::Examples& known, std::size_t column) {
  return column < known.features.size() ? known.features[column].name : std::to_string(column + 1);
}

Json points_of(const Training& t, const std::vector<double>& cells, const Axis& x, const Axis& y) {
  Json points = Json::array();
  const std::vector<std::int64_t> labels = t.parts.train.labels.to_vector<std::int64_t>();
  const std::size_t columns = cells.size() / labels.size();
  for (std::size_t i = 0; i < std::min<std::size_t>(500, labels.size()); ++i)
    points.push_back({json_of(cells[i * columns + x.column]), json_of(cells[i * columns + y.column]), labels[i]});
  return points;
}

Json held_of(const lt::Examples& known, const std::vector<double>& typical, const Axis& x, const Axis& y) {
  Json held = Json::array();
  for (std::size_t c = 0; c < typical.size() && held.size() < 50; ++c) {
    if (c == x.column || c == y.column) continue;
    const bool text = c < known.features.size() && !known.features[c].categories.empty();
    held.push_back({{"feature", name_of(known, c)},
                    {"value", text ? Json(known.features[c].categories[static_cast<std::size_t>(typical[c])])
                                   : json_of(typical[c])}});
  }
  return held;
}

}  // namespace

Json answer_surface(const Json& asked) {
  const Request r(asked, {"x", "y", "x_range", "y_range", "size", "all"});
  const Training& t = started_training();
  const lt::Examples& known = t.parts.train;
  if (t.parts.prepare.tokenizer || known.inputs.rank() != 2)
    throw std::invalid_argument("the surface is drawn over two columns of numbers, and a row here has none");
  const std::vector<double> cells = known.inputs.to_vector<double>();
  const Axis x = axis_of(r, "x", known, cells), y = axis_of(r, "y", known, cells);
  if (x.column == y.column) throw std::invalid_argument("x and y are one column: the surface needs two");
  const auto n = static_cast<std::size_t>(r.whole("size", 64, 2, 200));
  const std::vector<double> typical = typical_row(known);
  std::vector<double> grid;
  for (std::size_t i = 0; i < n * n; ++i) {
    std::vector<double> row = typical;
    const auto at = [n](const Axis& a, std::size_t k) {
      return a.from + (a.to - a.from) * static_cast<double>(k) / static_cast<double>(n - 1);
    };
    row[x.column] = at(x, i % n);
    row[y.column] = at(y, i / n);
    grid.insert(grid.end(), row.begin(), row.end());
  }
  const lt::Prediction said = t.classifier.predict(with_rows(without_rows(known), known, grid));
  const std::vector<double> sure = lt::max(said.probabilities, 1).to_vector<double>();
  std::vector<int> bytes;
  for (const double p : sure) bytes.push_back(static_cast<int>(std::lround(255 * p)));
  Json answer = {{"x", name_of(known, x.column)},
                 {"y", name_of(known, y.column)},
                 {"x_range", {x.from, x.to}},
                 {"y_range", {y.from, y.to}},
                 {"size", n},
                 {"class", said.classes},
                 {"sure", bytes},
                 {"points", points_of(t, cells, x, y)},
                 {"held_at", held_of(known, typical, x, y)}};
  if (r.flag("all", false)) answer["probabilities"] = json_of(said.probabilities);
  return answer;
}
