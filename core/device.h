// Where a tensor's bytes live.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace logitape::inline v0 {

// Where the bytes of a tensor lie.
struct Device {
  enum class Type : std::uint8_t { cpu, cuda };
  Type type = Type::cpu;
  std::int8_t index = 0;

  static constexpr Device cpu() { return {}; }
  static Device cuda(int index = 0);  // error: outside [0, 127]
  friend bool operator==(const Device&, const Device&) = default;
};

std::string to_string(Device device);  // "cpu", "cuda:0"
// The device that a name means: "cpu", "cuda" for "cuda:0", "cuda:1". Error: another text. torch.device(name).
Device device_named(std::string_view name);

}  // namespace logitape::inline v0
