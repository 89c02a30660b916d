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

#include "logitape/train/distributed/engine.h"

namespace {

struct Stopped {};

struct Hub {
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
  std::vector<Receiving> slots;
  std::uint64_t begun;
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

int isend(lt_ranks* r, const void* bytes, std::int64_t size, std::int32_t to, std::int32_t tag) {
  const auto* const first = static_cast<const std::byte*>(bytes);
  const std::lock_guard guard(r->hub->lock);
  r->hub->boxes[{r->rank, to, tag}].emplace_back(first, first + size);
  return take(r, {});
}

int irecv(lt_ranks* r, void* bytes, std::int64_t size, std::int32_t from, std::int32_t tag) {
  return take(r, {bytes, static_cast<std::size_t>(size), {from, r->rank, tag}});
}

int test(lt_ranks* r, int slot) {
  if (r->hub->stopped) throw Stopped();
  Receiving& what = r->slots[static_cast<std::size_t>(slot)];
  if (what.bytes) {
    const std::lock_guard guard(r->hub->lock);
    auto& box = r->hub->boxes[what.box];
    // as in MPI, a message belongs to the receive that was begun first
    for (const Receiving& other : r->slots)
      if (!other.free && other.bytes && &other != &what && other.box == what.box && other.begun < what.begun) return 0;
    if (box.empty()) return 0;
    if (box.front().size() != what.size) return -1;
    std::memcpy(what.bytes, box.front().data(), what.size);
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

constexpr lt_engine engine{LT_ENGINE_ABI, sizeof(lt_engine), start, isend, irecv, test, stop_all, finish};

}  // namespace

namespace loopback {

std::vector<std::string> run(int ranks, const std::function<void(logitape::distributed::World&)>& f, double patience) {
  Hub hub;
  hub.size = ranks;
  std::vector<std::string> thrown(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      lt_ranks own{&hub, rank, {}, 0};
      starting = &own;
      logitape::distributed::World world(engine, {.patience = patience});
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
