// Small pictures as PNG, and bytes as text, so that a page can hold them. Not installed.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace logitape::inline v0::train {

// pixels: [height, width, channels], a byte each, with 1 channel (0 is black) or 3 (red, green, blue). Stored without
// compression: pictures of digits need a few hundred bytes.
std::string png(std::span<const std::uint8_t> pixels, std::int64_t height, std::int64_t width, std::int64_t channels);

// RFC 4648, section 4, with padding.
std::string base64(std::string_view bytes);

}  // namespace logitape::inline v0::train
