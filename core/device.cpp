// Names of devices, written and read, and the check of an index.
#include "logitape/core/device.h"

#include <charconv>

#include "logitape/core/detail/require.h"

namespace logitape::inline v0 {

Device Device::cuda(int index) {
  if (index < 0 || index > 127)
    throw Error(ErrorCode::out_of_range, "cuda", "device " + std::to_string(index) + " is outside [0, 127]");
  return {Type::cuda, static_cast<std::int8_t>(index)};
}

std::string to_string(Device device) {
  if (device.type == Device::Type::cpu) return "cpu";
  return "cuda:" + std::to_string(device.index);
}

Device device_named(std::string_view name) {
  if (name == "cpu") return Device::cpu();
  if (name == "cuda") return Device::cuda();
  int index = -1;
  if (name.starts_with("cuda:")) {
    const char* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + 5, end, index);
    if (error != std::errc() || rest != end) index = -1;
  }
  require(index >= 0 && index <= 127, "device_named", "\"{}\" is no device: write cpu, cuda, or cuda:0 to cuda:127",
          name);
  return Device::cuda(index);
}

}  // namespace logitape::inline v0
