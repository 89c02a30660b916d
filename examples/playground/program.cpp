// The C++ program that computes what the page shows.
#include <cmath>
#include <stdexcept>

#include "answers.h"
#include "loss.h"
#include "session.h"

namespace lt = logitape;

namespace {

// A number as C++ reads it back to the same bits.
std::string in_cpp(double x) {
  if (std::isnan(x)) return "NAN";
  if (std::isinf(x)) return x > 0 ? "INFINITY" : "-INFINITY";
  std::string text = Json(x).dump();
  return text;
}

std::string list_in_cpp(const lt::Tensor& x) {
  std::string text;
  for (const double value : x.to_vector<double>()) {
    if (text.size() - text.rfind('\n') - 1 > 100 || (text.rfind('\n') == std::string::npos && text.size() > 80))
      text += ",\n      ";
    else if (!text.empty()) text += ", ";
    text += in_cpp(value);
  }
  return "{" + text + "}";
}

// A text as C++ reads it back to the same bytes.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 32) {
      char octal[8];
      std::snprintf(octal, sizeof octal, "\\%03o", static_cast<unsigned>(c));
      result += octal;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string loss_program(const LossQuestion& q) {
  const std::string round = q.dtype == lt::DType::f64 ? "" : ".to(lt::DType::" + std::string(lt::name(q.dtype)) + ")";
  const bool half = q.dtype == lt::DType::f16 || q.dtype == lt::DType::bf16;  // computed in f32, rounded once
  const std::string cast = round + (half ? ".to(lt::DType::f32)" : ""), print = half ? round : "";
  std::string z = "logits";
  if (q.temperature != 1) z += " / " + in_cpp(q.temperature);
  std::string mask;
  if (q.masked.defined()) {
    mask = "  const lt::Tensor left_out = lt::tensor(" + list_in_cpp(q.masked.to(lt::DType::f64)) +
           ") > 0;  // 1: masked\n";
    z = "lt::where(left_out, -INFINITY, " + z + ")";
  }
  const std::string options = q.smoothing > 0 ? ", {.label_smoothing = " + in_cpp(q.smoothing) + "}" : "";
  return "// The loss of one row, its gradients into the logits and the labels, and one step of descent.\n"
         "#include <logitape.h>\n\n#include <cmath>\n#include <iostream>\n\nnamespace lt = logitape;\n\nint main() {\n"
         "  const lt::Tensor logits = lt::variable(lt::tensor(" +
         list_in_cpp(q.logits) + ")" + cast +
         ");\n"
         "  const lt::Tensor labels = lt::variable(lt::tensor(" +
         list_in_cpp(q.labels) + ")" + cast + ");\n" + mask +
         "  const auto loss_of = [&](const lt::Tensor& logits) {\n"
         "    return lt::cross_entropy(" +
         z + ", labels" + options +
         ");\n"
         "  };\n"
         "  const lt::Tensor loss = loss_of(logits);\n"
         "  const auto gradients = lt::grad(loss, {logits, labels});\n"
         "  const lt::Tensor next = logits - " +
         in_cpp(q.learning_rate) +
         " * gradients[0];\n"
         "  std::cout.precision(17);\n"
         "  for (const double x : loss" +
         print +
         ".to_vector<double>()) std::cout << \"loss \" << x << \"\\n\";\n"
         "  for (const double x : gradients[0]" +
         print +
         ".to_vector<double>()) std::cout << \"into a logit \" << x << \"\\n\";\n"
         "  for (const double x : gradients[1]" +
         print +
         ".to_vector<double>()) std::cout << \"into a label \" << x << \"\\n\";\n"
         "  for (const double x : loss_of(next)" +
         print +
         ".to_vector<double>()) std::cout << \"loss after a step \" << x << "
         "\"\\n\";\n"
         "}\n";
}

std::string reading_of(const Data& d) {
  std::string csv = d.decimal == '\0' ? "" : std::string(".decimal = '") + d.decimal + "', ";
  csv += ".allow_missing = true";
  if (!d.ignored.empty()) {
    std::string names;
    for (const std::string& name : d.ignored) names += (names.empty() ? "" : ", ") + quoted(name);
    csv += ", .ignore = {" + names + "}";
  }
  return "{" + (d.label.empty() ? "" : ".label = " + quoted(d.label) + ", ") + ".csv = {" + csv + "}}";
}

std::string training_program(const Data& d, const Training& t, double test) {
  const lt::Recipe& recipe = t.recipe;
  return "// Trains a classifier of " + Json(d.name).dump() +
         ", and says how often it is right on rows held out.\n"
         "#include <logitape.h>\n\n#include <cstdio>\n\nnamespace lt = logitape;\n\nint main() {\n"
         "  lt::Generator rng{" +
         std::to_string(t.seed) +
         "};\n"
         "  const lt::Examples all = lt::load_examples(" +
         quoted(d.name) + ", " + reading_of(d) +
         ");\n"
         "  const lt::SplitRows rows = lt::split_rows(all.labels, {.test = " +
         in_cpp(test) +
         "}, rng);\n"
         "  const lt::Examples train = lt::take(all, rows.train), test = lt::take(all, rows.test);\n"
         "  const lt::Preprocessing prepare = lt::Preprocessing::fit(train);\n"
         "  lt::Recipe recipe = lt::recipe_for(prepare, train.size(), " +
         quoted(t.model) +
         ");\n"
         "  recipe.training.epochs = " +
         std::to_string(recipe.training.epochs) +
         ";\n"
         "  recipe.training.batch_size = " +
         std::to_string(recipe.training.batch_size) +
         ";\n"
         "  recipe.training.label_smoothing = " +
         in_cpp(recipe.training.label_smoothing) +
         ";\n"
         "  recipe.training.seed = " +
         std::to_string(t.seed) +
         ";\n"
         "  recipe.training.keep_best = false;  // the rows held out choose nothing\n"
         "  recipe.optimiser.learning_rate = " +
         in_cpp(recipe.optimiser.learning_rate) +
         ";\n"
         "  recipe.optimiser.weight_decay = " +
         in_cpp(recipe.optimiser.weight_decay) +
         ";\n"
         "  lt::Classifier classifier{prepare, recipe.architecture, rng};\n"
         "  lt::Trainer{classifier, lt::AdamW{recipe.optimiser}, recipe.training}.fit(prepare(train), prepare(test));\n"
         "  const lt::Prediction said = classifier.predict(test);\n"
         "  std::printf(\"accuracy %.17g\\n\", lt::accuracy(said.probabilities, prepare(test).labels));\n"
         "}\n";
}

std::string rows_in_cpp(const Json& rows) {
  if (!rows[0].is_array()) return rows_in_cpp(Json::array({rows}));
  std::string text;
  for (const Json& row : rows) {
    std::string cells;
    for (const Json& cell : row) cells += (cells.empty() ? "" : ", ") + in_cpp(number_of(cell, "a number"));
    text += (text.empty() ? "{" : ", {") + cells + "}";
  }
  return "{" + text + "}";
}

std::string check_program(const Json& asked) {
  const std::string broken = asked.value("break", "none");
  const std::string sum = "lt::sum(t, {.axes = {1}, .keep_dims = true})",
                    lse = "lt::logsumexp(x, {.axes = {1}, .keep_dims = true})";
  std::string into_logits = broken == "missing-mass" ? "p - t" : sum + " * p - t";
  if (broken == "sign") into_logits = "t - " + sum + " * p";
  into_logits = broken == "factor-n" ? "(" + into_logits + ")" : "(" + into_logits + ") / rows";
  if (broken == "transposed") into_logits = "lt::reshape(lt::transpose(" + into_logits + "), x.shape())";
  const std::string into_labels = broken == "missing-lse" ? "-x" : lse + " - x";
  return "// A derivative rule of the mean cross-entropy, written by hand" +
         std::string(broken == "none" ? "" : " with a mistake: " + broken) +
         "; the gradient checker looks at it.\n"
         "#include <logitape.h>\n\n#include <iostream>\n\nnamespace lt = logitape;\n\n"
         "lt::Tensor loss(lt::TensorList in) { return lt::cross_entropy(in[0], in[1]); }\n\n"
         "lt::Tensors rule(lt::TensorList in, lt::TensorList, lt::TensorList g) {\n"
         "  const lt::Tensor x = in[0], t = in[1], p = lt::softmax(x);\n"
         "  const auto rows = static_cast<double>(x.shape()[0]);\n"
         "  const lt::Tensor into_logits = " +
         into_logits + ";\n  const lt::Tensor into_labels = (" + into_labels +
         ") / rows;\n"
         "  return {g[0] * into_logits, g[0] * into_labels};\n}\n\n"
         "int main() {\n  const lt::Tensor logits = lt::tensor(" +
         rows_in_cpp(asked["logits"]) + ");\n  const lt::Tensor labels = lt::tensor(" + rows_in_cpp(asked["labels"]) +
         ");\n"
         "  const auto op = lt::custom_op(\"cross_entropy\", loss, rule);\n"
         "  std::cout << lt::check_gradients(op, {logits, labels}, {.order = 1, .names = {\"logits\", "
         "\"labels\"}}).str();\n}\n";
}

}  // namespace

Json answer_program(const Json& asked) {
  const std::string view = asked.contains("view") && asked["view"].is_string() ? asked["view"].get<std::string>() : "";
  if (view == "training") {
    const Request none(asked, {"view"});
    const Training& t = started_training();
    return {
        {"program", training_program(loaded_data(), t, t.share)}, {"file", "train.cpp"}, {"needs", loaded_data().name}};
  }
  if (view == "check") {
    Json question = asked;
    question.erase("view");
    answer_check(question);  // refuses what cannot be checked
    return {{"program", check_program(asked)}, {"file", "check.cpp"}};
  }
  if (view != "loss") throw std::invalid_argument("view needs loss, training or check");
  const Request r(asked, {"view", "logits", "labels", "smoothing", "temperature", "mask", "dtype", "learning_rate",
                          "second", "numeric"});
  return {{"program", loss_program(loss_question(r))}, {"file", "loss.cpp"}};
}
