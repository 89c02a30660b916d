// A step that is recorded once and replayed: CUDA's graphs, with memory that stays where it was when the step was
// recorded. Nothing else may use the queue meanwhile: other threads wait in choose().
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "logitape/backends/cuda/context.cuh"
#include "logitape/backends/cuda/message.h"

// The arrays of a graph. One that was released while the step was recorded serves a later request of the same step:
// the step's kernels run one after the other.
struct lt_graph {
  struct Array {
    void* data;
    size_t bytes;
    bool used;  // by whoever asked for it
    bool kept;  // it was not the graph's, but its kernels read it
  };
  std::vector<Array> arrays;
  cudaGraphExec_t exec = nullptr;
  std::thread::id by;
  bool checks = false;  // an index check is among what was recorded
};

namespace logitape_cuda {
namespace {

std::mutex changing;  // of every graph's arrays, and of which graph is recorded
std::condition_variable ended;
std::vector<lt_graph*> alive;

// False where the host has no memory for one more.
template <class T>
bool pushed(std::vector<T>& list, const T& one) noexcept {
  try {
    list.push_back(one);
    return true;
  } catch (...) {
    return false;
  }
}

size_t rounded(size_t bytes) { return (bytes + 255) / 256 * 256; }

lt_graph::Array* array_of(lt_graph* graph, const void* data) {
  const auto found =
      std::find_if(graph->arrays.begin(), graph->arrays.end(), [&](const auto& a) { return a.data == data; });
  return found == graph->arrays.end() ? nullptr : &*found;
}

// Memory from outside of what is recorded.
cudaError_t fresh(lt_context* c, size_t bytes, void** data) {
  const cudaError_t e = cudaMallocFromPoolAsync(data, bytes, c->pool, c->aside);
  return e ? e : cudaStreamSynchronize(c->aside);
}

// What is still in use belongs to its user again; the rest goes back. Under the lock.
void let_go(lt_context* c, lt_graph* graph) {
  for (const lt_graph::Array& a : graph->arrays)
    if (!a.used || a.kept) (void)cudaFreeAsync(a.data, c->stream);
  alive.erase(std::remove(alive.begin(), alive.end(), graph), alive.end());
  --c->graphs;
  delete graph;
}

}  // namespace

cudaError_t choose(lt_context* c) {
  const lt_graph* graph = c->recording.load(std::memory_order_acquire);
  if (graph) {
    std::unique_lock<std::mutex> lock(changing);
    ended.wait(lock, [&] {
      graph = c->recording.load(std::memory_order_acquire);
      return !graph || graph->by == std::this_thread::get_id();
    });
  }
  return cudaSetDevice(c->device);
}

bool taken_from_graph(lt_context* c, size_t bytes, void** data, cudaError_t* error) {
  lt_graph* const graph = c->recording.load(std::memory_order_acquire);
  if (!graph) return false;
  const std::lock_guard<std::mutex> lock(changing);
  lt_graph::Array* best = nullptr;
  for (lt_graph::Array& a : graph->arrays)
    if (!a.used && a.bytes >= bytes && a.bytes <= 2 * rounded(bytes) && (!best || a.bytes < best->bytes)) best = &a;
  if (!best) {
    *error = fresh(c, rounded(bytes), data);
    if (*error || pushed(graph->arrays, {*data, rounded(bytes), true, false})) return true;
    (void)cudaFreeAsync(*data, c->aside);
    *error = cudaErrorMemoryAllocation;
    return true;
  }
  best->used = true;
  *data = best->data;
  return true;
}

bool given_to_graph(lt_context* c, void* data) {
  if (c->graphs.load(std::memory_order_acquire) == 0) return false;
  const std::lock_guard<std::mutex> lock(changing);
  for (lt_graph* graph : alive)
    if (lt_graph::Array* const array = array_of(graph, data)) {
      array->used = false;
      return true;
    }
  lt_graph* const graph = c->recording.load(std::memory_order_acquire);
  if (graph) (void)pushed(graph->arrays, {data, 0, true, true});  // or it stays for ever: kernels read it
  return graph != nullptr;
}

lt_status record(lt_context* c) {
  if (const cudaError_t e = choose(c)) return checked(e, "record");
  if (c->recording.load()) return refuse(LT_UNSUPPORTED, "a step is recorded within another");
  auto* const graph = new (std::nothrow) lt_graph;
  const std::lock_guard<std::mutex> lock(changing);
  if (!graph || !pushed(alive, graph)) {
    delete graph;
    return refuse(LT_OUT_OF_MEMORY, "the host has no memory for a graph");
  }
  ++c->graphs;
  cudaError_t e = cudaStreamSynchronize(c->stream);  // so that what was released before is free
  if (!e) e = cudaStreamBeginCapture(c->stream, cudaStreamCaptureModeRelaxed);
  if (e) {
    let_go(c, graph);
    return checked(e, "cudaStreamBeginCapture");
  }
  graph->by = std::this_thread::get_id();
  graph->checks = c->unread.exchange(false);  // for now: what was queued before
  c->recording = graph;
  return LT_OK;
}

lt_status recorded(lt_context* c, lt_graph** wanted) {
  lt_graph* const graph = c->recording.load();
  if (!graph || graph->by != std::this_thread::get_id())
    return refuse(LT_UNSUPPORTED, "recorded ends what this thread has not begun");
  cudaGraph_t captured = nullptr;
  cudaError_t e = cudaStreamEndCapture(c->stream, &captured);
  if (!e && wanted) e = cudaGraphInstantiate(&graph->exec, captured, 0);
  if (captured) (void)cudaGraphDestroy(captured);
  const bool before = graph->checks;
  graph->checks = c->unread.exchange(before);
  {
    const std::lock_guard<std::mutex> lock(changing);
    c->recording = nullptr;
    if (e || !wanted) let_go(c, graph);
    else *wanted = graph;
  }
  ended.notify_all();
  return wanted ? checked(e, "a step that is recorded") : LT_OK;
}

lt_status replay(lt_context* c, lt_graph* graph) {
  cudaError_t e = choose(c);
  if (!e) e = cudaGraphLaunch(graph->exec, c->stream);
  if (graph->checks) c->unread = true;
  return checked(e, "cudaGraphLaunch");
}

lt_status release_graph(lt_context* c, lt_graph* graph) {
  const cudaError_t e = choose(c);
  const std::lock_guard<std::mutex> lock(changing);
  if (graph->exec) (void)cudaGraphExecDestroy(graph->exec);
  let_go(c, graph);
  return checked(e, "release_graph");
}

}  // namespace logitape_cuda
