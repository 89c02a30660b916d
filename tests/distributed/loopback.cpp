// Boxes of bytes behind one lock; a slot is a message that has not been taken yet.
#include "tests/distributed/loopback.h"

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include "logitape/core/detail/device_memory.h"
#include "logitape/train/distributed/engine.h"
#include "tests/distributed/fake_nccl.h"

namespace {

struct Stopped {};

struct Hub {
  loopback::OfDevice of_device = loopback::OfDevice::none;
  std::mutex lock;
  std::map<std::tuple<int, int, int>, std::deque<std::vector<std::byte>>> boxes;  // from, to, tag
  std::atomic<bool> stopped{false};
  int size = 1;
};

struct Receiving {
  void* bytes = nullptr;
  std::size_t size = 0;
  std::tuple<int, int, int> box;
  std::uint64_t begun = 0;
  bool free = true;
};

}  // namespace

struct lt_ranks {
  Hub* hub;
  int rank;
  std::vector<Receiving> slots = {};
  std::uint64_t begun = 0;
  bool of_device = false;
  int messages = 0;
};

namespace {

thread_local lt_ranks* starting = nullptr;

int start(lt_ranks** ranks, std::int32_t* rank, std::int32_t* size, char* text, std::int32_t text_bytes) {
  *ranks = starting;
  *rank = starting->rank;
  *size = starting->hub->size;
  std::strncpy(text, "loopback", static_cast<std::size_t>(text_bytes));
  return 0;
}

int take(lt_ranks* r, Receiving what) {
  what.free = false;
  what.begun = ++r->begun;
  for (std::size_t i = 0; i < r->slots.size(); ++i)
    if (r->slots[i].free) {
      r->slots[i] = what;
      return static_cast<int>(i);
    }
  r->slots.push_back(what);
  return static_cast<int>(r->slots.size()) - 1;
}

using logitape::Device;
using loopback::OfDevice;

std::atomic<std::int64_t> of_devices{0};

// Whether what is wrong with the engine of rank 1's device happens now.
bool wrong(const lt_ranks* r, OfDevice what) {
  return r->of_device && r->rank == 1 && r->hub->of_device == what && r->messages >= 4;
}

int isend(lt_ranks* r, const void* bytes, std::int64_t size, std::int32_t to, std::int32_t tag) {
  std::vector<std::byte> message(static_cast<std::size_t>(size));
  if (r->of_device) {
    ++of_devices;
    ++r->messages;
    if (wrong(r, OfDevice::refuses)) return -1;
    logitape::memory_of(Device::cuda()).to_host(message.data(), bytes, message.size());
  } else {
    std::memcpy(message.data(), bytes, message.size());
  }
  const std::lock_guard guard(r->hub->lock);
  if (!wrong(r, OfDevice::is_silent)) r->hub->boxes[{r->rank, to, tag}].push_back(std::move(message));
  return take(r, {});
}

int irecv(lt_ranks* r, void* bytes, std::int64_t size, std::int32_t from, std::int32_t tag) {
  return take(r, {bytes, static_cast<std::size_t>(size), {from, r->rank, tag}});
}

int test(lt_ranks* r, int slot) {
  if (r->hub->stopped) throw Stopped();
  if (wrong(r, OfDevice::fails)) return -1;
  Receiving& what = r->slots[static_cast<std::size_t>(slot)];
  if (what.bytes) {
    const std::lock_guard guard(r->hub->lock);
    auto& box = r->hub->boxes[what.box];
    // as in MPI, a message belongs to the receive that was begun first
    for (const Receiving& other : r->slots)
      if (!other.free && other.bytes && &other != &what && other.box == what.box && other.begun < what.begun) return 0;
    if (box.empty()) return 0;
    if (box.front().size() != what.size) return -1;
    if (r->of_device) logitape::memory_of(Device::cuda()).from_host(what.bytes, box.front().data(), what.size);
    else std::memcpy(what.bytes, box.front().data(), what.size);
    box.pop_front();
  }
  what.free = true;
  return 1;
}

void stop_all(lt_ranks* r, int) {
  r->hub->stopped = true;
  throw Stopped();
}

void finish(lt_ranks*) {}

int any_thread(lt_ranks*) { return 1; }

constexpr lt_engine engine{LT_ENGINE_ABI, sizeof(lt_engine), start, isend,   irecv,  test, stop_all,
                           finish,        any_thread,        5000,  nullptr, nullptr};

// Engines of a device are joined. What the invitation says has to come back.
int no_start(lt_ranks**, std::int32_t*, std::int32_t*, char*, std::int32_t) { return 1; }

int invite(unsigned char* invitation, char*, std::int32_t) {
  for (int i = 0; i < LT_INVITATION; ++i) invitation[i] = static_cast<unsigned char>(i * 7);
  return 0;
}

constexpr int tags_of_device = 1000;

int isend_of_device(lt_ranks* r, const void* bytes, std::int64_t size, std::int32_t to, std::int32_t tag) {
  return isend(r, bytes, size, to, tags_of_device + tag);
}

int irecv_of_device(lt_ranks* r, void* bytes, std::int64_t size, std::int32_t from, std::int32_t tag) {
  return irecv(r, bytes, size, from, tags_of_device + tag);
}

int join(lt_ranks** ranks, const unsigned char* invitation, std::int32_t rank, std::int32_t, std::int32_t, double,
         char* text, std::int32_t text_bytes) {
  std::strncpy(text, "loopback of a device", static_cast<std::size_t>(text_bytes));
  for (int i = 0; i < LT_INVITATION; ++i)
    if (invitation[i] != static_cast<unsigned char>(i * 7)) return 1;
  if (rank == 1 && starting->hub->of_device == OfDevice::one_does_not_join) return 1;
  *ranks = new lt_ranks{.hub = starting->hub, .rank = rank, .of_device = true};
  return 0;
}

void leave(lt_ranks* r) { delete r; }

constexpr lt_engine engine_of_device{LT_ENGINE_ABI,   sizeof(lt_engine),
                                     no_start,        isend_of_device,
                                     irecv_of_device, test,
                                     stop_all,        leave,
                                     nullptr,         0,
                                     invite,          join};

}  // namespace

namespace loopback {

std::int64_t messages_of_device() { return of_devices; }

std::vector<std::string> run(int ranks, const std::function<void(logitape::distributed::World&)>& f,
                             const Options& options) {
  Hub hub;
  hub.of_device = options.of_device;
  hub.size = ranks;
  std::vector<std::string> thrown(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      lt_ranks own{.hub = &hub, .rank = rank};
      starting = &own;
      const bool lacks =
          options.of_device == OfDevice::none || (options.of_device == OfDevice::one_lacks_it && rank == 1);
      logitape::distributed::World world(engine, {.patience = options.patience, .overlap = options.overlap},
                                         lacks                                 ? nullptr
                                         : options.of_device == OfDevice::nccl ? logitape_engine_of_nccl()
                                                                               : &engine_of_device);
      std::string& what = thrown[static_cast<std::size_t>(rank)];
      try {
        world.together([&] { f(world); });
      } catch (const std::exception& e) {
        what = e.what();
      } catch (const Stopped&) {
        what = "stopped";
      }
    });
  for (std::thread& t : threads) t.join();
  return thrown;
}

}  // namespace loopback
