// The C++ program that computes what the page shows.
#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

#include "answers.h"
#include "loss.h"
#include "session.h"

namespace lt = logitape;

namespace {

// A number as C++ reads it back to the same bits.
std::string in_cpp(double x) {
  if (std::isnan(x)) return "NAN";
  if (std::isinf(x)) return x > 0 ? "INFINITY" : "-INFINITY";
  return Json(x).dump();
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

// `text` with each name between two @ replaced by its value. What stands in a value stays as it is.
std::string filled(const std::string& text, const std::map<std::string, std::string>& values) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = std::min(text.find('@', at), text.size());
    result += text.substr(at, begin - at);
    if (begin == text.size()) break;
    const std::size_t end = text.find('@', begin + 1);
    result += values.at(text.substr(begin + 1, end - begin - 1));
    at = end + 1;
  }
  return result;
}

constexpr const char* loss_text =
    R"(// The loss of one row, its gradients into the logits and the labels, and one step of descent.
#include <logitape.h>

#include <cmath>
#include <iostream>

namespace lt = logitape;

int main() {
  const lt::Tensor logits = lt::variable(lt::tensor(@logits@)@dtype@);
  const lt::Tensor labels = lt::variable(lt::tensor(@labels@)@dtype@);
@mask@  const auto loss_of = [&](const lt::Tensor& x) { return lt::cross_entropy(@scaled@, labels@options@); };
  const lt::Tensor loss = loss_of(logits);
  const auto gradients = lt::grad(loss, {logits, labels});
  const lt::Tensor next = logits - @rate@ * gradients[0];

  const auto print = [](const char* name, const lt::Tensor& x) {
    for (const double value : x@rounded@.to_vector<double>()) std::cout << name << " " << value << "\n";
  };
  std::cout.precision(17);
  print("loss", loss);
  print("into a logit", gradients[0]);
  print("into a label", gradients[1]);
  print("loss after a step", loss_of(next));
}
)";

std::string loss_program(const LossQuestion& q) {
  const bool half = q.dtype == lt::DType::f16 || q.dtype == lt::DType::bf16;  // computed in f32, rounded once
  const std::string round = q.dtype == lt::DType::f64 ? "" : ".to(lt::DType::" + std::string(lt::name(q.dtype)) + ")";
  std::string scaled = q.temperature == 1 ? "x" : "x / " + in_cpp(q.temperature), mask;
  if (q.masked.defined()) {
    mask = "  const lt::Tensor left_out = lt::tensor(" + list_in_cpp(q.masked.to(lt::DType::f64)) +
           ") > 0;  // 1: masked\n";
    scaled = "lt::where(left_out, -INFINITY, " + scaled + ")";
  }
  return filled(loss_text, {{"logits", list_in_cpp(q.logits)},
                            {"labels", list_in_cpp(q.labels)},
                            {"dtype", round + (half ? ".to(lt::DType::f32)" : "")},
                            {"mask", mask},
                            {"scaled", scaled},
                            {"options", q.smoothing > 0 ? ", {.label_smoothing = " + in_cpp(q.smoothing) + "}" : ""},
                            {"rate", in_cpp(q.learning_rate)},
                            {"rounded", half ? round : ""}});
}

constexpr const char* training_text =
    R"(// Trains a classifier of a file beside this program, and says how often it is right on rows held out.
#include <logitape.h>

#include <cstdio>

namespace lt = logitape;

int main() {
  lt::Generator rng{@seed@};
  const lt::Examples all = lt::load_examples(@file@, @reading@);
  const auto [train, validation, test] = lt::split(all, {.test = @test@}, rng);
  const lt::Preprocessing prepare = lt::Preprocessing::fit(train);
  lt::Recipe recipe = lt::recipe_for(prepare, train.size(), @model@);
  recipe.training.epochs = @epochs@;
  recipe.training.batch_size = @batch@;
  recipe.training.label_smoothing = @smoothing@;
  recipe.training.seed = @seed@;
  recipe.training.keep_best = false;  // the rows held out choose nothing
  recipe.optimiser.learning_rate = @rate@;
  recipe.optimiser.weight_decay = @decay@;
  lt::Classifier classifier{prepare, recipe.architecture, rng};
  lt::Trainer{classifier, lt::AdamW{recipe.optimiser}, recipe.training}.fit(prepare(train), prepare(test));
  const lt::Prediction said = classifier.predict(test);
  std::printf("accuracy %.17g\n", lt::accuracy(said.probabilities, prepare(test).labels));
}
)";

// How the file is read, as C++ writes it: train_classifier's way, and what the learner chose.
std::string reading_of(const Data& d) {
  std::string ignored;
  for (const std::string& name : d.ignored) ignored += (ignored.empty() ? "" : ", ") + quoted(name);
  const std::string decimal = d.decimal == '\0' ? "" : std::string(".decimal = '") + d.decimal + "', ";
  return "{" + (d.label.empty() ? "" : ".label = " + quoted(d.label) + ", ") + ".csv = {" + decimal +
         ".allow_missing = true" + (ignored.empty() ? "" : ", .ignore = {" + ignored + "}") + "}}";
}

std::string training_program(const Data& d, const Training& t) {
  const lt::TrainerOptions& o = t.recipe.training;
  return filled(training_text, {{"seed", std::to_string(t.seed)},
                                {"test", in_cpp(t.share)},
                                {"epochs", std::to_string(o.epochs)},
                                {"batch", std::to_string(o.batch_size)},
                                {"smoothing", in_cpp(o.label_smoothing)},
                                {"rate", in_cpp(t.recipe.optimiser.learning_rate)},
                                {"decay", in_cpp(t.recipe.optimiser.weight_decay)},
                                {"reading", reading_of(d)},
                                {"model", quoted(t.model)},
                                {"file", quoted(d.name)}});
}

constexpr const char* check_text =
    R"(// A rule for the derivatives of the mean cross-entropy@mistake@; the gradient checker looks at it.
#include <logitape.h>

#include <iostream>

namespace lt = logitape;

lt::Tensor loss(lt::TensorList in) { return lt::cross_entropy(in[0], in[1]); }

lt::Tensors rule(lt::TensorList in, lt::TensorList, lt::TensorList g) {
  const lt::Tensor x = in[0], t = in[1], p = lt::softmax(x);
  const auto rows = static_cast<double>(x.shape()[0]);
  const lt::Tensor into_logits = @into logits@;
  const lt::Tensor into_labels = (@into labels@) / rows;
  return {g[0] * into_logits, g[0] * into_labels};
}

int main() {
  const lt::Tensor logits = lt::tensor(@logits@);
  const lt::Tensor labels = lt::tensor(@labels@);
  const auto op = lt::custom_op("cross_entropy", loss, rule);
  std::cout << lt::check_gradients(op, {logits, labels}, {.order = @order@, .names = {"logits", "labels"}}).str();
}
)";

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
  const std::string broken = asked.value("break", "none"), sum = "lt::sum(t, {.axes = {1}, .keep_dims = true})";
  std::string into_logits = broken == "missing-mass" ? "p - t" : sum + " * p - t";
  if (broken == "sign") into_logits = "t - " + sum + " * p";
  into_logits = "(" + into_logits + ")" + (broken == "factor-n" ? "" : " / rows");
  if (broken == "transposed") into_logits = "lt::reshape(lt::transpose(" + into_logits + "), x.shape())";
  const std::string lse = "lt::logsumexp(x, {.axes = {1}, .keep_dims = true})";
  return filled(check_text, {{"mistake", broken == "none" ? "" : ", with a mistake: " + broken},
                             {"into logits", into_logits},
                             {"into labels", broken == "missing-lse" ? "-x" : lse + " - x"},
                             {"logits", rows_in_cpp(asked["logits"])},
                             {"labels", rows_in_cpp(asked["labels"])},
                             {"order", std::to_string(asked.value("order", 1))}});
}

}  // namespace

Json answer_program(const Json& asked) {
  const std::string view = asked.contains("view") && asked["view"].is_string() ? asked["view"].get<std::string>() : "";
  if (view == "training") {
    const Request none(asked, {"view"});
    const Training& t = started_training();
    return {{"program", training_program(loaded_data(), t)}, {"file", "train.cpp"}, {"needs", loaded_data().name}};
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
