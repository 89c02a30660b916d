// What failed, in a sentence, thread by thread.
#include "logitape/backends/cuda/message.h"

#include <cstdarg>
#include <cstdio>

namespace logitape_cuda {
namespace {

thread_local char sentence[512] = "";

lt_status old_driver() {
  int driver = 0, runtime = 0;
  (void)cudaDriverGetVersion(&driver);
  (void)cudaRuntimeGetVersion(&runtime);
  if (!driver) return refuse(LT_UNAVAILABLE, "there is no CUDA driver on this machine");
  return refuse(LT_UNAVAILABLE, "the CUDA driver is for CUDA %d.%d, older than the %d.%d that this module needs",
                driver / 1000, driver % 1000 / 10, runtime / 1000, runtime % 1000 / 10);
}

}  // namespace

const char* message() { return sentence; }

lt_status refuse(lt_status status, const char* format, ...) {
  va_list list;
  va_start(list, format);
  std::vsnprintf(sentence, sizeof sentence, format, list);
  va_end(list);
  return status;
}

lt_status checked(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return LT_OK;
  (void)cudaGetLastError();  // or the next call of this thread would find it
  switch (error) {
    case cudaErrorInsufficientDriver: return old_driver();
    case cudaErrorNoDevice: return refuse(LT_UNAVAILABLE, "there is no CUDA device on this machine");
    case cudaErrorInvalidDevice: return refuse(LT_UNAVAILABLE, "%s: there is no such CUDA device", what);
    case cudaErrorMemoryAllocation: return refuse(LT_OUT_OF_MEMORY, "%s: the CUDA device is out of memory", what);
    case cudaErrorStreamCaptureUnsupported:
    case cudaErrorStreamCaptureInvalidated:
      return refuse(LT_UNSUPPORTED, "%s: a step may not wait for the device while it is recorded", what);
    case cudaErrorInvalidValue: return refuse(LT_UNSUPPORTED, "%s", what);  // a caller's sentence
    default: return refuse(LT_FAILED, "%s: the CUDA device failed: %s", what, cudaGetErrorString(error));
  }
}

}  // namespace logitape_cuda
