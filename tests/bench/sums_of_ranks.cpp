// How long a sum over ranks takes, along the tree of blocks, beside MPI_Allreduce of the same bytes: in turn, in one
// run, medians. For ./tests/run mpi, which compiles it with an MPI's own wrapper.
#include <logitape.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace lt = logitape;

namespace {

double median(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  return x[x.size() / 2];
}

template <class F>
double seconds(F f) {
  MPI_Barrier(MPI_COMM_WORLD);
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void compare(lt::distributed::World& world, std::size_t count, int rounds) {
  const lt::distributed::Shares even(1000, 8, world.size()), uneven(1000, world.size() * 3 - 1, world.size());
  std::vector<float> x(count, 1.0f), y(count);
  std::vector<double> theirs, tournament, slices;
  for (int i = 0; i < rounds; ++i) {
    theirs.push_back(seconds(
        [&] { MPI_Allreduce(x.data(), y.data(), static_cast<int>(count), MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD); }));
    y = x;
    tournament.push_back(seconds([&] { world.sum(y.data(), count, even); }));
    y = x;
    slices.push_back(seconds([&] { world.sum(y.data(), count, uneven); }));
  }
  if (!world.first()) return;
  std::printf(
      "%d ranks of %s, %9zu floats: MPI_Allreduce %9.1f us, by halves %9.1f (theirs / ours %.2f), by slices %9.1f "
      "(%.2f)\n",
      world.size(), world.engine().c_str(), count, median(theirs) * 1e6, median(tournament) * 1e6,
      median(theirs) / median(tournament), median(slices) * 1e6, median(theirs) / median(slices));
}

}  // namespace

int main() {
  lt::distributed::World world;
  return world.run([&] {
    for (const auto& [count, rounds] :
         {std::pair<std::size_t, int>{100, 301}, {10000, 301}, {1000000, 51}, {10000000, 11}})
      compare(world, count, rounds);
  });
}
