// Names of devices, and the check of an index.
#include "logitape/core/device.h"

#include "logitape/core/error.h"

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

}  // namespace logitape::inline v0
