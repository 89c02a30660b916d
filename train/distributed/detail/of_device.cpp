// Three agreements: that every rank has an engine, that there is an invitation, and that all have joined. An engine
// that is joined by some ranks alone would wait for the others for ever.
#include "logitape/train/distributed/detail/of_device.h"

#include <array>
#include <string>

#include "logitape/core/detail/require.h"
#include "logitape/core/detail/say.h"

namespace logitape::inline v0::distributed::detail {

OfDevice::OfDevice(Device on, const lt_engine& engine, lt_ranks* ranks, const Messages& own)
    : device(on), line{engine, ranks}, messages(line, own.rank(), own.size(), own.patience()) {
  messages.stops = &own.line();
}

OfDevice::~OfDevice() { line.engine.finish(line.ranks); }

std::unique_ptr<OfDevice> join_by_device(World& world, Messages& messages, const lt_engine* engine, Device device,
                                         std::string why) {
  const auto by_host = [&](const std::string& reason) {
    logging::say(logging::Level::warn, "World: sums of {} go by way of the host: {}", device,
                 reason.empty() ? "another rank has no engine for its device" : reason);
    return nullptr;
  };
  const auto invite = engine ? member_of(*engine, &lt_engine::invite) : nullptr;
  const auto join = engine ? member_of(*engine, &lt_engine::join) : nullptr;
  if (engine && !(invite && join)) why = "the engine moves no device's memory";
  if (world.any("an engine for its device", !invite || !join)) return by_host(why);

  std::array<unsigned char, LT_INVITATION> invitation{};
  std::array<char, 256> text{};
  const auto room = static_cast<std::int32_t>(text.size());
  bool failed = world.first() && invite(invitation.data(), text.data(), room) != 0;
  if (world.any("an invitation for its device", failed)) return by_host(text.data());
  for (int r = 1; r < world.size() && world.first(); ++r)
    messages.send(invitation.data(), invitation.size(), r, invitation_tag);
  if (!world.first()) messages.receive(invitation.data(), invitation.size(), 0, invitation_tag);
  messages.wait("an invitation");

  lt_ranks* ranks = nullptr;
  failed = join(&ranks, invitation.data(), world.rank(), world.size(), device.index, messages.patience(), text.data(),
                room) != 0;
  std::unique_ptr<OfDevice> joined;
  if (!failed) joined = std::make_unique<OfDevice>(device, *engine, ranks, messages);
  if (world.any("the engine of its device", failed)) return by_host(text.data());
  logging::say(logging::Level::info, "World: sums of {} are moved by {}", device, text.data());
  return joined;
}

}  // namespace logitape::inline v0::distributed::detail
