// The numbers that change have room for so many; a step that needs more is an error.
#include "logitape/backends/recording.h"

#include <algorithm>
#include <utility>

#include "logitape/backends/detail/module.h"
#include "logitape/core/detail/require.h"
#include "logitape/core/detail/say.h"

namespace logitape::inline v0::backends {
namespace {

constexpr const char* op = "Graph";
constexpr std::size_t most_draws = 512, most_rates = 3 * 2048;

constexpr std::size_t room = most_draws * sizeof(std::uint64_t) + most_rates * sizeof(double);

struct Current {
  Recording* recording = nullptr;
  Device device;
};
constinit thread_local Current current{};

// Into the device's memory without a wait, some bytes a time.
void store(const OpenDevice& on, void* to, const void* from, std::size_t bytes) {
  constexpr std::size_t most = 256;
  for (std::size_t done = 0; done < bytes; done += most)
    check(on.module->store(on.context, static_cast<char*>(to) + done, static_cast<const char*>(from) + done,
                           std::min(most, bytes - done)),
          *on.module, op);
}

}  // namespace

Recorded::Recorded(Device device) : device_(device) {
  const OpenDevice& on = opened(device);
  void* data = nullptr;
  check(on.module->allocate(on.context, room, &data), *on.module, op);
  firsts_ = static_cast<std::uint64_t*>(data);
  rates_ = reinterpret_cast<double*>(firsts_ + most_draws);
}

Recorded::~Recorded() {
  const OpenDevice& on = opened(device_);
  const bool released = !graph_ || on.module->release_graph(on.context, graph_) == LT_OK;
  if (!released || on.module->release(on.context, firsts_, room) != LT_OK)
    logging::say(logging::Level::error, "a graph could not be released: {}", on.module->message());
}

void Recorded::replay() {
  const OpenDevice& on = opened(device_);
  std::vector<std::uint64_t> firsts;
  firsts.reserve(draws.size());
  for (const Draw& draw : draws) firsts.push_back(draw.first);
  store(on, firsts_, firsts.data(), firsts.size() * sizeof(std::uint64_t));
  store(on, rates_, rates.data(), rates.size() * sizeof(double));
  check(on.module->replay(on.context, graph_), *on.module, op);
}

Recording::Recording(Device device) {
  const OpenDevice& on = opened(device);
  require(on.module->record && on.module->store, ErrorCode::unsupported, op, "{} records nothing", on.module->name);
  require(!current.recording, ErrorCode::unsupported, op, "a step is recorded within another");
  made_ = std::unique_ptr<Recorded>(new Recorded(device));
  check(on.module->record(on.context), *on.module, op);
  recording_ = true;
  current = {this, device};
}

Recording::~Recording() {
  if (!recording_) return;
  const OpenDevice& on = opened(made_->device_);
  current = {};
  if (on.module->recorded(on.context, nullptr) != LT_OK)
    logging::say(logging::Level::error, "a recording could not be ended: {}", on.module->message());
}

const std::uint64_t* Recording::first_there(const Draw& draw) {
  require(made_->draws.size() < most_draws, ErrorCode::unsupported, op,
          "a step draws random numbers {} times; at most {} are possible", most_draws + 1, most_draws);
  made_->draws.push_back(draw);
  return made_->firsts_ + made_->draws.size() - 1;
}

const double* Recording::rates_there(std::span<const double> rates) {
  require(made_->rates.size() + rates.size() <= most_rates, ErrorCode::unsupported, op,
          "a step has more parameters than {}", most_rates / 3);
  const auto* there = made_->rates_ + made_->rates.size();
  made_->rates.insert(made_->rates.end(), rates.begin(), rates.end());
  return there;
}

std::unique_ptr<Recorded> Recording::finish() {
  const OpenDevice& on = opened(made_->device_);
  recording_ = false;
  current = {};
  check(on.module->recorded(on.context, &made_->graph_), *on.module, op);
  return std::move(made_);
}

Recording* recording_of(Device device) {
  return current.recording && current.device == device ? current.recording : nullptr;
}

}  // namespace logitape::inline v0::backends
