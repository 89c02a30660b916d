// Modules one after another: y = last(...(first(x))).
#pragma once
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "logitape/train/nn/module.h"

namespace logitape::inline v0 {

// While one lives, every Sequential that this thread runs shows it the output of each layer, with the layer's name in
// errors: "layer 2 of Sequential, Linear{64, 10}". If several live, only the last one sees them.
class LayerWatch {
 public:
  using See = std::function<void(const std::string& layer, const Tensor& output)>;
  explicit LayerWatch(See see);
  ~LayerWatch();
  LayerWatch(const LayerWatch&) = delete;
  LayerWatch& operator=(const LayerWatch&) = delete;

 private:
  See see_;
  const See* outer_;
};

// Parameters are named by position: "0.weight", "0.bias", "2.weight"; inside a nested Sequential "1.0.weight". A layer
// that comes from another Sequential, by modules() or model[i], leaves its old position behind.
// A copy is a snapshot: training one leaves the other's values alone. A Linear or Conv2d with a Relu behind it runs as
// one kernel, with the same bits.
class Sequential {
 public:
  // The compiler's message for Sequential{one_module}, which is deleted: the same braces would copy a Sequential.
  struct write_Sequential_of {};
  template <class M>
  requires(!std::is_base_of_v<Sequential, M> && Module<M>) explicit Sequential(M, write_Sequential_of = {}) = delete;

  // Two or more modules; Sequential::of(module) holds one.
  template <Module First, Module Second, Module... More>
  Sequential(First first, Second second, More... more) {
    add(std::move(first));
    add(std::move(second));
    (add(std::move(more)), ...);
  }
  template <Module M>
  static Sequential of(M module) {
    Sequential one;
    one.add(std::move(module));
    return one;
  }
  // One or more modules; how many is known only at run time.
  static Sequential of(std::vector<AnyModule> modules);

  // Errors: a parameter is not initialised; whatever a module refuses, with its layer: "linear (layer 2 of Sequential,
  // Linear{64, 10}): ...", in a nested Sequential "layer 1.2". A Sequential inside a module of another type counts from
  // itself.
  Tensor operator()(const Tensor& x);
  Tensor operator()(const Tensor& x, InEvaluation) const;

  // Gives every parameter its first value and every Dropout its generator, in order. If it throws, nothing has changed.
  void initialise(Generator& rng);
  void visit(const ParameterVisitor& show);
  void visit_buffers(const ParameterVisitor& show);

  // What grad() is asked for, in the order of visit. Error: a parameter is not initialised.
  Tensors parameters() const;
  std::vector<Parameter> named_parameters() const;
  // The value of the parameter of that name, "0.weight". Errors: those of parameter() (train/nn/parameters.h), whose
  // parameter_of() gives the box. PyTorch's get_parameter.
  Tensor parameter(const std::string& name) const;

  std::size_t size() const { return modules_.size(); }  // layers, those in a nested Sequential not counted
  // Layer i, read-only; -1 is the last. const Linear* first = model[0].as<Linear>() is null if layer 0 is no Linear.
  // Error: out_of_range for i outside [-size, size).
  const AnyModule& operator[](std::int64_t i) const { return at(i); }
  const AnyModule& at(std::int64_t i) const;
  // Copies of its modules, in order, with names of their own, "weight". Another model can be made of them:
  //   auto layers = model.modules();  layers.back() = Linear{128, 5};  model = Sequential::of(layers);
  // save_parameters and load_parameters then go by the new positions. A copy of *model[i].as<Linear>() is still named
  // by its position: copy it out of modules() instead.
  std::vector<AnyModule> modules() const;

  // clang-format off
  void forward(...) const = delete;     // write model(x)
  void train(...) const = delete;       // leave it out: model(x) is the call in training
  void eval() const = delete;           // write model(x, evaluation)
  void fit(...) const = delete;         // write Trainer{model, AdamW{}}.fit(data)
  void predict(...) const = delete;     // write argmax(model(x, evaluation), 1)
  void state_dict() const = delete;     // write save_parameters(path, model)
  void zero_grad() const = delete;      // leave it out: a step makes new leaves, whose slots are empty
  // clang-format on

 private:
  struct Place {  // which layer, in which layer of the Sequential around it
    const Place* outer;
    std::size_t number;
    std::string str() const { return (outer ? outer->str() + "." : "") + std::to_string(number); }
  };

  Sequential() = default;
  // mode: nothing, or `evaluation`; then `self` is const.
  template <class Self, class... Mode>
  static Tensor run(Self& self, const Tensor& x, const Place* outer, Mode... mode);
  void add(AnyModule module);

  std::vector<AnyModule> modules_;
};

}  // namespace logitape::inline v0
