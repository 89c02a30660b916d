// Elementwise arithmetic, comparison and selection over a broadcasting loop nest, each operation rounded once.
// Arithmetic is f32 and f64, add, sub, mul, maximum and minimum of integers too; comparison and where take every dtype.
#include "logitape/backends/cuda/convert.cuh"
#include "logitape/backends/cuda/map.cuh"

namespace logitape_cuda {
namespace {

// Integers below 32 bits would be multiplied as int, which does not wrap.
template <class T>
DEVICE auto wrapping(T x) {
  if constexpr (std::is_floating_point_v<T>) return x;
  else return x + 0u;
}

// clang-format off
struct Add {
  static constexpr const char* name = "add";
  template <class T> DEVICE T operator()(T a, T b) const { return static_cast<T>(wrapping(a) + wrapping(b)); }
};
struct Sub {
  static constexpr const char* name = "sub";
  template <class T> DEVICE T operator()(T a, T b) const { return static_cast<T>(wrapping(a) - wrapping(b)); }
};
struct Mul {
  static constexpr const char* name = "mul";
  template <class T> DEVICE T operator()(T a, T b) const { return static_cast<T>(wrapping(a) * wrapping(b)); }
};
struct Div {
  static constexpr const char* name = "div";
  template <class T> DEVICE T operator()(T a, T b) const { return a / b; }
};
// NaN if either is; of two equal numbers (+0 and -0) the second.
struct Maximum {
  static constexpr const char* name = "maximum";
  template <class T> DEVICE T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};
struct Minimum {
  static constexpr const char* name = "minimum";
  template <class T> DEVICE T operator()(T a, T b) const { return a < b || a != a ? a : b; }
};
struct WherePositive {
  static constexpr const char* name = "where_positive";
  template <class T> DEVICE T operator()(T a, T b) const { return a > 0 ? b : T(0); }
};

struct Neg {
  static constexpr const char* name = "neg";
  template <class T> DEVICE T operator()(T x) const { return -x; }
};
struct Abs {
  static constexpr const char* name = "abs";
  template <class T> DEVICE T operator()(T x) const { return fabs(x); }
};
struct Sign {
  static constexpr const char* name = "sign";
  template <class T> DEVICE T operator()(T x) const { return x != x ? x : static_cast<T>((x > 0) - (x < 0)); }
};
struct Sqrt {
  static constexpr const char* name = "sqrt";
  template <class T> DEVICE T operator()(T x) const { return sqrt(x); }
};
struct Relu {
  static constexpr const char* name = "relu";
  template <class T> DEVICE T operator()(T x) const { return Maximum{}(x, T(0)); }
};
template <class T>
struct Clamp {
  T low, high;
  DEVICE T operator()(T x) const { return Minimum{}(Maximum{}(x, low), high); }
};

// Halves compare by value, as f32.
template <class T> DEVICE auto value_of(T x) {
  if constexpr (is_half<T>) return up(x);
  else return x;
}
struct Equal {
  static constexpr const char* name = "equal";
  template <class T> DEVICE bool operator()(T a, T b) const { return value_of(a) == value_of(b); }
};
struct NotEqual {
  static constexpr const char* name = "not_equal";
  template <class T> DEVICE bool operator()(T a, T b) const { return value_of(a) != value_of(b); }
};
struct Less {
  static constexpr const char* name = "less";
  template <class T> DEVICE bool operator()(T a, T b) const { return value_of(a) < value_of(b); }
};
struct LessEqual {
  static constexpr const char* name = "less_equal";
  template <class T> DEVICE bool operator()(T a, T b) const { return value_of(a) <= value_of(b); }
};
struct Where {
  template <class U> DEVICE U operator()(uint8_t condition, U a, U b) const { return condition ? a : b; }
};
// clang-format on

template <class F>
lt_status unary(lt_context* context, const lt_unary_args* a) {
  return visit_floating(F::name, a->dtype, [&]<class T>() {
    return map(context, F::name, Dense{}, a->size, F{}, static_cast<T*>(a->y), static_cast<const T*>(a->x));
  });
}

template <class F, class T>
lt_status pairs(lt_context* context, const lt_binary_args* a) {
  return map(context, F::name, a->loop, elements_of(a->loop), F{}, static_cast<T*>(a->y), static_cast<const T*>(a->a),
             static_cast<const T*>(a->b));
}
template <class F>
lt_status binary(lt_context* context, const lt_binary_args* a) {
  return visit_floating(F::name, a->dtype, [&]<class T>() { return pairs<F, T>(context, a); });
}
// Whichever sign an integer has, the lowest bits of a result that wraps are the same.
template <class F>
lt_status wrapping_binary(lt_context* context, const lt_binary_args* a) {
  if (a->dtype <= LT_F64) return binary<F>(context, a);
  return visit_bytes(F::name, a->dtype, [&]<class U>() { return pairs<F, U>(context, a); });
}
template <class F>
lt_status ordering_binary(lt_context* context, const lt_binary_args* a) {
  if (a->dtype <= LT_F64) return binary<F>(context, a);
  return visit_integer(F::name, a->dtype, [&]<class T>() { return pairs<F, T>(context, a); });
}

template <class F>
lt_status compare(lt_context* context, const lt_compare_args* a) {
  const lt_dtype dtype = a->dtype == LT_BOOLEAN ? lt_dtype{LT_U8} : a->dtype;  // one kernel less for the same bytes
  return visit_any(F::name, dtype, [&]<class T>() {
    return map(context, F::name, a->loop, elements_of(a->loop), F{}, a->y, static_cast<const T*>(a->a),
               static_cast<const T*>(a->b));
  });
}

lt_status where(lt_context* context, const lt_where_args* a) {
  return visit_bytes("where", a->dtype, [&]<class U>() {
    return map(context, "where", a->loop, elements_of(a->loop), Where{}, static_cast<U*>(a->y), a->condition,
               static_cast<const U*>(a->a), static_cast<const U*>(a->b));
  });
}

lt_status clamp(lt_context* context, const lt_clamp_args* a) {
  return visit_floating("clamp", a->dtype, [&]<class T>() {
    const Clamp<T> f{static_cast<T>(a->low), static_cast<T>(a->high)};
    return map(context, "clamp", Dense{}, a->size, f, static_cast<T*>(a->y), static_cast<const T*>(a->x));
  });
}

}  // namespace

void fill_elementwise(lt_kernels& k) {
  k.add = wrapping_binary<Add>;
  k.sub = wrapping_binary<Sub>;
  k.mul = wrapping_binary<Mul>;
  k.div = binary<Div>;
  k.maximum = ordering_binary<Maximum>;
  k.minimum = ordering_binary<Minimum>;
  k.where_positive = binary<WherePositive>;
  k.equal = compare<Equal>;
  k.not_equal = compare<NotEqual>;
  k.less = compare<Less>;
  k.less_equal = compare<LessEqual>;
  k.where = where;
  k.neg = unary<Neg>;
  k.abs = unary<Abs>;
  k.sign = unary<Sign>;
  k.sqrt = unary<Sqrt>;
  k.relu = unary<Relu>;
  k.clamp = clamp;
}

}  // namespace logitape_cuda
