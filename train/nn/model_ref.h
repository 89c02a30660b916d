// A model of any type, by reference: how Trainer and its kin hold the model they work on.
#pragma once
#include <memory>
#include <type_traits>

#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0 {

// The model must outlive it, and stay where it is. It is itself a module with parameters, and passes every call to the
// model.
class ModelRef {
 public:
  template <class M>
  requires(!std::same_as<std::remove_const_t<M>, ModelRef> && Module<M> && HasParameters<M>) ModelRef(M& model)
      : model_(std::addressof(model)), run_([](void* m, const Tensor& x) { return (*static_cast<M*>(m))(x); }),
        evaluate_([](const void* m, const Tensor& x) { return evaluated(*static_cast<const M*>(m), x); }),
        visit_([](void* m, const ParameterVisitor& show) { static_cast<M*>(m)->visit(show); }),
        visit_buffers_([]([[maybe_unused]] void* m, [[maybe_unused]] const ParameterVisitor& show) {
          if constexpr (HasBuffers<M>) static_cast<M*>(m)->visit_buffers(show);
        }) {}

  Tensor operator()(const Tensor& x) const { return run_(model_, x); }
  Tensor operator()(const Tensor& x, InEvaluation) const { return evaluate_(model_, x); }
  void visit(const ParameterVisitor& show) const { visit_(model_, show); }
  void visit_buffers(const ParameterVisitor& show) const { visit_buffers_(model_, show); }

 private:
  void* model_;
  Tensor (*run_)(void*, const Tensor&);
  Tensor (*evaluate_)(const void*, const Tensor&);
  void (*visit_)(void*, const ParameterVisitor&);
  void (*visit_buffers_)(void*, const ParameterVisitor&);
};

// The same for a model that is only evaluated. That model needs no parameters: NearestNeighbours works too.
class ConstModelRef {
 public:
  template <class M>
  requires(!std::same_as<M, ConstModelRef> && Module<M>) ConstModelRef(const M& model)
      : model_(std::addressof(model)), evaluate_(call<M>), on_its_device_(moved<M>) {}

  Tensor operator()(const Tensor& x, InEvaluation) const { return evaluate_(model_, x); }
  // x on the model's device: that of its first parameter. x itself where the model has none.
  Tensor on_its_device(const Tensor& x) const { return on_its_device_(model_, x); }

 private:
  template <class M>
  static Tensor call(const void* model, const Tensor& x) {
    return evaluated(*static_cast<const M*>(model), x);
  }
  template <class M>
  static Tensor moved([[maybe_unused]] const void* model, const Tensor& x) {
    if constexpr (HasParameters<M>) {
      // visit shows boxes that may be written to; here they are only read
      const Parameter* first = nullptr;
      const_cast<M*>(static_cast<const M*>(model))->visit([&](Parameter& p) { first = first ? first : &p; });
      if (first && first->value.device() != x.device()) return x.to(first->value.device());
    }
    return x;
  }

  const void* model_;
  Tensor (*evaluate_)(const void*, const Tensor&);
  Tensor (*on_its_device_)(const void*, const Tensor&);
};

// The model's buffers, in the order of its visit_buffers.
Parameters buffers_of(const ModelRef& model);

// What a model knows at one moment. Values are immutable, so taking them copies no bytes.
struct ModelValues {
  Tensors parameters, buffers;  // in the order of the visits
};
// Error: a parameter is not initialised; it is named.
ModelValues values_of(const ModelRef& model);
// Error: the counts differ from the model's; the model stays as it was.
void set_values(const ModelRef& model, const ModelValues& values);

}  // namespace logitape::inline v0
