// A ticket is the number of a check, and the place of its words in a table.
#include "logitape/backends/faults.h"

#include <array>
#include <mutex>
#include <vector>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::backends {
namespace {

// What is said of a fault. Few differ: an op's name and a sentence without its numbers.
struct Words {
  std::string op, sentence;
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

std::string range_sentence(const char* what, const char* where) {
  return fmt::format("{} {{value}} at {} {{position}} is outside [0, {{limit}}){{more}}", what, where);
}

void fail_of_index(const char* op, const std::string& sentence, const lt_fault& f) {
  const std::string more = f.count == 1 ? "" : fmt::format(", as {} {} more", f.count == 2 ? "is" : "are", f.count - 1);
  fail(ErrorCode::out_of_range, op, "{}",
       fmt::format(fmt::runtime(sentence), fmt::arg("value", f.value), fmt::arg("position", f.position),
                   fmt::arg("limit", f.limit), fmt::arg("more", more)));
}

std::uint64_t ticket_of(Device device, const char* op, const std::string& sentence) {
  if (device == Device::cpu() || !opened(device).module->take_fault) return 0;
  Tickets& all = tickets();
  const std::lock_guard lock(all.changing);
  const Words words{op, sentence};
  std::uint64_t place = 0;
  while (place < all.words.size() && !(all.words[place] == words)) ++place;
  if (place == most_words) return 0;
  if (place == all.words.size()) all.words.push_back(words);
  return ++all.checks * most_words + place;
}

void throw_fault(const OpenDevice& on) {
  lt_fault fault{};
  check(on.module->take_fault(on.context, &fault), *on.module, "tensor");
  if (fault.ticket == 0) return;
  Words words;
  {
    Tickets& all = tickets();
    const std::lock_guard lock(all.changing);
    words = all.words.at(fault.ticket % most_words);
  }
  fail_of_index(words.op.c_str(), words.sentence, fault);
}

}  // namespace logitape::inline v0::backends
