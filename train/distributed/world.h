// The processes that were started together by mpirun or srun, as one of them sees the others: how many there are, which
// one it is, and whether all of them are well.
#pragma once
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "logitape/autograd/node.h"
#include "logitape/core/error.h"
#include "logitape/core/named.h"
#include "logitape/train/distributed/shares.h"

struct lt_engine;

namespace logitape::inline v0::distributed {

namespace detail {
class Background;
class Messages;
struct Line;
struct OfDevice;
}  // namespace detail

// How long ranks wait for one another, and when their sums travel.
struct WorldOptions {
  NamedOnly named_only = NamedOnly();
  // How many seconds the others wait for a rank that does not come, before all are ended with a sentence that names it.
  double patience = 600;
  // Whether sum_as_ready lets sums travel while the rest is computed. It changes no bit.
  bool overlap = true;
};

// Started by mpirun or srun, it is all the ranks of the launch; started alone, it is a world of one rank, and no module
// is looked for. All ranks call the same functions in the same order, from the thread that made the World.
//
//   int main() {
//     distributed::World world;
//     return world.run([&] { ...; trainer.fit(train_set); if (world.first()) save(...); });
//   }
//
// Whatever goes wrong in one rank reaches all of them: an Error that is thrown anywhere inside run() is thrown in the
// others by the next function of World that they call, as "rank 2 of 4: linear: x [64,10] and ...". So nobody waits for
// somebody who has left. The environment: LOGITAPE_ENGINE names the engine (openmpi, mpich, or a module's file) where
// it is not to be told from the launcher, "none" means one rank; LOGITAPE_ENGINE_FOLDER is where modules are;
// LOGITAPE_DEVICE_ENGINE names that of devices (nccl unless it says so, or a file; "none": sums go by the host).
class World {
 public:
  // Errors, of the code device: the launcher's engine has no module here, or another version's; the module is another
  // MPI's than the launcher, so that every process would be rank 0 of 1; a process that srun started without MPI. Error
  // invalid_argument: a second World while there is one, or after one of more ranks than one has ended, since MPI
  // starts once in a process.
  explicit World(const WorldOptions& options = {});
  // A world of an engine of one's own, and of one for its device, which outlive it.
  World(const lt_engine& engine, const WorldOptions& options, const lt_engine* of_device = nullptr);
  // If an exception goes through it, or the process exits while it lives, all ranks are ended, with a sentence.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  int rank() const noexcept { return rank_; }
  int size() const noexcept { return size_; }
  bool first() const noexcept { return rank_ == 0; }               // who prints, and writes files
  bool launched() const noexcept { return messages_ != nullptr; }  // by mpirun or srun, if of one rank
  const std::string& engine() const noexcept { return engine_; }   // "Open MPI v4.1.4"; "one process"

  // Runs the program, program(), and returns main's answer: the program's, or 0 if it has none; 1 if it threw. What was
  // thrown is printed once, by rank 0, on stderr; or failed(exception) is called in every rank, prints in rank 0 alone,
  // and its answer is main's.
  template <class Program>
  int run(Program program, const std::function<int(const std::exception&)>& failed = {}) {
    if constexpr (std::is_void_v<decltype(program())>) return run_main([&] { return program(), 0; }, failed);
    else return run_main(std::ref(program), failed);
  }
  // Runs f. What it throws in one rank is thrown in all: in the others by the next function of World that they call.
  void together(const std::function<void()>& f);

  // Waits until all ranks have come here. Error: what another rank threw. Who does not come in time, or comes to
  // another place, ends all ranks, by name.
  void meet(std::string_view place) { any(place, false); }
  // The same: whether one of the ranks says yes.
  bool any(std::string_view place, bool yes);
  // What all ranks are at, such as "step 25": sentences about a rank that is missing say it.
  void at(std::string place) { at_ = std::move(place); }
  // The same, and `text` has to be equal in all ranks: "rank 2's settings are epochs=30, rank 0's are epochs=31".
  void require_same(std::string_view what, std::string_view text);

  // Sums along the tree of `shares`, the same bits in every rank and for any number of ranks. `values` is the sum over
  // this rank's blocks on the CPU, and becomes that of all.
  void sum(float* values, std::size_t count, const Shares& shares);
  void sum(double* values, std::size_t count, const Shares& shares);
  // The same of tensors of f32 or f64, on any device: the sums. Those of one dtype and device travel together. Where
  // there is an engine for the device they are added there, and never meet the host.
  Tensors sum(const Tensors& tensors, const Shares& shares);
  // The same of tensors that are on their way: compute(ready) calls ready(i, x) once for each i, with an x of the shape
  // and dtype of like[i], as early as it can: grad(y, like, {.ready = ready}). Of the cpu's, those that are ready
  // travel meanwhile, the last first (WorldOptions::overlap). What compute throws in one rank is thrown in all.
  using Ready = std::function<void(std::size_t i, const Tensor& x)>;
  Tensors sum_as_ready(const Tensors& like, const Shares& shares, const std::function<void(const Ready&)>& compute);

  // All rows of which `part` are this rank's: [shares.rows(), ...], of any dtype.
  Tensor gather(const Tensor& part, const Shares& shares);
  // The same of other shares: rank r has the rows [edges[r], edges[r + 1]), which may be none.
  Tensor gather(const Tensor& part, const std::vector<std::int64_t>& edges);

 private:
  int run_main(const std::function<int()>& program, const std::function<int(const std::exception&)>& failed);
  void open(const lt_engine& engine, int told);
  void know(std::string error);
  [[noreturn]] void refuse(int rank, ErrorCode code, const std::string& text);
  void check(const Shares& shares) const;
  template <class T>
  void sum_of(T* values, std::size_t count, const Shares& shares);
  Tensors sum_of_group(const Tensors& tensors, const Shares& shares);
  detail::OfDevice* joined(Device device);
  bool overlaps(const Tensors& like);

  std::string engine_ = "one process";
  int rank_ = 0, size_ = 1;
  double patience_;
  int unwinding_;  // exceptions on their way when it was made
  std::string at_;
  std::string known_;  // the error that was last thrown in all ranks: nobody waits because of it
  std::unique_ptr<detail::Line> line_;
  std::unique_ptr<detail::Messages> messages_;  // null: one rank
  bool finds_device_engine_ = false;            // of its own, as ranks of a launcher do
  bool overlap_;
  std::optional<bool> all_overlap_;  // whether every rank may; not yet asked
  std::unique_ptr<detail::Background> background_;
  const lt_engine* device_engine_ = nullptr;
  bool asked_devices_ = false;
  std::unique_ptr<detail::OfDevice> of_device_;
};

}  // namespace logitape::inline v0::distributed
