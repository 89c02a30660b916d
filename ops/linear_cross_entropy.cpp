// linear_cross_entropy: the logits of all rows, [rows, classes], never exist at once. Rows pass in chunks; each chunk's
// loss and gradients are made by the ordinary ops on a small tape of its own, and that tape is gone before the next
// chunk begins. The tape of a first derivative ends at the chunk's logits: the products behind them are made here, so
// that the weight's are added up where they stay.
//
// One node carries every order. With row losses l(h, w, b, t) and row weights r it has the outputs
//   {sum(r*l), and that sum's derivatives by h, w, b, t and r}
// so a first derivative is there when the loss is; its own rule replays the chunks and differentiates them once more.
#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "logitape/autograd/backward.h"
#include "logitape/ops/create.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/detail/cross_entropy_node.h"
#include "logitape/ops/detail/cross_entropy_options.h"
#include "logitape/ops/detail/losses_support.h"
#include "logitape/ops/detail/support.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/index.h"
#include "logitape/ops/matmul.h"
#include "logitape/ops/rearrange.h"
#include "logitape/ops/reduce.h"

namespace logitape::inline v0 {
namespace {

// What a row's loss depends on. Inputs that have rows are cut into chunks; inputs that all rows share are not.
enum Role : std::size_t { hidden, targets, row_weights, weight, bias, class_weights, roles };
bool of_rows(std::size_t role) { return role <= row_weights; }
bool behind_the_cut(std::size_t role) { return role == hidden || role == weight || role == bias; }
using Inputs = std::array<Tensor, roles>;  // absent ones are undefined

Tensor rows_between(const Tensor& x, std::int64_t begin, std::int64_t end) {
  Ints first, size(x.shape());
  for (int r = 0; r < x.rank(); ++r) first.push(r == 0 ? begin : 0);
  size[0] = end - begin;
  return slice(x, first, size);
}

// A chunk's tape, cut at its logits.
struct Cut {
  Tensor hidden;  // as it was multiplied, on the tape behind the cut
  Tensor logits;  // the leaf before it, without bytes: they go with the tape
};

struct Plan {
  CrossEntropyOptions options;  // of a chunk: rows, not reduced
  Tensor keep;
  double scale;
  std::int64_t rows, chunk;

  // f(begin, end), chunk after chunk.
  template <class F>
  void each(F f) const {
    std::int64_t begin = 0;
    do f(begin, std::min(rows, begin + chunk));  // without rows there is one empty chunk
    while ((begin += chunk) < rows);
  }
  // Rows of weight 0 whose loss is not finite are left out, like rows that are not kept.
  Tensor losses(const Inputs& in, std::int64_t begin, std::int64_t end, Cut* cut = nullptr) const {
    CrossEntropyOptions o = options;
    o.class_weights = in[class_weights];
    if (keep.defined()) o.mask = rows_between(keep, begin, end);
    const auto made = [&] {
      const Tensor h = ops::where_kept(in[hidden], o.mask, 1);
      const auto multiplied = [&] {
        return in[bias].defined() ? linear(h, in[weight], in[bias]) : linear(h, in[weight]);
      };
      if (!cut) return cross_entropy(multiplied(), in[targets], o);
      const auto leaf = [&] {
        const NoGrad guard;
        return variable(multiplied());
      };
      const Tensor logits = leaf();
      *cut = {h, logits.without_bytes()};
      return cross_entropy(logits, in[targets], o);
    };
    const Tensor first = made();
    const Tensor lost = in[row_weights].defined() ? ops::lost_rows(first, in[row_weights], o.mask) : Tensor();
    if (!lost.defined()) return first;
    o.mask = ops::kept_but(o.mask, lost);
    return made();
  }
  // scale * sum(r*l) of a chunk.
  Tensor total(const Tensor& losses, const Inputs& in) const {
    return sum(in[row_weights].defined() ? losses * in[row_weights] : losses) * scale;
  }
};

// A chunk's inputs: on the caller's tape, or leaves of their own.
Inputs chunk_of(const Inputs& whole, std::int64_t begin, std::int64_t end, bool on_tape) {
  Inputs part;
  for (std::size_t i = 0; i < roles; ++i) {
    if (!whole[i].defined()) continue;
    part[i] = of_rows(i) ? rows_between(whole[i], begin, end) : whole[i];
    if (!on_tape && whole[i].requires_grad()) part[i] = variable(stop_gradient(part[i]));
  }
  return part;
}

// whole += product(first, end), rows [first, end) of an array of whole's shape: a quarter at a time, so that what is
// added takes little memory, and where whole's bytes are nobody else's, in place.
template <class F>
void add_to(Tensor& whole, F product) {
  const std::int64_t rows = whole.shape()[0], width = whole.size() / std::max<std::int64_t>(1, rows),
                     step = std::max<std::int64_t>(1, (rows + 3) / 4);
  if (whole.device() != Device::cpu() || !whole.sole_owner()) {
    whole = whole + product(0, rows);
    return;
  }
  const auto bytes = static_cast<std::int64_t>(byte_size(whole.dtype()));
  for (std::int64_t first = 0; first < rows; first += step) {
    const std::int64_t end = std::min(rows, first + step);
    const Tensor part = product(first, end);
    void* const to = static_cast<std::byte*>(whole.writable()) + first * width * bytes;
    backends::run("add", Device::cpu(), &ops::Kernels::add,
                  backends::BinaryArgs{whole.dtype(), {1, {part.size()}, {{1}, {1}}}, to, part.data(), to});
  }
}

// Derivatives put together from those of the chunks: those of rows one after another, those of shared inputs added.
class Gathered {
 public:
  void add(std::size_t role, const Tensor& of_chunk) {
    Tensors& parts = parts_[role];
    if (of_rows(role) || parts.empty()) parts.push_back(of_chunk);
    else parts[0] = parts[0] + of_chunk;
  }
  // Of the weight: hidden^T * of_logits.
  void add_product(const Tensor& hidden_rows, const Tensor& of_logits) {
    const auto product = [&](std::int64_t first, std::int64_t end) {
      const std::int64_t rows = hidden_rows.shape()[0];
      return matmul(slice(hidden_rows, {0, first}, {rows, end - first}), of_logits, {.transpose_a = true});
    };
    Tensors& parts = parts_[weight];
    if (parts.empty()) parts.push_back(product(0, hidden_rows.shape()[1]));
    else add_to(parts[0], product);
  }
  Inputs whole() const {
    Inputs all;
    for (std::size_t i = 0; i < roles; ++i)
      if (!parts_[i].empty()) all[i] = parts_[i].size() == 1 ? parts_[i][0] : concat(parts_[i], 0);
    return all;
  }

 private:
  std::array<Tensors, roles> parts_;
};

std::vector<std::size_t> differentiated(const Inputs& in) {
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < roles; ++i)
    if (in[i].defined() && in[i].requires_grad()) wanted.push_back(i);
  return wanted;
}

Tensors picked(const Inputs& in, const std::vector<std::size_t>& wanted) {
  Tensors some;
  for (const std::size_t i : wanted) some.push_back(in[i]);
  return some;
}

struct Weighted {
  Tensor total;      // scale * sum(r*l)
  Tensor losses;     // l, no gradient
  Inputs gradients;  // of the total, by the inputs that have one
};

// The derivatives of a chunk whose rows have these losses; its tape ends with `losses`.
void differentiate(const Plan& plan, const Inputs& part, const Cut& cut, Tensor losses,
                   const std::vector<std::size_t>& wanted, Gathered& gradients) {
  Tensors xs;
  for (const std::size_t i : wanted)
    if (!behind_the_cut(i)) xs.push_back(part[i]);
  if (cut.hidden.defined()) xs.push_back(cut.logits);
  const Tensors found = grad(plan.total(std::exchange(losses, {}), part), xs, {.unreached = Unreached::zero});
  const Tensor& of_logits = found.back();
  const NoGrad guard;
  std::size_t next = 0;
  for (const std::size_t i : wanted)
    if (!behind_the_cut(i)) gradients.add(i, found[next++]);
    else if (i == weight) gradients.add_product(cut.hidden, of_logits);
    else if (i == bias) gradients.add(i, sum(of_logits, {.axes = {0}}));
    else
      gradients.add(i,
                    grad(cut.hidden, part[hidden], {.seed = matmul(of_logits, part[weight], {.transpose_b = true})}));
}

// The chunks once, each on its own tape.
Weighted pass(const Plan& plan, const Inputs& in, const std::vector<std::size_t>& wanted) {
  Tensors losses;
  Gathered gradients;
  plan.each([&](std::int64_t begin, std::int64_t end) {
    const detail::WithGrad recording;
    const Inputs part = chunk_of(in, begin, end, false);
    Cut cut;
    Tensor rows = plan.losses(part, begin, end, std::ranges::any_of(wanted, behind_the_cut) ? &cut : nullptr);
    losses.push_back(stop_gradient(rows));
    if (!wanted.empty()) differentiate(plan, part, cut, std::move(rows), wanted, gradients);
  });
  const NoGrad guard;
  Weighted w{{}, concat(losses, 0), gradients.whole()};
  const Tensor weighed = in[row_weights].defined() ? w.losses * in[row_weights] : w.losses;
  w.total = sum(plan.keep.defined() ? gather(weighed, ops::kept_rows(plan.keep)) : weighed) * plan.scale;
  return w;
}

// The derivatives of the sum over i of <v[i], d total / d input i>: what flows back through the gradients of `pass`.
Inputs second_pass(const Plan& plan, const Inputs& in, const std::vector<std::size_t>& wanted, const Inputs& v) {
  const bool on_tape = grad_enabled();
  Gathered gradients;
  plan.each([&](std::int64_t begin, std::int64_t end) {
    const detail::WithGrad recording;
    const Inputs part = chunk_of(in, begin, end, on_tape);
    const Tensors xs = picked(part, wanted);
    const Tensors first =
        grad(plan.total(plan.losses(part, begin, end), part), xs, {.create_graph = true, .unreached = Unreached::zero});
    Tensor inner = zeros({}, in[hidden].dtype(), in[hidden].device());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Tensor& into = v[wanted[i]];
      if (into.defined()) inner = inner + sum(first[i] * (of_rows(wanted[i]) ? rows_between(into, begin, end) : into));
    }
    const Tensors second = grad(inner, xs, {.create_graph = on_tape, .unreached = Unreached::zero});
    for (std::size_t i = 0; i < wanted.size(); ++i) gradients.add(wanted[i], second[i]);
  });
  return gradients.whole();
}

// Records an op of the inputs in `wanted`; rule(all inputs, node, cotangents) gives the derivatives by role.
template <class F>
Recorded record_wanted(const char* op, const Inputs& in, const std::vector<std::size_t>& wanted, const Tensors& outputs,
                       bool keep_outputs, F rule) {
  Inputs constants = in;
  Keep kept;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    constants[wanted[i]] = {};
    kept = kept | keep::input(static_cast<int>(i)) | keep::output(static_cast<int>(i) + 1, keep_outputs);
  }
  const Tensors inputs = picked(in, wanted);
  return record(op, TensorList(inputs), TensorList(outputs), kept,
                [wanted = wanted, constants, rule](const Node& n, const Cotangents& g) {
                  Inputs all = constants;
                  for (std::size_t i = 0; i < wanted.size(); ++i) all[wanted[i]] = n.input(static_cast<int>(i));
                  return picked(rule(all, n, g), wanted);
                });
}

// {total, its gradients}, on the tape.
Weighted weighted(const char* op, const Plan& plan, const Inputs& in) {
  const std::vector<std::size_t> wanted = grad_enabled() ? differentiated(in) : std::vector<std::size_t>();
  Weighted made = pass(plan, in, wanted);
  if (wanted.empty()) return made;
  Tensors outputs{made.total};
  for (const std::size_t i : wanted) outputs.push_back(made.gradients[i]);
  Recorded out = record_wanted(op, in, wanted, outputs, true,
                               [plan = plan, wanted = wanted](const Inputs& all, const Node& n, const Cotangents& g) {
                                 Inputs into, v;
                                 bool further = false;
                                 for (std::size_t i = 0; i < wanted.size(); ++i) {
                                   const int slot = static_cast<int>(i) + 1;
                                   const auto role = wanted[i];
                                   if (g.has(0)) into[role] = g.is_one(0) ? n.output(slot) : g[0] * n.output(slot);
                                   if (g.has(slot)) v[role] = g[slot], further = true;
                                 }
                                 if (!further) return into;
                                 const Inputs second = second_pass(plan, all, wanted, v);
                                 for (std::size_t i = 0; i < roles; ++i)
                                   if (second[i].defined())
                                     into[i] = into[i].defined() ? into[i] + second[i] : second[i];
                                 return into;
                               });
  made.total = out[0];
  for (std::size_t i = 0; i < wanted.size(); ++i) made.gradients[wanted[i]] = out[static_cast<int>(i) + 1];
  return made;
}

// Every row's loss. Its gradients wait for the cotangent, which then weighs the rows.
Tensor unreduced(const char* op, const Plan& plan, const Inputs& in) {
  const std::vector<std::size_t> wanted = grad_enabled() ? differentiated(in) : std::vector<std::size_t>();
  Tensor rows = pass(plan, in, {}).losses;
  if (wanted.empty()) return rows;
  return record_wanted(op, in, wanted, {rows}, false,
                       [op, plan = plan, wanted = wanted](Inputs all, const Node&, const Cotangents& g) {
                         all[row_weights] = g[0];
                         return grad_enabled() ? weighted(op, plan, all).gradients : pass(plan, all, wanted).gradients;
                       });
}

// Every row's loss times its weight, 0 where a row does not count.
Tensor weighed(const Tensor& loss, const Tensor& weights, const Tensor& keep) {
  const Tensor lost = ops::lost_rows(loss, weights, keep);
  const Tensor product = (lost.defined() ? where(lost, 0, loss) : loss) * weights;
  return keep.defined() ? where(keep, product, 0) : product;
}

// Short chunks read the weight and its gradient too often. Those of a long one are logits a quarter of the weight's
// size, or as large as all of hidden.
std::int64_t chunk_of_rows(std::int64_t rows, std::int64_t features, std::int64_t classes) {
  const std::int64_t as_hidden = features * rows / std::max<std::int64_t>(classes, 1);
  return std::max<std::int64_t>(1, std::min(rows, std::max({std::int64_t{16}, features / 4, as_hidden})));
}

Tensor compute(const Tensor& given_hidden, const Tensor& given_weight, const Tensor& given_bias,
               const Tensor& given_targets, const CrossEntropyOptions& given_options) {
  constexpr const char* op = "linear_cross_entropy";
  const Tensor x = ops::widened(given_hidden), w = ops::widened(given_weight), b = ops::widened(given_bias);
  ops::check_same(op, {{"weight", given_weight}, {"hidden", given_hidden}});
  ops::check_arithmetic(op, {{"weight", w}, {"hidden", x}});
  require(x.rank() >= 1 && w.rank() == 2 && x.shape()[x.rank() - 1] == w.shape()[0], op,
          "hidden {} and weight {} do not meet: [..., in] and [in, classes] are needed", x.shape(), w.shape());
  const std::int64_t classes = w.shape()[1], features = w.shape()[0];
  if (b.defined()) {
    ops::check_same(op, {{"weight", given_weight}, {"bias", given_bias}});
    require(b.shape() == Shape(classes), op, "bias is {}; weight {} needs [{}]", given_bias, w.shape(), classes);
  }
  Ints extents(x.shape());
  extents[x.rank() - 1] = classes;
  const auto [axis, keep] =
      ops::check_cross_entropy(op, {Shape(extents), given_hidden.dtype(), x.device()}, given_targets, given_options);
  const ops::LogitsLike logits{Shape(extents), x.dtype(), x.device()};
  require(axis == x.rank() - 1, op, "axis {} is not the last of logits {}", given_options.axis, logits.shape);

  CrossEntropyOptions given = given_options;
  given.class_weights = ops::widened(given.class_weights);
  given.sample_weights = ops::widened(given.sample_weights);
  const Tensor read_targets = ops::widened(given_targets);
  const ops::LossScale scale = ops::loss_scale(op, logits, read_targets, given, axis, keep).read();
  const Shape rows_shape = ops::without_axis(logits.shape, axis);
  const std::int64_t rows = rows_shape.size();
  const auto flat = [&](const Tensor& t, bool with_classes) {
    return !t.defined() ? t : with_classes ? reshape(t, {rows, t.shape()[t.rank() - 1]}) : reshape(t, {rows});
  };
  const bool indices = is_index(read_targets.dtype());
  const Tensor t = indices || !given.broadcast ? read_targets : broadcast_to(read_targets, logits.shape);

  const bool reduced = given.reduction != Reduction::none;
  Inputs in;
  in[hidden] = flat(x, true);
  in[targets] = flat(t, !indices);
  in[weight] = w;
  in[bias] = b;
  in[class_weights] = given.class_weights;
  if (reduced) in[row_weights] = flat(given.sample_weights, false);
  CrossEntropyOptions of_rows_alone = given;
  of_rows_alone.axis = -1;
  of_rows_alone.reduction = Reduction::none;
  of_rows_alone.sample_weights = of_rows_alone.class_weights = of_rows_alone.mask = {};
  of_rows_alone.ignore_index.reset();
  of_rows_alone.broadcast = false;
  // a mean over nothing is 0, not 0 times an infinite loss
  const Tensor counted = scale.factor == 0 ? zeros({rows}, DType::boolean, given_hidden.device()) : flat(keep, false);
  const Plan plan{of_rows_alone, counted, scale.divisor.defined() ? 1 : scale.factor, rows,
                  chunk_of_rows(rows, features, classes)};

  Tensor loss = reduced ? weighted(op, plan, in).total : reshape(unreduced(op, plan, in), rows_shape);
  if (!reduced && given.sample_weights.defined()) loss = weighed(loss, given.sample_weights, keep);
  if (scale.divisor.defined()) loss = loss / scale.divisor;
  if (scale.nan) loss = loss + std::numeric_limits<double>::quiet_NaN();
  return loss.to(given_hidden.dtype());
}

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& targets,
                            const CrossEntropyOptions& options) {
  return compute(hidden, weight, {}, targets, options);
}

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& targets,
                            const CrossEntropyOptions& options) {
  ops::check_present("linear_cross_entropy", {{"bias", bias}});
  return compute(hidden, weight, bias, targets, options);
}

}  // namespace logitape::inline v0
