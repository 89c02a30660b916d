// NCCL's engine: it moves the memory of CUDA devices between ranks of another engine, and adds nothing. What has been
// begun before somebody asks for it travels as one group, so that a send and a receive of two ranks cannot wait for each
// other. The communicator does not block: a rank that does not come is noticed by who waits, not by a hanging call.
#include <cuda_runtime_api.h>
#include <nccl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "logitape/train/distributed/engine.h"

// NCCL has no tags: messages of two ranks arrive in the order in which they were begun, which exchanges keep.
enum { slots = 8192 };
enum state { is_free, is_begun, is_moving, is_done };

typedef struct operation {
  void* bytes;
  size_t size;
  int peer, sends;
  enum state state;
} operation;

struct lt_ranks {
  ncclComm_t comm;
  cudaStream_t stream;
  cudaEvent_t end; /* of the group that is under way */
  int device;
  enum { idle, starting, running } group;
  operation operations[slots];
  int begun[slots], count; /* since the last group, in their order */
  int next;
};

static int start(lt_ranks** ranks, int32_t* rank, int32_t* size, char* text, int32_t text_bytes) {
  (void)ranks, (void)rank, (void)size;
  snprintf(text, (size_t)text_bytes, "NCCL starts no ranks: it is joined by those of an MPI");
  return 1;
}

static int invite(unsigned char invitation[LT_INVITATION], char* text, int32_t text_bytes) {
  ncclUniqueId id;
  const ncclResult_t result = ncclGetUniqueId(&id);
  if (result != ncclSuccess) {
    snprintf(text, (size_t)text_bytes, "ncclGetUniqueId: %s", ncclGetErrorString(result));
    return 1;
  }
  memset(invitation, 0, LT_INVITATION);
  memcpy(invitation, &id, sizeof id);
  return 0;
}

// Until what was begun has got through, for so many seconds.
static ncclResult_t settled(ncclComm_t comm, double seconds) {
  const struct timespec nap = {0, 100000};
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (;;) {
    ncclResult_t state = ncclSuccess;
    const ncclResult_t asked = ncclCommGetAsyncError(comm, &state);
    if (asked != ncclSuccess) return asked;
    if (state != ncclInProgress) return state;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((double)(now.tv_sec - begin.tv_sec) + 1e-9 * (double)(now.tv_nsec - begin.tv_nsec) > seconds)
      return ncclInProgress;
    nanosleep(&nap, NULL);
  }
}

static void leave(lt_ranks* r, int aborts) {
  (void)cudaSetDevice(r->device);
  if (r->comm && !aborts) {
    const ncclResult_t result = ncclCommFinalize(r->comm);
    aborts = (result != ncclSuccess && result != ncclInProgress) || settled(r->comm, 5) != ncclSuccess;
    if (!aborts) ncclCommDestroy(r->comm);
  }
  if (r->comm && aborts) ncclCommAbort(r->comm);
  r->comm = NULL;
  if (r->end) (void)cudaEventDestroy(r->end);
  if (r->stream) (void)cudaStreamDestroy(r->stream);
  r->end = NULL, r->stream = NULL;
}

static int join(lt_ranks** ranks, const unsigned char invitation[LT_INVITATION], int32_t rank, int32_t size,
                int32_t device, double seconds, char* text, int32_t text_bytes) {
  ncclUniqueId id;
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  ncclResult_t result;
  cudaError_t error;
  int version = 0;
  lt_ranks* const r = calloc(1, sizeof *r);
  snprintf(text, (size_t)text_bytes, "no memory is left");
  if (!r) return 1;
  r->device = device;
  memcpy(&id, invitation, sizeof id);
  error = cudaSetDevice(device);
  if (!error) error = cudaStreamCreateWithFlags(&r->stream, cudaStreamNonBlocking);
  if (!error) error = cudaEventCreateWithFlags(&r->end, cudaEventDisableTiming);
  if (error) {
    snprintf(text, (size_t)text_bytes, "device %d: %s", (int)device, cudaGetErrorString(error));
    leave(r, 1);
    free(r);
    return 1;
  }
  config.blocking = 0;
  result = ncclCommInitRankConfig(&r->comm, size, id, rank, &config);
  if (result == ncclSuccess || result == ncclInProgress) result = settled(r->comm, seconds);
  if (result != ncclSuccess) {
    snprintf(text, (size_t)text_bytes, "ncclCommInitRankConfig: %s",
             result == ncclInProgress ? "the other ranks did not come" : ncclGetErrorString(result));
    leave(r, 1);
    free(r);
    return 1;
  }
  ncclGetVersion(&version);
  snprintf(text, (size_t)text_bytes, "NCCL %d.%d.%d", version / 10000, version / 100 % 100, version % 100);
  *ranks = r;
  return 0;
}

static int begin(lt_ranks* r, void* bytes, int64_t size, int peer, int sends) {
  for (int i = 0; i < slots; ++i) {
    const int slot = (r->next + i) % slots;
    if (r->operations[slot].state != is_free) continue;
    r->operations[slot] = (operation){bytes, (size_t)size, peer, sends, is_begun};
    r->begun[r->count++] = slot;
    r->next = slot + 1;
    return slot;
  }
  return -1;
}

static int isend(lt_ranks* r, const void* bytes, int64_t size, int32_t to, int32_t tag) {
  (void)tag;
  return begin(r, (void*)bytes, size, to, 1);
}

static int irecv(lt_ranks* r, void* bytes, int64_t size, int32_t from, int32_t tag) {
  (void)tag;
  return begin(r, bytes, size, from, 0);
}

// All that was begun, as one group. 0: it is on its way.
static int let_go(lt_ranks* r) {
  ncclResult_t result = ncclGroupStart();
  for (int i = 0; i < r->count && result == ncclSuccess; ++i) {
    operation* const o = &r->operations[r->begun[i]];
    result = o->sends ? ncclSend(o->bytes, o->size, ncclUint8, o->peer, r->comm, r->stream)
                      : ncclRecv(o->bytes, o->size, ncclUint8, o->peer, r->comm, r->stream);
    if (result == ncclInProgress) result = ncclSuccess;
    o->state = is_moving;
  }
  r->count = 0;
  const ncclResult_t ended = ncclGroupEnd();
  if (result != ncclSuccess || (ended != ncclSuccess && ended != ncclInProgress)) return -1;
  r->group = starting;
  return 0;
}

// Lets what was begun go on. Below 0: NCCL or the device has failed.
static int advance(lt_ranks* r) {
  if (cudaSetDevice(r->device) != cudaSuccess) return -1;
  ncclResult_t state = ncclSuccess;
  if (ncclCommGetAsyncError(r->comm, &state) != ncclSuccess) return -1;
  if (state == ncclInProgress) return 0;
  if (state != ncclSuccess) return -1;
  if (r->group == idle && r->count > 0) return let_go(r);
  if (r->group == starting) {
    // only now all of the group is in the stream
    if (cudaEventRecord(r->end, r->stream) != cudaSuccess) return -1;
    r->group = running;
  }
  if (r->group == running) {
    const cudaError_t error = cudaEventQuery(r->end);
    if (error == cudaErrorNotReady) return 0;
    if (error != cudaSuccess) return -1;
    for (int i = 0; i < slots; ++i)
      if (r->operations[i].state == is_moving) r->operations[i].state = is_done;
    r->group = idle;
  }
  return 0;
}

static int test(lt_ranks* r, int slot) {
  operation* const o = &r->operations[slot];
  if (o->state != is_done && advance(r) < 0) return -1;
  if (o->state != is_done) return 0;
  o->state = is_free;
  return 1;
}

// What is under way ends; the engine that started the ranks ends them.
static void stop_all(lt_ranks* r, int code) {
  (void)code;
  leave(r, 1);
}

static void finish(lt_ranks* r) {
  leave(r, 0);
  free(r);
}

__attribute__((visibility("default"))) const lt_engine* logitape_engine(void) {
  static const lt_engine engine = {LT_ENGINE_ABI, sizeof(lt_engine), start, isend, irecv,  test, stop_all,
                                   finish,        NULL,              0,     invite, join};
  return &engine;
}
