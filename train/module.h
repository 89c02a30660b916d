// What a module is: any copyable type that maps a tensor to a tensor. Three further members are used where it has them:
//   void visit(const ParameterVisitor& show)   shows every parameter, always in the same order
//   void initialise(Generator& rng)            gives them their first values; needed where there is a visit
//   void set_training(bool on)                 tells training from evaluation; modules start in training
// Nothing is inherited. Values are immutable, so that a copy of a module is a snapshot of it.
#pragma once
#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "logitape/core/random.h"
#include "logitape/core/tensor.h"
#include "logitape/train/parameter.h"

namespace logitape::inline v0 {

template <class M>
concept Module = std::copy_constructible<M> && requires(M module, const Tensor& x) {
  { module(x) } -> std::same_as<Tensor>;
};
template <class M>
concept HasParameters = requires(M module, const ParameterVisitor& show) {
  module.visit(show);
};
template <class M>
concept HasInitialise = requires(M module, Generator& rng) {
  module.initialise(rng);
};
template <class M>
concept HasTraining = requires(M module) {
  module.set_training(true);
};

// The module with "prefix." before the name of each of its parameters.
template <Module M>
M named(const std::string& prefix, M module) {
  if constexpr (HasParameters<M>) module.visit([&](Parameter& p) { p.name.insert(0, prefix + "."); });
  return module;
}

// Holds a module of any type; copying copies the module.
class AnyModule {
 public:
  template <class M>
  requires(!std::same_as<M, AnyModule> && Module<M>) AnyModule(M module) : held_(std::make_unique<Held<M>>(std::move(module))) {
    static_assert(
        HasParameters<M> || !requires { &M::visit; }, "visit is to be: void visit(const ParameterVisitor& show)");
    static_assert(
        HasInitialise<M> || !requires { &M::initialise; }, "initialise is to be: void initialise(Generator& rng)");
    static_assert(
        HasTraining<M> || !requires { &M::set_training; }, "set_training is to be: void set_training(bool on)");
    static_assert(!HasParameters<M> || HasInitialise<M>, "a module with parameters needs void initialise(Generator&)");
  }
  AnyModule(const AnyModule& other) : held_(other.held_->clone()) {}
  AnyModule(AnyModule&&) noexcept = default;
  AnyModule& operator=(AnyModule other) noexcept {
    held_.swap(other.held_);
    return *this;
  }

  Tensor operator()(const Tensor& x) { return held_->run(x); }
  void visit(const ParameterVisitor& show) { held_->visit(show); }
  void initialise(Generator& rng) { held_->initialise(rng); }
  void set_training(bool on) { held_->set_training(on); }

  // The module, if it is an M; null otherwise.
  template <class M>
  M* as() noexcept {
    auto* held = dynamic_cast<Held<M>*>(held_.get());
    return held ? &held->module : nullptr;
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> clone() const = 0;
    virtual Tensor run(const Tensor& x) = 0;
    virtual void visit(const ParameterVisitor& show) = 0;
    virtual void initialise(Generator& rng) = 0;
    virtual void set_training(bool on) = 0;
  };
  template <class M>
  struct Held final : Base {
    explicit Held(M m) : module(std::move(m)) {}
    std::unique_ptr<Base> clone() const override { return std::make_unique<Held>(module); }
    Tensor run(const Tensor& x) override { return module(x); }
    void visit([[maybe_unused]] const ParameterVisitor& show) override {
      if constexpr (HasParameters<M>) module.visit(show);
    }
    void initialise([[maybe_unused]] Generator& rng) override {
      if constexpr (HasInitialise<M>) module.initialise(rng);
    }
    void set_training([[maybe_unused]] bool on) override {
      if constexpr (HasTraining<M>) module.set_training(on);
    }
    M module;
  };

  std::unique_ptr<Base> held_;
};

}  // namespace logitape::inline v0
