// Where nlohmann's parser and writer are compiled.
#include "logitape/train/files/detail/json.h"

#include <utility>

namespace logitape::inline v0::data {
namespace {

using nlohmann::json;

// Nothing of ours is half as deep. A value kept takes many times the byte of the bracket that begins it.
constexpr int most_depth = 64;

// Hands each event on as json::parse would. With a callback json::parse looks at all members of an object whenever one
// of them ends, which is quadratic: minutes for a header of some ten thousand tensors.
class Watcher final : public nlohmann::json_sax<json> {
  using Event = json::parse_event_t;

 public:
  explicit Watcher(const JsonWatch& watch) : watch_(watch) {}
  bool too_deep() const { return depth_ > most_depth; }
  bool null() override { return value(nullptr); }
  bool boolean(bool x) override { return value(x); }
  bool number_integer(json::number_integer_t x) override { return value(x); }
  bool number_unsigned(json::number_unsigned_t x) override { return value(x); }
  bool number_float(json::number_float_t x, const json::string_t&) override { return value(x); }
  bool string(json::string_t& x) override { return value(std::move(x)); }
  bool binary(json::binary_t&) override { return false; }  // not in a text
  bool start_object(std::size_t) override { return begins(Event::object_start); }
  bool start_array(std::size_t) override { return begins(Event::array_start); }
  bool end_object() override { return ends(Event::object_end); }
  bool end_array() override { return ends(Event::array_end); }
  bool key(json::string_t& x) override { return tell(depth_, Event::key, std::move(x)); }
  // json::parse, which comes next, says the same, and throws it.
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool tell(int depth, Event event, json x) { return watch_(depth, event, x); }
  bool value(json x) { return tell(depth_, Event::value, std::move(x)); }
  bool begins(Event event) { return tell(depth_++, event, nullptr) && !too_deep(); }
  bool ends(Event event) { return tell(--depth_, event, nullptr); }

  const JsonWatch& watch_;
  int depth_ = 0;
};

}  // namespace

json parse_json(std::string_view text) {
  return parse_json(text, [](int, json::parse_event_t, json&) { return true; });
}
json parse_json(std::string_view text, const JsonWatch& watch) {
  Watcher watcher(watch);
  json::sax_parse(text, &watcher);
  return json::parse(watcher.too_deep() ? "[" : text);  // "[" is no JSON either
}
json parse_json_or_nothing(std::string_view text) {
  try {
    return parse_json(text);
  } catch (const json::exception&) {
    return json(json::value_t::discarded);
  }
}
std::string json_text(const json& value) { return value.dump(); }

std::string json_text_of_bytes(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace logitape::inline v0::data
