// The best copy of so many bytes, as fast as they can move: a plain loop of vectors, stores past the cache, memcpy; the
// best of the three for that size, in one thread or in two where the kernels have them.
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
  void claim_parts();
  void work();

  std::size_t bytes_, part_, parts_;
  logitape::Tensor from_, to_;
  const std::byte* source_;
  std::byte* destination_;
  Copy copy_ = nullptr;
  bool shared_ = false;  // with the second thread
  std::string name_;
  std::atomic<std::size_t> next_ = 0, done_ = 0;
  std::atomic<unsigned> asked_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread second_;
};

}  // namespace bench
