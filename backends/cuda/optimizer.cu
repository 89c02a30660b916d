// sgd and adam over the parameters of a model, as many a launch as its arguments have room for; kernel_args.h has the
// formulas. Every array is read and written once, 16 bytes a thread at a time. Constants are made in f64 and rounded
// once; a fused multiply-add wherever the formula multiplies and adds. A thread reads its elements before it writes, so
// that outputs may be the inputs. While the device holds a fault nothing moves: the bad batch has no step.
#include "logitape/backends/cuda/list.cuh"

namespace logitape_cuda {
namespace {

template <class T>
struct Sgd {
  using Number = T;
  T rate, momentum, decay;
  bool nesterov;
  int64_t size;
  const T *parameter, *gradient, *velocity;
  T *new_parameter, *new_velocity;
  const double* rates_there;

  __device__ void refresh() {
    if (rates_there) rate = static_cast<T>(rates_there[0]);
  }
  template <int n>
  __device__ void step(int64_t i, bool moves) const {
    const Group<T, n> g0 = load_group<T, n>(gradient + i);
    Group<T, n> p = load_group<T, n>(parameter + i), v{};
    const bool remembers = new_velocity && velocity;
    if (remembers) v = load_group<T, n>(velocity + i);
#pragma unroll
    for (int k = 0; k < n; ++k) {
      const T g = fma(decay, p.v[k], g0.v[k]), next = remembers ? fma(momentum, v.v[k], g) : g;
      const T down_by = !new_velocity ? g : nesterov ? fma(momentum, next, g) : next;
      if (!moves) continue;
      v.v[k] = next;
      p.v[k] = fma(-rate, down_by, p.v[k]);
    }
    store_group(new_parameter + i, p);
    if (new_velocity) store_group(new_velocity + i, v);
  }
};

template <class T>
struct Adam {
  using Number = T;
  T shrink, decay, beta1, beta2, rest1, rest2, rate, scale2, epsilon;
  bool decoupled;
  double weight_decay;
  int64_t size;
  const T *parameter, *gradient, *first_moment, *second_moment;
  T *new_parameter, *new_first_moment, *new_second_moment;
  const double* rates_there;

  __host__ __device__ void take(double learning_rate, double correction1, double correction2) {
    shrink = static_cast<T>(decoupled ? 1 - learning_rate * weight_decay : 1);
    rate = static_cast<T>(learning_rate / correction1);
    scale2 = static_cast<T>(1 / correction2);
  }
  __device__ void refresh() {
    if (rates_there) take(rates_there[0], rates_there[1], rates_there[2]);
  }
  // A finite number beyond the limit becomes the limit, whose square is finite. NaN and infinities stay, for whoever
  // looks for them.
  __device__ static T with_finite_square(T g) {
    const T limit = sizeof(T) == 4 ? T(0x1p63) : static_cast<T>(0x1p511);
    return fabs(g) > limit && isfinite(g) ? (g < 0 ? -limit : limit) : g;
  }
  template <int n>
  __device__ void step(int64_t i, bool moves) const {
    const Group<T, n> g0 = load_group<T, n>(gradient + i);
    Group<T, n> p = load_group<T, n>(parameter + i), m{}, v{};
    if (first_moment) m = load_group<T, n>(first_moment + i);
    if (second_moment) v = load_group<T, n>(second_moment + i);
#pragma unroll
    for (int k = 0; k < n; ++k) {
      const T shrunk = p.v[k] * shrink, g = with_finite_square(fma(decay, shrunk, g0.v[k]));
      if (!moves) continue;
      m.v[k] = fma(beta1, m.v[k], rest1 * g);
      v.v[k] = fma(beta2, v.v[k], rest2 * (g * g));
      p.v[k] = fma(-rate, m.v[k] / (sqrt(v.v[k] * scale2) + epsilon), shrunk);
    }
    store_group(new_parameter + i, p);
    store_group(new_first_moment + i, m);
    store_group(new_second_moment + i, v);
  }
};

template <class One>
__global__ void __launch_bounds__(block_threads) update(const __grid_constant__ List<One> list, const lt_fault* fault) {
  using T = typename One::Number;
  constexpr int n = group<T>;
  const bool moves = !__syncthreads_or(threadIdx.x == 0 && fault->ticket != 0);
  for (int64_t at = blockIdx.x; at < list.ends[list.count - 1]; at += gridDim.x) {
    const Part part = part_of(list, at);
    One one = list.each[part.i];
    one.refresh();
    const int64_t end = planted == 9 ? part.begin + chunk : part.end;
    for (int64_t e = part.begin + threadIdx.x * n; e < end; e += block_threads * n) {
      if (e + n <= end) one.template step<n>(e, moves);
      else
        for (; e < end; ++e) one.template step<1>(e, moves);
    }
  }
}

template <class One>
lt_status queue(lt_context* context, const char* op, const List<One>& list) {
  static_assert(sizeof list + sizeof context->fault <= 4096);
  return start(context, op, chunks_of(list), 0, update<One>, list, context->fault);
}

// Neighbours of one dtype share a launch. made(one, args) fills what a kernel needs of the arguments.
template <class T, template <class> class One, class Args, class Made>
lt_status neighbours(lt_context* context, const char* op, const Args* args, int64_t count, int64_t* at, Made made) {
  List<One<T>> list{};
  for (; *at < count && list.count < most && args[*at].dtype == args[0].dtype; ++*at) {
    made(add(list, args[*at].size), args[*at]);
  }
  return queue(context, op, list);
}

lt_status sgd_list(lt_context* context, const lt_sgd_list_args* list) {
  for (int64_t done = 0; done < list->count;) {
    const lt_sgd_args* from = list->each + done;
    int64_t taken = 0;
    const lt_status status = visit_floating("sgd", from->dtype, [&]<class T>() {
      return neighbours<T, Sgd>(context, "sgd", from, list->count - done, &taken, [](Sgd<T>& s, const lt_sgd_args& a) {
        s = {static_cast<T>(a.learning_rate),
             static_cast<T>(a.momentum),
             static_cast<T>(a.weight_decay),
             a.nesterov,
             a.size,
             in<T>(a.parameter),
             in<T>(a.gradient),
             in<T>(a.velocity),
             out<T>(a.new_parameter),
             out<T>(a.new_velocity),
             a.rates_there};
      });
    });
    if (status != LT_OK) return status;
    done += taken;
  }
  return LT_OK;
}

template <class T>
void fill_adam(Adam<T>& s, const lt_adam_args& a) {
  const auto rounded = [](double x) { return static_cast<T>(x); };
  s.decay = rounded(a.decoupled ? 0 : a.weight_decay);
  s.beta1 = rounded(a.beta1);
  s.beta2 = rounded(a.beta2);
  s.rest1 = rounded(1 - a.beta1);
  s.rest2 = rounded(1 - a.beta2);
  s.epsilon = rounded(a.epsilon);
  s.decoupled = a.decoupled;
  s.weight_decay = a.weight_decay;
  s.size = a.size;
  s.parameter = in<T>(a.parameter);
  s.gradient = in<T>(a.gradient);
  s.first_moment = in<T>(a.first_moment);
  s.second_moment = in<T>(a.second_moment);
  s.new_parameter = out<T>(a.new_parameter);
  s.new_first_moment = out<T>(a.new_first_moment);
  s.new_second_moment = out<T>(a.new_second_moment);
  s.rates_there = a.rates_there;
  s.take(a.learning_rate, a.correction1, a.correction2);
}

lt_status adam_list(lt_context* context, const lt_adam_list_args* list) {
  for (int64_t done = 0; done < list->count;) {
    const lt_adam_args* from = list->each + done;
    int64_t taken = 0;
    const lt_status status = visit_floating("adam", from->dtype, [&]<class T>() {
      return neighbours<T, Adam>(context, "adam", from, list->count - done, &taken, fill_adam<T>);
    });
    if (status != LT_OK) return status;
    done += taken;
  }
  return LT_OK;
}

lt_status sgd(lt_context* context, const lt_sgd_args* a) {
  const lt_sgd_list_args one{1, a};
  return sgd_list(context, &one);
}
lt_status adam(lt_context* context, const lt_adam_args* a) {
  const lt_adam_list_args one{1, a};
  return adam_list(context, &one);
}

}  // namespace

void fill_optimizer(lt_kernels& k) {
  k.sgd = sgd;
  k.adam = adam;
  k.sgd_list = sgd_list;
  k.adam_list = adam_list;
}

}  // namespace logitape_cuda
