// What the benchmark asks of the module itself: a copy on the device, and a step that is recorded once and replayed.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "logitape/backends/detail/module.h"
#include "logitape/core/error.h"
#include "logitape/core/tensor.h"

namespace bench {

namespace lt = logitape;

// A call copies the tensor's bytes.
class DeviceCopy {
 public:
  explicit DeviceCopy(const lt::Tensor& from)
      : from_(from), to_(lt::Tensor::uninitialised(from.shape(), from.dtype(), from.device())) {
    bytes_ = static_cast<std::size_t>(from.size()) * lt::byte_size(from.dtype());
    data_ = to_.writable();
  }
  void operator()() const {
    const auto& on = lt::backends::opened(from_.device());
    lt::backends::check(on.module->copy(on.context, data_, from_.data(), bytes_), *on.module, "copy");
  }

 private:
  lt::Tensor from_, to_;
  std::size_t bytes_ = 0;
  void* data_ = nullptr;
};

// What replays the kernels that one call of step() queues: each replay computes the same again, of the same memory.
// None, and why, where the step waits or the module does not record.
inline std::optional<std::function<void()>> recorded(lt::Device device, const std::function<void()>& step,
                                                     std::string& why) {
  const auto& on = lt::backends::opened(device);
  const lt_module& m = *on.module;
  if (!m.record || !m.recorded || !m.replay || !m.release_graph) {
    why = "the module does not record";
    return {};
  }
  lt::backends::check(m.record(on.context), m, "record");
  try {
    step();
  } catch (const lt::Error& e) {
    why = e.what();
    (void)m.recorded(on.context, nullptr);
    return {};
  }
  lt_graph* graph = nullptr;
  lt::backends::check(m.recorded(on.context, &graph), m, "recorded");
  const std::shared_ptr<lt_graph> kept(graph, [&on](lt_graph* g) { (void)on.module->release_graph(on.context, g); });
  return [&on, kept] { lt::backends::check(on.module->replay(on.context, kept.get()), *on.module, "replay"); };
}

}  // namespace bench
