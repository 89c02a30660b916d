// The launcher is known by the variables that it sets; the engine is looked for beside the library.
#include "logitape/train/distributed/detail/open_engine.h"

#include <dlfcn.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0::distributed::detail {
namespace {

constexpr const char* world = "World";

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value && *value;
}

// 0: it is not set, or no number.
int number(const char* name) {
  const char* const value = std::getenv(name);
  int n = 0;
  if (value) std::from_chars(value, value + std::strlen(value), n);
  return n;
}

// The folder of the file that this code was loaded from.
std::string own_folder() {
  Dl_info info{};
  if (!::dladdr(reinterpret_cast<const void*>(&own_folder), &info) || !info.dli_fname) return "";
  const std::string file = info.dli_fname;
  return file.substr(0, file.rfind('/') + 1);
}

}  // namespace

// Open MPI's mpirun sets OMPI_..., those of MPICH's family PMI_..., and srun what its --mpi speaks: pmix for Open MPI,
// pmi2 for MPICH. A batch script, too, has SLURM_NTASKS; only what srun started has SLURM_STEP_NUM_TASKS.
Launch launch() {
  Launch l;
  const bool open_mpi = is_set("OMPI_COMM_WORLD_SIZE"), mpich = is_set("PMI_SIZE"), pmix = is_set("PMIX_RANK");
  if (open_mpi || pmix) l = {"openmpi", open_mpi ? number("OMPI_COMM_WORLD_SIZE") : number("SLURM_STEP_NUM_TASKS")};
  else if (mpich) l = {"mpich", number("PMI_SIZE")};
  if (is_set("LOGITAPE_ENGINE")) {
    l.engine = std::getenv("LOGITAPE_ENGINE");
    if (l.engine == "none") return {};
    return l;
  }
  const int tasks = number("SLURM_STEP_NUM_TASKS");
  require(
      !l.engine.empty() || tasks <= 1, ErrorCode::device, world,
      "srun started {} tasks without MPI: each would be rank 0 of 1. Write srun --mpi=pmix for Open MPI, --mpi=pmi2 "
      "for MPICH",
      tasks);
  return l;
}

namespace {

// null: it cannot be opened, and why.
const lt_engine* opened(const std::string& engine, int how, std::string& why) {
  std::vector<std::string> files;
  if (engine.find('/') != std::string::npos) {
    files = {engine};
  } else {
    const std::string file = fmt::format("liblogitape_world_{}.so", engine);
    if (is_set("LOGITAPE_ENGINE_FOLDER")) files = {fmt::format("{}/{}", std::getenv("LOGITAPE_ENGINE_FOLDER"), file)};
    else files = {own_folder() + file, file};
  }
  for (const std::string& file : files) {
    void* const library = ::dlopen(file.c_str(), RTLD_NOW | how);
    if (!library) {
      const char* const text = ::dlerror();
      why = text ? text : file;
      continue;
    }
    const auto get = reinterpret_cast<const lt_engine* (*)()>(::dlsym(library, "logitape_engine"));
    require(get, ErrorCode::device, world, "\"{}\" is no engine of logitape: it has no function logitape_engine", file);
    const lt_engine* const found = get();
    require(found && found->abi == LT_ENGINE_ABI && found->bytes >= offsetof(lt_engine, any_thread), ErrorCode::device,
            world, "\"{}\" has version {} of the interface, this library has {}: build both from one source", file,
            found ? found->abi : 0, LT_ENGINE_ABI);
    return found;
  }
  return nullptr;
}

}  // namespace

const lt_engine& open_engine(const std::string& engine) {
  std::string why;
  // MPI's own plugins look for its symbols among those of all
  if (const lt_engine* const found = opened(engine, RTLD_GLOBAL, why)) return *found;
  fail(ErrorCode::device, world,
       "the launcher speaks {}, and its engine cannot be opened: {}. Build logitape where that MPI's compiler is (on "
       "Debian: libopenmpi-dev, libmpich-dev), or name the folder of liblogitape_world_{}.so in LOGITAPE_ENGINE_FOLDER",
       engine, why, engine);
}

const lt_engine* open_device_engine(std::string& why) {
  const bool named = is_set("LOGITAPE_DEVICE_ENGINE");
  const std::string engine = named ? std::getenv("LOGITAPE_DEVICE_ENGINE") : "nccl";
  if (engine == "none") {
    why = "LOGITAPE_DEVICE_ENGINE is none";
    return nullptr;
  }
  const lt_engine* const found = opened(engine, RTLD_LOCAL, why);
  require(found || !named, ErrorCode::device, world, "LOGITAPE_DEVICE_ENGINE names {}, which cannot be opened: {}",
          engine, why);
  return found;
}

}  // namespace logitape::inline v0::distributed::detail
