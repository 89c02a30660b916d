// Finds and opens the module of CUDA devices, once in the life of a process.
#include "logitape/backends/devices.h"

#include <dlfcn.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

#include "logitape/backends/detail/module.h"
#include "logitape/backends/faults.h"
#include "logitape/backends/kernels.h"
#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/say.h"

namespace logitape::inline v0 {
namespace backends {
namespace {

constexpr const char* file_name = "liblogitape_cuda.so";

// The module, or the sentence on why there is none.
struct Module {
  const lt_module* functions = nullptr;
  std::int32_t devices = 0;
  std::string missing;
};

// The folder of the file that this code was loaded from.
std::string own_folder() {
  Dl_info info{};
  if (!::dladdr(reinterpret_cast<const void*>(&own_folder), &info) || !info.dli_fname) return "";
  const std::string file = info.dli_fname;
  return file.substr(0, file.rfind('/') + 1);
}

Module refused(const std::string& path, std::string why) {
  return {nullptr, 0, fmt::format("\"{}\" {}", path, std::move(why))};
}

Module checked(const std::string& path, void* library) {
  const auto get = reinterpret_cast<const lt_module* (*)()>(::dlsym(library, "logitape_module"));
  if (!get) return refused(path, "is no module of logitape: it has no function logitape_module");
  const lt_module* m = get();
  if (!m || m->abi != LT_ABI)
    return refused(path, fmt::format("has version {} of the interface, this library has {}: build both from one source",
                                     m ? m->abi : 0, LT_ABI));
  if (m->bytes < sizeof(lt_module) || !m->kernels)
    return refused(path, fmt::format("hands over {} bytes of functions, {} are needed", m->bytes, sizeof(lt_module)));
  Module found{m, 0, ""};
  if (m->device_count(&found.devices) != LT_OK) {
    found.devices = 0;
    found.missing = m->message();
  } else if (found.devices == 0) {
    found.missing = "there is no CUDA device";
  }
  return found;
}

// Never closed: tensors of static lifetime may outlive everything else.
Module find() {
  std::vector<std::string> paths;
  if (const char* named = std::getenv("LOGITAPE_CUDA_BACKEND")) paths = {named};
  else paths = {own_folder() + file_name, file_name};
  std::string tried;
  for (const std::string& path : paths) {
    void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library) return checked(path, library);
    const char* why = ::dlerror();
    tried = fmt::format("no module for CUDA could be opened: {}", why ? why : path);
  }
  return {nullptr, 0, tried};
}

const Module& module() {
  static const Module* const found = new Module(find());
  return *found;
}

class ModuleMemory final : public DeviceMemory {
 public:
  explicit ModuleMemory(const OpenDevice& on) : on_(on) {}
  void* allocate(std::size_t bytes) override {
    memory::request_elsewhere(bytes);
    void* data = nullptr;
    done(on_.module->allocate(on_.context, bytes, &data));
    return data;
  }
  void release(void* data, std::size_t bytes) noexcept override {
    if (on_.module->release(on_.context, data, bytes) != LT_OK)
      logging::say(logging::Level::error, "{} bytes of a device could not be released: {}", bytes,
                   on_.module->message());
  }
  void to_host(void* to, const void* from, std::size_t bytes) override {
    ++on_.waits;
    const lt_status status = on_.module->copy_to_host(on_.context, to, from, bytes);
    if (status == LT_FAULT) throw_fault(on_);
    else done(status);
  }
  void from_host(void* to, const void* from, std::size_t bytes) override {
    ++on_.waits;
    done(on_.module->copy_to_device(on_.context, to, from, bytes));
  }

 private:
  void done(lt_status status) const { check(status, *on_.module, "tensor"); }
  const OpenDevice& on_;
};

// What is missing for this device; nothing: "".
std::string missing_for(Device device) {
  if (device == Device::cpu()) return "";
  const Module& m = module();
  if (!m.missing.empty()) return m.missing;
  if (device.index < m.devices) return "";
  return fmt::format("there {} {} CUDA device{}, from 0 on", m.devices == 1 ? "is" : "are", m.devices,
                     m.devices == 1 ? "" : "s");
}

// The devices that are open, by index. They stay.
struct Devices {
  std::mutex opening;
  std::array<std::atomic<const OpenDevice*>, 128> by_index{};
};
Devices& devices() {
  static auto* const all = new Devices;
  return *all;
}

}  // namespace

const OpenDevice& opened(Device device) {
  const std::string missing = missing_for(device);
  require(missing.empty() && device != Device::cpu(), ErrorCode::device, "to", "{} cannot be used: {}", device,
          missing);
  Devices& all = devices();
  std::atomic<const OpenDevice*>& place = all.by_index[static_cast<std::size_t>(device.index)];
  if (const OpenDevice* open = place.load(std::memory_order_acquire)) return *open;
  const std::lock_guard lock(all.opening);
  if (const OpenDevice* open = place.load(std::memory_order_acquire)) return *open;
  auto open = std::make_unique<OpenDevice>();
  open->module = module().functions;
  check(open->module->open(device.index, &open->context), *open->module, "to");
  open_memory(device, *new ModuleMemory(*open));
  place.store(open.get(), std::memory_order_release);
  return *open.release();
}

void check(lt_status status, const lt_module& module, const char* op) {
  if (status == LT_OK) return;
  const ErrorCode code = status == LT_OUT_OF_MEMORY ? ErrorCode::out_of_memory
                         : status == LT_UNSUPPORTED ? ErrorCode::unsupported
                                                    : ErrorCode::device;
  fail(code, op, "{}: {}", module.name, module.message());
}

}  // namespace backends

int cuda_devices() { return backends::module().devices; }

std::string why_not(Device device) { return backends::missing_for(device); }

std::string kind_of(Device device) {
  return device == Device::cpu() ? "cpu" : std::string(backends::opened(device).module->name);
}

void synchronise(Device device) {
  if (device == Device::cpu()) return;
  const backends::OpenDevice& on = backends::opened(device);
  ++on.waits;
  const lt_status status = on.module->synchronise(on.context);
  if (status == LT_FAULT) backends::throw_fault(on);
  else backends::check(status, *on.module, "synchronise");
}

std::int64_t waits_for(Device device) {
  if (device == Device::cpu()) return 0;
  const backends::OpenDevice* open = backends::devices().by_index[static_cast<std::size_t>(device.index)].load();
  return open ? open->waits.load() : 0;
}

}  // namespace logitape::inline v0
