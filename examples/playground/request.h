// A request of the page, read with sentences for what is wrong in it, and numbers as JSON has them: NaN and infinities,
// which it lacks, are the strings "nan", "inf" and "-inf".
#pragma once
#include <logitape.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

using Json = nlohmann::json;

// The members of a JSON object. Every wrong one is a std::invalid_argument with a sentence for a learner.
class Request {
 public:
  // Error: a member that is not among `known`. "ask" is known to all.
  Request(const Json& object, std::initializer_list<const char*> known);

  bool has(const char* name) const { return object_.contains(name) && !object_.at(name).is_null(); }
  bool flag(const char* name, bool otherwise) const;
  double number(const char* name, double otherwise, double least, double most) const;
  std::int64_t whole(const char* name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
  std::string text(const char* name, const std::string& otherwise) const;
  // One of `choices`; the first where the member is missing.
  std::string choice(const char* name, std::initializer_list<const char*> choices) const;
  std::vector<double> numbers(const char* name) const;
  std::vector<std::string> texts(const char* name) const;
  const Json& member(const char* name) const;  // error: it is missing

 private:
  const Json& object_;
};

// A number, or "nan", "inf", "-inf". `where`: what it is, for the sentence.
double number_of(const Json& value, const std::string& where);
std::string shown(const Json& value);  // for a sentence: cut where it is long

Json json_of(double value);
Json json_of(const std::vector<double>& values);
// The elements of a tensor of rank 0, 1 or 2: a number, a list, a list of rows.
Json json_of(const logitape::Tensor& tensor);
