// What every kernel family shares on the host's side of the module: the queue, and how a failure becomes a status.
#pragma once
#include <atomic>

#include "logitape/backends/plugin.h"

#include "logitape/backends/cuda/device.cuh"

// A device that is open.
struct lt_context {
  int device = 0;
  bool open = false;
  cudaStream_t stream = nullptr;    // kernels and copies, one after the other
  cudaStream_t aside = nullptr;     // where memory comes from while the other records
  cudaMemPool_t pool = nullptr;     // nobody else in the process draws from it
  lt_fault* fault = nullptr;        // the device's: what index checks that did not wait have found
  uint64_t* ticket = nullptr;       // the host's, pinned: the fault's ticket, after a wait
  std::atomic<bool> unread{false};  // a check has been queued since the ticket was read
  std::atomic<lt_graph*> recording{nullptr};
  std::atomic<int> graphs{0};  // how many are alive
};

namespace logitape_cuda {

// LT_OK, or a status whose sentence names `what`: message() returns it to this thread.
lt_status checked(cudaError_t error, const char* what);
// The calling thread works on this device from now on. It waits while another thread records.
cudaError_t choose(lt_context* c);

// memory.cu: lt_module says what they do
lt_status open_pool(lt_context* c);
lt_status allocate(lt_context* c, size_t bytes, void** data);
lt_status release(lt_context* c, void* data, size_t bytes);
lt_status copy_to_device(lt_context* c, void* to, const void* from, size_t bytes);
lt_status copy_to_host(lt_context* c, void* to, const void* from, size_t bytes);
lt_status copy(lt_context* c, void* to, const void* from, size_t bytes);
lt_status synchronise(lt_context* c);
lt_status memory(lt_context* c, size_t* free, size_t* total);
lt_status take_fault(lt_context* c, lt_fault* fault);
lt_status store(lt_context* c, void* to, const void* from, size_t bytes);
// Queues that there is none.
cudaError_t no_fault(lt_fault* fault, cudaStream_t stream);

// graph.cu
lt_status record(lt_context* c);
lt_status recorded(lt_context* c, lt_graph** graph);
lt_status replay(lt_context* c, lt_graph* graph);
lt_status release_graph(lt_context* c, lt_graph* graph);
// While the calling thread records, memory is the graph's: false where there is no graph to ask.
bool taken_from_graph(lt_context* c, size_t bytes, void** data, cudaError_t* error);
// Whether the array is a graph's, which then looks after it.
bool given_to_graph(lt_context* c, void* data);

// One per kernel family; each fills its slots.
void fill_elementwise(lt_kernels& k);
void fill_transcendental(lt_kernels& k);
void fill_cast(lt_kernels& k);
void fill_copy(lt_kernels& k);
void fill_reduce(lt_kernels& k);
void fill_softmax(lt_kernels& k);
void fill_cross_entropy(lt_kernels& k);
void fill_matmul(lt_kernels& k);
void fill_linear_algebra(lt_kernels& k);
void fill_convolution(lt_kernels& k);
void fill_pooling(lt_kernels& k);
void fill_normalise(lt_kernels& k);
void fill_index(lt_kernels& k);
void fill_random(lt_kernels& k);
void fill_optimizer(lt_kernels& k);
void fill_finite(lt_kernels& k);

}  // namespace logitape_cuda
