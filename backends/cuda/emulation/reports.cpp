// What was found, with file and line. The debugger's information says where a place is: -g, and binutils' addr2line.
#include <dlfcn.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {
namespace {

std::vector<Report> reports;
std::size_t ever = 0;  // not only those that nobody has taken
std::string last;
std::map<std::pair<std::string, const void*>, std::size_t> known;

// The first line that addr2line gives of a place, from the inside out, that is not in the emulation's own headers.
std::string look_up(const char* file, std::size_t offset) {
  std::string text;
  const std::string command = print("addr2line -i -e '%s' 0x%zx 2>/dev/null", file, offset);
  FILE* lines = popen(command.c_str(), "r");
  if (!lines) return text;
  char line[300] = "";
  while (std::fgets(line, sizeof line, lines)) {
    line[std::strcspn(line, "\n")] = 0;
    if (char* more = std::strstr(line, " (discriminator")) *more = 0;
    const char* slash = std::strrchr(line, '/');
    text = slash ? slash + 1 : line;
    if (!std::strstr(line, "cuda/emulation/")) break;
  }
  pclose(lines);
  return text;
}

}  // namespace

std::string print(const char* format, ...) {
  char text[512];
  va_list list;
  va_start(list, format);
  std::vsnprintf(text, sizeof text, format, list);
  va_end(list);
  return text;
}

std::string place(const void* pc) {
  static std::map<const void*, std::string> seen;
  if (!pc) return "?";
  std::string& text = seen[pc];
  Dl_info info;
  if (!text.empty() || !dladdr(pc, &info)) return text.empty() ? "?" : text;
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  text = look_up(info.dli_fname, reinterpret_cast<std::uintptr_t>(pc) - base - 1);
  return text.empty() ? text = "?" : text;
}

void report(const char* kind, const void* pc, const std::string& text) {
  ++ever;
  const auto [it, fresh] = known.try_emplace({kind, pc}, reports.size());
  if (!fresh) {
    ++reports[it->second].count;
    return;
  }
  std::string where = machine.kernel;
  if (current) where += print(", block %u thread %u", me().home->linear, me().id);
  last = std::string(kind) + ": " + where + (pc ? ", " + place(pc) : "") + ": " + text;
  if (reports.size() < options.most_reports) reports.push_back({kind, last.substr(std::strlen(kind) + 2), 1});
  else known.erase(it);
}

std::size_t reports_so_far() { return ever; }
std::string last_report() { return last; }

std::vector<Report> take_reports() {
  const std::lock_guard lock(mutex());
  known.clear();
  return std::exchange(reports, {});
}

Traffic take_traffic() {
  const std::lock_guard lock(mutex());
  return std::exchange(machine.traffic, {});
}

}  // namespace emu
