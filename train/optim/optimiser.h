// What the optimisers share. A step happens whole or not at all: every new value and every new state is computed beside
// the old ones, in memory from the pool, and put in place when nothing can fail any more.
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "logitape/autograd/node.h"
#include "logitape/core/named.h"
#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0 {

// All that an optimiser carries from one step to the next. Another optimiser with the same options that gets a saved
// state goes on with the same bits. A tensor is named after its role and its parameter: "first_moment/0.weight".
struct OptimiserState {
  std::string optimiser;                  // whose it is: "AdamW"
  std::vector<NamedTensor> tensors = {};  // parameters in the order of the model's visit; none before the first step
  std::map<std::string, double> numbers = {};
};

// Some of the parameters, with a rate or a decay of their own: PyTorch's parameter group. In the options of SGD, Adam
// and AdamW:
//   AdamW adam{{.learning_rate = 1e-3, .groups = {{.parameters = "0.*", .learning_rate_factor = 0.1}}}};
// A parameter is in one group or in none. For parameters that must not move at all, use train_only.
struct ParameterGroup {
  NamedOnly named_only = NamedOnly();
  WhichParameters parameters = {};
  double learning_rate_factor = 1;          // above 0; times the optimiser's rate, so that a schedule moves both
  std::optional<double> weight_decay = {};  // instead of the optimiser's; options.decays still decides who decays
};

// What Trainer and checkpoints need of an optimiser; SGD, Adam and AdamW have it, and users' own may.
template <class O>
concept Optimiser = std::copy_constructible<O> && requires(O o, const O c, std::span<Parameter* const> parameters,
                                                           TensorList gradients, const OptimiserState& state) {
  o.step(parameters, gradients);
  o.set_learning_rate(0.1);
  { c.learning_rate() } -> std::convertible_to<double>;
  { c.state() } -> std::same_as<OptimiserState>;
  o.set_state(state);
  { c.str() } -> std::convertible_to<std::string>;
};

// Holds an optimiser of any type; copying copies the optimiser.
class AnyOptimiser {
 public:
  template <class O>
  requires(!std::same_as<O, AnyOptimiser> && Optimiser<O>) AnyOptimiser(O optimiser)
      : held_(std::make_unique<Held<O>>(std::move(optimiser))) {}
  AnyOptimiser(const AnyOptimiser& other) : held_(other.held_->clone()) {}
  AnyOptimiser(AnyOptimiser&&) noexcept = default;
  AnyOptimiser& operator=(AnyOptimiser other) noexcept {
    held_.swap(other.held_);
    return *this;
  }

  // See SGD.
  void step(std::span<Parameter* const> parameters, TensorList gradients) { held_->step(parameters, gradients); }
  double learning_rate() const { return held_->learning_rate(); }
  void set_learning_rate(double learning_rate) { held_->set_learning_rate(learning_rate); }
  OptimiserState state() const { return held_->state(); }
  void set_state(const OptimiserState& state) { held_->set_state(state); }
  std::string str() const { return held_->str(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> clone() const = 0;
    virtual void step(std::span<Parameter* const> parameters, TensorList gradients) = 0;
    virtual double learning_rate() const = 0;
    virtual void set_learning_rate(double learning_rate) = 0;
    virtual OptimiserState state() const = 0;
    virtual void set_state(const OptimiserState& state) = 0;
    virtual std::string str() const = 0;
  };
  template <class O>
  struct Held final : Base {
    explicit Held(O o) : optimiser(std::move(o)) {}
    std::unique_ptr<Base> clone() const override { return std::make_unique<Held>(optimiser); }
    void step(std::span<Parameter* const> p, TensorList g) override { optimiser.step(p, g); }
    double learning_rate() const override { return optimiser.learning_rate(); }
    void set_learning_rate(double learning_rate) override { optimiser.set_learning_rate(learning_rate); }
    OptimiserState state() const override { return optimiser.state(); }
    void set_state(const OptimiserState& state) override { optimiser.set_state(state); }
    std::string str() const override { return optimiser.str(); }
    O optimiser;
  };

  std::unique_ptr<Base> held_;
};

namespace train {

// A parameter and its moments as they were one step ago, and the rows in which they differ from those now: a step that
// changes few rows writes there what has changed since (detail/rows.h).
struct Spare {
  std::vector<std::int64_t> behind;
  std::array<Tensor, 3> now, before;  // the parameter, its first and second moment
};
// Of each parameter; empty where none has any. A copy has none: two optimisers must not write into one table.
struct Spares {
  Spares() = default;
  Spares(const Spares&) noexcept {}
  Spares(Spares&&) noexcept = default;
  Spares& operator=(Spares other) noexcept {
    of.swap(other.of);
    return *this;
  }
  ~Spares() = default;

  std::vector<Spare> of;
};

// What an optimiser of ours remembers of each parameter, by its name; nothing before the first step.
struct Moments {
  std::vector<std::string> names;
  Tensors first, second;  // SGD's velocity; Adam's two moments
  Spares spares;
};

// What changes from one step of an optimiser of ours to the next, parameter by parameter: what a Graph hands a device
// before it replays a step.
using StepNumbers = std::vector<double>;

}  // namespace train
}  // namespace logitape::inline v0
