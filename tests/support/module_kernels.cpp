// Which arrays each struct of arguments points to, and how long they are (backends/kernel_args.h).
#include "tests/support/module_kernels.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/registry.h"
#include "logitape/core/detail/device_memory.h"

namespace logitape::tests {
namespace {

using namespace backends;

// Copies of host arrays on the device, for the time of a call.
class Staged {
 public:
  explicit Staged(Device device) : memory_(memory_of(device)) {}
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() {
    for (const Copy& c : copies_) memory_.release(c.there, c.bytes);
  }

  // From now on the field points to the device.
  template <class T>
  void in(const T*& field, std::int64_t bytes) {
    field = static_cast<const T*>(stage(field, bytes, nullptr));
  }
  template <class T>
  void out(T*& field, std::int64_t bytes) {
    field = static_cast<T*>(stage(field, bytes, field));
  }
  void copy_back() {
    for (const Copy& c : copies_)
      if (c.host && c.bytes > 0) memory_.to_host(c.host, c.there, c.bytes);
  }

 private:
  struct Copy {
    void* there;
    std::size_t bytes;
    void* host;  // null: it is only read
  };

  void* stage(const void* from, std::int64_t count, void* host) {
    if (!from) return nullptr;
    const auto bytes = static_cast<std::size_t>(count);
    void* const there = memory_.allocate(bytes);
    copies_.push_back({there, bytes, host});
    if (bytes > 0) memory_.from_host(there, from, bytes);
    return there;
  }

  DeviceMemory& memory_;
  std::vector<Copy> copies_;
};

std::int64_t width(DType dtype) { return static_cast<std::int64_t>(byte_size(dtype)); }

// The elements of a strided view, counted from the one that its pointer names: first <= 0 < end, unless there are none.
struct Reach {
  std::int64_t first = 0, end = 1;
};
Reach reach_of(int rank, const std::int64_t* size, const std::int64_t* step) {
  Reach r;
  for (int axis = 0; axis < rank; ++axis) {
    if (size[axis] == 0) return {0, 0};
    (step[axis] < 0 ? r.first : r.end) += (size[axis] - 1) * step[axis];
  }
  return r;
}
template <int inputs>
std::int64_t reach(const Loop<inputs>& loop, int input) {
  return reach_of(loop.rank, loop.size, loop.step[input]).end;
}
template <int inputs>
std::int64_t count(const Loop<inputs>& loop) {
  std::int64_t n = 1;
  for (int r = 0; r < loop.rank; ++r) n *= loop.size[r];
  return n;
}
std::int64_t images(const Window& w) { return w.images * w.height * w.width * w.channels; }
std::int64_t outputs(const Window& w) { return w.images * w.out[0] * w.out[1]; }

// arrays(staged, args): one each.
void arrays(Staged& s, FillArgs& a) { s.out(a.y, a.size * width(a.dtype)); }
void arrays(Staged& s, CastArgs& a) {
  s.in(a.x, a.size * width(a.from));
  s.out(a.y, a.size * width(a.to));
}
void arrays(Staged& s, CopyArgs& a) {
  const Reach from = reach_of(a.rank, a.size, a.from_step), to = reach_of(a.rank, a.size, a.to_step);
  const auto moved = [&](auto* bytes, std::int64_t elements) { return bytes + elements * a.element_size; };
  const auto* x = moved(static_cast<const std::byte*>(a.x), from.first);
  auto* y = moved(static_cast<std::byte*>(a.y), to.first);
  s.in(x, (from.end - from.first) * a.element_size);
  s.out(y, (to.end - to.first) * a.element_size);
  a.x = moved(x, -from.first);
  a.y = moved(y, -to.first);
}
void arrays(Staged& s, UnaryArgs& a) {
  s.in(a.x, a.size * width(a.dtype));
  s.out(a.y, a.size * width(a.dtype));
}
void arrays(Staged& s, ClampArgs& a) {
  s.in(a.x, a.size * width(a.dtype));
  s.out(a.y, a.size * width(a.dtype));
}
void arrays(Staged& s, BinaryArgs& a) {
  s.in(a.a, reach(a.loop, 0) * width(a.dtype));
  s.in(a.b, reach(a.loop, 1) * width(a.dtype));
  s.out(a.y, count(a.loop) * width(a.dtype));
}
void arrays(Staged& s, CompareArgs& a) {
  s.in(a.a, reach(a.loop, 0) * width(a.dtype));
  s.in(a.b, reach(a.loop, 1) * width(a.dtype));
  s.out(a.y, count(a.loop));
}
void arrays(Staged& s, WhereArgs& a) {
  s.in(a.condition, reach(a.loop, 0));
  s.in(a.a, reach(a.loop, 1) * width(a.dtype));
  s.in(a.b, reach(a.loop, 2) * width(a.dtype));
  s.out(a.y, count(a.loop) * width(a.dtype));
}
void reduce_arrays(Staged& s, ReduceArgs& a, std::int64_t element) {
  s.in(a.x, a.outer * a.axis * a.inner * width(a.dtype));
  s.out(a.y, a.outer * a.inner * element);
}
void arrays(Staged& s, MatmulArgs& a) {
  const std::int64_t w = width(a.dtype);
  s.in(a.a, reach(a.batch, 0) * a.m * a.k * w);
  s.in(a.b, reach(a.batch, 1) * a.k * a.n * w);
  s.in(a.bias, a.n * w);
  s.out(a.y, count(a.batch) * a.m * a.n * w);
}
void arrays(Staged& s, SolveArgs& a) {
  const std::int64_t w = width(a.dtype);
  s.in(a.a, reach(a.batch, 0) * a.n * a.n * w);
  s.in(a.b, reach(a.batch, 1) * a.n * a.columns * w);
  s.out(a.x, count(a.batch) * a.n * a.columns * w);
}
void arrays(Staged& s, CholeskyArgs& a) {
  s.in(a.a, a.matrices * a.n * a.n * width(a.dtype));
  s.out(a.y, a.matrices * a.n * a.n * width(a.dtype));
}
// Which of the three is made is known by the array that is not given.
void arrays(Staged& s, ConvolutionArgs& a) {
  const std::int64_t w = width(a.dtype), weights = a.window.size[0] * a.window.size[1] * a.window.channels * a.features,
                     made = outputs(a.window) * a.features;
  const std::int64_t result = !a.y ? made : !a.x ? images(a.window) : weights;
  s.in(a.x, images(a.window) * w);
  s.in(a.weight, weights * w);
  s.in(a.bias, a.features * w);
  s.in(a.y, made * w);
  s.out(a.result, result * w);
}
void arrays(Staged& s, PoolArgs& a, bool spreads) {
  const std::int64_t w = width(a.dtype), wide = images(a.window) * w,
                     narrow = outputs(a.window) * a.window.channels * w;
  s.in(a.x, spreads ? narrow : wide);
  s.out(a.y, spreads ? wide : narrow);
  s.out(a.places, narrow);  // i32 for f32, i64 for f64
}
void arrays(Staged& s, NormaliseArgs& a) {
  const std::int64_t w = width(a.dtype), all = a.outer * a.axis * a.inner * w, rows = a.outer * a.inner * w;
  s.in(a.x, all);
  s.out(a.y, all);
  s.out(a.mean, rows);
  s.out(a.variance, rows);
  s.out(a.deviation, rows);
}
void arrays(Staged& s, NormaliseVjpArgs& a) {
  const std::int64_t w = width(a.dtype), all = a.outer * a.axis * a.inner * w, rows = a.outer * a.inner * w;
  s.in(a.y, all);
  s.in(a.g, all);
  s.in(a.factor, rows);
  s.out(a.total, rows);
  s.out(a.product, rows);
  s.out(a.x, all);
}
void arrays(Staged& s, IndexArgs& a, bool scatters) {
  const std::int64_t w = width(a.dtype), table = a.outer * a.axis * a.inner * w, rows = a.outer * a.count * a.inner * w;
  s.in(a.x, scatters ? rows : table);
  s.in(a.indices, (a.per_element ? a.outer * a.count * a.inner : a.count) * width(a.index_dtype));
  s.out(a.y, scatters ? table : rows);
}
void arrays(Staged& s, OneHotArgs& a) {
  s.in(a.indices, a.rows * width(a.index_dtype));
  s.out(a.y, a.rows * a.classes * width(a.dtype));
}
void arrays(Staged& s, IndexCheckArgs& a) {
  s.in(a.indices, a.count * width(a.index_dtype));
  s.in(a.keep, a.count);
}
void arrays(Staged& s, SoftmaxArgs& a, bool of_shape) {
  const std::int64_t w = width(a.dtype), all = a.outer * a.classes * a.inner * w;
  s.in(a.x, all);
  s.in(a.g, of_shape ? all : a.outer * a.inner * w);
  s.out(a.y, all);
}
void arrays(Staged& s, CrossEntropyArgs& a) {
  const std::int64_t w = width(a.dtype), rows = a.outer * a.inner, all = rows * a.classes * w;
  s.in(a.logits, all);
  s.in(a.labels, all);
  s.in(a.indices, rows * (a.indices ? width(a.index_dtype) : 0));
  s.in(a.weights, a.classes * w);
  s.in(a.keep, rows);
  s.out(a.loss, rows * w);
  s.out(a.wide_loss, rows * 4);
  s.in(a.scale_there, 8);
  s.out(a.lse, rows * w);
  s.out(a.gradient, all);
  s.out(a.probabilities, all);
}
void arrays(Staged& s, RandomArgs& a) { s.out(a.y, a.size * width(a.dtype)); }
void arrays(Staged& s, DropoutMaskArgs& a) { s.out(a.y, a.size * width(a.dtype)); }
void arrays(Staged& s, SgdArgs& a) {
  const std::int64_t bytes = a.size * width(a.dtype);
  for (const void** field : {&a.parameter, &a.gradient, &a.velocity}) s.in(*field, bytes);
  for (void** field : {&a.new_parameter, &a.new_velocity}) s.out(*field, bytes);
}
void arrays(Staged& s, AdamArgs& a) {
  const std::int64_t bytes = a.size * width(a.dtype);
  for (const void** field : {&a.parameter, &a.gradient, &a.first_moment, &a.second_moment}) s.in(*field, bytes);
  for (void** field : {&a.new_parameter, &a.new_first_moment, &a.new_second_moment}) s.out(*field, bytes);
}

// What a list points to is staged one by one; `each` then points to the structs of the device's arrays, which `room`
// holds.
thread_local std::vector<SgdArgs> sgd_room;
thread_local std::vector<AdamArgs> adam_room;
thread_local std::vector<NumberArray> array_room;
template <class List, class One>
void list_arrays(Staged& s, List& list, std::vector<One>& room) {
  room.assign(list.each, list.each + list.count);
  for (One& one : room) arrays(s, one);
  list.each = room.data();
}
void arrays(Staged& s, SgdListArgs& a) { list_arrays(s, a, sgd_room); }
void arrays(Staged& s, AdamListArgs& a) { list_arrays(s, a, adam_room); }
void arrays(Staged& s, AllFiniteArgs& a) {
  array_room.assign(a.arrays, a.arrays + a.count);
  for (NumberArray& one : array_room) s.in(one.data, one.size * width(one.dtype));
  a.arrays = array_room.data();
  s.out(a.y, 1);
}

// The structs that do not say by themselves which way their arrays go.
template <class Args>
void arrays_of(const char* slot, Staged& s, Args& a) {
  const auto is = [&](const char* name) { return std::strcmp(slot, name) == 0; };
  if constexpr (std::is_same_v<Args, ReduceArgs>)
    reduce_arrays(s, a,
                  is("argmax") || (is("sum") && is_index(a.dtype)) || (is("sum") && a.dtype == DType::boolean)
                      ? width(DType::i64)
                      : width(a.dtype));
  else if constexpr (std::is_same_v<Args, PoolArgs>) arrays(s, a, is("spread_pool"));
  else if constexpr (std::is_same_v<Args, IndexArgs>) arrays(s, a, is("scatter_add"));
  else if constexpr (std::is_same_v<Args, SoftmaxArgs>) arrays(s, a, is("centred") || is("softmax_vjp"));
  else arrays(s, a);
}

Device chosen;

template <class Args>
void on_device(const char* name, Kernel<Args> Kernels::*slot, const Args& given) {
  Staged staged(chosen);
  Args there = given;
  arrays_of(name, staged, there);
  run_elsewhere(name, chosen, slot, there);
  staged.copy_back();
}

// Fields that are the CPU's alone: this table stands for the CPU's, and makes them of other calls.
void with_label_gradient(const CrossEntropyArgs& given) {
  CrossEntropyArgs a = given;
  a.label_gradient = nullptr;
  on_device("cross_entropy", &Kernels::cross_entropy, a);
  if (!given.label_gradient) return;
  if (!is_arithmetic(a.dtype)) return cpu::kernels().cross_entropy(given);  // label_gradient takes no halves
  const auto by = [&]<class T>() {
    std::vector<T> scale(static_cast<std::size_t>(a.outer * a.inner), static_cast<T>(a.scale));
    for (std::size_t i = 0; i < scale.size(); ++i)
      if (a.keep && !a.keep[i]) scale[i] = 0;
    on_device("label_gradient", &Kernels::label_gradient,
              SoftmaxArgs{a.dtype, a.outer, a.classes, a.inner, a.logits, given.label_gradient, scale.data()});
  };
  a.dtype == DType::f32 ? by.template operator()<float>() : by.template operator()<double>();
}

template <class T>
void sum_of_cuts(const MatmulArgs& given, std::int64_t low, std::int64_t high, T* y) {
  if (high - low > 1) {
    const auto middle = low + static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(high - low - 1)));
    std::vector<T> right(static_cast<std::size_t>(given.m * given.n));
    sum_of_cuts(given, low, middle, y);
    sum_of_cuts(given, middle, high, right.data());
    for (std::size_t i = 0; i < right.size(); ++i) y[i] += right[i];
    return;
  }
  MatmulArgs a = given;
  a.cut = nullptr;
  a.cuts = 0;
  a.k = given.cut[high] - given.cut[low];
  a.a = static_cast<const T*>(given.a) + given.cut[low] * a.m;  // both lie [k, ...]
  a.b = static_cast<const T*>(given.b) + given.cut[low] * a.n;
  a.y = y;
  on_device("matmul", &Kernels::matmul, a);
}
void with_cuts(const MatmulArgs& a) {
  if (a.cuts == 0) on_device("matmul", &Kernels::matmul, a);
  else if (a.dtype == DType::f32) sum_of_cuts(a, 0, a.cuts, static_cast<float*>(a.y));
  else sum_of_cuts(a, 0, a.cuts, static_cast<double*>(a.y));
}

}  // namespace

const Kernels& module_kernels(Device device) {
  chosen = device;
  static const Kernels table = [&] {
    const lt_kernels& has = *opened(device).module->kernels;
    Kernels k;
#define LOGITAPE_SLOT(slot, args)                         \
  if (offsetof(lt_kernels, slot) < has.bytes && has.slot) \
    k.slot = [](const lt_##args##_args& a) { on_device(#slot, &Kernels::slot, a); };
    LT_KERNELS(LOGITAPE_SLOT)
#undef LOGITAPE_SLOT
    k.cross_entropy = with_label_gradient;
    k.matmul = with_cuts;
    k.multiplies_bf16 = [] { return false; };
    return k;
  }();
  return table;
}

}  // namespace logitape::tests
