// Mistakes about the tape, and about threads, devices and kernels that are not there.
#include <cmath>
#include <limits>

#include "tests/errors/mistakes.h"
#include "logitape/autograd/node.h"
#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"

// A table: one row a line.

namespace logitape::tests {

// long: a table
const std::vector<Mistake>& tape_mistakes() {
  static const std::vector<Mistake> rows = {
      {no_gradient, "variable: i32 has no gradient; variables are of a floating dtype", [] { variable(i32({2})); },
       [] { return variable(f32({2})).requires_grad(); }},
      {no_gradient,
       "grad: f32 [] does not depend on any variable: make one of what it is computed from, x = variable(x); or was it "
       "computed under a NoGrad, or is it a gradient taken without create_graph?",
       [] { grad(f32({}), {variable(f32({}))}); },
       [] {
         const Tensor x = variable(f32({}));
         return is(grad(x, {x})[0], 1);
       }},
      {no_gradient, "grad: f32 [] does not depend on any variable: stop_gradient cuts its path",
       [] {
         const Tensor x = variable(f32({2}));
         grad(sum(stop_gradient(x)), {x});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return is(sum(grad(sum(x), {x})[0]), 2);
       }},
      {no_gradient,
       "grad: f32 [2] does not depend on any variable: make one of what it is computed from, x = variable(x); or was "
       "it computed under a NoGrad, or is it a gradient taken without create_graph?",
       [] {
         const Tensor x = variable(f32({2}));
         const NoGrad guard;
         grad(x * 2, {x}, {.seed = f32({2})});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return has(grad(x * 2, {x}, {.seed = f32({2})})[0], {2});
       }},
      {invalid, "grad: f32 [2] has 2 elements: give a seed of its shape, or reduce it to a scalar",
       [] {
         const Tensor x = variable(f32({2}));
         grad(x * 2, {x});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return has(grad(sum(x * 2), {x})[0], {2});
       }},
      {invalid, "grad: the seed is f32 [3], the tensor to differentiate f32 [2]",
       [] {
         const Tensor x = variable(f32({2}));
         grad(x * 2, {x}, {.seed = f32({3})});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return has(grad(x * 2, {x}, {.seed = f32({2})})[0], {2});
       }},
      {invalid, "grad: the seed is f64 [2], the tensor to differentiate f32 [2]",
       [] {
         const Tensor x = variable(f32({2}));
         grad(x * 2, {x}, {.seed = f64({2})});
       },
       [] {
         const Tensor x = variable(f64({2}));
         return has(grad(x * 2, {x}, {.seed = f64({2})})[0], {2});
       }},
      {no_gradient,
       "grad: f32 [] was not computed from input 1 (f64 [3], made by variable); after an optimiser step a model holds "
       "new leaves; Unreached::zero asks for zeros",
       [] {
         const Tensor x = variable(f32({2}));
         grad(sum(x), {x, variable(f64({3}))});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return is(sum(grad(sum(x), {x, variable(f64({3}))}, {.unreached = Unreached::zero})[1]), 0);
       }},
      {no_gradient,
       "grad: f32 [] was not computed from input 0 (f32 [2], made by variable): stop_gradient cuts a path on the way; "
       "Unreached::zero asks for zeros",
       [] {
         const Tensor x = variable(f32({2})), y = variable(f32({2}));
         grad(sum(stop_gradient(x * 2) * y), {x});
       },
       [] {
         const Tensor x = variable(f32({2})), y = variable(f32({2}));
         return is(sum(grad(sum(stop_gradient(x * 2) * y), {x}, {.unreached = Unreached::zero})[0]), 0);
       }},
      {no_gradient, "grad: input 0 (f32 [2]) is not on the tape: make it with variable()",
       [] {
         const Tensor x = variable(f32({2}));
         grad(sum(x), {f32({2})});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return has(grad(sum(x), {x})[0], {2});
       }},
      {no_gradient, "grad: input 0 (an empty tensor) is not on the tape: make it with variable()",
       [] {
         const Tensor x = variable(f32({2}));
         grad(sum(x), {empty});
       },
       [] {
         const Tensor x = variable(f32({2}));
         return grad(sum(x), {}).empty();
       }},
      {invalid, "backward: f32 [2] has 2 elements: reduce it to a scalar, or use grad with a seed",
       [] { (variable(f32({2})) * 2).backward(); },
       [] {
         const Tensor x = variable(f32({2}));
         sum(x * 2).backward();
         return is(sum(*x.grad()), 4);
       }},
      {no_gradient,
       "backward: f32 [] does not depend on any variable: make one of what it is computed from, x = variable(x); or "
       "was it computed under a NoGrad, or is it a gradient taken without create_graph?",
       [] { f32({}).backward(); },
       [] {
         const Tensor x = variable(f32({}));
         x.backward();
         return is(*x.grad(), 1);
       }},
      {no_gradient,
       "grad: f32 [2] is not a leaf: only tensors made by variable() hold a gradient; use logitape::grad(y, {x})",
       [] { (variable(f32({2})) * 2).grad(); }, [] { return !variable(f32({2})).grad(); }},
      {no_gradient,
       "grad: f32 [2] is not a leaf: only tensors made by variable() hold a gradient; use logitape::grad(y, {x})",
       [] { f32({2}).grad(); }, [] { return !variable(f32({2})).grad(); }},

      {invalid, "twice: its rule reads input 0, whose bytes it did not declare to keep",
       [] {
         const Tensor x = variable(f32({}));
         grad(with_rule(x, [](const Node& n, const Cotangents&) { return Tensors{n.input(0)}; }), {x});
       },
       [] {
         const Tensor x = variable(f32({}));
         return is(grad(with_rule(x, [](const Node&, const Cotangents& g) { return Tensors{g[0] * 2}; }), {x})[0], 2);
       }},
      {invalid, "twice: its rule reads output 0, whose bytes it did not declare to keep",
       [] {
         const Tensor x = variable(f32({}));
         grad(with_rule(x, [](const Node& n, const Cotangents&) { return Tensors{n.output(0)}; }), {x});
       },
       [] {
         const Tensor x = variable(f32({}));
         return is(grad(x * 2, {x})[0], 2);
       }},
      {invalid, "twice: its vjp returned 0 cotangents for 1 inputs",
       [] {
         const Tensor x = variable(f32({}));
         grad(with_rule(x, [](const Node&, const Cotangents&) { return Tensors{}; }), {x});
       },
       [] {
         const Tensor x = variable(f32({}));
         return is(grad(x * 3, {x})[0], 3);
       }},
      {invalid, "twice: its vjp returned f32 [2] for input 0, which is f32 []",
       [] {
         const Tensor x = variable(f32({}));
         grad(with_rule(x, [](const Node&, const Cotangents&) { return Tensors{f32({2})}; }), {x});
       },
       [] {
         const Tensor x = variable(f32({}));
         return is(grad(x * 4, {x})[0], 4);
       }},
      {invalid, "twice: its vjp returned f64 [] for input 0, which is f32 []",
       [] {
         const Tensor x = variable(f32({}));
         grad(with_rule(x, [](const Node&, const Cotangents&) { return Tensors{f64({})}; }), {x});
       },
       [] {
         const Tensor x = variable(f32({}));
         return is(grad(x * 5, {x})[0], 5);
       }},

      {invalid, "check_gradients: no inputs are given",
       [] { check_gradients([](std::span<const Tensor>) { return f64({}); }, {}); },
       [] { return check_gradients([](std::span<const Tensor> x) { return x[0] * 2; }, {f64({})}).ok(); }},
      {invalid, "check_gradients: order 0 is asked for; at least 1 is needed",
       [] { check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({})}, {.order = 0}); },
       [] {
         return check_gradients([](std::span<const Tensor> x) { return x[0] * x[0]; }, {f64({})}, {.order = 3}).ok();
       }},
      {invalid,
       "check_gradients: input 0 is i32 [2]: there is nothing to differentiate by; f16, bf16, f32 or f64 is needed",
       [] { check_gradients([](std::span<const Tensor> x) { return x[0]; }, {i32({2})}); },
       [] {
         return check_gradients([](std::span<const Tensor> x) { return x[0] * x[0]; }, {f64({}), i32({2})}).ok();
       }},
      {invalid, "check_gradients: input 1 of 2 is empty",
       [] {
         check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({}), Tensor()});
       },
       [] {
         return check_gradients([](std::span<const Tensor> x) { return x[0] * x[1]; }, {f64({}), f64({2})}).ok();
       }},
      {invalid, "check_gradients: 1 names are given for 2 inputs",
       [] {
         check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({}), f64({})}, {.names = {"a"}});
       },
       [] {
         return check_gradients([](std::span<const Tensor> x) { return x[0] * x[1]; }, {f64({}), f64({})},
                                {.names = {"a", "b"}})
             .ok();
       }},
      {invalid, "check_gradients: f returned an empty tensor",
       [] { check_gradients([](std::span<const Tensor>) { return Tensor(); }, {f64({})}); },
       [] { return check_gradients([](std::span<const Tensor> x) { return -x[0]; }, {f64({})}).ok(); }},
      {invalid, "check_gradients: f returned i32 [2]: only f16, bf16, f32 and f64 have derivatives",
       [] { check_gradients([](std::span<const Tensor>) { return i32({2}); }, {f64({})}); },
       [] { return check_gradients([](std::span<const Tensor> x) { return x[0] + 1; }, {f64({})}).ok(); }},
      {invalid, "check_gradients: 0 projections and 64 samples are asked for; at least 1 and 0 are needed",
       [] { check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({})}, {.projections = 0}); },
       [] {
         return check_gradients([](std::span<const Tensor> x) { return x[0] * 2; }, {f64({})},
                                {.methods = CheckMethod::fast, .projections = 1})
             .ok();
       }},
      {invalid, "check_gradients: no method is asked for",
       [] { check_gradients([](std::span<const Tensor> x) { return x[0]; }, {f64({})}, {.methods = CheckMethod{}}); },
       [] {
         return check_gradients([](std::span<const Tensor> x) { return x[0] * x[0]; }, {f64({})},
                                {.methods = CheckMethod::all})
             .ok();
       }},
      {invalid, "check_gradients: x has 0 elements; at least 1 is needed",
       [] {
         check_gradients([](std::span<const double>) { return 0.0; }, [](std::span<const double>, std::span<double>) {},
                         std::span<const double>());
       },
       [] {
         const double x[] = {3};
         return check_gradients([](std::span<const double> v) { return v[0] * v[0]; },
                                [](std::span<const double> v, std::span<double> g) { g[0] = 2 * v[0]; }, x)
             .ok();
       }},
  };
  return rows;
}

const std::vector<Mistake>& machine_mistakes() {
  static const std::vector<Mistake> rows = {
      {invalid, "set_num_threads: 0 threads asked for; at least 1 and at most 1024 are possible",
       [] { set_num_threads(0); },
       [] {
         set_num_threads(num_threads());
         return num_threads() >= 1;
       }},
      {invalid, "set_num_threads: -3 threads asked for; at least 1 and at most 1024 are possible",
       [] { set_num_threads(-3); }, [] { return num_threads() >= 1; }},
      {invalid, "Generator::below: n is 0; at least 1 is needed", [] { Generator().below(0); },
       [] { return Generator().below(1) == 0; }},
      {ErrorCode::device, "to: cuda:127 cannot be used: " + why_not(Device::cuda(127)),
       [] { f32({2}).to(Device::cuda(127)); }, [] { return is(f32({}).to(Device::cpu()), 1); }},
      {ErrorCode::device, "tensor: cuda:127 is not open: x.to(Device) opens it",
       [] { Tensor::uninitialised({2}, DType::f32, Device::cuda(127)); },
       [] { return has(Tensor::uninitialised({2}, DType::f32), {2}); }},
      {invalid, "device_named: \"gpu\" is no device: write cpu, cuda, or cuda:0 to cuda:127",
       [] { device_named("gpu"); }, [] { return device_named("cpu") == Device::cpu(); }},
      {invalid, "device_named: \"cuda:128\" is no device: write cpu, cuda, or cuda:0 to cuda:127",
       [] { device_named("cuda:128"); }, [] { return device_named("cuda:127") == Device::cuda(127); }},
      {unsupported, "exp: there is no kernel for it on cpu",
       [] {
         static backends::Kernels kernels = cpu::kernels();
         kernels.exp = nullptr;
         struct Restore {
           const backends::Kernels* before;
           ~Restore() { backends::replace_cpu_kernels(before); }
         } guard{backends::replace_cpu_kernels(&kernels)};
         exp(Tensor::uninitialised({0}, DType::f32));
       },
       [] { return is(exp(zeros({})), 1); }},
  };
  return rows;
}

}  // namespace logitape::tests
