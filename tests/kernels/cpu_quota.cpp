// The container's CPU quota, read from made-up trees of files: cgroup v1 and v2, nested groups, what makes no sense.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "logitape/backends/cpu/cpu_quota.h"
#include "tests/support/temporary_folder.h"

using namespace logitape;
using namespace logitape::tests;

namespace {

// A machine's files, below a folder.
struct Machine {
  TemporaryFolder root;

  Machine& write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = root.path / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return *this;
  }
  Machine& groups(const std::string& text) { return write("proc/self/cgroup", text); }
  Machine& mounts(const std::string& text) { return write("proc/self/mountinfo", text); }
  std::optional<int> quota() const { return cpu::cpu_quota(root.path.string()); }
};

const std::string v2_mount = "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 master:2 - cgroup2 cgroup2 rw\n";
const std::string v1_mount = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n";

// A machine of v2 whose one group has this cpu.max.
std::optional<int> of_v2(const std::string& max) {
  Machine m;
  return m.groups("0::/a\n").mounts(v2_mount).write("sys/fs/cgroup/a/cpu.max", max).quota();
}

std::optional<int> of_v1(const std::string& quota, const std::string& period) {
  Machine m;
  m.groups("4:memory:/a\n2:cpuacct,cpu:/a\n0::/\n").mounts("1 0 8:1 / / rw - ext4 /dev/sda rw\n" + v1_mount);
  m.write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", quota);
  return m.write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", period).quota();
}

}  // namespace

TEST_CASE("a CPU quota is rounded up, in cgroup v1 and v2") {
  CHECK(of_v2("200000 100000\n") == 2);
  CHECK(of_v2("150000 100000\n") == 2);
  CHECK(of_v2("100001 100000\n") == 2);
  CHECK(of_v2("100000 100000\n") == 1);
  CHECK(of_v2("1000 100000\n") == 1);
  CHECK(of_v2("6400000 100000\n") == 64);
  CHECK(of_v1("200000\n", "100000\n") == 2);
  CHECK(of_v1("25000\n", "10000\n") == 3);
  CHECK(of_v1("10000\n", "100000\n") == 1);
}

TEST_CASE("without a CPU quota there is no limit") {
  CHECK_FALSE(of_v2("max 100000\n").has_value());
  CHECK_FALSE(of_v1("-1\n", "100000\n").has_value());
  CHECK_FALSE(Machine().quota().has_value());
  Machine elsewhere;  // a quota of a group that is not this process'
  elsewhere.groups("0::/a\n").mounts(v2_mount).write("sys/fs/cgroup/b/cpu.max", "100000 100000\n");
  CHECK_FALSE(elsewhere.quota().has_value());
}

TEST_CASE("the least quota of a group and of all above it counts") {
  Machine m;
  m.groups("0::/slice/pod/container\n").mounts(v2_mount);
  CHECK_FALSE(m.quota().has_value());
  m.write("sys/fs/cgroup/slice/pod/container/cpu.max", "max 100000\n");
  m.write("sys/fs/cgroup/slice/cpu.max", "500000 100000\n");
  CHECK(m.quota() == 5);
  m.write("sys/fs/cgroup/slice/pod/cpu.max", "300000 100000\n");
  CHECK(m.quota() == 3);
  m.write("sys/fs/cgroup/slice/pod/container/cpu.max", "400000 100000\n");
  CHECK(m.quota() == 3);
  m.write("sys/fs/cgroup/cpu.max", "200000 100000\n");  // of a container that is the root of what it sees
  CHECK(m.quota() == 2);
}

TEST_CASE("the least of both versions counts where a machine mounts both") {
  Machine m;
  m.groups("3:cpu:/a\n0::/b\n").mounts(v1_mount + v2_mount);
  m.write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "300000\n")
      .write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  m.write("sys/fs/cgroup/b/cpu.max", "700000 100000\n");
  CHECK(m.quota() == 3);
  m.write("sys/fs/cgroup/b/cpu.max", "200000 100000\n");
  CHECK(m.quota() == 2);
}

TEST_CASE("a group is found where only a part of the tree is mounted, and at a place with a blank in its name") {
  Machine part;
  part.groups("0::/docker/ab/c\n").mounts("31 23 0:28 /docker/ab /my\\040cgroup rw - cgroup2 none rw\n");
  part.write("my cgroup/c/cpu.max", "300000 100000\n");
  CHECK(part.quota() == 3);
  part.groups("0::/docker/abc\n").write("my cgroup/cpu.max", "400000 100000\n");  // not within it: its root then
  CHECK(part.quota() == 4);
  part.groups("0::/../other\n");
  CHECK(part.quota() == 4);
}

TEST_CASE("files that make no sense limit nothing") {
  for (const char* text :
       {"", "\n", "max", "0", "-5", "1e5", "1 2 3", "0x10", "99999999999999999999", "a b", "\xff\xfe"}) {
    CAPTURE(text);
    CHECK_FALSE(of_v2(text).has_value());
    CHECK_FALSE(of_v2(std::string(text) + " 100000\n").has_value());
    CHECK_FALSE(of_v2("100000 " + std::string(text)).has_value());
    CHECK_FALSE(of_v1(text, "100000\n").has_value());
    CHECK_FALSE(of_v1("100000\n", text).has_value());
  }
  CHECK_FALSE(of_v2("100000\n").has_value());
  CHECK_FALSE(of_v2("9223372036854775807 1\n").has_value());  // more CPUs than an int counts
  const std::string noise(100000, '/');
  for (const std::string& text : {std::string("0"), std::string("0:"), std::string(":::"), std::string("0::"), noise,
                                  "0::" + std::string(3000, 'a'), std::string("- - - - - - - -\n-\n - cgroup2\n"),
                                  std::string("31 23 0:28 / /sys\\04 rw -"), std::string("\0\0:\0", 4)}) {
    Machine m;
    m.write("sys/fs/cgroup/a/cpu.max", "100000 100000\n");
    CHECK_FALSE(m.groups(text).mounts(v2_mount).quota().has_value());
    CHECK_FALSE(m.groups("0::/a\n").mounts(text).quota().has_value());
  }
  Machine folders;  // where files are expected
  folders.write("proc/self/cgroup/x", "").write("proc/self/mountinfo/x", "");
  CHECK_FALSE(folders.quota().has_value());
}
