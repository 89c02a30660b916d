// hand_written.h: y = relu(x*w + b) forward; dw = x^T*dy, db = sum(dy), dx = dy*w^T where x > 0, backward.
#include "tests/bench/hand_written.h"

#include "logitape/backends/cpu/cpu.h"

namespace bench {
namespace lt = logitape;
using lt::backends::MatmulArgs;

namespace {

constexpr lt::DType f32 = lt::DType::f32;

lt::Tensor same(const lt::Tensor& t) { return lt::full(t.shape(), 0) + lt::stop_gradient(t); }  // bytes of its own

}  // namespace

HandWritten::HandWritten(const lt::Sequential& model, const lt::Tensor& inputs, const lt::Tensor& labels,
                         double learning_rate)
    : kernels_(lt::cpu::kernels()), inputs_(inputs), labels_(labels), losses_(lt::zeros({inputs.shape()[0]})),
      loss_(lt::zeros({1})), learning_rate_(learning_rate) {
  const auto parameters = lt::parameters(model);
  const std::int64_t rows = inputs.shape()[0];
  for (std::size_t i = 0; i < parameters.size(); i += 2) {
    const lt::Tensor weight = same(parameters[i]), bias = same(parameters[i + 1]);
    const lt::Shape out{rows, weight.shape()[1]};
    layers_.push_back(
        {weight, bias, lt::zeros(out), lt::zeros(out), lt::zeros(weight.shape()), lt::zeros(bias.shape())});
  }
}

void HandWritten::step() {
  forward();
  backward();
  update();
}

void HandWritten::forward() {
  const void* x = inputs_.data();
  for (Layer& l : layers_) {
    MatmulArgs a{};
    a.dtype = f32;
    a.m = inputs_.shape()[0], a.k = l.weight.shape()[0], a.n = l.weight.shape()[1];
    a.relu = &l != &layers_.back();
    a.a = x, a.b = l.weight.data(), a.bias = l.bias.data(), a.y = l.output.writable();
    kernels_.matmul(a);
    x = a.y;
  }
  Layer& last = layers_.back();
  lt::backends::CrossEntropyArgs c{};
  c.dtype = f32, c.index_dtype = lt::DType::i64;
  c.outer = last.output.shape()[0], c.classes = last.output.shape()[1], c.inner = 1;
  c.logits = last.output.data(), c.indices = labels_.data();
  c.a = 1, c.scale = 1 / static_cast<double>(c.outer), c.unit_mass = true;
  c.loss = losses_.writable(), c.gradient = last.into_output.writable();
  kernels_.cross_entropy(c);
  kernels_.sum({.dtype = f32,
                .outer = 1,
                .axis = c.outer,
                .inner = 1,
                .scale = c.scale,
                .x = losses_.data(),
                .y = loss_.writable()});
}

void HandWritten::backward() {
  for (std::size_t i = layers_.size(); i-- > 0;) {
    Layer& l = layers_[i];
    const std::int64_t rows = l.output.shape()[0], in = l.weight.shape()[0], out = l.weight.shape()[1];
    MatmulArgs w{};
    w.dtype = f32, w.m = in, w.n = out, w.k = rows, w.transpose_a = true;
    w.a = i == 0 ? inputs_.data() : layers_[i - 1].output.data(), w.b = l.into_output.data();
    w.y = l.into_weight.writable();
    kernels_.matmul(w);
    kernels_.sum({.dtype = f32,
                  .outer = 1,
                  .axis = rows,
                  .inner = out,
                  .scale = 1,
                  .x = l.into_output.data(),
                  .y = l.into_bias.writable()});
    if (i == 0) return;
    Layer& below = layers_[i - 1];
    MatmulArgs x{};
    x.dtype = f32, x.m = rows, x.n = in, x.k = out, x.transpose_b = true;
    x.a = l.into_output.data(), x.b = l.weight.data(), x.y = below.into_output.writable();
    kernels_.matmul(x);
    lt::backends::BinaryArgs r{};
    r.dtype = f32, r.loop = {.rank = 1, .size = {rows * in}, .step = {{1}, {1}}};
    r.a = below.output.data(), r.b = x.y, r.y = x.y;
    kernels_.where_positive(r);
  }
}

void HandWritten::update() {
  const auto sgd = [&](lt::Tensor& p, const lt::Tensor& g) {
    lt::backends::SgdArgs a{};
    a.dtype = f32, a.size = p.size(), a.learning_rate = learning_rate_;
    a.parameter = p.data(), a.gradient = g.data(), a.new_parameter = p.writable();
    kernels_.sgd(a);
  };
  for (Layer& l : layers_) {
    sgd(l.weight, l.into_weight);
    sgd(l.bias, l.into_bias);
  }
}

}  // namespace bench
