// The kernel's own account: /proc/self/cgroup names the group in each hierarchy, /proc/self/mountinfo where that is
// mounted, cpu.max (v2) or cpu.cfs_quota_us and cpu.cfs_period_us (v1) hold the limit of one group.
#include "logitape/backends/cpu/cpu_quota.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "logitape/core/detail/text.h"

namespace logitape::inline v0::cpu {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

double ratio(const std::string& quota, const std::string& period) {  // "max" and -1: no limit
  const auto q = number_in<std::int64_t>(quota), p = number_in<std::int64_t>(period);
  return q && p && *q > 0 && *p > 0 ? static_cast<double>(*q) / static_cast<double>(*p) : unlimited;
}

double limit_of(const std::string& group, bool v2) {
  if (!v2) return ratio(first_line(group + "/cpu.cfs_quota_us"), first_line(group + "/cpu.cfs_period_us"));
  const std::vector<std::string> words = split(first_line(group + "/cpu.max"), ' ');
  return words.size() == 2 ? ratio(words[0], words[1]) : unlimited;
}

// mountinfo writes a blank of a path as \040, and three other characters alike.
std::string unescaped(std::string text) {
  for (const auto& [code, character] : {std::pair{"\\040", ' '}, {"\\011", '\t'}, {"\\012", '\n'}, {"\\134", '\\'}})
    for (std::size_t at = 0; (at = text.find(code, at)) != std::string::npos; ++at) text.replace(at, 4, 1, character);
  return text;
}

// A hierarchy that limits CPUs: what of it is mounted, and where.
struct Mount {
  bool v2;
  std::string root, place;
};

// "36 35 98:0 /root /place rw,noatime shared:1 - cgroup cgroup rw,cpu,cpuacct"; `shared:1` may be many words or none
std::vector<Mount> mounts(const std::string& root) {
  std::vector<Mount> found;
  std::ifstream in(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> words = split(line, ' ');
    const auto dash = std::ranges::find(words, "-");
    if (words.size() < 5 || words.end() - dash < 4) continue;
    const std::vector<std::string> options = split(dash[3], ',');
    const bool v2 = dash[1] == "cgroup2";
    if (v2 || (dash[1] == "cgroup" && std::ranges::find(options, "cpu") != options.end()))
      found.push_back({v2, unescaped(words[3]), unescaped(words[4])});
  }
  return found;
}

// The least limit of the group `path` and of all above it, as far as they are mounted.
double least(const std::string& root, const Mount& mount, std::string path) {
  if (mount.root != "/") {  // a container sees a part of the tree, or another's
    const bool within = path.starts_with(mount.root) && (path + "/")[mount.root.size()] == '/';
    path = within ? path.substr(mount.root.size()) : "";
  }
  if (path.starts_with("/..")) path.clear();  // outside of what this process may see
  double limit = unlimited;
  for (;;) {
    limit = std::min(limit, limit_of(root + mount.place + path, mount.v2));
    if (path.find('/') == std::string::npos) return limit;
    path.erase(path.rfind('/'));
  }
}

}  // namespace

std::optional<int> cpu_quota(const std::string& root) try {
  const std::vector<Mount> hierarchies = mounts(root);
  double limit = unlimited;
  std::ifstream in(root + "/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {  // "4:cpu,cpuacct:/group", or "0::/group" of v2
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string kind = line.substr(first + 1, second - first - 1);
    const bool v2 = kind.empty();
    const std::vector<std::string> controllers = split(kind, ',');
    if (!v2 && std::ranges::find(controllers, "cpu") == controllers.end()) continue;
    for (const Mount& mount : hierarchies)
      if (mount.v2 == v2) limit = std::min(limit, least(root, mount, line.substr(second + 1)));
  }
  if (limit > std::numeric_limits<int>::max() - 1) return std::nullopt;
  const int whole = static_cast<int>(limit);
  return std::max(1, whole + (limit > whole));
} catch (const std::exception&) {  // no memory for it: as if nothing were said
  return std::nullopt;
}

}  // namespace logitape::inline v0::cpu
