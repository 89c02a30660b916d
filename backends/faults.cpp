// A ticket is the number of a check, and the place of its words in a table.
#include "logitape/backends/faults.h"

#include <array>
#include <mutex>
#include <vector>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::backends {
namespace {

// What the sentence needs besides numbers. Few differ: an op's name and two words.
struct Words {
  std::string op, what, where;
  friend bool operator==(const Words&, const Words&) = default;
};

struct Tickets {
  std::mutex changing;
  std::vector<Words> words;
  std::uint64_t checks = 0;
};
Tickets& tickets() {
  static auto* const all = new Tickets;  // a device may be read when the process ends
  return *all;
}

constexpr std::uint64_t most_words = 1 << 12;

}  // namespace

void fail_of_range(const char* op, const char* what, const char* where, const RangeFault& f) {
  fail(ErrorCode::out_of_range, op, "{} {} at {} {} is outside [0, {}){}", what, f.value, where, f.position, f.limit,
       f.count == 1 ? "" : fmt::format(", as {} {} more", f.count == 2 ? "is" : "are", f.count - 1));
}

std::uint64_t ticket_of(Device device, const char* op, const char* what, const char* where) {
  if (device == Device::cpu() || !opened(device).module->take_fault) return 0;
  Tickets& all = tickets();
  const std::lock_guard lock(all.changing);
  const Words words{op, what, where};
  std::uint64_t place = 0;
  while (place < all.words.size() && !(all.words[place] == words)) ++place;
  if (place == most_words) return 0;
  if (place == all.words.size()) all.words.push_back(words);
  return ++all.checks * most_words + place;
}

void throw_fault(const OpenDevice& on) {
  lt_fault fault{};
  check(on.module->take_fault(on.context, &fault), *on.module, "tensor");
  Words words;
  {
    Tickets& all = tickets();
    const std::lock_guard lock(all.changing);
    words = all.words.at(fault.ticket % most_words);
  }
  fail_of_range(words.op.c_str(), words.what.c_str(), words.where.c_str(),
                {fault.count, fault.position, fault.value, fault.limit});
}

}  // namespace logitape::inline v0::backends
