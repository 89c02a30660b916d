// Device memory: one reservation of address space that the host cannot read. It begins with the windows of shared
// memory, which are always open; allocations follow, open only while a kernel or a copy runs.
#pragma once
#include <cstddef>
#include <map>

namespace emu {

constexpr std::size_t window_bytes = 256 << 10, windows = 64;
constexpr std::size_t arena_bytes = std::size_t{4} << 30;  // of addresses; pages are there once they are written

constexpr std::size_t chunk = std::size_t{2} << 20;  // a huge page: what is opened, closed and returned at a time

bool open_arena();  // the first call reserves it; false where the system refuses
char* arena();
bool on_device(const void* p);
inline std::size_t offset_of(const void* p) { return static_cast<std::size_t>(static_cast<const char*>(p) - arena()); }

// While one lives these bytes may be touched. Others open others' pages in between only under the machine's mutex.
class Unlocked {
 public:
  Unlocked(const void* p, std::size_t bytes);  // nothing, where p is not on the device
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  char* begin_ = nullptr;
  std::size_t bytes_ = 0;
};

// Best fit over offsets into the arena; neighbours that are free are one. O(log n).
class Allocator {
 public:
  std::size_t take(std::size_t bytes);                 // 0: there is no room
  bool give_back(std::size_t at, std::size_t* bytes);  // what was asked for; false: there is no such allocation
  std::size_t end() const;                             // of the last allocation
  std::size_t free() const { return free_; }
  static std::size_t total();
  const std::map<std::size_t, std::size_t>& taken() const { return taken_; }  // offset -> bytes asked for

 private:
  void add_gap(std::size_t at, std::size_t bytes);
  void remove_gap(std::map<std::size_t, std::size_t>::iterator gap);
  std::map<std::size_t, std::size_t> taken_, gaps_;              // by offset
  std::map<std::pair<std::size_t, std::size_t>, char> by_size_;  // (bytes, offset) of the gaps
  std::size_t free_ = 0;
  bool open_ = false;
};
extern Allocator& allocator;  // outlives what the program releases while it ends

}  // namespace emu
