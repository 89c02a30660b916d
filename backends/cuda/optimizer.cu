// sgd and adam: one pass over a parameter, a thread an element, every array read and written once; kernel_args.h has
// the formulas. Constants are made in f64 and rounded once; a fused multiply-add wherever the formula multiplies and
// adds. A thread reads its elements before it writes, so that outputs may be the inputs.
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {
namespace {

template <class T>
struct Sgd {
  T rate, momentum, decay;
  bool nesterov;
  const T *parameter, *gradient, *velocity;
  T *new_parameter, *new_velocity;

  __device__ void operator()(int64_t i) const {
    const T p = parameter[i], g = fma(decay, p, gradient[i]);
    T step = g;
    if (new_velocity) {
      const T v = velocity ? fma(momentum, velocity[i], g) : g;
      step = nesterov ? fma(momentum, v, g) : v;
      new_velocity[i] = v;
    }
    new_parameter[i] = fma(-rate, step, p);
  }
};

template <class T>
struct Adam {
  T shrink, decay, beta1, beta2, rest1, rest2, rate, scale2, epsilon;
  const T *parameter, *gradient, *first_moment, *second_moment;
  T *new_parameter, *new_first_moment, *new_second_moment;

  // A finite number beyond the limit becomes the limit, whose square is finite. NaN and infinities stay, for whoever
  // looks for them.
  __device__ static T with_finite_square(T g) {
    const T limit = sizeof(T) == 4 ? T(0x1p63) : static_cast<T>(0x1p511);
    return fabs(g) > limit && isfinite(g) ? (g < 0 ? -limit : limit) : g;
  }

  __device__ void operator()(int64_t i) const {
    const T p = parameter[i] * shrink, g = with_finite_square(fma(decay, p, gradient[i]));
    const T m = fma(beta1, first_moment ? first_moment[i] : T(0), rest1 * g);
    const T v = fma(beta2, second_moment ? second_moment[i] : T(0), rest2 * (g * g));
    const T root = sqrt(v * scale2);
    new_parameter[i] = fma(-rate, m / (root + epsilon), p);
    new_first_moment[i] = m;
    new_second_moment[i] = v;
  }
};

lt_status sgd(lt_context* context, const lt_sgd_args* a) {
  return visit_floating("sgd", a->dtype, [&]<class T>() {
    const auto in = [](const void* x) { return static_cast<const T*>(x); };
    const auto out = [](void* x) { return static_cast<T*>(x); };
    const auto rounded = [](double x) { return static_cast<T>(x); };
    const Sgd<T> f{rounded(a->learning_rate), rounded(a->momentum), rounded(a->weight_decay), a->nesterov,
                   in(a->parameter),          in(a->gradient),      in(a->velocity),          out(a->new_parameter),
                   out(a->new_velocity)};
    return for_each(context, "sgd", planted == 9 ? divide_up(a->size, 4) * 4 : a->size, f);
  });
}

lt_status adam(lt_context* context, const lt_adam_args* a) {
  return visit_floating("adam", a->dtype, [&]<class T>() {
    const auto in = [](const void* x) { return static_cast<const T*>(x); };
    const auto out = [](void* x) { return static_cast<T*>(x); };
    const auto rounded = [](double x) { return static_cast<T>(x); };
    const Adam<T> f{rounded(a->decoupled ? 1 - a->learning_rate * a->weight_decay : 1),
                    rounded(a->decoupled ? 0 : a->weight_decay),
                    rounded(a->beta1),
                    rounded(a->beta2),
                    rounded(1 - a->beta1),
                    rounded(1 - a->beta2),
                    rounded(a->learning_rate / a->correction1),
                    rounded(1 / a->correction2),
                    rounded(a->epsilon),
                    in(a->parameter),
                    in(a->gradient),
                    in(a->first_moment),
                    in(a->second_moment),
                    out(a->new_parameter),
                    out(a->new_first_moment),
                    out(a->new_second_moment)};
    return for_each(context, "adam", a->size, f);
  });
}

}  // namespace

void fill_optimizer(lt_kernels& k) {
  k.sgd = sgd;
  k.adam = adam;
}

}  // namespace logitape_cuda
