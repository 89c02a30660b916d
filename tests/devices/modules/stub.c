/* A module that somebody else has built, in plain C, with one thing wrong, or with next to nothing in it: -DCASE=n.
   It computes on the host, and knows one kernel: exp's slot fills its result with the argument's size. */
#include <stdlib.h>
#include <string.h>

#include "logitape/backends/plugin.h"

enum { FINE, OTHER_VERSION, TOO_SHORT, NO_DRIVER, OLD_DRIVER, NO_DEVICE, OUT_OF_MEMORY, FAILS };

struct lt_context {
  int index;
};
static const char* said = "";

static lt_status device_count(int32_t* count) {
  *count = CASE == NO_DEVICE ? 0 : 1;
  if (CASE == NO_DRIVER) said = "there is no NVIDIA driver on this machine";
  if (CASE == OLD_DRIVER) said = "the NVIDIA driver is of CUDA 10.2; 12.0 or newer is needed";
  return CASE == NO_DRIVER || CASE == OLD_DRIVER ? LT_UNAVAILABLE : LT_OK;
}
static lt_status open_device(int32_t index, lt_context** context) {
  static struct lt_context only;
  only.index = index;
  *context = &only;
  return LT_OK;
}
static lt_status allocate(lt_context* c, size_t bytes, void** data) {
  (void)c;
  said = "the device is out of memory: 4000 bytes asked, 12 free of 16";
  if (CASE == OUT_OF_MEMORY) return LT_OUT_OF_MEMORY;
  *data = malloc(bytes + 1);
  return *data ? LT_OK : LT_OUT_OF_MEMORY;
}
static lt_status release_data(lt_context* c, void* data, size_t bytes) {
  (void)c, (void)bytes;
  free(data);
  return LT_OK;
}
static lt_status copy(lt_context* c, void* to, const void* from, size_t bytes) {
  (void)c;
  memcpy(to, from, bytes);
  return LT_OK;
}
static lt_status synchronise(lt_context* c) {
  (void)c;
  return LT_OK;
}
static lt_status memory(lt_context* c, size_t* left, size_t* total) {
  (void)c;
  *left = *total = 16;
  return LT_OK;
}
static bool multiplies_bf16(lt_context* c) {
  (void)c;
  return false;
}
static const char* message(void) { return said; }
static lt_status exp_of(lt_context* c, const lt_unary_args* a) {
  int64_t i;
  (void)c;
  said = "the launch of exp failed";
  if (CASE == FAILS) return LT_FAILED;
  for (i = 0; i < a->size; ++i) ((float*)a->y)[i] = (float)a->size;
  return LT_OK;
}

const lt_module* logitape_module(void) {
  static lt_kernels kernels;
  static lt_module module;
  kernels.bytes = sizeof kernels;
  kernels.exp = exp_of;
  module.abi = CASE == OTHER_VERSION ? LT_ABI + 1 : LT_ABI;
  module.bytes = CASE == TOO_SHORT ? 16 : sizeof module;
  module.name = "stub";
  module.device_count = device_count;
  module.open = open_device;
  module.allocate = allocate;
  module.release = release_data;
  module.copy_to_device = module.copy_to_host = module.copy = copy;
  module.synchronise = synchronise;
  module.memory = memory;
  module.multiplies_bf16 = multiplies_bf16;
  module.message = message;
  module.kernels = &kernels;
  return &module;
}
