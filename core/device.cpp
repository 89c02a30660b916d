#include "logitape/core/device.h"

namespace logitape {

std::string to_string(Device device) {
  if (device.type == Device::Type::cpu) return "cpu";
  return "cuda:" + std::to_string(device.index);
}

}  // namespace logitape
