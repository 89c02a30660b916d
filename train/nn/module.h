// What a module is: any copyable type that maps a tensor to a tensor. It is called in one of two ways:
//   model(x)               in training: Dropout drops and draws, BatchNorm uses the batch's moments and remembers them
//   model(x, evaluation)   for evaluation: changes nothing, so threads may share a model as long as none trains it
// Only the argument decides: a model has no state for it, and NoGrad does not matter. A call that measures or predicts
// without `evaluation` gives the numbers of training, and changes what the model remembers. On a const model such a
// call does not compile.
// A module that does the same in both has one call, Tensor operator()(const Tensor& x) const. Another has two:
//   Tensor operator()(const Tensor& x)
//   Tensor operator()(const Tensor& x, InEvaluation) const
// Four more members are used if the module has them:
//   void visit(const ParameterVisitor& show)   shows every parameter, always in the same order; changes none itself
//   void visit_buffers(const ParameterVisitor& show)   shows what else it remembers from one call to the next, such as
//       running means or a generator's place: nothing trains it, and a checkpoint has to hold it too
//   void initialise(Generator& rng)   gives the parameters their first values; needed if there is a visit
//   std::string str() const   what errors call it, "Linear{64, 10}"; its type's name if it has none
// Nothing is inherited. Values are immutable, so that a copy of a module is a snapshot of it.
#pragma once
#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "logitape/core/random.h"
#include "logitape/core/tensor.h"
#include "logitape/train/nn/parameter.h"

namespace logitape::inline v0 {

// The second argument of a call for evaluation: model(x, lt::evaluation).
struct InEvaluation {
  explicit constexpr InEvaluation() = default;
};
inline constexpr InEvaluation evaluation{};

// What a model is made of: anything that can be copied and maps a tensor to a tensor. The rest is optional: a second
// call for evaluation, parameters to show, first values to draw, a name to print.
template <class M>
concept Module = std::copy_constructible<M> && requires(M module, const Tensor& x) {
  { module(x) } -> std::same_as<Tensor>;
};
template <class M>
concept HasEvaluation = requires(const M module, const Tensor& x) {
  { module(x, evaluation) } -> std::same_as<Tensor>;
};
template <class M>
concept HasParameters = requires(M module, const ParameterVisitor& show) {
  module.visit(show);
};
template <class M>
concept HasBuffers = requires(M module, const ParameterVisitor& show) {
  module.visit_buffers(show);
};
template <class M>
concept HasInitialise = requires(M module, Generator& rng) {
  module.initialise(rng);
};
template <class M>
concept HasStr = requires(const M module) {
  { module.str() } -> std::convertible_to<std::string>;
};

// Called wherever a module is taken in. A member that is not written as this file says does not compile, and the
// message says how to write it.
template <class M>
constexpr void check_module() {
  static_assert(
      !requires { &M::set_training; } && !requires(M m) { m.set_training(true); },
      "set_training is no longer called: what the module does in evaluation must be "
      "Tensor operator()(const Tensor& x, InEvaluation) const, and what it does in training Tensor operator()(const "
      "Tensor& x)");
  static_assert(
      HasEvaluation<M> || !requires(M m, const Tensor& x) { m(x, evaluation); },
      "the call for evaluation must be const: Tensor operator()(const Tensor& x, InEvaluation) const");
  static_assert(
      HasEvaluation<M> || std::is_invocable_r_v<Tensor, const M&, const Tensor&>,
      "a call that changes nothing must be const: Tensor operator()(const Tensor& x) const; a module that changes "
      "when it is called needs another call for evaluation, Tensor operator()(const Tensor& x, InEvaluation) const");
  static_assert(
      HasParameters<M> || !requires { &M::visit; }, "visit must be: void visit(const ParameterVisitor& show)");
  static_assert(
      HasBuffers<M> || !requires { &M::visit_buffers; },
      "visit_buffers must be: void visit_buffers(const ParameterVisitor& show)");
  static_assert(
      HasInitialise<M> || !requires { &M::initialise; }, "initialise must be: void initialise(Generator& rng)");
}

// The module's output in evaluation, whether it has one call or two. A module that holds modules of types it does not
// know calls them by this function.
template <Module M>
Tensor evaluated(const M& module, const Tensor& x) {
  check_module<M>();
  if constexpr (HasEvaluation<M>) return module(x, evaluation);
  else return module(x);
}

// The module with "prefix." before the name of each of its parameters and buffers.
template <Module M>
M named(const std::string& prefix, M module) {
  const ParameterVisitor rename = [&](Parameter& p) { p.name.insert(0, prefix + "."); };
  if constexpr (HasParameters<M>) module.visit(rename);
  if constexpr (HasBuffers<M>) module.visit_buffers(rename);
  return module;
}

// "Relu" for a type; "a lambda" for a lambda.
std::string short_name(const std::type_info& type);

class Conv2d;
class Linear;
class Sequential;
struct Relu;

// Holds a module of any type; copying copies the module.
class AnyModule {
 public:
  template <class M>
  requires(!std::same_as<M, AnyModule> && Module<M>) AnyModule(M module)
      : held_(std::make_unique<Held<M>>(std::move(module))), role_(role_of<M>()) {
    check_module<M>();
    static_assert(!HasParameters<M> || HasInitialise<M>, "a module with parameters needs void initialise(Generator&)");
  }
  AnyModule(const AnyModule& other) : held_(other.held_->clone()), own_(other.own_), role_(other.role_) {}
  AnyModule(AnyModule&&) noexcept = default;
  AnyModule& operator=(AnyModule other) noexcept {
    held_.swap(other.held_);
    std::swap(own_, other.own_);
    std::swap(role_, other.role_);
    return *this;
  }

  Tensor operator()(const Tensor& x) { return held_->run(x); }
  Tensor operator()(const Tensor& x, InEvaluation) const { return held_->run(x, evaluation); }
  void visit(const ParameterVisitor& show) { held_->visit(show); }
  void visit_buffers(const ParameterVisitor& show) { held_->visit_buffers(show); }
  void initialise(Generator& rng) { held_->initialise(rng); }
  std::string str() const { return held_->str(); }

  // The module, if it is an M; null otherwise.
  template <class M>
  M* as() noexcept {
    auto* held = dynamic_cast<Held<M>*>(held_.get());
    return held ? &held->module : nullptr;
  }
  template <class M>
  const M* as() const noexcept {
    const auto* held = dynamic_cast<const Held<M>*>(held_.get());
    return held ? &held->module : nullptr;
  }

 private:
  friend class Sequential;
  friend AnyModule named(const std::string& prefix, AnyModule module);

  // What a Sequential has to know of each layer before it runs them.
  enum class Role { other, sequential, relu, fuses_relu };
  template <class M>
  static constexpr Role role_of() {
    if constexpr (std::same_as<M, Sequential>) return Role::sequential;
    else if constexpr (std::same_as<M, Relu>) return Role::relu;
    else if constexpr (std::same_as<M, Linear> || std::same_as<M, Conv2d>) return Role::fuses_relu;
    else return Role::other;
  }

  // Puts `place`, such as "2.", before its names. It replaces the place that a Sequential put there before.
  void put(const std::string& place);

  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> clone() const = 0;
    virtual Tensor run(const Tensor& x) = 0;
    virtual Tensor run(const Tensor& x, InEvaluation) const = 0;
    virtual Tensor run_with_relu(const Tensor& x) const = 0;
    virtual void visit(const ParameterVisitor& show) = 0;
    virtual void visit_buffers(const ParameterVisitor& show) = 0;
    virtual void initialise(Generator& rng) = 0;
    virtual std::string str() const = 0;
  };
  template <class M>
  struct Held final : Base {
    explicit Held(M m) : module(std::move(m)) {}
    std::unique_ptr<Base> clone() const override { return std::make_unique<Held>(module); }
    Tensor run(const Tensor& x) override { return module(x); }
    Tensor run(const Tensor& x, InEvaluation) const override { return evaluated(module, x); }
    Tensor run_with_relu(const Tensor& x) const override {
      if constexpr (role_of<M>() == Role::fuses_relu) return module(x, {.relu = true});
      else return evaluated(module, x);  // never called: role_of says so
    }
    void visit([[maybe_unused]] const ParameterVisitor& show) override {
      if constexpr (HasParameters<M>) module.visit(show);
    }
    void visit_buffers([[maybe_unused]] const ParameterVisitor& show) override {
      if constexpr (HasBuffers<M>) module.visit_buffers(show);
    }
    void initialise([[maybe_unused]] Generator& rng) override {
      if constexpr (HasInitialise<M>) module.initialise(rng);
    }
    std::string str() const override {
      if constexpr (HasStr<M>) return module.str();
      else return short_name(typeid(M));
    }
    M module;
  };

  static constexpr std::size_t all = static_cast<std::size_t>(-1);

  std::unique_ptr<Base> held_;
  std::size_t own_ = all;  // the length of its first name without the place before it
  Role role_;
};

// The same for a layer of a Sequential: the prefix replaces its place.
AnyModule named(const std::string& prefix, AnyModule module);

}  // namespace logitape::inline v0
