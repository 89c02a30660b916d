// The engine behind the page: one function that takes a request and gives the answer, both JSON. In the browser it is
// called through engine.js, in a program through lines.cpp.
#include <logitape.h>

#include <exception>
#include <map>
#include <new>
#include <stdexcept>
#include <string>

#include "answers.h"
#include "playground.h"

namespace lt = logitape;

namespace {

Json answer_about(const Json& asked);

const std::map<std::string, Json (*)(const Json&)>& answers() {
  static const std::map<std::string, Json (*)(const Json&)> all = {
      {"about", answer_about},         {"loss", answer_loss},       {"simplex", answer_simplex},
      {"check", answer_check},         {"load", answer_load},       {"forget", answer_forget},
      {"start", answer_start},         {"train", answer_train},     {"stop", answer_stop},
      {"evaluate", answer_evaluate},   {"predict", answer_predict}, {"surface", answer_surface},
      {"landscape", answer_landscape}, {"weights", answer_weights}, {"program", answer_program}};
  return all;
}

Json answer_about(const Json& asked) {
  const Request none(asked, {});
  Json requests = Json::array();
  for (const auto& [name, answer] : answers()) requests.push_back(name);
#ifdef __EMSCRIPTEN__
  const char* const runs_as = "WebAssembly";
#else
  const char* const runs_as = "a native program";
#endif
  return {{"version", LOGITAPE_VERSION},
          {"requests", requests},
          {"data", {"digits", "iris", "wine"}},
          {"runs_as", runs_as}};
}

// Nothing that is asked nests deeper, and what reads a value goes as deep as it.
bool is_flat(int depth, Json::parse_event_t, Json&) {
  if (depth > 8) throw std::invalid_argument("the request nests lists in lists more than 8 deep");
  return true;
}

Json answer_to(const char* request) {
  const Json asked = Json::parse(request, is_flat, false);
  if (asked.is_discarded()) throw std::invalid_argument("the request is no JSON");
  if (!asked.is_object()) throw std::invalid_argument("the request is " + shown(asked) + ", not a JSON object");
  const auto name = asked.find("ask");
  if (name == asked.end() || !name->is_string())
    throw std::invalid_argument("the request does not say what is asked: {\"ask\": \"loss\", ...}");
  const auto answer = answers().find(name->get<std::string>());
  if (answer == answers().end())
    throw std::invalid_argument("nothing is known about " + shown(*name) + ": {\"ask\": \"about\"} lists what is");
  return answer->second(asked);
}

// An error of the library without the function's name: a learner has not called it.
Json failure(const lt::Error& error) {
  return {{"error", error.what() + (error.op().empty() ? 0 : error.op().size() + 2)}, {"code", lt::name(error.code())}};
}
Json failure(const std::string& sentence, const char* code = "invalid_argument") {
  return {{"error", sentence}, {"code", code}};
}

Json safe_answer_to(const char* request) {
  try {
    return answer_to(request);
  } catch (const lt::Error& error) {
    return failure(error);
  } catch (const std::bad_alloc&) {
    return failure("this needs more memory than there is", "out_of_memory");
  } catch (const std::exception& error) {
    return failure(error.what());
  }
}

}  // namespace

const char* logitape_playground(const char* request) {
  static std::string answer;
  answer = safe_answer_to(request).dump(-1, ' ', false, Json::error_handler_t::replace);
  return answer.c_str();
}
