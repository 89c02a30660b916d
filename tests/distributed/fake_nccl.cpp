// A send is done once its receiver has taken it, and operations of one stream wait for those before them unless they
// are of one group: as with NCCL, two ranks that send first and receive then, without a group, wait for ever. What is
// called is in progress for a while.
#include "tests/distributed/fake_nccl.h"

#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "logitape/core/detail/device_memory.h"
#include "tests/distributed/nccl.h"

namespace {

std::mutex lock;  // of all below
std::atomic<int> alive_now{0};
fake_nccl::Fault fault_now = fake_nccl::Fault::none;

struct Message {
  std::vector<std::byte> bytes;
  bool taken = false;
};
struct Room {
  int size = 0, joined = 0;
  std::map<std::pair<int, int>, std::deque<std::shared_ptr<Message>>> boxes;
};
std::map<int, Room> rooms;

struct Operation {
  bool sends;
  void* bytes;
  std::size_t size;
  int peer;
  fake_comm* comm;
  fake_stream* stream;
  std::shared_ptr<Message> sent = nullptr;
};
thread_local std::vector<Operation> group;
thread_local int depth = 0;

}  // namespace

struct fake_comm {
  Room* room;
  int rank, groups = 0;
  int in_progress = 3;  // how often it says so
};
struct fake_stream {
  std::deque<std::vector<Operation>> groups;
  std::int64_t done = 0, queued = 0;
};
struct fake_event {
  fake_stream* stream = nullptr;
  std::int64_t at = 0;
};

namespace {

bool done(Operation& o) {
  auto& memory = logitape::memory_of(logitape::Device::cuda());
  auto& boxes = o.comm->room->boxes;
  if (o.sends) {
    if (!o.sent) {
      o.sent = std::make_shared<Message>(Message{std::vector<std::byte>(o.size)});
      memory.to_host(o.sent->bytes.data(), o.bytes, o.size);
      boxes[{o.comm->rank, o.peer}].push_back(o.sent);
    }
    return o.sent->taken;
  }
  auto& box = boxes[{o.peer, o.comm->rank}];
  if (box.empty() || box.front()->bytes.size() != o.size) return false;  // another size is never taken
  memory.from_host(o.bytes, box.front()->bytes.data(), o.size);
  box.front()->taken = true;
  box.pop_front();
  return true;
}

void advance(fake_stream& s) {
  while (!s.groups.empty()) {
    std::erase_if(s.groups.front(), [](const Operation& o) { return done(const_cast<Operation&>(o)); });
    if (!s.groups.front().empty()) return;
    s.groups.pop_front();
    ++s.done;
  }
}

ncclResult_t add(Operation o) {
  group.push_back(std::move(o));
  return depth > 0 ? ncclSuccess : ncclGroupEnd();
}

template <class T>
cudaError_t made(T** t) {
  *t = new T;
  ++alive_now;
  return cudaSuccess;
}

template <class T>
void gone(T* t) {
  delete t;
  --alive_now;
}

}  // namespace

namespace fake_nccl {
void set_fault(Fault fault) {
  const std::lock_guard guard(lock);
  fault_now = fault;
}
int alive() { return alive_now; }
}  // namespace fake_nccl

cudaError_t cudaSetDevice(int) { return cudaSuccess; }
const char* cudaGetErrorString(cudaError_t) { return "an error"; }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return made(stream); }
cudaError_t cudaStreamDestroy(cudaStream_t stream) { return gone(stream), cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) { return made(event); }
cudaError_t cudaEventDestroy(cudaEvent_t event) { return gone(event), cudaSuccess; }

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  *event = {stream, stream->queued};
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const std::lock_guard guard(lock);
  advance(*event->stream);
  return event->stream->done >= event->at ? cudaSuccess : cudaErrorNotReady;
}

ncclResult_t ncclGetVersion(int* version) { return *version = 22703, ncclSuccess; }
const char* ncclGetErrorString(ncclResult_t) { return "unhandled system error"; }

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  static std::atomic<int> last{0};
  const int number = ++last;
  std::memset(id, 0, sizeof *id);
  std::memcpy(id, &number, sizeof number);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int ranks, ncclUniqueId id, int rank, ncclConfig_t* config) {
  const std::lock_guard guard(lock);
  int number = 0;
  std::memcpy(&number, &id, sizeof number);
  if (config->blocking || number == 0) return ncclInvalidUsage;
  if (rank == 1 && fault_now == fake_nccl::Fault::cannot_join) return ncclSystemError;
  Room& room = rooms[number];
  room.size = ranks;
  ++room.joined;
  ++alive_now;
  *comm = new fake_comm{&room, rank};
  return ncclInProgress;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) {
  const std::lock_guard guard(lock);
  const bool waits = comm->room->joined < comm->room->size || --comm->in_progress > 0;
  *state = waits ? ncclInProgress : ncclSuccess;
  if (comm->rank == 1 && comm->groups >= 3 && fault_now == fake_nccl::Fault::fails) *state = ncclSystemError;
  return ncclSuccess;
}

ncclResult_t ncclCommFinalize(ncclComm_t comm) { return comm->in_progress = 3, ncclInProgress; }
ncclResult_t ncclCommDestroy(ncclComm_t comm) { return gone(comm), ncclSuccess; }
ncclResult_t ncclCommAbort(ncclComm_t comm) { return gone(comm), ncclSuccess; }

ncclResult_t ncclGroupStart(void) { return ++depth, ncclSuccess; }

ncclResult_t ncclGroupEnd(void) {
  if (depth > 0 && --depth > 0) return ncclSuccess;
  const std::lock_guard guard(lock);
  if (group.empty()) return ncclSuccess;
  fake_comm& comm = *group[0].comm;
  fake_stream& stream = *group[0].stream;
  stream.groups.push_back(std::exchange(group, {}));
  ++stream.queued;
  ++comm.groups;
  comm.in_progress = 3;
  return ncclInProgress;
}

ncclResult_t ncclSend(const void* bytes, size_t count, ncclDataType_t, int peer, ncclComm_t comm, cudaStream_t stream) {
  return add({true, const_cast<void*>(bytes), count, peer, comm, stream});
}

ncclResult_t ncclRecv(void* bytes, size_t count, ncclDataType_t, int peer, ncclComm_t comm, cudaStream_t stream) {
  return add({false, bytes, count, peer, comm, stream});
}
