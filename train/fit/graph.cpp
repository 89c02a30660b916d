// A shot is what was recorded for one shape of batch: what its kernels read and write stays where it is.
#include "logitape/train/fit/graph.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "logitape/autograd/backward.h"
#include "logitape/autograd/record.h"
#include "logitape/backends/recording.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/ops/cross_entropy.h"
#include "logitape/ops/detail/index_check.h"
#include "logitape/ops/elementwise.h"
#include "logitape/ops/rearrange.h"
#include "logitape/train/fit/detail/weighted.h"
#include "logitape/train/nn/detail/finite.h"
#include "logitape/train/nn/detail/generator.h"
#include "logitape/train/optim/clip.h"
#include "logitape/train/optim/detail/step.h"

namespace logitape::inline v0::train {
namespace {

constexpr const char* graph_op = "Graph";
constexpr const char* not_finite = "the loss or a gradient is not finite; the parameters are those before the step";

// to = from, bytes of a device that others read as well: see Graph.
void overwrite(const Tensor& to, const Tensor& from) {
  const auto bytes = static_cast<std::int64_t>(byte_size(to.dtype()));
  if (from.device() != to.device()) {
    memory_of(to.device())
        .from_host(const_cast<void*>(to.data()), from.data(), static_cast<std::size_t>(to.size() * bytes));
    return;
  }
  backends::run(graph_op, to.device(), &backends::Kernels::copy,
                backends::CopyArgs{bytes, 1, {to.size()}, {1}, {1}, from.data(), const_cast<void*>(to.data())});
}

Tensor fresh_like(const Tensor& x, Device device) { return Tensor::uninitialised(x.shape(), x.dtype(), device); }
Tensor duplicate(const Tensor& x) {
  Tensor y = fresh_like(x, x.device());
  overwrite(y, x);
  return y;
}

// No step is made of numbers that are not finite. Returns whether some are, a boolean on their device.
Tensor require_finite(const Tensor& loss, TensorList gradients) {
  Tensors all(gradients.begin(), gradients.end());
  if (is_arithmetic(loss.dtype())) all.push_back(loss);
  const Tensor bad = equal(reshape(finite_flag(all), {}), 0);
  if (loss.device() == Device::cpu()) {
    require(!bad.item<bool>(), ErrorCode::out_of_range, graph_op, "{}", not_finite);
    return bad;
  }
  ops::check_flags(graph_op, not_finite, bad);
  return bad;
}

bool is_there(const Parameter& buffer, Device device) {
  return buffer.value.defined() && buffer.value.device() == device;
}

// What kernels of a recorded step find where it was.
Tensors state_of(const ModelRef& model, const Moments& moments, Device device) {
  Tensors all;
  for (const Parameter* p : parameters_of(model)) all.push_back(p->value.without_node());
  for (const Parameter* b : buffers_of(model))
    if (is_there(*b, device)) all.push_back(b->value);
  for (const Tensors* list : {&moments.first, &moments.second})
    for (const Tensor& t : *list)
      if (t.defined()) all.push_back(t);
  return all;
}

// The places of the model's generators, by their keys.
using Places = std::map<std::uint64_t, std::uint64_t>;
Places places_of(const ModelRef& model) {
  Places places;
  for (const Parameter* b : buffers_of(model))
    if (const auto rng = generator_in(b->value)) places[rng->key()] = rng->position();
  return places;
}

void put(const Parameters& boxes, const Tensors& values) {
  for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i]->value = values[i];
}

}  // namespace

// What was recorded for batches of one shape; nothing yet after the first.
struct Graph::Shot {
  Shape inputs_shape, labels_shape;
  DType inputs_dtype, labels_dtype;
  Tensor inputs, labels, loss, outputs;  // where the recorded kernels read and write
  Places begin, drawn;  // of generators: when it was recorded; of those that are not the model's, since
  std::vector<backends::Draw> draws;
  std::unique_ptr<backends::Recorded> recorded;
};

Graph::Graph(ModelRef model, GraphOptions options, Optimise optimise)
    : model_(model), options_(std::move(options)), optimise_(std::move(optimise)) {
  require_at_least_0(graph_op, "clip.norm", options_.clip.norm);
  require_at_least_0(graph_op, "clip.value", options_.clip.value);
}
Graph::~Graph() = default;

std::int64_t Graph::recorded() const {
  return std::ranges::count_if(shots_, [](const auto& shot) { return shot->recorded != nullptr; });
}

Graph::Shot* Graph::shot_for(const Tensor& inputs, const Tensor& labels) {
  for (const auto& s : shots_)
    if (s->inputs_shape == inputs.shape() && s->labels_shape == labels.shape() && s->inputs_dtype == inputs.dtype() &&
        s->labels_dtype == labels.dtype())
      return s.get();
  return nullptr;
}

Tensor Graph::operator()(const Tensor& inputs, const Tensor& labels) {
  const Device device = device_of(parameters_of(model_));
  if (device == Device::cpu()) return run(inputs.to(device), labels.to(device));
  if (!std::ranges::equal(state_of(model_, optimise_.remembered(), device), ours_, {}, &Tensor::data, &Tensor::data)) {
    ours_.clear();  // somebody has changed the model, or nothing has been recorded yet
    for (const auto& shot : shots_) shot->recorded.reset();
  }
  Shot* const shot = shot_for(inputs, labels);
  if (!shot || optimise_.remembered().names.empty()) {
    const Tensor loss = run(inputs.to(device), labels.to(device));
    if (!shot)
      shots_.push_back(std::make_unique<Shot>(
          Shot{inputs.shape(), labels.shape(), inputs.dtype(), labels.dtype(), {}, {}, {}, {}, {}, {}, {}, nullptr}));
    return loss;
  }
  if (!shot->recorded) record(*shot, inputs, labels);
  return replay(*shot, inputs, labels);
}

// As a loop of one's own would.
Tensor Graph::run(const Tensor& inputs, const Tensor& labels) {
  const MixedPrecision precision(options_.mixed_precision);
  const InPlace in_place(!ours_.empty());
  const Parameters parameters = parameters_of(model_), buffers = buffers_of(model_);
  Tensors before;
  for (const Parameter* b : buffers) before.push_back(b->value);
  try {
    Tensor outputs = model_(inputs);
    const Tensor loss = mean_loss("train::Graph", options_.loss, outputs, labels, {});
    Tensors gradients = grad(loss, values_of(parameters));
    const NoGrad guard;
    if (options_.clip.value > 0) gradients = clip_by_value(gradients, options_.clip.value);
    if (options_.clip.norm > 0) gradients = clip_by_global_norm(gradients, options_.clip.norm);
    const Tensor bad = require_finite(loss, gradients);
    optimise_.step(parameters, gradients);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      Tensor& value = buffers[i]->value;
      if (value.data() == before[i].data() || !is_there(*buffers[i], loss.device())) continue;
      if (is_floating(value.dtype())) value = where(bad, before[i], value);
      if (ours_.empty()) continue;
      overwrite(before[i], value);
      value = before[i];
    }
    outputs_ = outputs.without_node();
    return loss.without_node();
  } catch (...) {
    put(buffers, before);
    throw;
  }
}

// The model and the optimiser get bytes that nobody else holds, before steps write over them.
void Graph::own(Device device) {
  const Parameters parameters = parameters_of(model_), buffers = buffers_of(model_);
  Tensors values, kept;
  for (const Parameter* p : parameters) values.push_back(variable(duplicate(p->value)));
  for (const Parameter* b : buffers) kept.push_back(is_there(*b, device) ? duplicate(b->value) : b->value);
  OptimiserState state = optimise_.state();
  for (NamedTensor& t : state.tensors) t.tensor = duplicate(t.tensor.to(device));
  if (!state.tensors.empty()) optimise_.set_state(state);
  put(parameters, values);
  put(buffers, kept);
  ours_ = state_of(model_, optimise_.remembered(), device);
}

// Nothing is computed, and what the step changes on the host is put back: the replay counts.
void Graph::record(Shot& shot, const Tensor& inputs, const Tensor& labels) {
  const Device device = device_of(parameters_of(model_));
  if (ours_.empty()) own(device);
  shot.inputs = fresh_like(inputs, device);
  shot.labels = fresh_like(labels, device);
  shot.begin = places_of(model_);
  shot.drawn.clear();
  const Parameters buffers = buffers_of(model_);
  Tensors before;
  for (const Parameter* b : buffers) before.push_back(b->value);
  const auto put_back = [&, optimiser = optimise_.snapshot(), last = outputs_] {
    put(buffers, before);
    optimiser();
    outputs_ = last;
  };
  try {
    backends::Recording recording(device);
    shot.loss = run(shot.inputs, shot.labels);
    shot.outputs = outputs_;
    shot.recorded = recording.finish();
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
  shot.draws = shot.recorded->draws;
}

Tensor Graph::replay(Shot& shot, const Tensor& inputs, const Tensor& labels) {
  overwrite(shot.inputs, inputs);
  overwrite(shot.labels, labels);
  Places counts, further = shot.drawn;  // by how much each generator has gone on since the recording
  for (const backends::Draw& draw : shot.draws) counts[draw.key] += draw.count;
  for (const auto& [key, place] : places_of(model_))
    if (const auto begin = shot.begin.find(key); begin != shot.begin.end()) further[key] = place - begin->second;
  for (std::size_t i = 0; i < shot.draws.size(); ++i)
    shot.recorded->draws[i].first = shot.draws[i].first + further[shot.draws[i].key];
  shot.recorded->rates = optimise_.next_numbers(parameters_of(model_));
  shot.recorded->replay();
  for (const auto& [key, count] : counts) shot.drawn[key] += count;
  for (Parameter* b : buffers_of(model_))
    if (auto rng = generator_in(b->value); rng && counts.contains(rng->key())) {
      rng->advance(counts.at(rng->key()));
      b->value = tensor_of(*rng);
    }
  outputs_ = shot.outputs;
  ++replays_;
  return duplicate(shot.loss);
}

}  // namespace logitape::inline v0::train
