// The softmax of a row, for teams of threads. Elements equal to the maximum are counted, not summed: with n of them,
// each `top`, and `others` the sum of the rest,
//   sum = n*top + others,  log(sum of e^(x - max)) = log n + log1p(others / (n*top)),
// which keeps its digits where others/top is below one ULP of 1.
#pragma once
#include "logitape/backends/cuda/reduce.cuh"

namespace logitape_cuda {

template <class Team, class M>
__device__ inline Arithmetic<M> largest_of(const Team& team, const Row& row, const M* x) {
  using T = Arithmetic<M>;
  T most = -INFINITY;
  const auto join = [&](int64_t, const auto& p) {
#pragma unroll
    for (int j = 0; j < p.size; ++j) most = Larger()(most, p.v[j]);
  };
  each_pack(team, row, x, join, head_of(row, x));  // any order will do: no pack has to be put together
  return team.join(most, Larger()) + T(0);         // never -0
}

// Where the maximum is not finite nothing is summed.
template <class T>
__device__ inline Row usable_row(Row row, T max) {
  if (!isfinite(max)) row.end = row.begin;
  return row;
}

// What an element is to the sum: e^x, scaled; the maximum is told apart. An element that the team keeps can become its
// power in its place, a maximum -1, so that no other exponential is asked for; a half has too few digits for that, and
// its own takes no time.
template <class M, bool in_place>
struct Powers {
  using T = Arithmetic<M>;
  T max;
  std::conditional_t<sizeof(M) == 2, HalfExp, ScaledExp<T>> scaled_exp;

  __device__ explicit Powers(T m) : max(m), scaled_exp(m) {}
  __device__ T placed(T x) const {
    const T e = scaled_exp(x);
    return x == max ? T(-1) : e;
  }
  __device__ bool largest(T there) const { return in_place ? there < 0 : there == max; }
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
  double count, others, tops, total, top_share, others_share;

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

// Of a usable row; the result has no meaning in others.
template <class Team, class M, bool in_place>
__device__ inline RowSum sum_of_powers(const Team& team, const Row& row, const M* x,
                                       const Powers<M, in_place>& powers) {
  using T = Arithmetic<M>;
  Exponentials<T> found{};
  each_pack(team, row, x, [&](int64_t, auto p) {
    bool largest = false;  // rarely one of them is: the others pay for no selection
#pragma unroll
    for (int j = 0; j < p.size; ++j) largest |= powers.largest(p.v[j]);
    if (!largest) {
#pragma unroll
      for (int j = 0; j < p.size; ++j) p.v[j] = powers(p.v[j]);
      return add_pack<M>(found.others, p);
    }
    int count = 0;
#pragma unroll
    for (int j = 0; j < p.size; ++j) {
      const bool apart = powers.largest(p.v[j]);
      count += apart;
      p.v[j] = apart ? T(0) : powers(p.v[j]);
    }
    add_pack<M>(found.others, p);
    found.count += count;
  });
  found = team.join(found, typename Exponentials<T>::Join());
  const double others = found.others.total(), k = static_cast<double>(powers.scaled_exp.k);

  // top = 2^headroom * e^r, r = max - k*ln2, as 1 + r and a small rest: every element is divided by it
  using C = ExpConstants<double>;
  const double high = fma(k, -C::ln2_high, static_cast<double>(powers.max - powers.scaled_exp.shift));
  const double r = fma(k, -C::ln2_low, high), r_low = fma(k, -C::ln2_low, high - r);
  const double begin = 1 + r, rest = fma(r * r, exp_polynomial(r), (r - (begin - 1)) + r_low);
  const double top = (begin + rest) * static_cast<double>(uint64_t{1} << 32) *
                     (sizeof(T) == sizeof(double) ? static_cast<double>(uint64_t{1} << 32) : 1.0);
  const double tops = found.count * top, total = tops + others;
  return {found.count, others, tops, total, top / total, others / total};
}

}  // namespace logitape_cuda
