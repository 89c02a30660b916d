// A step of training that a device records once for each shape of batch, and then replays at the cost of one call:
// forward, loss, backward and update. CUDA's graphs; PyTorch's torch.cuda.graphs, torch.cuda.make_graphed_callables.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "logitape/core/named.h"
#include "logitape/train/fit/trainer.h"
#include "logitape/train/nn/model_ref.h"
#include "logitape/train/optim/optimiser.h"

namespace logitape::inline v0::train {

// What a Graph needs of an optimiser beside its step: SGD, Adam and AdamW have it.
template <class O>
concept Replayable = Optimiser<O> && requires(O o, const O c, std::span<Parameter* const> parameters) {
  { o.next_numbers(parameters) } -> std::same_as<StepNumbers>;
  { c.remembered() } -> std::same_as<const Moments&>;
};

// What a step is made of beside model and optimiser.
struct GraphOptions {
  NamedOnly named_only = NamedOnly();
  Loss loss = {};  // (outputs, labels) -> scalar; empty: cross_entropy
  Clipping clip = {};
  bool mixed_precision = false;
};

//   train::Graph step(model, adamw);
//   for (const Batch& batch : batches) loss = step(batch.inputs, batch.labels);
//
// The first call with a shape of batch runs as a loop of one's own would; the second is recorded; from then on a call
// copies the batch in and replays. The bits are those of the loop. On the cpu every call runs as the loop would. From
// the recording on every call changes the model's parameters, its running means and the optimiser's moments where they
// are: x.to(Device::cpu()) keeps what they were. Dropout goes on in its stream of random numbers, and a learning rate
// may change between calls; anything else that the loss reads on the host, or draws, stays as it was recorded, and what
// it reads on the device has to live as long as the graph.
//
// Values and gradients that are not finite are an error, out_of_range, and no parameter moves: on the cpu at once, on a
// device, like a label out of range, at the next read of it. Errors of a call, which changes nothing: those of the
// model, the loss and the optimiser; unsupported, where the step reads something back while it is recorded.
class Graph {
 public:
  // Model and optimiser must outlive it and stay where they are.
  template <class M, Replayable O>
  Graph(M& model, O& optimiser, GraphOptions options = {})
      : Graph(ModelRef(model), std::move(options),
              {[&optimiser](std::span<Parameter* const> p, TensorList g) { optimiser.step(p, g); },
               [&optimiser](std::span<Parameter* const> p) { return optimiser.next_numbers(p); },
               [&optimiser]() -> const Moments& { return optimiser.remembered(); },
               [&optimiser] {
                 auto before = std::make_shared<const O>(optimiser);
                 return [&optimiser, before] { optimiser = *before; };
               },
               [&optimiser](const OptimiserState& state) { optimiser.set_state(state); },
               [&optimiser] { return optimiser.state(); }}) {}
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // One step; returns the loss of before the step, a scalar on the model's device. Inputs and labels go there.
  Tensor operator()(const Tensor& inputs, const Tensor& labels);
  // What the model put out in the last call, valid to the next one.
  const Tensor& outputs() const { return outputs_; }
  // How many shapes have been recorded, and how many calls have been replays.
  std::int64_t recorded() const;
  std::int64_t replays() const { return replays_; }

 private:
  struct Optimise {
    std::function<void(std::span<Parameter* const>, TensorList)> step;
    std::function<StepNumbers(std::span<Parameter* const>)> next_numbers;
    std::function<const Moments&()> remembered;
    std::function<std::function<void()>()> snapshot;  // what it returns puts the optimiser back
    std::function<void(const OptimiserState&)> set_state;
    std::function<OptimiserState()> state;
  };
  struct Shot;
  Graph(ModelRef model, GraphOptions options, Optimise optimise);
  Tensor run(const Tensor& inputs, const Tensor& labels);
  Shot* shot_for(const Tensor& inputs, const Tensor& labels);
  void own(Device device);
  void record(Shot& shot, const Tensor& inputs, const Tensor& labels);
  Tensor replay(Shot& shot, const Tensor& inputs, const Tensor& labels);

  ModelRef model_;
  GraphOptions options_;
  Optimise optimise_;
  std::vector<std::unique_ptr<Shot>> shots_;
  Tensors ours_;  // parameters, buffers and moments, whose bytes every step changes; none before a recording
  Tensor outputs_;
  std::int64_t replays_ = 0;
};

}  // namespace logitape::inline v0::train
