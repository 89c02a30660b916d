// The sizes of a model follow from its rows; the training options follow from their number.
#include "logitape/train/classify/recipe.h"

#include <algorithm>
#include <cmath>

#include "logitape/core/detail/require.h"
#include "logitape/train/classify/architecture.h"

namespace logitape::inline v0 {
namespace {

// "lenet": "28,28,1" of the images that the rows are.
std::string image_sizes(const Preprocessing& p, std::string_view op, const std::string& name) {
  require(p.image.size() >= 2, op, "{} is for images, and rows are {}{}", name, Shape(p.row),
          p.row.size() >= 2 ? "; say that they are images" : "");
  return fmt::format("{},{},{}", p.image[0], p.image[1], p.image.size() > 2 ? p.image[2] : 1);
}

}  // namespace

std::string architecture_for(const Preprocessing& prepare, std::string_view model) {
  const char* const op = "architecture_for";
  const Task task = prepare.task;
  require(prepare.classes.size() >= 2 || task != Task::classes, op, "the rows have {} classes; at least 2 are needed",
          prepare.classes.size());
  const std::size_t outputs = task == Task::regression ? 1 : prepare.classes.size();
  const std::size_t colon = std::min(model.find(':'), model.size()),
                    options_at = std::min(model.find(';'), model.size());
  const std::string name(model.substr(0, std::min(colon, options_at)));
  const std::string sizes(colon < options_at ? model.substr(colon + 1, options_at - colon - 1) : "");
  require(prepare.tokenizer ? model == "mlp" || model == "text" : name != "text", op,
          "\"{}\" is asked for, and rows are {}", model,
          prepare.tokenizer ? "free text: text is for them" : "no free text");
  if (prepare.tokenizer) return fmt::format("text:{},16,{}", prepare.tokenizer->buckets, outputs);
  const std::size_t width = prepare.feature_names().size();
  std::string inputs = std::to_string(width), hidden, options(model.substr(options_at));
  if (name == "mlp") hidden = !sizes.empty() ? sizes : width < 64 ? "128,64" : "256,128";
  else
    require(sizes.empty(), op, "\"{}\" has the sizes {}; {} takes none, they come from the rows", model, sizes, name);
  if (model == "mlp") options = task == Task::regression ? ";activation=silu" : ";dropout=0.2;activation=silu";
  if (name == "lenet" || name == "small_resnet") inputs = image_sizes(prepare, op, name);
  std::string whole = fmt::format("{}:{}{}{},{}{}", name, inputs, hidden.empty() ? "" : ",", hidden, outputs, options);
  build_model(whole);
  return whole;
}

Recipe recipe_for(const Preprocessing& prepare, std::int64_t rows, std::string_view model) {
  require(rows >= 1, "recipe_for", "there are {} rows to train on; at least 1 is needed", rows);
  Recipe r{.architecture = architecture_for(prepare, model), .optimiser = {}, .training = {}};
  // small sets get many steps an epoch, large ones get large batches, which suit the kernels
  std::int64_t& batch = r.training.batch_size = 16;
  while (batch < 128 && batch * 50 < rows) batch *= 2;
  const std::int64_t steps = (rows + batch - 1) / batch;
  // labels one by one, and numbers, are learnt by heart sooner than classes (tests/classifiers/tasks.py)
  const bool by_class = prepare.task == Task::classes;
  r.training.epochs = static_cast<int>(std::clamp<std::int64_t>((by_class ? 3000 : 900) / steps, 20, 100));
  r.optimiser.learning_rate =
      model.starts_with("linear") ? 2e-2 : 4e-3;  // a single layer has further to go in the same number of steps
  r.optimiser.weight_decay = by_class ? 0.1 : 1;
  if (by_class) r.training.label_smoothing = 0.05;
  r.training.loss = loss_of(prepare.task);
  r.training.schedule = one_cycle();
  return r;
}

}  // namespace logitape::inline v0
