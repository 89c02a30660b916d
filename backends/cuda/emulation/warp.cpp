// What the lanes of a warp do together: __syncwarp, shuffles, votes and a tensor core's product. Only the first orders
// memory.
#include <bit>

#include "logitape/backends/cuda/emulation/machine.h"

namespace emu {
namespace {

// f(lane) for each bit.
template <class F>
void each(std::uint32_t bits, F f) {
  for (; bits; bits &= bits - 1) f(static_cast<unsigned>(std::countr_zero(bits)));
}

void shuffle(Warp& w, std::uint32_t all, unsigned mask) {
  each(all, [&](unsigned l) {
    Lane& x = w.lanes[l];
    const bool there = x.source >= 0 && x.source < 32 && (all >> x.source & 1);
    x.result = there ? w.lanes[static_cast<unsigned>(x.source)].value : ~std::uint64_t{0};
    if (!there)
      report("warp mask", nullptr,
             print("line %d: lane %u reads lane %d, which takes no part (mask %08x, threads left %08x)", x.line, l,
                   x.source, mask, w.alive));
  });
}

void vote(Warp& w, std::uint32_t all) {
  std::uint64_t votes = 0;
  each(all, [&](unsigned l) { votes |= (w.lanes[l].value & 1) << l; });
  each(all, [&](unsigned l) { w.lanes[l].result = votes; });
}

// Products are exact, and the sum is rounded to f32 once: a GPU may round it, or cut it off, after each in an order of
// its own. Of a tf32 the lower 13 bits are not read. source: whether words are pairs of bf16.
void multiply(Warp& w, std::uint32_t all) {
  if (all != ~0u) {
    report("warp mask", nullptr, print("line %d: a tensor core's product by the lanes %08x", w.lanes[0].line, all));
    return;
  }
  const auto of = [&](int lane) -> const Fragments& {
    return *from_bits<const Fragments*>(w.lanes[static_cast<unsigned>(lane)].value);
  };
  const auto number = [&](unsigned word, int half, bool pairs) {
    return from_bits<float>(!pairs ? word & ~0x1fffu : half ? word & 0xffff0000u : word << 16);
  };
  const bool pairs = w.lanes[0].source != 0;
  float a[16][16], b[16][8];
  for (int k = 0; k < (pairs ? 16 : 8); ++k) {
    const int word = pairs ? k / 2 : k, lane = word % 4, upper = word / 4;
    for (int i = 0; i < 16; ++i) a[i][k] = number(of(i % 8 * 4 + lane).a[i / 8 + 2 * upper], k % 2, pairs);
    for (int j = 0; j < 8; ++j) b[k][j] = number(of(j * 4 + lane).b[upper], k % 2, pairs);
  }
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 8; ++j) {
      float& sum = of(i % 8 * 4 + j / 2).sum[i / 8 * 2 + j % 2];
      double exact = static_cast<double>(sum);
      for (int k = 0; k < (pairs ? 16 : 8); ++k) exact += static_cast<double>(a[i][k]) * static_cast<double>(b[k][j]);
      sum = static_cast<float>(exact);
    }
}

// From now on these lanes know of each other, and of what any of them knew.
void meet(Warp& w, std::uint32_t all) {
  if (!watched) return;
  if (all == w.alive) w.synced = machine.now;
  else {
    if (!w.knows) w.knows = std::make_unique<LaneTimes>();
    std::array<std::uint32_t, 32> joint = {};
    each(all, [&](unsigned l) {
      for (unsigned other = 0; other < 32; ++other)
        joint[other] = std::max(joint[other], all >> other & 1 ? machine.now : (*w.knows)[l][other]);
    });
    each(all, [&](unsigned l) { (*w.knows)[l] = joint; });
  }
  ++machine.now;
}

// The lanes that wait in one operation agree with each other, so that one of them speaks for all.
void check_agreement(const Thread& t, const Warp& w, const Lane& mine) {
  if (!(mine.mask >> t.lane & 1))
    fail("warp mask",
         print("line %d: lane %u calls with the mask %08x, which leaves it out", mine.line, t.lane, mine.mask));
  const std::uint32_t inside = w.waiting & mine.mask;
  std::uint32_t look = w.waiting & ~mine.mask;
  if (inside) look |= inside & -inside;
  each(look, [&](unsigned l) {
    const Lane& other = w.lanes[l];
    if (!(mine.mask >> l & 1) && !(other.mask >> t.lane & 1)) return;
    if (other.mask != mine.mask || other.op != mine.op || (options.strict && other.line != mine.line))
      fail("warp mask", print("lane %u calls in line %d with the mask %08x while lane %u waits in line %d with %08x",
                              t.lane, mine.line, mine.mask, l, other.line, other.mask));
  });
}

}  // namespace

bool complete(Warp& w, unsigned mask) {
  const std::uint32_t all = mask & w.alive;
  if (!all || (w.waiting & all) != all) return false;
  switch (w.lanes[static_cast<unsigned>(std::countr_zero(all))].op) {
    case WarpOp::shuffle: shuffle(w, all, mask); break;
    case WarpOp::ballot: vote(w, all); break;
    case WarpOp::multiply: multiply(w, all); break;
    default: meet(w, all);
  }
  w.waiting &= ~all;
  w.runnable |= all;
  return true;
}

std::uint64_t warp_op(WarpOp op, unsigned mask, std::uint64_t value, int source, int line) {
  Thread& t = me();
  Warp& w = *t.warp;
  Lane& mine = w.lanes[t.lane];
  mine = {op, mask, value, 0, source, line};
  check_agreement(t, w, mine);
  w.waiting |= 1u << t.lane;
  if (!complete(w, mask)) wait_for_others(line);
  return mine.result;
}

unsigned lane() { return me().lane; }

void multiply(const Fragments& mine, bool pairs, int line) {
  warp_op(WarpOp::multiply, ~0u, to_bits(&mine), pairs, line);
}

}  // namespace emu
