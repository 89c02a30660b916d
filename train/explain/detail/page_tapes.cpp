// The tape of the loss on the page, twice: softmax cross-entropy as one op, and as the ops of the steps before. Both
// give the same gradients; the second reads as the explanation does, the first keeps fewer bytes and bears more.
#include <algorithm>

#include "logitape/autograd/record.h"
#include "logitape/autograd/see/tape_views.h"
#include "logitape/autograd/watch.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/create.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/reduce.h"
#include "logitape/train/explain/detail/lesson.h"
#include "logitape/train/explain/detail/page_parts.h"
#include "logitape/train/see/detail/svg.h"

namespace logitape::inline v0::lesson {
namespace {

using train::escaped;

struct NamedLoss {
  Tensor loss;
  std::vector<TensorName> names;
};

struct Variables {
  Tensor x, t;
};

Variables variables_of(const Explanation& e) {
  const Shape shape = {static_cast<std::int64_t>(e.logits.size())};
  return {variable(from_span(e.logits, shape)), variable(from_span(e.labels, shape))};
}

NamedLoss one_op(const Variables& v) {
  const Tensor loss = row_loss({v.x, v.t});
  return {loss, {{v.x, "x"}, {v.t, "t"}, {loss, "loss"}}};
}

NamedLoss many_ops(const Variables& v) {
  const Tensor m = stop_gradient(max(v.x)), s = v.x - m, a = exp(s), sum_of_a = sum(a), p = a / sum_of_a;
  const Tensor log_p = log(p), terms = v.t * log_p, total = sum(terms), loss = -total;
  return {loss,
          {{v.x, "x"},
           {v.t, "t"},
           {m, "m"},
           {s, "s"},
           {a, "a"},
           {sum_of_a, "Z"},
           {p, "p"},
           {log_p, "log p"},
           {terms, "t*log p"},
           {total, "sum of t*log p"},
           {loss, "loss"}}};
}

std::string values_of(const Tensor& t) {
  const std::vector<double> all = t.to_vector<double>();
  std::string text = t.rank() == 0 ? "" : "[";
  for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 6); ++i) text += (i > 0 ? " " : "") + number(all[i], 3);
  if (all.size() > 6) text += fmt::format(" ... {} in all", all.size());
  return text + (t.rank() == 0 ? "" : "]");
}

// What a node computes, "exp: a".
std::string called(const Node& node, const std::vector<TensorName>& names) {
  for (const TensorName& n : names)
    if (n.tensor.node().get() == &node) return node.is_leaf() ? n.name : n.name + " (" + node.op() + ")";
  return node.is_leaf() ? "variable" : node.op();
}

std::string flow_table(const NamedLoss& of, const std::string& id) {
  std::string rows;
  int step = 0;
  watch(of.loss, [&](const Node& node, const Cotangents& g) {
    std::string arrives;
    for (int i = 0; i < node.output_count(); ++i)
      if (g.has(i)) arrives += (arrives.empty() ? "" : ", ") + values_of(g[i]);
    const std::string name = called(node, of.names);
    rows += fmt::format(
        "<tr data-tick=\"{}\" data-words=\"{} gets {}{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
        node.tick(), escaped(name), escaped(arrives), node.is_leaf() ? ": its gradient" : "", ++step, escaped(name),
        escaped(arrives));
  });
  return fmt::format(
      "<div class=\"wide numbers flow\" id=\"{}-flow\" tabindex=\"0\" role=\"region\" aria-label=\"The gradient's way, "
      "{}\"><table>\n<caption>The gradient's way, in the order of the tape; after a variable's name stands its "
      "gradient</caption>\n<thead><tr><th scope=\"col\">step</th><th scope=\"col\">node</th><th scope=\"col\">what "
      "flows in: d loss / d node</th></tr></thead>\n<tbody>\n{}</tbody></table></div>\n",
      id, id, rows);
}

std::string one_tape(const NamedLoss& of, const std::string& id, const std::string& title, const std::string& caption) {
  const std::string svg = tape_svg(of.loss, {.names = of.names, .title = title, .id = id});
  return fmt::format(
      "<h3>{0}</h3>\n<div class=\"player\" hidden data-tape=\"{1}\" role=\"group\" aria-label=\"Step through {0}\">"
      "<button type=\"button\" data-do=\"back\">Back</button><button type=\"button\" data-do=\"step\">Step</button>"
      "<button type=\"button\" data-do=\"play\">Play</button><button type=\"button\" data-do=\"all\">Show all</button>"
      "<p role=\"status\"></p></div>\n<div id=\"{1}-picture\">\n{2}</div>\n{3}",
      escaped(title), id, drawing(svg, title, caption), flow_table(of, id));
}

}  // namespace

std::string tapes(const Explanation& e) {
  const Variables v = variables_of(e);
  const bool vanished = std::count(e.probabilities.begin(), e.probabilities.end(), 0.0) > 0;
  std::string text =
      paragraph(
          "While a loss is computed, a tape notes each op and the values that its rule will need. To find the "
          "gradients, the tape is played backwards: each node gets d loss / d its output, multiplies by its own "
          "derivative, and hands the product to its inputs. That is the chain rule, and nothing else.") +
      one_tape(one_op(v), "fused", "The loss as one op",
               "This is what the library runs: one node for all steps, whose rule is S*p - t and -log p.");
  text += one_tape(many_ops(v), "unfused", "The loss as many ops",
                   "The same loss, an op for each step. It keeps more bytes, and rounds more often.");
  if (vanished)
    text += paragraph(
        "Here a class has p = 0: it is masked, or its logit is so far below that exp of it is 0. Then "
        "log p is -inf, and 0 * -inf is no number (nan). The one op above never takes the log of p, so "
        "it gives the right numbers.");
  return text;
}

}  // namespace logitape::inline v0::lesson
