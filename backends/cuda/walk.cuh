// Walking a row, in packs of 16 bytes where it is long enough.
//   each(team, row, x, f)     calls f(a, x[a]) for the elements that are this thread's
//   map(team, row, x, y, f)   y[a] = f(a, x[a]); y may be x
//   each_pack, map_pack       the same by packs: f(a, Pack of x[a], x[a+1], ...)
// Which thread each() gives an element depends on its place in the row and on the row's length alone, and so do the
// bits of a sum; wherever the row begins in memory, two neighbouring words of 16 bytes make a pack. map() stores whole
// words: its packs are those of y's memory, and what is left at both ends is moved element by element.
#pragma once
#include "logitape/backends/cuda/rows.cuh"

namespace logitape_cuda {

template <class T, int n>
struct Pack {
  static constexpr int size = n;
  T v[n];
};
template <class M>
constexpr int pack = 16 / static_cast<int>(sizeof(M));

constexpr int64_t least_packed = 128;  // shorter rows are walked element by element
template <class Team>
__device__ inline bool in_packs(const Row& row) {
  return Team::contiguous && row.size >= least_packed;
}

// How many bytes p is beyond a word of 16.
__device__ inline int skew(const void* p) { return static_cast<int>(reinterpret_cast<uintptr_t>(p) & 15); }

template <class M>
__device__ inline auto at(M* x, const Row& row, int64_t a) {
  return x + (row.first + a * row.step);
}

// n neighbours from x on; those of a pack lie in one aligned word, or in two.
template <int n, class M>
__device__ inline Pack<Arithmetic<M>, n> load(const M* x) {
  Pack<Arithmetic<M>, n> p;
  if constexpr (n == 1) {
    p.v[0] = up(*x);
  } else {
    const int skewed = skew(x);
    const char* const word = reinterpret_cast<const char*>(x) - skewed;
    uint32_t w[8];
    const uint4 low = load16(word);
    memcpy(w, &low, 16);
    if (skewed) {
      const uint4 high = load16(word + 16);
      memcpy(w + 4, &high, 16);
#pragma unroll
      for (int i = 0; i < 6; ++i) w[i] = skewed & 8 ? w[i + 2] : w[i];
#pragma unroll
      for (int i = 0; i < 5 && sizeof(M) < 8; ++i) w[i] = skewed & 4 ? w[i + 1] : w[i];
#pragma unroll
      for (int i = 0; i < 4 && sizeof(M) < 4; ++i) w[i] = skewed & 2 ? w[i] >> 16 | w[i + 1] << 16 : w[i];
    }
    M m[n];
    memcpy(m, w, 16);
#pragma unroll
    for (int j = 0; j < n; ++j) p.v[j] = up(m[j]);
  }
  return p;
}
// A pack goes to an aligned word.
template <class M, int n>
__device__ inline void store(M* y, const Pack<Arithmetic<M>, n>& p) {
  if constexpr (n == 1) {
    *y = down<M>(p.v[0]);
  } else {
    M m[n];
#pragma unroll
    for (int j = 0; j < n; ++j) m[j] = down<M>(p.v[j]);
    uint4 word;
    memcpy(&word, m, 16);
    store16(y, word);
  }
}

// The elements of a row before x's first whole word.
template <class M>
__device__ inline int64_t head_of(const Row& row, const M* x) {
  const int before = (16 - skew(at(x, row, row.begin))) % 16 / static_cast<int>(sizeof(M));
  return min(static_cast<int64_t>(before), row.end - row.begin);
}

// Calls f(a, n) for the packs from begin + head on, and f(a, 1) for the elements that are in none; n, 1 are constants.
template <class M, class Team, class F>
__device__ inline void walk(const Team& team, const Row& row, int64_t head, F f) {
  constexpr int n = pack<M>;
  int64_t packed = 0;
  if constexpr (Team::contiguous) {
    if (in_packs<Team>(row)) packed = (row.end - row.begin - head) / n * n;
    const int64_t first = row.begin + head;
    for (int64_t a = team.rank() * n; a < packed; a += team.width() * n) f(first + a, std::integral_constant<int, n>());
  }
  const int64_t singles = row.end - row.begin - packed;
  for (int64_t e = team.rank(); e < singles; e += team.width())
    f(row.begin + (e < head ? e : e + packed), std::integral_constant<int, 1>());
}

template <class Team, class M, class F>
__device__ inline void each_pack(const Team& team, const Row& row, const M* x, F f, int64_t head = 0) {
  walk<M>(team, row, head, [&](int64_t a, auto n) { f(a, load<n()>(at(x, row, a))); });
}
template <class Team, class M, class F>
__device__ inline void map_pack(const Team& team, const Row& row, const M* x, M* y, F f) {
  walk<M>(team, row, head_of(row, y),
          [&](int64_t a, auto n) { store<M, n()>(at(y, row, a), f(a, load<n()>(at(x, row, a)))); });
}

template <class Team, class M, class F>
__device__ inline void each(const Team& team, const Row& row, const M* x, F f) {
  each_pack(team, row, x, [&](int64_t a, const auto& p) {
#pragma unroll
    for (int j = 0; j < p.size; ++j) f(a + j, p.v[j]);
  });
}
template <class Team, class M, class F>
__device__ inline void map(const Team& team, const Row& row, const M* x, M* y, F f) {
  map_pack(team, row, x, y, [&](int64_t a, auto p) {
#pragma unroll
    for (int j = 0; j < p.size; ++j) p.v[j] = f(a + j, p.v[j]);
    return p;
  });
}

template <class Team, class M>
__device__ inline void fill_row(const Team& team, const Row& row, M* y, Arithmetic<M> value) {
  walk<M>(team, row, head_of(row, y), [&](int64_t a, auto n) {
    Pack<Arithmetic<M>, n()> p;
#pragma unroll
    for (int j = 0; j < n(); ++j) p.v[j] = value;
    store<M, n()>(at(y, row, a), p);
  });
}

// Brings a team's part of a row into its shared memory, by words of 16 bytes, the first and the last of which may have
// elements of neighbours. Element a is then *at(result, row, a). A team that keeps nothing walks x itself.
template <class Team, class M>
__device__ inline auto keep_row(const Team& team, const Row& row, const M* x, int slot = 0) {
  if constexpr (!Team::keeps) {
    return x;
  } else {
    team.sync();  // the row before may still be read
    M* kept = static_cast<M*>(team.slot(slot));
    const M* const from = at(x, row, row.begin);
    const int64_t size = row.end - row.begin;
    if (!in_packs<Team>(row)) {
      for (int64_t a = team.rank(); a < size; a += team.width()) kept[a] = from[a];
    } else if (size > 0) {
      constexpr int n = pack<M>;
      const int before = skew(from) / static_cast<int>(sizeof(M));
      for (int64_t a = team.rank() * n; a < size + before; a += team.width() * n)
        async_copy16(kept + a, from - before + a);
      async_wait();
      kept += before;
    }
    team.sync();
    return kept - (row.first + row.begin);
  }
}

}  // namespace logitape_cuda
