// Many arrays in one launch: a List travels as a kernel's argument, and each block takes a chunk of one of them.
#pragma once
#include "logitape/backends/cuda/map.cuh"

namespace logitape_cuda {

template <class T>
constexpr int group = 16 / static_cast<int>(sizeof(T));  // elements of a thread at a time

constexpr int most = 20;                         // a kernel of every driver takes 4 KiB of arguments
constexpr int64_t chunk = 16LL * block_threads;  // elements of a block

template <class One>
struct List {
  int count = 0;
  int64_t ends[most];  // in chunks, from the first of the list on
  One each[most];
};

// The part of one array that a block takes: elements begin to end of array `i`.
struct Part {
  int i;
  int64_t begin, end;
};
template <class One>
__device__ inline Part part_of(const List<One>& list, int64_t at) {
  int i = 0;
  while (at >= list.ends[i]) ++i;
  const int64_t begin = (at - (i ? list.ends[i - 1] : 0)) * chunk;
  return {i, begin, min(begin + chunk, list.each[i].size)};
}

// A place for one more of `size` elements; what it is has to be filled in.
template <class One>
One& add(List<One>& list, int64_t size) {
  const int64_t before = list.count ? list.ends[list.count - 1] : 0;
  list.ends[list.count] = before + divide_up(size, chunk);
  return list.each[list.count++];
}
template <class One>
int64_t chunks_of(const List<One>& list) {
  return list.count ? list.ends[list.count - 1] : 0;
}

template <class T>
inline T* out(void* x) {
  return static_cast<T*>(x);
}
template <class T>
inline const T* in(const void* x) {
  return static_cast<const T*>(x);
}

}  // namespace logitape_cuda
