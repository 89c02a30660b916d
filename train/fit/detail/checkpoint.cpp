// A run in a file: tensors under "model/", "buffer/", "average/", "best/" and "optimiser/", numbers as JSON in the
// metadata. nlohmann's JSON writes a double so that reading it gives the same bits.
#include <algorithm>
#include <map>
#include <set>

#include "logitape/autograd/record.h"
#include "logitape/core/detail/require.h"
#include "logitape/train/files/detail/json.h"
#include "logitape/train/files/safetensors.h"
#include "logitape/train/fit/detail/trainer_state.h"

namespace logitape::inline v0::train {
namespace {

using nlohmann::json;

constexpr const char* op = "Trainer::resume";
constexpr const char* format_name = "logitape.checkpoint";
// 2: mixed_precision is a setting; 3: digests of the rows; 4: train_only is a setting, and the best epoch of early
// stopping is kept; 5: digests in eight chains, and a mark where a run of format 4 goes on
constexpr const char* format = "5";
constexpr const char* older_format = "4";

std::vector<Parameter> boxes_of(const ModelRef& model, bool buffers) {
  std::vector<Parameter> boxes;
  const ParameterVisitor take = [&](Parameter& p) { boxes.push_back(p); };
  if (buffers) model.visit_buffers(take);
  else model.visit(take);
  return boxes;
}

void add(std::vector<NamedTensor>& tensors, const std::string& kind, const ModelRef& model, const ModelValues& values) {
  for (const bool buffers : {false, true}) {
    const std::vector<Parameter> boxes = boxes_of(model, buffers);
    const Tensors& list = buffers ? values.buffers : values.parameters;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i].defined()) tensors.push_back({kind + (buffers ? ".buffer/" : "/") + boxes[i].name, list[i]});
  }
}

// JSON has no infinities and no NaN: they become null
json number(double x) { return std::isfinite(x) ? json(x) : json(); }
double number(const json& x, double otherwise) { return x.is_null() ? otherwise : x.get<double>(); }
constexpr double nan = std::numeric_limits<double>::quiet_NaN(), lowest = -std::numeric_limits<double>::infinity();

json place_of(const Generator& rng) { return {rng.key(), rng.position()}; }
Generator generator_at(const json& place) {
  return {place.at(0).get<std::uint64_t>(), place.at(1).get<std::uint64_t>()};
}

json row_of(const Epoch& e) {
  return {e.number,
          number(e.loss),
          number(e.accuracy),
          number(e.held_out_loss),
          number(e.held_out_accuracy),
          number(e.samples_per_second),
          number(e.seconds),
          number(e.learning_rate)};
}
Epoch epoch_of(const json& row) {
  const auto at = [&](std::size_t i) { return number(row.at(i), nan); };
  return {row.at(0).get<int>(), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
}

json json_of(const SeenRows& s) { return {s.rows, s.name, s.digest, s.one_chain}; }
SeenRows rows_of(const json& s) {
  return {s.at(0).get<std::int64_t>(), s.at(1).get<std::string>(), s.at(2).get<std::string>(),
          s.size() == 3 || s.at(3).get<bool>()};  // format 4 has three
}

json json_of(const TrainerState& s, const OptimiserState& optimiser) {
  const EarlyStopping::State& stopping = s.stopping.state();
  json j = {{"order", place_of(s.order)},
            {"mixup", place_of(s.mixup)},
            {"epoch", s.epoch},
            {"batch", s.batch},
            {"step", s.step},
            {"sums", {s.loss_sum, number(s.right), s.seen, s.weight}},
            {"learning_rate", s.learning_rate},
            {"seconds", {s.epoch_seconds, s.seconds}},
            {"stopped_early", s.stopped_early},
            {"early_stopping", {number(stopping.best), stopping.waited, stopping.best_epoch, stopping.epochs}},
            {"best", {number(s.best_score), s.best_epoch}},
            {"train_rows", json_of(s.train_rows)},
            {"held_out_rows", json_of(s.held_out_rows)}};
  j["history"] = json::array();
  for (const Epoch& e : s.history) j["history"].push_back(row_of(e));
  if (s.plateau) j["plateau"] = {number(s.plateau->state().best), s.plateau->state().waited, s.plateau->state().factor};
  json names = json::array();
  for (const NamedTensor& t : optimiser.tensors) names.push_back(t.name);
  j["optimiser"] = {{"name", optimiser.optimiser}, {"numbers", optimiser.numbers}, {"tensors", names}};
  return j;
}

void read(const json& j, TrainerState& s) {
  s.order = generator_at(j.at("order"));
  s.mixup = generator_at(j.at("mixup"));
  s.epoch = j.at("epoch").get<int>();
  s.batch = j.at("batch").get<std::int64_t>();
  s.step = j.at("step").get<std::int64_t>();
  s.loss_sum = j.at("sums").at(0).get<double>();
  s.right = number(j.at("sums").at(1), nan);
  s.seen = j.at("sums").at(2).get<double>();
  s.weight = j.at("sums").size() == 3 ? s.seen : j.at("sums").at(3).get<double>();  // from before rows had weights
  s.learning_rate = j.at("learning_rate").get<double>();
  s.epoch_seconds = j.at("seconds").at(0).get<double>();
  s.seconds = j.at("seconds").at(1).get<double>();
  s.stopped_early = j.at("stopped_early").get<bool>();
  const json& e = j.at("early_stopping");
  s.stopping.set_state({number(e.at(0), lowest), e.at(1).get<int>(), e.at(2).get<int>(), e.at(3).get<int>()});
  s.best_score = number(j.at("best").at(0), lowest);
  s.best_epoch = j.at("best").at(1).get<int>();
  s.train_rows = rows_of(j.at("train_rows"));
  s.held_out_rows = rows_of(j.at("held_out_rows"));
  s.history.clear();
  for (const json& row : j.at("history")) s.history.push_back(epoch_of(row));
  if (s.plateau) {
    const json& p = j.at("plateau");
    s.plateau->set_state({number(p.at(0), lowest), p.at(1).get<int>(), p.at(2).get<double>()});
  }
}

// Refuses numbers that no run reaches: they would be used as places or counts.
void check_numbers(const std::string& path, const TrainerState& s, const Settings& settings) {
  const auto need = [&](bool ok, const char* name, const auto& value, const std::string& needed) {
    require(ok, ErrorCode::io, op, "\"{}\" is a checkpoint whose state cannot be: its {} is {}, where {} is needed",
            path, name, value, needed);
  };
  const auto at_least_0 = [&](const char* name, auto value) { need(value >= 0, name, value, "0 or more"); };
  at_least_0("rows", s.train_rows.rows);
  at_least_0("rows held out", s.held_out_rows.rows);
  at_least_0("step", s.step);
  at_least_0("count of rows seen", s.seen);
  at_least_0("weight of the rows seen", s.weight);
  at_least_0("count of epochs waited", s.stopping.waited());
  need(s.epoch >= 0 && static_cast<std::size_t>(s.epoch) == s.history.size(), "epoch", s.epoch,
       fmt::format("the {} of its history", s.history.size()));
  const auto setting = [&](const char* name) {
    return std::find_if(settings.begin(), settings.end(), [&](const auto& x) { return x.first == name; })->second;
  };
  const bool drop_last = setting("drop_last") == "true";
  const std::int64_t batch_size = std::stoll(setting("batch_size")), rows = s.train_rows.rows,
                     batches = rows / batch_size + (!drop_last && rows % batch_size > 0);
  need(s.batch >= 0 && s.batch <= batches, "batch", s.batch, fmt::format("0 to {}", batches));
  const EarlyStopping::State& stopping = s.stopping.state();
  need(stopping.epochs >= 0 && stopping.epochs <= s.epoch, "count of scores", stopping.epochs,
       fmt::format("0 to {}", s.epoch));
  need(stopping.best_epoch >= 0 && stopping.best_epoch <= stopping.epochs, "best epoch of early stopping",
       stopping.best_epoch, fmt::format("0 to {}", stopping.epochs));
  need(s.best_epoch >= 0 && s.best_epoch <= s.epoch, "best epoch", s.best_epoch, fmt::format("0 to {}", s.epoch));
  const bool has_best = !s.best.parameters.empty();
  need((s.best_epoch > 0) == has_best, "best epoch", s.best_epoch,
       has_best ? "that of its best weights" : "0, without best weights,");
}

// Our own optimisers keep tensors shaped like their parameters; users' optimisers may keep what they like.
void check_moments(const std::string& path, const OptimiserState& state, const ModelRef& model) {
  if (state.optimiser != "SGD" && state.optimiser != "Adam" && state.optimiser != "AdamW") return;
  std::map<std::string, Tensor> values;
  for (const Parameter& box : boxes_of(model, false)) values.emplace(box.name, box.value);
  for (const auto& [name, tensor] : state.tensors) {
    const auto found = values.find(name.substr(std::min(name.find('/'), name.size() - 1) + 1));
    require(found != values.end(), op, "\"{}\" has \"optimiser/{}\"; the model has no such parameter", path, name);
    require(tensor.shape() == found->second.shape() && tensor.dtype() == found->second.dtype(), op,
            "\"{}\" has \"optimiser/{}\" as {}, the parameter is {}", path, name, tensor, found->second);
  }
}

// The tensors of a checkpoint; each must be taken by somebody.
class Contents {
 public:
  Contents(const std::string& path, const Safetensors& file) : path_(path) {
    for (const auto& [name, tensor] : file.tensors) left_.emplace(name, tensor);
  }

  bool has(const std::string& kind) const {
    const auto first = left_.lower_bound(kind);
    return first != left_.end() && first->first.starts_with(kind);
  }

  Tensor take(const std::string& name) {
    const auto found = left_.find(name);
    require(found != left_.end(), op, "\"{}\" has no \"{}\", which this trainer needs", path_, name);
    Tensor t = found->second;
    left_.erase(found);
    return t;
  }

  ModelValues take_values(const std::string& kind, const ModelRef& model) {
    ModelValues values;
    for (const bool buffers : {false, true})
      for (const Parameter& box : boxes_of(model, buffers)) {
        Tensor& value = (buffers ? values.buffers : values.parameters).emplace_back();
        if (!box.value.defined()) continue;
        const std::string name = kind + (buffers ? ".buffer/" : "/") + box.name;
        const Tensor t = take(name);
        require(t.shape() == box.value.shape() && t.dtype() == box.value.dtype(), op,
                "\"{}\" has \"{}\" as {}, the model as {}", path_, name, t, box.value);
        const Tensor there = t.to(box.value.device());
        value = buffers ? there : variable(there);
      }
    return values;
  }

  void require_empty() const {
    if (!left_.empty())
      fail(ErrorCode::invalid_argument, op, "\"{}\" has \"{}\"; this trainer has no such tensor", path_,
           left_.begin()->first);
  }

 private:
  const std::string& path_;
  std::map<std::string, Tensor> left_;
};

void check_format(const std::string& path, const Metadata& metadata) {
  const auto found = metadata.find(format_name);
  require(found != metadata.end(), ErrorCode::io, op,
          "\"{}\" is a safetensors file, but no checkpoint: its metadata has no \"{}\"", path, format_name);
  require(found->second == format || found->second == older_format, ErrorCode::unsupported, op,
          "\"{}\" is a checkpoint of format {}; this version reads formats {} and {}", path, found->second,
          older_format, format);
}

void check_settings(const std::string& path, const json& saved, const Settings& settings) {
  for (const auto& [name, now] : settings) {
    // files from before there were blocks are of one, and from before there was augmentation of none
    const bool newer = (name == "blocks" || name == "augment") && !saved.contains(name);
    const std::string then = !newer ? saved.at(name).get<std::string>() : name == "blocks" ? "1" : "none";
    require(then == now, op, "\"{}\" was written with {} {}, this trainer has {}", path, name, then, now);
  }
}

}  // namespace

std::vector<NamedTensor> named_weights(const ModelRef& model, const ModelValues& values) {
  std::vector<NamedTensor> weights;
  for (const bool buffers : {false, true}) {
    const std::vector<Parameter> boxes = boxes_of(model, buffers);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const Tensor& value = buffers ? values.buffers[i] : values.parameters[i];
      if (!buffers || (value.defined() && is_floating(value.dtype()))) weights.push_back({boxes[i].name, value});
    }
  }
  return weights;
}

void save_checkpoint(const std::string& path, const ModelRef& model, const TrainerState& state,
                     const Settings& settings) {
  const OptimiserState optimiser = state.optimiser.state();
  std::vector<NamedTensor> tensors;
  add(tensors, "model", model, state.current.parameters.empty() ? values_of(model) : state.current);
  add(tensors, "average", model, state.average);
  add(tensors, "best", model, state.best);
  for (const auto& [name, tensor] : optimiser.tensors) tensors.push_back({"optimiser/" + name, tensor});
  json lines = json::object();
  for (const auto& [name, value] : settings) lines[name] = value;
  save_safetensors(path, tensors,
                   {{format_name, format},
                    {"settings", data::json_text(lines)},
                    {"state", data::json_text(json_of(state, optimiser))}});
}

TrainerState load_checkpoint(const std::string& path, const ModelRef& model, TrainerState now,
                             const Settings& settings) {
  TrainerState s = std::move(now);
  const Safetensors file = load_safetensors(path);
  check_format(path, file.metadata);
  try {
    check_settings(path, data::parse_json(file.metadata.at("settings")), settings);
    const json j = data::parse_json(file.metadata.at("state"));
    Contents contents(path, file);
    s.current = contents.take_values("model", model);
    s.average = contents.has("average/") ? contents.take_values("average", model) : ModelValues{};
    s.best = contents.has("best/") ? contents.take_values("best", model) : ModelValues{};
    const json& optimiser = j.at("optimiser");
    OptimiserState remembered{
        optimiser.at("name").get<std::string>(), {}, optimiser.at("numbers").get<std::map<std::string, double>>()};
    for (const json& name : optimiser.at("tensors"))
      remembered.tensors.push_back({name.get<std::string>(), contents.take("optimiser/" + name.get<std::string>())});
    contents.require_empty();
    check_moments(path, remembered, model);
    s.optimiser.set_state(remembered);
    read(j, s);
    check_numbers(path, s, settings);
  } catch (const json::exception& error) {
    fail(ErrorCode::io, op, "\"{}\" is a checkpoint whose settings or state cannot be read: {}", path, error.what());
  } catch (const std::out_of_range&) {
    fail(ErrorCode::io, op, "\"{}\" is a checkpoint without settings or state", path);
  }
  return s;
}

}  // namespace logitape::inline v0::train
