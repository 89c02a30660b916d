// What cannot be answered gets a sentence, and the next request is answered as if nothing had been.
#include <string>

#include "ask.h"

namespace {

struct Case {
  const char *request, *words;
};

// Requests that need no data, and a part of the sentence that each gets.
const Case cases[] = {
    {"", "no JSON"},
    {"{\"ask\":", "no JSON"},
    {"\xff\xfe", "no JSON"},
    {"[1,2]", "not a JSON object"},
    {"{}", "does not say what is asked"},
    {R"({"ask":7})", "does not say what is asked"},
    {R"({"ask":"lose"})", "nothing is known about \"lose\""},
    {R"({"ask":"loss"})", "needs \"logits\""},
    {R"({"ask":"loss","logits":[1,2],"label":[1,0]})", "has no \"label\""},
    {R"({"ask":"loss","logits":[],"labels":[]})", "no logits"},
    {R"({"ask":"loss","logits":"4 2 1","labels":0})", "a list of numbers"},
    {R"({"ask":"loss","logits":[1,"two"],"labels":0})", "logits 2 is \"two\""},
    {R"({"ask":"loss","logits":[1,2],"labels":[1]})", "2 logits and 1 labels"},
    {R"({"ask":"loss","logits":[1,2],"labels":2})", "from 0 to 1"},
    {R"({"ask":"loss","logits":[1,2],"labels":-1})", "from 0 to 1"},
    {R"({"ask":"loss","logits":[1,2],"labels":0.5})", "whole number"},
    {R"({"ask":"loss","logits":[1,2],"labels":[1,-0.5]})", "label 2 is -0.5"},
    {R"({"ask":"loss","logits":[1,2],"labels":[1,"nan"]})", "label 2 is \"nan\""},
    {R"({"ask":"loss","logits":[1,2],"labels":0,"smoothing":2})", "from 0 to 1"},
    {R"({"ask":"loss","logits":[1,2],"labels":0,"smoothing":"nan"})", "from 0 to 1"},
    {R"({"ask":"loss","logits":[1,2],"labels":0,"temperature":0})", "temperature"},
    {R"({"ask":"loss","logits":[1,2],"labels":0,"dtype":"i8"})", "f64, f32, f16, bf16"},
    {R"({"ask":"loss","logits":[1,2],"labels":0,"mask":[true]})", "each of the 2 classes"},
    {R"({"ask":"loss","logits":[1,2],"labels":0,"mask":[1,0]})", "true or false"},
    {R"({"ask":"simplex","labels":[1,0]})", "3"},
    {R"({"ask":"simplex","labels":[1,0,0],"resolution":1e9})", "from 3 to 100"},
    {R"({"ask":"check","logits":[[1,2],[1]],"labels":[[1,0],[1,0]]})", "a number for each class"},
    {R"({"ask":"check","logits":[[1,2]],"labels":[[1,0],[1,0]]})", "each class of each row"},
    {R"({"ask":"check","logits":[[1,"inf"]],"labels":[[1,0]]})", "finite"},
    {R"({"ask":"check","logits":[1,2],"labels":[1,0],"break":"loudly"})", "one of none, sign"},
    {R"({"ask":"load","name":"cats"})", "no data set \"cats\""},
    {R"({"ask":"load","name":"a.csv","text":""})", "a.csv"},
    {R"({"ask":"load","name":"a.csv","base64":"!"})", "base64"},
    {R"({"ask":"load","name":"a.csv","text":"x,y,c\n1,2,a\n3,4,a\n5,6,a\n7,8,a\n9,1,a\n"})", "two classes are needed"},
    {R"({"ask":"load","name":"a.csv","text":"x,y,c\n1,2,0.5\n3,4,1.5\n5,6,2.5\n"})", "a.csv"},
    {R"({"ask":"load","name":"a.csv","text":"x,c\n1,a\n2,b\n","label":"z"})", "z"},
    {R"({"ask":"train","steps":1})", "load a data set first"},
    {R"({"ask":"evaluate"})", "load a data set first"},
    {R"({"ask":"predict","row":[1]})", "load a data set first"},
    {R"({"ask":"start"})", "load a data set first"},
    {R"({"ask":"program"})", "loss, training or check"}};

}  // namespace

TEST_CASE("what cannot be answered gets a sentence with the values") {
  answer({{"ask", "forget"}});
  for (const Case& c : cases) {
    const Json a = ask_text(c.request);
    CAPTURE(std::string(c.request));
    CAPTURE(a.dump());
    REQUIRE(a.contains("error"));
    CHECK(a["error"].get<std::string>().find(c.words) != std::string::npos);
    CHECK(a["error"].get<std::string>().find("/tmp") == std::string::npos);  // no place of ours
    CHECK(a["error"].get<std::string>().size() < 400);
  }
  CHECK(answer({{"ask", "loss"}, {"logits", {0, 0}}, {"labels", 0}})["loss"].get<double>() > 0.69);
}

TEST_CASE("texts that are deep, long or full of control characters are survived") {
  CHECK(ask_text(std::string(100000, '[')).contains("error"));
  CHECK(ask_text(R"({"ask":"loss","logits":)" + std::string(100000, '[') + std::string(100000, ']') + "}")
            .contains("error"));
  CHECK(ask({{"ask", std::string(1000000, 'x')}})["error"].get<std::string>().size() < 400);
  CHECK(ask({{"ask", "load"}, {"name", "a\x01\x1b[2J"}}).contains("error"));
  CHECK(ask({{"ask", "load"}, {"name", "../../etc/passwd"}, {"text", "1,2\n"}}).contains("error"));
}

TEST_CASE("a training that is not there, or wrong wishes for one, get sentences; the data stay") {
  answer({{"ask", "load"}, {"name", "iris"}});
  CHECK(ask({{"ask", "train"}, {"steps", 1}})["error"].get<std::string>().find("start one first") != std::string::npos);
  for (const auto& [name, value] : {std::pair<const char*, Json>{"epochs", 0},
                                    {"batch", -1},
                                    {"learning_rate", "nan"},
                                    {"test", 1},
                                    {"model", "gpt"},
                                    {"model", "mlp:0"},
                                    {"model", "lenet"},
                                    {"seed", 0.5},
                                    {"speed", 1}})
    CHECK(ask({{"ask", "start"}, {name, value}}).contains("error"));
  answer({{"ask", "start"}});
  CHECK(ask({{"ask", "train"}}).contains("error"));
  CHECK(ask({{"ask", "train"}, {"steps", 1}, {"milliseconds", 1}}).contains("error"));
  for (const Json& row : {Json{1, 2}, Json{1, 2, 3, "x"}, Json{{"height", 1}}, Json("a")})
    CHECK(ask({{"ask", "predict"}, {"row", row}}).contains("error"));
  CHECK(ask({{"ask", "predict"}, {"canvas", {1}}})["error"].get<std::string>().find("no picture") != std::string::npos);
  CHECK(ask({{"ask", "surface"}, {"x", 0}, {"y", 0}})["error"].get<std::string>().find("two") != std::string::npos);
  CHECK(ask({{"ask", "surface"}, {"x", 0}, {"y", "petal"}}).contains("error"));
  CHECK(ask({{"ask", "weights"}, {"layer", "9.weight"}}).contains("error"));
  CHECK(answer({{"ask", "train"}, {"steps", 1}})["step"] == 1);
}

TEST_CASE("a learning rate that no training stands ends in a sentence, and the weights stay finite") {
  answer({{"ask", "load"}, {"name", "iris"}});
  answer({{"ask", "start"}, {"learning_rate", 1e6}, {"weight_decay", 1e6}});
  const Json a = ask({{"ask", "train"}, {"steps", 2000}});
  CHECK(a.value("error", "").find("epoch") != std::string::npos);
  for (const Json& row : answer({{"ask", "weights"}, {"layer", "1.weight"}})["values"])
    for (const Json& w : row) CHECK(w.is_number());
}
