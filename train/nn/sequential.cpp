// Each call walks the modules in order; names are positions.
#include "logitape/train/nn/sequential.h"

#include "logitape/core/detail/require.h"
#include "logitape/train/nn/parameters.h"

namespace logitape::inline v0 {
namespace {

thread_local const LayerWatch::See* watch = nullptr;

}  // namespace

LayerWatch::LayerWatch(See see) : see_(std::move(see)), outer_(std::exchange(watch, &see_)) {}
LayerWatch::~LayerWatch() { watch = outer_; }

Sequential Sequential::of(std::vector<AnyModule> modules) {
  require(!modules.empty(), "Sequential", "it is made of 0 modules; at least 1 is needed");
  Sequential all;
  for (AnyModule& module : modules) all.add(std::move(module));
  return all;
}

void Sequential::add(AnyModule module) {
  module.put(std::to_string(modules_.size()) + ".");
  modules_.push_back(std::move(module));
}

template <class Self, class... Mode>
Tensor Sequential::run(Self& self, const Tensor& x, const Place* outer, Mode... mode) {
  auto& modules = self.modules_;
  Tensor y = x;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    const Place here{outer, i};
    if (modules[i].role_ == AnyModule::Role::sequential) {
      y = run(*modules[i].template as<Sequential>(), y, &here, mode...);
      continue;
    }
    const bool fused = modules[i].role_ == AnyModule::Role::fuses_relu && i + 1 < modules.size() &&
                       modules[i + 1].role_ == AnyModule::Role::relu;
    const auto name = [&] { return "layer " + here.str() + " of Sequential, " + modules[i].str(); };
    try {
      y = fused ? modules[i].held_->run_with_relu(y) : modules[i](y, mode...);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::out_of_memory) throw;  // not the layer's fault
      throw e.within(name());
    }
    if (watch && *watch) (*watch)(name(), y);
    if (fused) ++i;
  }
  return y;
}

Tensor Sequential::operator()(const Tensor& x) { return run(*this, x, nullptr); }
Tensor Sequential::operator()(const Tensor& x, InEvaluation) const { return run(*this, x, nullptr, evaluation); }

void Sequential::initialise(Generator& rng) {
  std::vector<AnyModule> modules = modules_;
  Generator stream = rng;
  for (AnyModule& module : modules) module.initialise(stream);
  modules_.swap(modules);
  rng = stream;
}

void Sequential::visit(const ParameterVisitor& show) {
  for (AnyModule& module : modules_) module.visit(show);
}

void Sequential::visit_buffers(const ParameterVisitor& show) {
  for (AnyModule& module : modules_) module.visit_buffers(show);
}

// A visit shows boxes that may be written to; these two only read them.

Tensors Sequential::parameters() const {
  Tensors values;
  const_cast<Sequential*>(this)->visit([&](Parameter& p) { values.push_back(initialised("Sequential", p)); });
  return values;
}

std::vector<Parameter> Sequential::named_parameters() const {
  std::vector<Parameter> boxes;
  const_cast<Sequential*>(this)->visit([&](Parameter& p) {
    boxes.push_back({p.name, initialised("Sequential", p), p.kind});
  });
  return boxes;
}

Tensor Sequential::parameter(const std::string& name) const { return logitape::parameter(*this, name); }

const AnyModule& Sequential::at(std::int64_t i) const {
  const auto layers = static_cast<std::int64_t>(modules_.size());
  require(i >= -layers && i < layers, ErrorCode::out_of_range, "Sequential", "layer {} is outside [{}, {})", i, -layers,
          layers);
  return modules_[static_cast<std::size_t>(i < 0 ? i + layers : i)];
}

std::vector<AnyModule> Sequential::modules() const {
  std::vector<AnyModule> copies = modules_;
  for (AnyModule& module : copies) module.put("");
  return copies;
}

}  // namespace logitape::inline v0
