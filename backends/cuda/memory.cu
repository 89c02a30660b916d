// A device's memory, and the ways across. Memory comes from a pool of the context, in the order of its queue; while a
// step is recorded, from the graph.
#include "logitape/backends/cuda/message.h"
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {
namespace {

cudaError_t queue_copy(lt_context* c, void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  if (!bytes) return cudaSuccess;
  const cudaError_t e = choose(c);
  return e ? e : cudaMemcpyAsync(to, from, bytes, kind, c->stream);
}

lt_status refused(const char* what) {
  return refuse(LT_UNSUPPORTED, "%s waits for the device, which a step may not do while it is recorded", what);
}

// Waits. Whether an index check has found something is read on the way, where one has been queued.
lt_status wait(lt_context* c, const char* what) {
  cudaError_t e = choose(c);
  const bool looks = c->unread.exchange(false);
  if (!e && looks)
    e = cudaMemcpyAsync(c->ticket, &c->fault->ticket, sizeof *c->ticket, cudaMemcpyDeviceToHost, c->stream);
  if (!e) e = cudaStreamSynchronize(c->stream);
  if (e) return checked(e, what);
  if (*static_cast<volatile uint64_t*>(c->ticket) == 0) return LT_OK;
  return refuse(LT_FAULT, "an index is out of range");
}

// Bytes that travel as a kernel's argument: nothing waits, and a graph keeps them.
struct Bytes {
  unsigned char v[256];
};
struct Write {
  unsigned char* to;
  Bytes bytes;
  __device__ void operator()(int64_t i) const { to[i] = bytes.v[i]; }
};

}  // namespace

cudaError_t no_fault(lt_fault* fault, cudaStream_t stream) {
  const cudaError_t e = cudaMemsetAsync(fault, 0, sizeof *fault, stream);
  return e ? e : cudaMemsetAsync(&fault->position, 0xff, sizeof fault->position, stream);
}

lt_status open_pool(lt_context* c) {
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = c->device;
  cudaError_t e = cudaMemPoolCreate(&c->pool, &properties);
  uint64_t keep_all = UINT64_MAX;  // what is released stays with the pool: asking the driver again takes long
  if (!e) e = cudaMemPoolSetAttribute(c->pool, cudaMemPoolAttrReleaseThreshold, &keep_all);
  if (!e) e = cudaMallocHost(reinterpret_cast<void**>(&c->ticket), sizeof *c->ticket);
  if (!e) e = cudaMallocFromPoolAsync(reinterpret_cast<void**>(&c->fault), sizeof *c->fault, c->pool, c->stream);
  if (e) return checked(e, "cudaMemPoolCreate");
  *c->ticket = 0;
  return checked(no_fault(c->fault, c->stream), "cudaMemset");
}

// What the pool has and nobody uses counts as free.
lt_status memory(lt_context* c, size_t* free, size_t* total) {
  uint64_t reserved = 0, used = 0;
  cudaError_t e = choose(c);
  if (!e) e = cudaMemGetInfo(free, total);
  if (!e) e = cudaMemPoolGetAttribute(c->pool, cudaMemPoolAttrReservedMemCurrent, &reserved);
  if (!e) e = cudaMemPoolGetAttribute(c->pool, cudaMemPoolAttrUsedMemCurrent, &used);
  if (e) return checked(e, "cudaMemGetInfo");
  *free += reserved - used;
  return LT_OK;
}

lt_status allocate(lt_context* c, size_t bytes, void** data) {
  *data = nullptr;
  cudaError_t e = choose(c);
  const size_t least = bytes ? bytes : 1;  // CUDA has no address for nothing
  if (!e && !taken_from_graph(c, least, data, &e)) e = cudaMallocFromPoolAsync(data, least, c->pool, c->stream);
  if (e != cudaErrorMemoryAllocation) return checked(e, "cudaMallocAsync");
  (void)cudaGetLastError();
  size_t free = 0, total = 0;
  if (const lt_status s = memory(c, &free, &total)) return s;
  return refuse(LT_OUT_OF_MEMORY, "the CUDA device is out of memory: %zu bytes asked, %zu free of %zu", bytes, free,
                total);
}

lt_status release(lt_context* c, void* data, size_t) {
  if (!data) return LT_OK;
  const cudaError_t e = choose(c);
  if (!e && given_to_graph(c, data)) return LT_OK;
  return checked(e ? e : cudaFreeAsync(data, c->stream), "cudaFreeAsync");
}

lt_status copy_to_device(lt_context* c, void* to, const void* from, size_t bytes) {
  if (const cudaError_t e = choose(c)) return checked(e, "a copy to the device");
  if (c->recording.load()) {  // it is this thread's
    if (bytes > 16 * sizeof(Bytes)) return refused("a copy to the device");
    for (size_t done = 0; done < bytes; done += sizeof(Bytes)) {
      const lt_status s = store(c, static_cast<char*>(to) + done, static_cast<const char*>(from) + done,
                                std::min(sizeof(Bytes), bytes - done));
      if (s != LT_OK) return s;
    }
    return LT_OK;
  }
  const cudaError_t e = queue_copy(c, to, from, bytes, cudaMemcpyHostToDevice);
  return checked(e ? e : cudaStreamSynchronize(c->stream), "a copy to the device");
}

lt_status copy_to_host(lt_context* c, void* to, const void* from, size_t bytes) {
  const cudaError_t chosen = choose(c);
  if (!chosen && c->recording.load()) return refused("a copy to the host");
  const cudaError_t e = chosen ? chosen : queue_copy(c, to, from, bytes, cudaMemcpyDeviceToHost);
  return e ? checked(e, "a copy to the host") : wait(c, "a copy to the host");
}

lt_status copy(lt_context* c, void* to, const void* from, size_t bytes) {
  return checked(queue_copy(c, to, from, bytes, cudaMemcpyDeviceToDevice), "a copy on the device");
}

lt_status synchronise(lt_context* c) {
  const cudaError_t chosen = choose(c);
  if (!chosen && c->recording.load()) return refused("synchronise");
  return wait(c, "cudaStreamSynchronize");
}

lt_status take_fault(lt_context* c, lt_fault* fault) {
  *fault = {};
  cudaError_t e = choose(c);
  if (!e) e = cudaMemcpyAsync(fault, c->fault, sizeof *fault, cudaMemcpyDeviceToHost, c->stream);
  if (!e) e = cudaStreamSynchronize(c->stream);
  if (!e) e = no_fault(c->fault, c->stream);
  if (!e) *c->ticket = 0;
  return checked(e, "take_fault");
}

lt_status store(lt_context* c, void* to, const void* from, size_t bytes) {
  if (bytes > sizeof(Bytes))
    return refuse(LT_UNSUPPORTED, "store takes %zu bytes at most, not %zu", sizeof(Bytes), bytes);
  if (const cudaError_t e = choose(c)) return checked(e, "store");
  Write write{static_cast<unsigned char*>(to), {}};
  memcpy(write.bytes.v, from, bytes);
  return for_each(c, "store", static_cast<int64_t>(bytes), write);
}

}  // namespace logitape_cuda
