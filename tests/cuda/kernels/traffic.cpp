// How many bytes loss and softmax move, as the emulated device counts them: S of logits in and S out, S = rows *
// classes * bytes, by words of 16 bytes but for what a row has beside them. A warp's word counts whole; of narrower
// accesses as many bytes as its lanes ask for, or the sectors of 32 bytes that these lie in where that is less: a label
// that all lanes read counts as one sector.
#include "tests/cuda/kernels/sides.h"
#include "tests/kernels/cross_entropy_case.h"
#if defined(LOGITAPE_CUDA_EMULATED)
#include "logitape/backends/cuda/emulation/emulator.h"
#endif

namespace logitape::tests {

#if defined(LOGITAPE_CUDA_EMULATED)
namespace {

struct Moved {
  double loads = 0, stores = 0, narrow = 0;
};

template <class F>
Moved moved_by(F run) {
  emu::options.profile = true;
  emu::take_profile();
  run();
  emu::options.profile = false;
  Moved moved;
  for (const emu::Place& p : emu::take_profile()) {
    if (p.space != 'g') continue;
    const bool wide = p.bytes == 16 * p.lanes;
    const auto bytes = static_cast<double>(wide ? p.bytes : std::min(p.bytes, 32 * p.paid));
    (p.kind == 'l' ? moved.loads : moved.stores) += bytes;
    if (!wide) moved.narrow += bytes;
  }
  return moved;
}

// Beside S: two words that a row shares with its neighbours, and a sector of its label's.
void expect_once(const Moved& moved, std::int64_t rows, std::int64_t classes, std::size_t bytes,
                 const std::string& where, double reads = 1) {
  const double size = static_cast<double>(rows * classes) * static_cast<double>(bytes);
  const double label = 32 * static_cast<double>(rows);
  expect_within("bytes loaded, of S", (moved.loads - label) / size / reads, 1.02, where);
  expect_within("bytes stored, of S", moved.stores / size, 1.02, where);
  expect_within("bytes moved by less than 16, of S", (moved.narrow - label) / size, 0.02, where);
  expect(moved.loads >= size && moved.stores >= size, "less is moved than there is: " + where);
}

template <class M>
void check_loss_traffic(std::int64_t rows, std::int64_t classes, double reads = 1) {
  Case<M> c = random_case<M>(rows, classes, 1, Form::index);
  std::vector<M> loss(static_cast<std::size_t>(rows)), gradient(c.logits.size());
  Device side;
  backends::CrossEntropyArgs args = c.args();
  args.logits = side.in(c.logits);
  args.indices = side.in(c.indices);
  args.loss = side.out(loss);
  args.gradient = side.out(gradient);
  const auto run = [&] { side.run(&backends::Kernels::cross_entropy, &lt_kernels::cross_entropy, args); };
  expect_once(moved_by(run), rows, classes, sizeof(M),
              "loss " + std::string(name(dtype_of<M>())) + " " + std::to_string(classes), reads);
}

void check_softmax_traffic(std::int64_t rows, std::int64_t classes) {
  const std::vector<float> x = normal_numbers<float>(rows * classes, 3);
  std::vector<float> y(x.size());
  Device side;
  const backends::SoftmaxArgs args{DType::f32, rows, classes, 1, side.in(x), side.out(y)};
  for (const auto slot : {&lt_kernels::softmax, &lt_kernels::log_softmax})
    expect_once(moved_by([&] { side.run(&backends::Kernels::softmax, slot, args); }), rows, classes, sizeof(float),
                "softmax " + std::to_string(classes));
}

}  // namespace

void check_traffic() {
  for (const std::int64_t odd : {0, 1}) {
    check_loss_traffic<float>(16, 512 - odd);  // a warp a row
    check_loss_traffic<bf16>(16, 1024 - odd);
    check_loss_traffic<float>(3, 8192 - odd);  // a block
    check_loss_traffic<bf16>(3, 16384 - odd);
    check_loss_traffic<float>(1, 24576 - odd);  // a cluster
    check_loss_traffic<bf16>(2, 50258 - odd);
    check_softmax_traffic(16, 512 - odd);
    check_softmax_traffic(2, 8192 - odd);
    check_softmax_traffic(1, 24576 - odd);
  }
  emu::options.capability = 8;  // without clusters, longer rows are read twice
  check_loss_traffic<float>(1, 25600, 2);
  check_loss_traffic<bf16>(1, 50304, 2);
  emu::options.capability = 9;
}
#else
void check_traffic() {}
#endif

}  // namespace logitape::tests
