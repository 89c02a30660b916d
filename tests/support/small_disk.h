// A disk that runs full.
#pragma once
#include <doctest/doctest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXFSZ is POSIX's
#include <sys/resource.h>

namespace logitape::tests {

// While it lives no file of this process grows beyond `bytes`: write() fails as on a full disk.
struct SmallDisk {
  explicit SmallDisk(rlim_t bytes) : handler(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{bytes, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
  }
  rlimit before{};
  void (*handler)(int);
};

}  // namespace logitape::tests
