// Everything about the loss of one row: probabilities, both gradients, second derivatives, a step of descent.
#include "loss.h"

#include <cmath>
#include <stdexcept>

#include "answers.h"

namespace lt = logitape;

namespace {

constexpr std::size_t most_classes = 10000, most_for_matrices = 64;

lt::DType dtype_of(const std::string& name) {
  if (name == "f32") return lt::DType::f32;
  if (name == "f16") return lt::DType::f16;
  return name == "bf16" ? lt::DType::bf16 : lt::DType::f64;
}

bool is_half(lt::DType dtype) { return dtype == lt::DType::f16 || dtype == lt::DType::bf16; }

// Of that dtype; halves go on as f32.
lt::Tensor vector_of(const std::vector<double>& values, lt::DType dtype) {
  const lt::Tensor x = lt::from_span(values, {static_cast<std::int64_t>(values.size())}).to(dtype);
  return is_half(dtype) ? x.to(lt::DType::f32) : x;
}

std::vector<double> labels_of(const Request& r, std::size_t classes) {
  if (!r.member("labels").is_array()) {
    std::vector<double> dense(classes, 0.0);
    const std::int64_t most = static_cast<std::int64_t>(classes) - 1;
    dense[static_cast<std::size_t>(r.whole("labels", 0, 0, most))] = 1;
    return dense;
  }
  const std::vector<double> given = r.numbers("labels");
  if (given.size() != classes)
    throw std::invalid_argument("there are " + std::to_string(classes) + " logits and " + std::to_string(given.size()) +
                                " labels: each class needs one of each");
  for (std::size_t i = 0; i < classes; ++i)
    if (!(given[i] >= 0) || std::isinf(given[i]))
      throw std::invalid_argument("label " + std::to_string(i + 1) + " is " + shown(json_of(given[i])) +
                                  ": a label says how much of the row belongs to a class, 0 or more");
  return given;
}

lt::Tensor mask_of(const Request& r, std::size_t classes) {
  if (!r.has("mask")) return {};
  const Json& given = r.member("mask");
  if (!given.is_array() || given.size() != classes)
    throw std::invalid_argument("mask needs a true or false for each of the " + std::to_string(classes) + " classes");
  std::vector<double> out;
  for (const Json& m : given) {
    if (!m.is_boolean()) throw std::invalid_argument("mask needs true or false for each class, not " + shown(m));
    out.push_back(m.get<bool>() ? 1.0 : 0.0);
  }
  return vector_of(out, lt::DType::f64) > 0;
}

// The shares that the loss aims at: labels after smoothing.
lt::Tensor smoothed(const LossQuestion& q) {
  const auto classes = static_cast<double>(q.labels.size());
  return (1 - q.smoothing) * q.labels + q.smoothing / classes;
}

// t * (-log p), where 0 * infinity is 0: a class without a label asks nothing of its logit.
std::vector<double> terms_of(const std::vector<double>& target, const std::vector<double>& log_p) {
  std::vector<double> terms;
  for (std::size_t i = 0; i < target.size(); ++i) terms.push_back(target[i] == 0 ? 0.0 : target[i] * -log_p[i]);
  return terms;
}

void add_second_derivatives(Json& answer, const LossQuestion& q) {
  const lt::TensorFunction slope = [&q](lt::TensorList in) {
    const lt::Tensor loss = loss_of(q, in[0], in[1]);
    return lt::grad(loss, {in[0]}, {.create_graph = true})[0];
  };
  const lt::Tensors blocks = lt::jacobian(slope, {q.logits, q.labels});
  answer["hessian"] = rounded(q, blocks[0]);
  answer["mixed"] = rounded(q, blocks[1]);
  answer["jacobian"] =
      rounded(q, lt::jacobian([&q](const lt::Tensor& x) { return lt::softmax(scaled(q, x)); }, q.logits));
}

Json sentences_of(const LossQuestion& q, bool second, bool numeric) {
  Json notes = Json::array();
  const auto classes = static_cast<std::size_t>(q.logits.size());
  if (second && classes > most_for_matrices)
    notes.push_back("second derivatives of " + std::to_string(classes) + " classes are " +
                    std::to_string(classes * classes) + " numbers: they are shown for up to " +
                    std::to_string(most_for_matrices));
  if (numeric && classes > most_for_matrices)
    notes.push_back("numeric differences are taken for up to " + std::to_string(most_for_matrices) + " classes");
  if (lt::sum(q.labels).item<double>() == 0)
    notes.push_back("the labels sum to 0: nothing is asked of the logits, so the loss is 0");
  if (q.smoothing > 0 && q.masked.defined() && lt::count(q.masked).item<double>() > 0)
    notes.push_back("smoothing gives a share to the masked class too, whose probability is 0: the loss is infinite");
  return notes;
}

}  // namespace

LossQuestion loss_question(const Request& r) {
  LossQuestion q;
  q.dtype = dtype_of(r.choice("dtype", {"f64", "f32", "f16", "bf16"}));
  q.smoothing = r.number("smoothing", 0, 0, 1);
  q.temperature = r.number("temperature", 1, 1e-6, 1e6);
  q.learning_rate = r.number("learning_rate", 1, 0, 1e6);
  const std::vector<double> logits = r.numbers("logits");
  if (logits.empty()) throw std::invalid_argument("there are no logits: a loss needs a number for each class");
  if (logits.size() > most_classes)
    throw std::invalid_argument("there are " + std::to_string(logits.size()) + " logits: the page takes up to " +
                                std::to_string(most_classes) + ", the library any number");
  q.logits = vector_of(logits, q.dtype);
  q.labels = vector_of(labels_of(r, logits.size()), q.dtype);
  q.masked = mask_of(r, logits.size());
  return q;
}

lt::Tensor scaled(const LossQuestion& q, const lt::Tensor& logits) {
  const lt::Tensor z = q.temperature == 1 ? logits : logits / q.temperature;
  return q.masked.defined() ? lt::where(q.masked, -std::numeric_limits<double>::infinity(), z) : z;
}

lt::Tensor loss_of(const LossQuestion& q, const lt::Tensor& logits, const lt::Tensor& labels) {
  return lt::cross_entropy(scaled(q, logits), labels, {.label_smoothing = q.smoothing});
}

Json rounded(const LossQuestion& q, const lt::Tensor& result) { return json_of(result.to(q.dtype)); }

Json numeric_derivatives(const lt::TensorFunction& f, const lt::Tensors& inputs, std::size_t which) {
  Json list = Json::array();
  const lt::Tensor x = inputs[which].to(lt::DType::f64);
  const std::vector<double> values = x.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    lt::Tensors others;
    for (const lt::Tensor& input : inputs) others.push_back(input.to(lt::DType::f64));
    std::vector<double> one_hot(values.size(), 0.0);
    one_hot[i] = 1;
    const lt::Tensor axis = lt::from_span(one_hot, x.shape());
    const auto along = [&](const lt::Tensor& step) {
      others[which] = x + axis * step;
      return f(others);
    };
    const lt::GradientReport report = lt::check_gradients(along, lt::tensor({0.0}), {.order = 1, .reruns = false});
    const lt::GradientElement& e = report.worst;
    const bool known = std::isfinite(values[i]) && std::isfinite(e.numeric) && std::isfinite(e.error_bar);
    list.push_back(known ? Json{{"value", e.numeric}, {"error_bar", e.error_bar}} : Json(nullptr));
  }
  return list;
}

Json answer_loss(const Json& asked) {
  const Request r(
      asked, {"logits", "labels", "smoothing", "temperature", "mask", "dtype", "learning_rate", "second", "numeric"});
  LossQuestion q = loss_question(r);
  const bool second = r.flag("second", true), numeric = r.flag("numeric", false);
  const lt::Tensor logits = lt::variable(q.logits), labels = lt::variable(q.labels);
  const lt::Tensor z = scaled(q, logits), target = smoothed(q);
  const auto details = lt::cross_entropy_details(z, labels, {.label_smoothing = q.smoothing});
  const lt::Tensors gradients = lt::grad(details.loss, {logits, labels});
  const lt::Tensor log_p = lt::log_softmax(z), shift = lt::max(z), exponentials = lt::exp(z - shift);
  Json answer = {{"classes", q.logits.size()},
                 {"dtype", lt::name(q.dtype)},
                 {"logits", rounded(q, q.logits)},
                 {"labels", rounded(q, q.labels)},
                 {"scaled_logits", rounded(q, z)},
                 {"target", rounded(q, target)},
                 {"label_mass", rounded(q, lt::sum(target))},
                 {"maximum", rounded(q, shift)},
                 {"exponentials", rounded(q, exponentials)},
                 {"sum", rounded(q, lt::sum(exponentials))},
                 {"log_sum_exp", rounded(q, details.log_sum_exp)},
                 {"log_probabilities", rounded(q, log_p)},
                 {"probabilities", rounded(q, details.probabilities)},
                 {"terms", json_of(terms_of(target.to_vector<double>(), log_p.to_vector<double>()))},
                 {"loss", rounded(q, details.loss)},
                 {"logits_gradient", rounded(q, gradients[0])},
                 {"labels_gradient", rounded(q, gradients[1])},
                 {"left_out", sentences_of(q, second, numeric)}};
  const bool small = static_cast<std::size_t>(q.logits.size()) <= most_for_matrices;
  if (second && small) add_second_derivatives(answer, q);
  if (numeric && small) {
    const lt::TensorFunction f = [&q](lt::TensorList in) { return loss_of(q, in[0], in[1]); };
    answer["numeric"] = {{"logits", numeric_derivatives(f, {q.logits, q.labels}, 0)},
                         {"labels", numeric_derivatives(f, {q.logits, q.labels}, 1)}};
  }
  const lt::Tensor next = q.logits - q.learning_rate * gradients[0];
  answer["next"] = {{"logits", rounded(q, next)},
                    {"probabilities", rounded(q, lt::softmax(scaled(q, next)))},
                    {"loss", rounded(q, loss_of(q, next, q.labels))}};
  return answer;
}
