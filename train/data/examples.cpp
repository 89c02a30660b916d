// Labels become classes with names; the rest becomes the inputs.
#include "logitape/train/data/examples.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "logitape/core/detail/convert.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/index.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/data/detail/picture.h"
#include "logitape/train/data/detail/targets.h"
#include "logitape/train/files/detail/number.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* examples_op = "examples_of";
constexpr double most_exact = 0x1p53;  // above it not every whole number is exact
constexpr const char* no_label = "the label is missing; a row without one has to be taken out";

// The classes of labels that are numbers, and their places among them.
struct Classes {
  std::vector<std::string> names;
  std::vector<std::int64_t> labels;
};
// The classes are the different numbers, in ascending order.
Classes classes_of_different(const auto& values, const auto& name) {
  auto ascending = std::vector(values.begin(), values.end());
  std::sort(ascending.begin(), ascending.end());
  ascending.erase(std::unique(ascending.begin(), ascending.end()), ascending.end());
  Classes classes;
  for (const auto value : ascending) classes.names.push_back(name(value));
  for (const auto value : values)
    classes.labels.push_back(std::lower_bound(ascending.begin(), ascending.end(), value) - ascending.begin());
  return classes;
}
// The classes of labels that are whole numbers. complain(row, why) reports a bad label. way_out: what to do about
// labels that are not whole.
Classes classes_of(std::span<const double> values, const auto& complain, const std::string& way_out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) complain(i, no_label);
    if (std::trunc(values[i]) == values[i] && std::abs(values[i]) > most_exact)
      complain(
          i, fmt::format("the label {} is beyond 2^53, where not every whole number is an f64: read the column as text",
                         data::number_text(values[i])));
    if (std::trunc(values[i]) != values[i])
      complain(i, fmt::format("the label {} is not a whole number, so it names no class{}",
                              data::number_text(values[i]), way_out));
  }
  return classes_of_different(values, [](double value) { return data::number_text(value + 0.0); });  // + 0.0: never -0
}

// The same if label i means names[i].
Classes classes_named(std::span<const double> values, std::vector<std::string> names, const auto& complain) {
  Classes classes{.names = std::move(names), .labels = {}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(std::trunc(values[i]) == values[i] && values[i] >= 0 &&
          values[i] < static_cast<double>(classes.names.size())))
      complain(i, fmt::format("the label {} is outside [0, {}), the classes that have names", values[i],
                              classes.names.size()));
    classes.labels.push_back(static_cast<std::int64_t>(values[i]));
  }
  return classes;
}

Classes classes_of(const Table& table, std::size_t label) {
  const Column& column = table.columns[label];
  const auto complain = [&](std::size_t row, const std::string& why) {
    fail(ErrorCode::invalid_argument, examples_op, "{}: {}", data::place_of_cell(table, row, label), why);
  };
  if (!column.is_text() && !table.class_names.empty() && label + 1 == table.columns.size())
    return classes_named(column.values, table.class_names, complain);
  if (!column.is_text())
    return classes_of(
        column.values, complain,
        fmt::format(
            "; if another column is the class, name it (TableOptions::label, --label); if such numbers are names, read "
            "the column as text (CsvOptions::text, --text \"{}\")",
            column.name));
  // a part of a table may have no row of some names
  std::set<std::size_t> used;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    if (column.is_missing(i)) complain(i, no_label);
    used.insert(static_cast<std::size_t>(column.values[i]));
  }
  Classes classes;
  std::vector<std::int64_t> new_place(column.categories.size());
  for (const std::size_t category : used) {
    new_place[category] = static_cast<std::int64_t>(classes.names.size());
    classes.names.push_back(column.categories[category]);
  }
  for (const double value : column.values) classes.labels.push_back(new_place[static_cast<std::size_t>(value)]);
  return classes;
}

// [s, s] if every row is such an image.
Shape image_seen(const Examples& examples) {
  const std::int64_t count = examples.inputs.shape()[1];
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(count))));
  if (side < 8 || side * side != count) return {};
  const std::span x(static_cast<const double*>(examples.inputs.data()),
                    static_cast<std::size_t>(examples.inputs.size()));
  const bool pixels =
      std::all_of(x.begin(), x.end(), [](double v) { return v >= 0 && v <= 255 && v == std::trunc(v); });
  const bool text = std::any_of(examples.features.begin(), examples.features.end(),
                                [](const Feature& f) { return !f.categories.empty(); });
  return pixels && !text && data::look_like_pictures(x, side) ? Shape{side, side} : Shape();
}

// A row's shape.
Shape row_of(const Shape& inputs) { return Shape(std::vector<std::int64_t>(inputs.begin() + 1, inputs.end())); }

// Whether rows [channels, height, width] are images [height, width, channels] in another order.
bool is_channels_first(const Shape& inputs, const Shape& image) {
  return inputs.rank() == 4 && image.rank() == 3 && row_of(inputs) == Shape{image[2], image[0], image[1]} &&
         row_of(inputs) != image;
}

bool all_within(const Tensor& x, double low, double high) {
  bool within = true;
  visit_any(x.dtype(), [&]<class T>() {
    const auto* from = static_cast<const T*>(x.data());
    within = std::all_of(from, from + x.size(),
                         [&](T v) { return convert_element<double>(v) >= low && convert_element<double>(v) <= high; });
  });
  return within;
}

// The shape of the images in an array's rows, [height, width] or [height, width, channels]; rank 0: they are no images.
Shape image_seen(const Tensor& inputs) {
  constexpr std::int64_t most_channels = 4, least_side = 8;
  const Shape& s = inputs.shape();
  if (s.rank() == 4 && s[3] <= most_channels) return row_of(s);
  if (s.rank() == 4 && s[1] <= most_channels) return {s[2], s[3], s[1]};
  const bool pixels = s.rank() == 3 && (inputs.dtype() == DType::u8 ||
                                        (s[1] >= least_side && s[2] >= least_side && all_within(inputs, 0, 255)));
  return pixels ? row_of(s) : Shape();
}

// labels [n, classes] -> the place of the 1 in each row.
std::vector<double> places_of_ones(const Tensor& labels) {
  const std::vector<double> x = labels.to_vector<double>();
  const auto classes = static_cast<std::size_t>(labels.shape()[1]);
  std::vector<double> places;
  for (std::size_t row = 0; row < static_cast<std::size_t>(labels.shape()[0]); ++row) {
    const auto begin = x.begin() + static_cast<std::ptrdiff_t>(row * classes),
               end = begin + static_cast<std::ptrdiff_t>(classes);
    const auto one = std::find(begin, end, 1.0);
    require(one != end && std::count(begin, end, 0.0) == static_cast<std::ptrdiff_t>(classes) - 1, examples_op,
            "row {} of the labels {} is not one 1 among zeros: [n], [n,1] or such rows are needed", row, labels);
    places.push_back(static_cast<double>(one - begin));
  }
  return places;
}

Tensor columns_side_by_side(const Table& table, const std::vector<std::size_t>& inputs_at) {
  const auto width = static_cast<std::int64_t>(inputs_at.size());
  Tensor inputs = Tensor::uninitialised({table.rows(), width}, DType::f64);
  auto* to = static_cast<double*>(inputs.writable());
  for (const std::size_t i : inputs_at) {
    const std::vector<double>& values = table.columns[i].values;
    require(static_cast<std::int64_t>(values.size()) == table.rows(), examples_op,
            "column '{}' has {} rows, '{}' has {}", table.columns[i].name, values.size(), table.columns.front().name,
            table.rows());
    for (std::size_t row = 0; row < values.size(); ++row) to[static_cast<std::int64_t>(row) * width] = values[row];
    ++to;
  }
  return inputs;
}

void require_rows(const Tensor& inputs) {
  require(inputs.defined() && inputs.rank() >= 1, examples_op, "the inputs are {}; rank 1 or more is needed", inputs);
  require(inputs.shape()[0] > 0, examples_op, "the inputs {} have no rows", inputs);
}

}  // namespace

Examples examples_of(const Table& table, const TableOptions& options) {
  const std::string where = table.path.empty() ? "" : table.path + ": ";
  const std::size_t label = options.labelled ? table.place_of(options.label) : table.columns.size();
  require(table.rows() > 0, examples_op, "{}the table has no rows", where);
  const bool weighted = !options.weights.empty();
  const std::size_t weights = weighted ? table.place_of(options.weights) : table.columns.size();
  std::vector<std::size_t> inputs_at;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (i != label && i != weights) inputs_at.push_back(i);
  Examples examples;
  if (weighted) examples.weights = data::weights_of(table, options.weights, label);
  require(!inputs_at.empty(), examples_op, "{}the only column is '{}': there are no inputs{}", where,
          table.columns[0].name,
          table.columns[0].name.find_first_of(" \t:;|^~/") == std::string::npos
              ? ""
              : "; if a character in it parts columns, say which (CsvOptions::separator, --separator)");
  examples.path = table.path;
  examples.inputs = columns_side_by_side(table, inputs_at);
  for (const std::size_t i : inputs_at)
    examples.features.push_back({.name = table.columns[i].name, .categories = table.columns[i].categories});
  examples.notes = table.notes;
  examples.image = options.image ? *options.image : image_seen(examples);
  if (!options.image && examples.image.rank() > 0)
    examples.notes.push_back(
        fmt::format("the {} inputs look like the pixels of an image {}, since neighbours go together; --image no takes "
                    "them for numbers",
                    examples.inputs.shape()[1], examples.image));
  for (const Feature& feature : examples.features)
    require(examples.image.rank() == 0 || feature.categories.empty(), examples_op,
            "{}column '{}' is text ('{}'), so a row is no image {}", where, feature.name,
            feature.categories.empty() ? "" : feature.categories.front(), examples.image);
  require(examples.image.rank() == 0 || examples.image.size() == examples.inputs.shape()[1], examples_op,
          "{}an image {} has {} pixels, a row has {} inputs", where, examples.image, examples.image.size(),
          examples.inputs.shape()[1]);
  if (!options.labelled) return examples;
  examples.label = table.columns[label].name;
  examples.task = options.task;
  if (options.task != Task::classes) {
    data::Targets targets =
        options.task == Task::multilabel ? data::label_sets_of(table, label) : data::numbers_of(table, label);
    examples.labels = std::move(targets.labels);
    examples.classes = std::move(targets.names);
    return examples;
  }
  Classes classes = classes_of(table, label);
  examples.labels = from_span(classes.labels, {table.rows()});
  examples.classes = std::move(classes.names);
  return examples;
}

Examples examples_of(const Tensor& inputs, std::optional<Shape> image) {
  require_rows(inputs);
  Examples examples;
  examples.inputs = inputs.rank() == 1 ? reshape(inputs, {inputs.shape()[0], 1}) : inputs;
  examples.image = image ? *image : image_seen(inputs);
  const std::int64_t elements = inputs.size() / inputs.shape()[0];
  require(examples.image.rank() == 0 || examples.image.size() == elements, examples_op,
          "an image {} has {} elements, a row has {}", examples.image, examples.image.size(), elements);
  if (!is_channels_first(inputs.shape(), examples.image)) return examples;
  examples.inputs = permute(inputs, {0, 2, 3, 1});
  examples.notes.push_back(fmt::format("the rows {} are images whose channels come first", row_of(inputs.shape())));
  return examples;
}

Examples examples_of(const Tensor& inputs, const Tensor& labels, std::vector<std::string> classes,
                     std::optional<Shape> image, Task task) {
  Examples examples = examples_of(inputs, std::move(image));
  require(labels.defined() && (labels.rank() == 1 || labels.rank() == 2), examples_op,
          "the labels are {}; [n], [n,1], or [n, classes] with one 1 in each row, is needed", labels);
  require(labels.shape()[0] == examples.size(), examples_op, "inputs {} have {} rows, labels {} have {}",
          inputs.shape(), examples.size(), labels.shape(), labels.shape()[0]);
  examples.label = "label";
  examples.task = task;
  if (task != Task::classes) {
    data::Targets targets = data::targets_of(labels, std::move(classes), task);
    examples.labels = std::move(targets.labels);
    examples.classes = std::move(targets.names);
    return examples;
  }
  const auto complain = [&](std::size_t row, const std::string& why) {
    fail(ErrorCode::invalid_argument, examples_op, "row {}: {}", row, why);
  };
  const bool one_hot = labels.rank() == 2 && labels.shape()[1] != 1;
  const std::vector<double> values = one_hot ? places_of_ones(labels) : labels.to_vector<double>();
  if (one_hot)
    examples.notes.push_back(fmt::format("a label is the place of the 1 among {} numbers", labels.shape()[1]));
  Classes found = !classes.empty() ? classes_named(values, std::move(classes), complain)
                  : labels.dtype() == DType::i64 && !one_hot
                      ? classes_of_different(labels.to_vector<std::int64_t>(),
                                             [](std::int64_t value) { return std::to_string(value); })
                      : classes_of(values, complain, "; labels that are texts may be such numbers");
  examples.labels = from_span(found.labels, {examples.size()});
  examples.classes = std::move(found.names);
  return examples;
}

Examples take(const Examples& examples, std::span<const std::int64_t> rows) {
  for (const std::int64_t row : rows)
    require(row >= 0 && row < examples.size(), ErrorCode::out_of_range, "take", "row {} is outside [0, {})", row,
            examples.size());
  const Tensor order = from_span(rows, {static_cast<std::int64_t>(rows.size())});
  Examples taken = examples;
  taken.inputs = gather(examples.inputs, order);
  if (examples.labels.defined()) taken.labels = gather(examples.labels, order);
  taken.files.clear();
  for (std::size_t i = 0; i < rows.size() && !examples.files.empty(); ++i)
    taken.files.push_back(examples.files[static_cast<std::size_t>(rows[i])]);
  if (examples.weights.defined()) taken.weights = gather(examples.weights, order);
  return taken;
}

std::vector<std::int64_t> class_sizes(const Examples& examples) {
  require(examples.labels.defined(), "class_sizes", "the examples have no labels");
  std::vector<std::int64_t> sizes(examples.classes.size());
  if (examples.task == Task::multilabel) {
    const std::vector<float> ones = examples.labels.to_vector<float>();
    for (std::size_t i = 0; i < ones.size(); ++i) sizes[i % sizes.size()] += ones[i] != 0;
  }
  if (examples.task != Task::classes) return sizes;
  const auto classes = static_cast<std::int64_t>(sizes.size());
  std::int64_t row = 0;
  for (const std::int64_t label : examples.labels.to_vector<std::int64_t>()) {
    require(label >= 0 && label < classes, ErrorCode::out_of_range, "class_sizes",
            "the label {} of row {} is outside [0, {}), the classes", label, row, classes);
    ++sizes[static_cast<std::size_t>(label)];
    ++row;
  }
  return sizes;
}

}  // namespace logitape::inline v0
