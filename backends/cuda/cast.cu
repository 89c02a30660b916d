// Conversion between any two dtypes, and fill, which converts one number: convert.cuh has the rule.
#include "logitape/backends/cuda/convert.cuh"
#include "logitape/backends/cuda/map.cuh"

namespace logitape_cuda {
namespace {

template <class To>
struct Convert {
  template <class From>
  DEVICE To operator()(From x) const {
    return convert<To>(x);
  }
};

lt_status cast(lt_context* context, const lt_cast_args* a) {
  return visit_any("cast", a->from, [&]<class From>() {
    return visit_any("cast", a->to, [&]<class To>() {
      return map(context, "cast", Dense{}, a->size, Convert<To>{}, static_cast<To*>(a->y),
                 static_cast<const From*>(a->x));
    });
  });
}

template <class U>
struct Constant {
  U value;
  DEVICE U operator()() const { return value; }
};

lt_status fill(lt_context* context, const lt_fill_args* a) {
  unsigned char element[8] = {};
  const lt_status known = visit_any("fill", a->dtype, [&]<class T>() {
    const T value = convert<T>(a->value);
    memcpy(element, &value, sizeof value);
    return LT_OK;
  });
  if (known != LT_OK) return known;
  return visit_bytes("fill", a->dtype, [&]<class U>() {
    Constant<U> constant;
    memcpy(&constant.value, element, sizeof(U));
    return map(context, "fill", Dense{}, a->size, constant, static_cast<U*>(a->y));
  });
}

}  // namespace

void fill_cast(lt_kernels& k) {
  k.cast = cast;
  k.fill = fill;
}

}  // namespace logitape_cuda
