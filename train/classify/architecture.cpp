// The table of models, and the parser of the text. One more model is one function and one row of `models`.
#include "logitape/train/classify/architecture.h"

#include <map>
#include <optional>

#include <fmt/ranges.h>  // fmt::join, since fmt 11

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/text.h"
#include "logitape/train/nn/embedding_layers.h"
#include "logitape/train/nn/layers.h"
#include "logitape/train/nn/models.h"

namespace logitape::inline v0 {
namespace {

constexpr const char* op = "build_model";

// The parts of the text. Options are removed as they are read; any left over are unknown.
struct Parts {
  std::string_view whole;
  std::string name;
  std::vector<std::int64_t> sizes;
  std::map<std::string, std::string, std::less<>> options;

  std::optional<std::string> take(std::string_view option) {
    const auto found = options.find(option);
    if (found == options.end()) return {};
    std::string value = found->second;
    options.erase(found);
    return value;
  }
};

// The text before the first `mark`; `text` keeps what is behind it.
std::string_view before(std::string_view& text, char mark) {
  const std::size_t at = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

Parts parts_of(std::string_view architecture) {
  Parts parts{architecture, {}, {}, {}};
  std::string_view rest = architecture, head = before(rest, ';');
  parts.name = before(head, ':');
  while (!head.empty()) {
    const std::string_view size = before(head, ',');
    const auto extent = number_in<std::int64_t>(size);
    require(extent && *extent >= 1, op, "\"{}\" has the size \"{}\"; whole numbers of 1 or more are needed",
            architecture, size);
    parts.sizes.push_back(*extent);
  }
  while (!rest.empty()) {
    std::string_view option = before(rest, ';');
    const std::string key(before(option, '='));
    require(parts.options.emplace(key, option).second, op, "\"{}\" has the option \"{}\" twice", architecture, key);
  }
  return parts;
}

AnyModule activation_of(const Parts& parts, const std::string& name) {
  if (name == "relu") return Relu{};
  if (name == "gelu") return Gelu{};
  if (name == "silu") return Silu{};
  require(name == "tanh", op, "\"{}\" has the activation \"{}\"; relu, gelu, silu and tanh are known", parts.whole,
          name);
  return Tanh{};
}

Sequential linear(Parts& parts) {
  require(parts.sizes.size() == 2, op, "\"{}\" has {} sizes; linear has 2: inputs, classes", parts.whole,
          parts.sizes.size());
  return {Flatten{}, Linear{parts.sizes[0], parts.sizes[1]}};
}

Sequential mlp(Parts& parts) {
  require(parts.sizes.size() >= 3, op, "\"{}\" has {} sizes; mlp has 3 or more: inputs, hidden layers, classes",
          parts.whole, parts.sizes.size());
  const AnyModule activation = activation_of(parts, parts.take("activation").value_or("relu"));
  const std::string text = parts.take("dropout").value_or("0");
  const auto rate = number_in<double>(text);
  require(rate.has_value(), op, "\"{}\" has the dropout \"{}\", which is no number", parts.whole, text);
  const Dropout dropout(*rate);
  std::vector<AnyModule> modules{Flatten{}};
  for (std::size_t i = 0; i + 1 < parts.sizes.size(); ++i) {
    modules.emplace_back(Linear{parts.sizes[i], parts.sizes[i + 1]});
    if (i + 2 == parts.sizes.size()) break;
    modules.push_back(activation);
    if (*rate > 0) modules.emplace_back(dropout);
  }
  return Sequential::of(std::move(modules));
}

Shape image_of(const Parts& parts) {
  require(parts.sizes.size() == 4, op, "\"{}\" has {} sizes; {} has 4: height, width, channels, classes", parts.whole,
          parts.sizes.size(), parts.name);
  return {parts.sizes[0], parts.sizes[1], parts.sizes[2]};
}

Sequential lenet(Parts& parts) {
  const Shape image = image_of(parts);
  return logitape::lenet(parts.sizes[3], image);
}

Sequential small_resnet(Parts& parts) {
  const Shape image = image_of(parts);
  const std::string text = parts.take("width").value_or("16");
  const auto width = number_in<std::int64_t>(text);
  require(width && *width >= 1, op, "\"{}\" has the width \"{}\"; a whole number of 1 or more is needed", parts.whole,
          text);
  return logitape::small_resnet(parts.sizes[3], image, *width);
}

Sequential text(Parts& parts) {
  require(parts.sizes.size() == 3, op, "\"{}\" has {} sizes; text has 3: buckets, dimensions, classes", parts.whole,
          parts.sizes.size());
  return {EmbeddingBag{parts.sizes[0], parts.sizes[1]}, Linear{parts.sizes[1], parts.sizes[2]}};
}

struct Model {
  const char* name;
  Sequential (*build)(Parts& parts);
};
constexpr Model models[] = {
    {"linear", linear}, {"mlp", mlp}, {"lenet", lenet}, {"small_resnet", small_resnet}, {"text", text}};

// For layers one after another, whose weights are [in, out].
double between_neighbours(const Parts& parts) {
  double weights = 0;
  for (std::size_t i = 0; i + 1 < parts.sizes.size(); ++i)
    weights += static_cast<double>(parts.sizes[i]) * static_cast<double>(parts.sizes[i + 1]);
  return weights;
}

// LeNet's first linear layer has 120 weights for each of its inputs: 16 inputs for every 4 x 4 pixels, fewer at the
// edges.
double of_pixels(const Parts& parts) {
  return parts.sizes.size() < 2 ? 0 : static_cast<double>(parts.sizes[0]) * static_cast<double>(parts.sizes[1]);
}

// Each block has a convolution of 3 x 3 between its channels.
double of_width(const Parts& parts) {
  const auto found = parts.options.find("width");
  const double width = found == parts.options.end() ? 16 : number_in<double>(found->second).value_or(0);
  return 9 * width * width;
}

}  // namespace

double least_weights(std::string_view architecture) {
  const Parts parts = parts_of(architecture);
  if (parts.name == "lenet") return of_pixels(parts);
  if (parts.name == "small_resnet") return of_width(parts);
  return between_neighbours(parts);
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Model& m : models) names.emplace_back(m.name);
  return names;
}

Sequential build_model(std::string_view architecture) {
  Parts parts = parts_of(architecture);
  for (const Model& m : models) {
    if (parts.name != m.name) continue;
    Sequential model = m.build(parts);
    require(parts.options.empty(), op, "\"{}\" has the option \"{}\"; {} has no such option", architecture,
            parts.options.empty() ? "" : parts.options.begin()->first, parts.name);
    return model;
  }
  const std::string known = fmt::format("{}", fmt::join(model_names(), ", "));
  fail(ErrorCode::invalid_argument, op, "\"{}\" is of the model \"{}\"; {} are known", architecture, parts.name, known);
}

}  // namespace logitape::inline v0
