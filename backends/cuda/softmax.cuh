// The softmax of a row, for teams of threads. Elements equal to the maximum are counted, not summed: with n of them,
// each `top`, and `others` the sum of the rest,
//   sum = n*top + others,  log(sum of e^(x - max)) = log n + log1p(others / (n*top)),
// which keeps its digits where others/top is below one ULP of 1.
#pragma once
#include "logitape/backends/cuda/reduce.cuh"

namespace logitape_cuda {

template <class T, int n>
__device__ inline T largest_in(const Pack<T, n>& p) {
  T most = p.v[0];
#pragma unroll
  for (int j = 1; j < n; ++j) most = Larger()(most, p.v[j]);
  return most;
}

// Of each two elements in the same place the larger, or a NaN: halves are compared two at a time.
template <class M>
__device__ inline uint4 larger_words(const uint4& a, const uint4& b) {
  if constexpr (sizeof(M) == 2) {
    return {larger_or_nan(M(), a.x, b.x), larger_or_nan(M(), a.y, b.y), larger_or_nan(M(), a.z, b.z),
            larger_or_nan(M(), a.w, b.w)};
  } else {
    M of_a[pack<M>], of_b[pack<M>];
    memcpy(of_a, &a, 16);
    memcpy(of_b, &b, 16);
#pragma unroll
    for (int j = 0; j < pack<M>; ++j) of_a[j] = Larger()(of_a[j], of_b[j]);
    uint4 larger;
    memcpy(&larger, of_a, 16);
    return larger;
  }
}

template <class Team, class M>
__device__ inline Arithmetic<M> largest_of(const Team& team, const Row& row, const M* x) {
  using T = Arithmetic<M>;
  T most = -INFINITY;
  M least[pack<M>];
#pragma unroll
  for (M& m : least) m = down<M>(most);
  uint4 words;
  memcpy(&words, least, 16);
  // in any order: packs are x's own words, and none has to be put together
  walk<M>(team, row, head_of(row, x), [&](int64_t a, auto n) {
    const M* const there = at(x, row, a);
    if constexpr (n() == 1) most = Larger()(most, up(*there));
    else words = larger_words<M>(words, load16(there));
  });
  most = Larger()(most, largest_in(unpacked<M>(words)));
  return team.join(most, Larger()) + T(0);  // never -0
}

// Where the maximum is not finite nothing is summed.
template <class T>
__device__ inline Row usable_row(Row row, T max) {
  if (!isfinite(max)) row.end = row.begin;
  return row;
}

template <class M>
using ExpFor = std::conditional_t<sizeof(M) == 2, HalfExp, ScaledExp<Arithmetic<M>>>;

// What an element is to the sum: e^x, scaled; the maximum is told apart. An element that the team keeps can become its
// power in its place, a maximum -1, so that no other exponential is asked for; a half has too few digits for that, and
// its own takes no time.
template <class M, bool in_place>
struct Powers {
  using T = Arithmetic<M>;
  T max;
  ExpFor<M> scaled_exp;

  __device__ explicit Powers(T m) : max(m), scaled_exp(m) {}
  __device__ T placed(T x) const {
    const T e = scaled_exp(x);
    return x == max ? T(-1) : e;
  }
  __device__ bool largest(T there) const { return in_place ? there < 0 : there == max; }
  template <int n>
  __device__ bool has_largest(const Pack<T, n>& p) const {
    if constexpr (in_place) {
      typename ExpConstants<T>::Bits signs = 0;
#pragma unroll
      for (int j = 0; j < n; ++j) signs |= as<decltype(signs)>(p.v[j]);
      return signs < 0;
    } else {
      return largest_in(p) == max;
    }
  }
  __device__ T operator()(T there) const {  // any number for the maximum
    if constexpr (in_place) return there;
    else return scaled_exp(there);
  }
};

// x is what keep_row has returned, of a usable row.
template <class Team, class M>
__device__ inline auto make_powers(const Team& team, const Row& row, M* x, Arithmetic<M> max) {
  const Powers<std::remove_const_t<M>, Team::keeps && (sizeof(M) > 2)> powers(max);
  if constexpr (Team::keeps && sizeof(M) > 2) {
    team.sync();  // x may still be read
    map<in_shared>(team, row, x, x, [&](int64_t, M v) { return powers.placed(v); });
    team.sync();
  }
  return powers;
}

struct RowSum {
  double count, others, top, tops, total;

  // divided where they are asked for, which is rarely
  __device__ double top_share() const { return top / total; }
  __device__ double others_share() const { return others / total; }
  __device__ double log_sum() const { return log1p_of(others / tops) + (count > 1 ? log_of(count) : 0); }
};

template <class T>
struct Exponentials {
  Sum<T> others;
  double count;
  struct Join {
    __device__ Exponentials operator()(const Exponentials& a, const Exponentials& b) const {
      return {Add()(a.others, b.others), a.count + b.count};
    }
  };
};

// A half's digits are safe in a few additions of f32.
template <class M, class T, int n>
__device__ inline void add_pack(Sum<T>& sum, const Pack<T, n>& p) {
  if constexpr (sizeof(M) == 2) {
    T part = p.v[0];
#pragma unroll
    for (int j = 1; j < n; ++j) part += p.v[j];
    sum.add(static_cast<double>(part));
  } else {
#pragma unroll
    for (int j = 0; j < n; ++j) sum.add(static_cast<double>(p.v[j]));
  }
}

// Rarely one of a pack is the largest: the others pay for no selection.
template <class M, class T, int n, bool in_place>
__device__ inline void add_powers(Exponentials<T>& found, Pack<T, n> p, const Powers<M, in_place>& powers) {
  if (!powers.has_largest(p)) {
#pragma unroll
    for (int j = 0; j < n; ++j) p.v[j] = powers(p.v[j]);
    return add_pack<M>(found.others, p);
  }
  int count = 0;
#pragma unroll
  for (int j = 0; j < n; ++j) {
    const bool apart = powers.largest(p.v[j]);
    count += apart;
    p.v[j] = apart ? T(0) : powers(p.v[j]);
  }
  add_pack<M>(found.others, p);
  found.count += count;
}

// A thread's sum beside its maximum, in one walk. Powers are those of an element that was the maximum once, and stay it
// while no other is more than `reach` above it: e^40 is far from overflow, with the headroom too.
template <class M>
struct Running {
  using T = Arithmetic<M>;
  static constexpr T reach = 40;
  Powers<M, false> powers{T(0)};
  T reference = -INFINITY;
  Exponentials<T> found{};

  __device__ Running() { powers.max = -INFINITY; }
  template <int n>
  __device__ void add(const Pack<T, n>& p) {
    const T most = largest_in(p);
    if (!(most <= powers.max)) rise(most);
    add_powers<M>(found, p, powers);
  }
  __device__ void rise(T to) {
    found.others.add(found.count * static_cast<double>(powers(powers.max)));
    found.count = 0;
    powers.max = Larger()(powers.max, to);
    if (isfinite(to) && !(to <= reference + reach)) refer(to);
  }
  __device__ void refer(T to) {
    const ExpFor<M> scale(to);
    found.others.sum *= reference == -INFINITY ? 0 : powers.scaled_exp.in_scale_of(scale);
    powers.scaled_exp = scale;
    reference = to;
  }
  // The sum in the scale of the row's maximum.
  __device__ Exponentials<T> of(T max) {
    if (powers.max < max) rise(max);
    if (isfinite(max)) refer(max);
    return found;
  }
};

// What the first walk over a row finds: its maximum and, where the team keeps nothing and the elements would have to be
// read again, what this thread adds to the sum. f64 has no digits to spare for another scale.
template <class M>
struct Seen {
  Arithmetic<M> max;
  Exponentials<Arithmetic<M>> found;
};
template <class Team, class M>
constexpr bool seen_at_once = !Team::keeps && sizeof(M) <= 4;

template <class Team, class M>
__device__ inline Seen<M> look(const Team& team, const Row& row, const M* x) {
  if constexpr (seen_at_once<Team, M>) {
    Running<M> running;
    each_pack(team, row, x, [&](int64_t, const auto& p) { running.add(p); });
    const Arithmetic<M> max = team.join(running.powers.max, Larger()) + 0;  // never -0
    return {max, running.of(max)};
  } else {
    return {largest_of(team, row, x), {}};
  }
}

// Of a usable row; the result has no meaning in others.
template <class Team, class M, bool in_place>
__device__ inline RowSum sum_of_powers(const Team& team, const Row& row, const M* x, const Powers<M, in_place>& powers,
                                       const Seen<M>& seen) {
  using T = Arithmetic<M>;
  Exponentials<T> found = seen.found;
  if constexpr (!seen_at_once<Team, M>)
    each_pack(team, row, x, [&](int64_t, const auto& p) { add_powers<M>(found, p, powers); });
  found = team.join(found, typename Exponentials<T>::Join());
  const double others = found.others.total(), top = powers.scaled_exp.top(powers.max), tops = found.count * top;
  return {found.count, others, top, tops, tops + others};
}

}  // namespace logitape_cuda
