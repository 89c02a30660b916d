// The emulated device against kernels whose outcome is known: right ones draw no report, each fault draws its own.
#include <cstdio>

#include "logitape/backends/cuda/emulation/device.h"
#include "tests/cuda/emulator/expect.h"

namespace {
int wrong = 0, checks = 0;
}

void check(bool right, const std::string& what) {
  ++checks;
  if (right) return;
  ++wrong;
  std::printf("NOT RIGHT: %s\n", what.c_str());
}

void expect(const char* kind, const std::string& what) {
  cudaDeviceSynchronize();
  cudaGetLastError();
  const auto reports = emu::take_reports();
  const std::string first = reports.empty() ? "" : reports[0].kind;
  const std::string said = reports.empty() ? "no report" : "[" + first + "] " + reports[0].text;
  check(first == kind, what + ": " + said);
}

int main() {
  try_machine();
  try_graphs();
  try_sentences();
  try_planted_faults();
  std::printf("%d checks, %d not right\n", checks, wrong);
  return wrong != 0;
}
