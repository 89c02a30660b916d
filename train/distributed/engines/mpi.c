// The engine of an MPI, and the only file that includes mpi.h: built once with each MPI's own compiler wrapper.
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#include "logitape/train/distributed/engine.h"

enum { slots = 8192 };
static MPI_Request request[slots];
static unsigned char used[slots];
static int next_slot, given;

static int start(lt_ranks** ranks, int32_t* rank, int32_t* size, char* text, int32_t text_bytes) {
  static MPI_Comm comm;
  char version[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0, own_rank = 0, all = 0;
  snprintf(text, (size_t)text_bytes, "MPI_Init_thread failed");
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &given) != MPI_SUCCESS) return 1;
  if (MPI_Comm_dup(MPI_COMM_WORLD, &comm) != MPI_SUCCESS) return 1;
  MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
  MPI_Comm_rank(comm, &own_rank);
  MPI_Comm_size(comm, &all);
  MPI_Get_library_version(version, &length);
  // "Open MPI v4.1.4, package: ..."; "MPICH Version:\t4.0.2\n..."
  const char* const number = strncmp(version, "MPICH Version:", 14) == 0 ? version + 14 + strspn(version + 14, " \t") : NULL;
  const char* const name = number ? number : version;
  snprintf(text, (size_t)text_bytes, "%s%.*s", number ? "MPICH " : "", (int)strcspn(name, ",\n"), name);
  *ranks = (lt_ranks*)&comm;
  *rank = own_rank;
  *size = all;
  return 0;
}

static MPI_Comm comm_of(lt_ranks* ranks) { return *(MPI_Comm*)ranks; }

// A free slot, or -1.
static int take(void) {
  for (int i = 0; i < slots; ++i) {
    const int slot = (next_slot + i) % slots;
    if (used[slot]) continue;
    used[slot] = 1;
    next_slot = slot + 1;
    return slot;
  }
  return -1;
}

static int begun(int slot, int status) {
  if (slot >= 0 && status != MPI_SUCCESS) used[slot] = 0;
  return status == MPI_SUCCESS ? slot : -1;
}

static int isend(lt_ranks* ranks, const void* bytes, int64_t size, int32_t to, int32_t tag) {
  const int slot = take();
  if (slot < 0) return -1;
  return begun(slot, MPI_Isend(bytes, (int)size, MPI_BYTE, to, tag, comm_of(ranks), &request[slot]));
}

static int irecv(lt_ranks* ranks, void* bytes, int64_t size, int32_t from, int32_t tag) {
  const int slot = take();
  if (slot < 0) return -1;
  return begun(slot, MPI_Irecv(bytes, (int)size, MPI_BYTE, from, tag, comm_of(ranks), &request[slot]));
}

static int test(lt_ranks* ranks, int slot) {
  int done = 0;
  (void)ranks;
  if (MPI_Test(&request[slot], &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return -1;
  if (done) used[slot] = 0;
  return done;
}

// Over TCP, Open MPI asks before it sends more than 64 KiB, and the answer to the other's question waits behind all that
// is sent meanwhile: two ranks that exchange long messages would send one after the other. 64,000 bytes go unasked.
#ifdef OPEN_MPI
enum { piece = 64000 };
#else
enum { piece = 0 };
#endif

static int any_thread(lt_ranks* ranks) {
  (void)ranks;
  return given >= MPI_THREAD_SERIALIZED;
}

static void stop_all(lt_ranks* ranks, int code) {
  (void)ranks;
  MPI_Abort(MPI_COMM_WORLD, code);
}

static void finish(lt_ranks* ranks) {
  MPI_Comm_free((MPI_Comm*)ranks);
  MPI_Finalize();
}

__attribute__((visibility("default"))) const lt_engine* logitape_engine(void) {
  static const lt_engine engine = {LT_ENGINE_ABI, sizeof(lt_engine), start, isend, irecv, test, stop_all,
                                   finish,        any_thread,        piece, NULL,  NULL};
  return &engine;
}
