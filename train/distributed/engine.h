// What moves bytes between ranks: a module that is opened at run time, liblogitape_world_openmpi.so for one. Plain C:
// no type of MPI crosses it, so that one library serves every MPI, and what others write for their network.
#ifndef LOGITAPE_TRAIN_DISTRIBUTED_ENGINE_H
#define LOGITAPE_TRAIN_DISTRIBUTED_ENGINE_H

#include <stdint.h>

// A module and a library work together if both have this number.
#define LT_ENGINE_ABI 1u
// The bytes of an invitation.
#define LT_INVITATION 256

// The ranks that were started together, as one of them sees the others.
typedef struct lt_ranks lt_ranks;

// Functions are called by one thread at a time, and never throw. Messages of one pair of ranks with one tag arrive in
// the order in which they were sent.
typedef struct lt_engine {
  uint32_t abi;   /* LT_ENGINE_ABI */
  uint32_t bytes; /* sizeof(lt_engine) where the module was built; more members are added at the end alone */
  /* Joins the others. `text` becomes what the engine is called, "Open MPI v4.1.4"; after an answer that is not 0, why
     it failed. */
  int (*start)(lt_ranks** ranks, int32_t* rank, int32_t* size, char* text, int32_t text_bytes);
  /* Begins to send, or to receive, up to 2^30 bytes, which stay where they are until test has said 1. A slot, or below
     0: it failed. */
  int (*isend)(lt_ranks*, const void* bytes, int64_t size, int32_t to, int32_t tag);
  int (*irecv)(lt_ranks*, void* bytes, int64_t size, int32_t from, int32_t tag);
  /* 1: done, and the slot is free again; 0: not yet; below 0: it failed. */
  int (*test)(lt_ranks*, int slot);
  /* Ends the processes of all ranks, this one too. */
  void (*stop_all)(lt_ranks*, int code);
  /* Leaves, once all ranks do. */
  void (*finish)(lt_ranks*);
  /* From here on members may be missing, or null. 1: any thread may call, one at a time. Else only the one that called
     start does. */
  int (*any_thread)(lt_ranks*);
  /* Longer messages are given to isend and irecv in pieces of so many bytes; 0: up to 2^30. */
  int64_t piece;
  /* Of an engine that moves the memory of a device, such as NCCL: its start refuses, and ranks of another engine join
     it. invite: what rank 0 tells the others. Not 0: it failed, and `text` is why. */
  int (*invite)(unsigned char invitation[LT_INVITATION], char* text, int32_t text_bytes);
  /* isend and irecv are then given memory of this device, which nothing writes until test has said 1. It gives up after
     so many seconds. */
  int (*join)(lt_ranks** ranks, const unsigned char invitation[LT_INVITATION], int32_t rank, int32_t size,
              int32_t device, double seconds, char* text, int32_t text_bytes);
} lt_engine;

#ifdef __cplusplus
extern "C" {
#endif
/* The one function of a module. */
const lt_engine* logitape_engine(void);
#ifdef __cplusplus
}
#endif

#endif
