// A pointer to a T that counts its owners itself, by retain(T*) and release(T*) beside T.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace logitape::inline v0 {

// Takes one owner off: whether it was the last. Most objects of a step have one owner, who needs no exchange with other
// threads to know it.
inline bool is_last(std::atomic<std::uint32_t>& owners) noexcept {
  return owners.load(std::memory_order_acquire) == 1 || owners.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

// Owns one count of an object that has retain(T*) and release(T*); null owns nothing.
template <class T>
class Ref {
 public:
  Ref() = default;
  static Ref adopt(T* counted) noexcept {
    Ref r;
    r.p_ = counted;
    return r;
  }  // takes over a count of one
  static Ref share(T* p) noexcept {
    if (p) retain(p);
    return adopt(p);
  }
  Ref(const Ref& other) noexcept : p_(other.p_) {
    if (p_) retain(p_);
  }
  Ref(Ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~Ref() {
    // The analyzer forgets that p_ was null from the start.
    if (p_) release(p_);  // NOLINT(clang-analyzer-core.uninitialized.Branch)
  }

  T* get() const noexcept { return p_; }
  T* operator->() const noexcept { return p_; }
  T& operator*() const noexcept { return *p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  T* give_up() noexcept { return std::exchange(p_, nullptr); }  // the caller now holds the count

 private:
  T* p_ = nullptr;
};

}  // namespace logitape::inline v0
