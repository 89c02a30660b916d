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

// 16 bytes from x on, which is no word of 16: by elements, and halves by words of 4, the last of them apart, because
// what is behind it may be nobody's.
template <class M>
__device__ inline uint4 load_skewed(const M* x) {
  constexpr int n = pack<M>;
  if constexpr (sizeof(M) >= 4) {
    M m[n];
#pragma unroll
    for (int j = 0; j < n; ++j) m[j] = x[j];
    uint4 word;
    memcpy(&word, m, 16);
    return word;
  } else {
    static_assert(sizeof(M) == 2);
    const bool between = skew(x) & 2;
    const auto* const from = reinterpret_cast<const uint32_t*>(x - (between ? 1 : 0));
    uint32_t w[5] = {from[0], from[1], from[2], from[3]};
    if (between) {
      w[4] = as<uint16_t>(x[n - 1]);
#pragma unroll
      for (int i = 0; i < 4; ++i) w[i] = w[i] >> 16 | w[i + 1] << 16;
    }
    return {w[0], w[1], w[2], w[3]};
  }
}

// The elements of a word of 16 bytes. Of one of 4 a bf16 is the upper half, or the lower one moved up: one instruction.
template <class M>
__device__ inline auto unpacked(const uint4& word) {
  constexpr int n = pack<M>;
  Pack<Arithmetic<M>, n> p;
  if constexpr (std::is_same_v<M, bf16>) {
    const uint32_t w[4] = {word.x, word.y, word.z, word.w};
#pragma unroll
    for (int j = 0; j < n; ++j) p.v[j] = as<float>(j % 2 ? w[j / 2] & 0xffff0000u : w[j / 2] << 16);
  } else {
    M m[n];
    memcpy(m, &word, 16);
#pragma unroll
    for (int j = 0; j < n; ++j) p.v[j] = up(m[j]);
  }
  return p;
}

// n neighbours from x on.
template <int n, class M>
__device__ inline Pack<Arithmetic<M>, n> load(const M* x) {
  if constexpr (n == 1) return Pack<Arithmetic<M>, 1>{up(*x)};
  else return unpacked<M>(skew(x) ? load_skewed(x) : load16(x));
}
// Where map's results go. nvcc, which cannot tell, splits words of 16 bytes that may go to shared memory.
enum Where { in_memory, in_shared };

// A pack goes to an aligned word.
template <class M, int n, Where where>
__device__ inline void store(M* y, const Pack<Arithmetic<M>, n>& p) {
  if constexpr (n == 1) {
    *y = down<M>(p.v[0]);
  } else {
    M m[n];
#pragma unroll
    for (int j = 0; j < n; ++j) m[j] = down<M>(p.v[j]);
    uint4 word;
    memcpy(&word, m, 16);
    if constexpr (where == in_shared) store16(y, word);
    else store16_global(y, word);
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
  using Count = std::conditional_t<Team::keeps, int, int64_t>;  // what a block keeps is not many
  Count packed = 0;
  if constexpr (Team::contiguous) {
    if (in_packs<Team>(row)) packed = static_cast<Count>(row.end - row.begin - head) / n * n;
    const int64_t first = row.begin + head;
    for (Count a = team.rank() * n; a < packed; a += team.width() * n) f(first + a, std::integral_constant<int, n>());
  }
  const Count singles = static_cast<Count>(row.end - row.begin) - packed;
  for (Count e = team.rank(); e < singles; e += team.width())
    f(row.begin + (e < head ? e : e + packed), std::integral_constant<int, 1>());
}

template <class Team, class M, class F>
__device__ inline void each_pack(const Team& team, const Row& row, const M* x, F f, int64_t head = 0) {
  walk<M>(team, row, head, [&](int64_t a, auto n) { f(a, load<n()>(at(x, row, a))); });
}
template <Where where = in_memory, class Team, class M, class F>
__device__ inline void map_pack(const Team& team, const Row& row, const M* x, M* y, F f) {
  walk<M>(team, row, head_of(row, y),
          [&](int64_t a, auto n) { store<M, n(), where>(at(y, row, a), f(a, load<n()>(at(x, row, a)))); });
}

template <class Team, class M, class F>
__device__ inline void each(const Team& team, const Row& row, const M* x, F f) {
  each_pack(team, row, x, [&](int64_t a, const auto& p) {
#pragma unroll
    for (int j = 0; j < p.size; ++j) f(a + j, p.v[j]);
  });
}
template <Where where = in_memory, class Team, class M, class F>
__device__ inline void map(const Team& team, const Row& row, const M* x, M* y, F f) {
  map_pack<where>(team, row, x, y, [&](int64_t a, auto p) {
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
    store<M, n(), in_memory>(at(y, row, a), p);
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
    const int size = static_cast<int>(row.end - row.begin);
    if (!in_packs<Team>(row)) {
      for (int a = team.rank(); a < size; a += team.width()) kept[a] = from[a];
    } else if (size > 0) {
      constexpr int n = pack<M>;
      const int before = skew(from) / static_cast<int>(sizeof(M));
      for (int a = team.rank() * n; a < size + before; a += team.width() * n) async_copy16(kept + a, from - before + a);
      async_wait();
      kept += before;
    }
    team.sync();
    return kept - (row.first + row.begin);
  }
}

}  // namespace logitape_cuda
