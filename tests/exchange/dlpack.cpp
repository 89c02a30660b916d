// A library that hands tensors out and takes them by DLPack, called by exchange.py through ctypes.
#include <logitape.h>

namespace lt = logitape;

namespace {
lt::Tensor held;
}

extern "C" {

// arange(rows * columns) [rows, columns], held here too.
DLManagedTensor* hand_out(int rows, int columns) {
  held = lt::reshape(lt::arange(std::int64_t{rows} * columns).to(lt::DType::f32), {rows, columns});
  return lt::to_dlpack(held);
}

const void* bytes_of_held() { return held.data(); }

// Keeps it; -1 where it is refused.
double take_in(DLManagedTensor* managed) {
  try {
    held = lt::from_dlpack(managed);
    return lt::sum(held.to(lt::DType::f64)).item<double>();
  } catch (const lt::Error&) {
    return -1;
  }
}

void let_go() { held = lt::Tensor(); }
}
