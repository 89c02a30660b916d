// Every function that ranks call together begins with an agreement. So what one rank throws ends the same function in
// all of them.
#include "logitape/train/distributed/world.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "logitape/core/detail/device_memory.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/distributed/detail/agreement.h"
#include "logitape/train/distributed/detail/exchange.h"
#include "logitape/train/distributed/detail/of_device.h"
#include "logitape/train/distributed/detail/open_engine.h"
#include "logitape/train/distributed/detail/sums_under_way.h"

namespace logitape::inline v0::distributed {
namespace {

using detail::Messages;
using detail::Trouble;

constexpr const char* world_op = "World";

// The ranks that MPI knows of: once in a process.
std::atomic<Messages*> of_process{nullptr};
std::atomic<bool> started{false};

// exit() unwinds no stack: a World that lives then has ranks that wait for this one.
void left_alone() {
  if (Messages* const messages = of_process)
    messages->stop(fmt::format("rank {} of {} exits in the middle of its work", messages->rank(), messages->size()));
}

double checked(const WorldOptions& options) {
  require(std::isfinite(options.patience) && options.patience > 0, ErrorCode::out_of_range, world_op,
          "patience is {} s; a finite number above 0 is needed", options.patience);
  return options.patience;
}

}  // namespace

World::World(const WorldOptions& options)
    : patience_(checked(options)), unwinding_(std::uncaught_exceptions()), overlap_(options.overlap) {
  const detail::Launch launch = detail::launch();
  if (launch.engine.empty()) return;
  const lt_engine& engine = detail::open_engine(launch.engine);
  require(!started.exchange(true), world_op, "this process has had a World of {}: it starts once in a process",
          launch.engine);
  open(engine, launch.ranks);
  static const int refused = std::atexit(left_alone);
  require(refused == 0, ErrorCode::out_of_memory, world_op, "the process takes no function for its exit");
  of_process = messages_.get();
  finds_device_engine_ = true;
}

World::World(const lt_engine& engine, const WorldOptions& options, const lt_engine* of_device)
    : patience_(checked(options)), unwinding_(std::uncaught_exceptions()), overlap_(options.overlap),
      device_engine_(of_device) {
  open(engine, 1);
}

void World::open(const lt_engine& engine, int told) {
  lt_ranks* ranks = nullptr;
  std::array<char, 256> text{};
  const int failed = engine.start(&ranks, &rank_, &size_, text.data(), static_cast<std::int32_t>(text.size()));
  require(failed == 0, ErrorCode::device, world_op, "the engine did not start: {}", text.data());
  engine_ = text.data();
  line_.reset(new detail::Line{engine, ranks});
  messages_ = std::make_unique<Messages>(*line_, rank_, size_, patience_);
  // the classical fault: mpirun of one MPI, library of another, and every process is rank 0 of 1
  require(told <= 1 || size_ > 1, ErrorCode::device, world_op,
          "the launcher started {} processes, and {} sees 1: mpirun is another MPI's than the engine", told, engine_);
}

World::~World() {
  if (!messages_) return;
  if (size_ > 1 && std::uncaught_exceptions() > unwinding_)
    messages_->stop(fmt::format("an exception leaves rank {} of {}; World::run would print which", rank_, size_));
  if (of_process == messages_.get()) of_process = nullptr;
  background_.reset();
  of_device_.reset();
  line_->engine.finish(line_->ranks);
}

// All ranks have this error. Where each of them was differs, and does not matter any more.
void World::know(std::string error) {
  known_ = std::move(error);
  at_.clear();
}

// Throws what another rank has thrown, in the words of that rank.
void World::refuse(int rank, ErrorCode code, const std::string& text) {
  const std::string who = fmt::format("rank {} of {}", rank, size_);
  know(fmt::format("{}: {}", who, text));
  throw Error(code, who, text);
}

bool World::any(std::string_view place, bool yes) {
  if (size_ == 1) return yes;
  require(messages_->own_thread(), world_op, "{} is asked for by another thread than the one that made the World",
          place);
  const detail::Verdict verdict =
      detail::agree(*messages_, at_.empty() ? std::string(place) : fmt::format("{}, {}", at_, place), {}, yes);
  if (!verdict.trouble.text.empty()) refuse(verdict.rank, verdict.trouble.code, verdict.trouble.text);
  known_.clear();  // all are well again: the next error is news, whatever it says
  return verdict.any;
}

void World::require_same(std::string_view what, std::string_view text) {
  meet(what);
  if (size_ == 1) return;
  // rank 0's to find, and everybody's to hear
  const std::string sentence = detail::difference(*messages_, what, std::string(text));
  const detail::Verdict verdict = detail::agree(*messages_, what, {ErrorCode::invalid_argument, sentence});
  if (verdict.trouble.text.empty()) return;
  know(fmt::format("{}: {}", world_op, verdict.trouble.text));
  throw Error(verdict.trouble.code, world_op, verdict.trouble.text);
}

void World::together(const std::function<void()>& f) {
  Trouble own;
  std::exception_ptr thrown;
  try {
    return f();
  } catch (const Error& e) {
    own = {e.code(), e.what()};
    thrown = std::current_exception();
  } catch (const std::bad_alloc& e) {
    own = {ErrorCode::out_of_memory, e.what()};
    thrown = std::current_exception();
  } catch (const std::exception& e) {
    own = {ErrorCode::invalid_argument, e.what()};
    thrown = std::current_exception();
  }
  if (size_ == 1 || own.text == known_) std::rethrow_exception(thrown);
  const detail::Verdict verdict = detail::agree(*messages_, "an error", own);
  if (verdict.rank >= 0) refuse(verdict.rank, verdict.trouble.code, verdict.trouble.text);
  know(own.text);  // every rank has thrown the same
  std::rethrow_exception(thrown);
}

int World::run_main(const std::function<int()>& program, const std::function<int(const std::exception&)>& failed) {
  int answer = 1;
  try {
    together([&] {
      answer = program();
      at("the end");
      meet("its last line");
    });
    return answer;
  } catch (const std::exception& e) {
    if (failed) answer = failed(e);
    else if (first()) std::fprintf(stderr, "error: %s\n", e.what());
    std::fflush(nullptr);
  }
  // mpirun ends the others as soon as one answers 1: nobody leaves before rank 0 has printed
  meet("the end");
  return answer == 0 ? 1 : answer;
}

void World::check(const Shares& shares) const {
  require(shares.ranks() == size_, world_op, "shares of {} ranks are given, there are {}", shares.ranks(), size_);
}

Tensor World::gather(const Tensor& part, const Shares& shares) {
  check(shares);
  std::vector<std::int64_t> edges{0};
  for (int r = 0; r < shares.active(); ++r) edges.push_back(edges.back() + shares.rows_of(r));
  return gather(part, edges);
}

Tensor World::gather(const Tensor& part, const std::vector<std::int64_t>& edges) {
  require(edges.size() >= 2 && edges.front() == 0 && std::ranges::is_sorted(edges) &&
              edges.size() <= static_cast<std::size_t>(size_) + 1,
          world_op, "the rows of {} ranks are to be gathered; there are {}, and edges rise from 0", edges.size() - 1,
          size_);
  const std::size_t own = static_cast<std::size_t>(rank_) % (edges.size() - 1);
  const std::int64_t first = edges[own], rows = edges[own + 1] - first;
  require(part.defined() && part.rank() >= 1 && part.shape()[0] == rows, world_op,
          "rank {} gives {} to be gathered, and has {} of {} rows", rank_, part, rows, edges.back());
  meet("its rows");
  if (size_ == 1) return part;
  Ints shape(part.shape());
  std::int64_t width = 1;
  for (int r = 1; r < part.rank(); ++r) width *= shape[r];
  shape[0] = edges.back();
  Tensor all = Tensor::uninitialised(Shape(shape), part.dtype(), Device::cpu());
  const std::size_t row = static_cast<std::size_t>(width) * byte_size(part.dtype());
  auto* const to = static_cast<std::byte*>(all.writable());
  if (part.size() > 0)
    std::memcpy(to + static_cast<std::size_t>(first) * row, on_host(part).data(), static_cast<std::size_t>(rows) * row);
  detail::gather(*messages_, to, row, edges);
  return copied_to(all, part.device());
}

}  // namespace logitape::inline v0::distributed
