// Shows a race of a GPU's threads on a machine without a GPU, explains the report, then mends it.
//
// The two kernels are CUDA. They run on a device that the host emulates, one thread after the other, and this file is
// compiled with -fsanitize=thread: every load and store of theirs is watched.
#include "logitape/backends/cuda/device.cuh"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include "logitape/backends/cuda/emulation/emulator.h"

namespace {

constexpr unsigned threads = 256;

// The sum of 256 numbers by 256 threads. Each lays one number into shared memory, where all of them can see it. Then
// the lower half of the threads add the upper half's numbers to their own, then a quarter of them, until one is left.
__global__ void forgetful_sum(const float* x, float* sum) {
  SHARED_ARRAY(float, part, threads);
  const unsigned me = threadIdx.x;
  part[me] = x[me];
  __syncthreads();  // a barrier: nobody goes on before all have come here
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    if (me < half) {
      const float other = part[me + half];
      part[me] += other;
    }
  }
  if (me == 0) *sum = part[0];
}

// The same, mended by one line.
__global__ void mended_sum(const float* x, float* sum) {
  SHARED_ARRAY(float, part, threads);
  const unsigned me = threadIdx.x;
  part[me] = x[me];
  __syncthreads();
  for (unsigned half = threads / 2; half > 0; half /= 2) {
    if (me < half) {
      const float other = part[me + half];
      part[me] += other;
    }
    __syncthreads();  // this round's sums are there before the next round reads them
  }
  if (me == 0) *sum = part[0];
}

struct Run {
  float sum;
  std::vector<emu::Report> reports;
};

// Runs a kernel over 1, 2, ..., 256 in a block of 256 threads, which take their turns in this order.
template <class Kernel>
Run run(const char* name, Kernel kernel, emu::Order order) {
  emu::options.order = order;
  std::vector<float> numbers(threads);
  for (unsigned i = 0; i < threads; ++i) numbers[i] = static_cast<float>(i + 1);
  float *x = nullptr, *y = nullptr, sum = 0;
  cudaMalloc(&x, threads * sizeof(float));
  cudaMalloc(&y, sizeof(float));
  cudaMemcpy(x, numbers.data(), threads * sizeof(float), cudaMemcpyHostToDevice);
  launch(name, LaunchShape{dim3(1), dim3(threads)}, kernel, x, y);
  cudaMemcpy(&sum, y, sizeof(float), cudaMemcpyDeviceToHost);
  cudaFree(x);
  cudaFree(y);
  return {sum, emu::take_reports()};
}

// In three orders; on a GPU all threads run at once, and nobody knows the order.
template <class Kernel>
std::vector<Run> in_every_order(const char* name, Kernel kernel) {
  std::vector<Run> runs;
  for (const emu::Order order : {emu::Order::ascending, emu::Order::descending, emu::Order::shuffled})
    runs.push_back(run(name, kernel, order));
  std::cout << name << ", threads in ascending, descending and shuffled order: " << runs[0].sum << ", " << runs[1].sum
            << ", " << runs[2].sum << "\n";
  return runs;
}

// Line `number` of this file, without the blanks before it.
std::string line_of_source(unsigned number) {
  std::ifstream source(LOGITAPE_EXAMPLE_SOURCE);
  std::string line;
  for (unsigned i = 0; i < number; ++i) std::getline(source, line);
  return line.substr(std::min(line.size(), line.find_first_not_of(' ')));
}

void piece(const std::string& of_report, const std::string& meaning) {
  std::cout << "  " << std::left << std::setw(30) << of_report << meaning << "\n";
}

// Says what the pieces of a report mean. False: it does not read as expected.
bool explain(const std::string& report) {
  unsigned second = 0, line = 0, byte = 0, first = 0, earlier_line = 0;
  char does[20] = "", did[20] = "";
  const int read = std::sscanf(report.c_str(),
                               "forgetful_sum, block 0 thread %u, cuda_race.cpp:%u: %19s %*[to ]part+%u of 1024 bytes "
                               "shared, block 0, which block 0 thread %u %19s in cuda_race.cpp:%u, no barrier between",
                               &second, &line, does, &byte, &first, did, &earlier_line);
  if (read != 7) return false;
  const auto number = [](unsigned n) { return std::to_string(n); };
  std::cout << "\nHow to read it, piece by piece:\n";
  piece("forgetful_sum", "the kernel: the function that all threads run");
  piece("block 0 thread " + number(second), "the thread that was caught, the second of the two");
  piece("cuda_race.cpp:" + number(line), "where it was:  " + line_of_source(line));
  piece(std::string(does) + " to part+" + number(byte),
        "what it did, to byte " + number(byte) + " of the array; a number has 4 bytes: part[" + number(byte / 4) + "]");
  piece("block 0 thread " + number(first) + " " + did, "the first of the two, and what it did with that number");
  piece("in cuda_race.cpp:" + number(earlier_line), "where that was:  " + line_of_source(earlier_line));
  piece("no barrier between", "nothing makes one of the two wait for the other");
  std::cout
      << "\nThat is a race: two threads touch the same place, at least one of them writes, and nothing says who\n"
         "comes first. A thread needs what another has added up in the round before, and may come too early: the\n"
         "sum depends on who is faster. On a GPU it may be right for months, and wrong the day that it matters.\n"
         "The watch need not wait for that day: of every two accesses it asks whether a barrier lies between.\n"
         "\nThe cure is one __syncthreads() a round:\n\n";
  return true;
}

}  // namespace

int main() {
  constexpr float right = threads * (threads + 1) / 2;
  std::cout << "1 + 2 + ... + " << threads << " = " << right << ". Two kernels add it up.\n\n";
  const std::vector<Run> forgetful = in_every_order("forgetful_sum", forgetful_sum);
  if (forgetful[0].reports.empty()) {
    std::cerr << "cuda_race: the race was not seen\n";
    return 1;
  }
  const emu::Report& report = forgetful[0].reports[0];
  std::cout << "\nThe watch reports a " << report.kind << ":\n  " << report.text << "\n";
  if (!explain(report.text)) return 1;
  int wrong = 0;
  for (const Run& mended : in_every_order("mended_sum", mended_sum))
    wrong += mended.sum != right || !mended.reports.empty();
  std::cout << (wrong ? "It is not mended." : "No report, and the right sum in every order.") << "\n";
  return wrong != 0;
}
