// The best copy of so many bytes, as fast as they can move: a plain loop of vectors, stores past the cache, memcpy; the
// best of the three for that size, in as many threads as the kernels have.
#pragma once
#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include <logitape.h>

namespace bench {

class BestCopy {
 public:
  // AVX-512's vectors if `wide`, else those of AVX2. A call reads `bytes` and writes as many.
  BestCopy(std::size_t bytes, int threads, bool wide);
  ~BestCopy();
  BestCopy(const BestCopy&) = delete;
  void operator()();
  const std::string& name() const { return name_; }  // "copy: memcpy"

 private:
  using Copy = void (*)(std::byte*, const std::byte*, std::size_t);
  void choose(bool wide);
  void work();

  std::size_t bytes_;
  logitape::Tensor from_, to_;
  std::byte *source_, *destination_;
  Copy copy_ = nullptr;
  std::string name_;
  std::atomic<unsigned> asked_ = 0, done_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread second_;
};

}  // namespace bench
