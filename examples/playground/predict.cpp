// One row, or one drawing, as the trained model sees it.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "answers.h"
#include "drawing.h"
#include "rows.h"
#include "session.h"

namespace lt = logitape;

namespace {

// The cell of a feature: a number, or the place of a text among the categories, where a new one is put behind.
double cell_of(lt::Feature& feature, const Json& value) {
  if (value.is_null() || value == "nan") return NAN;
  if (feature.categories.empty()) return number_of(value, feature.name);
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto found = std::find(feature.categories.begin(), feature.categories.end(), text);
  const auto place = found - feature.categories.begin();
  if (found == feature.categories.end()) feature.categories.push_back(text);
  return static_cast<double>(place);
}

lt::Examples row_of(const lt::Examples& known, const Json& given) {
  lt::Examples row = without_rows(known);
  std::vector<double> cells = typical_row(known);
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      const std::size_t c = feature_named(known, name);
      cells[c] = row.features.empty() ? number_of(value, name) : cell_of(row.features[c], value);
    }
  } else {
    if (!given.is_array() || given.size() != cells.size())
      throw std::invalid_argument("a row needs " + std::to_string(cells.size()) + " cells, one for each input");
    for (std::size_t c = 0; c < cells.size(); ++c)
      cells[c] = row.features.empty() ? number_of(given[c], "cell " + std::to_string(c + 1))
                                      : cell_of(row.features[c], given[c]);
  }
  return with_rows(std::move(row), known, cells);
}

std::vector<std::vector<double>> canvas_of(const Request& r) {
  const auto size = static_cast<std::size_t>(r.whole("size", 32, 8, 512));
  const std::vector<double> ink = r.numbers("canvas");
  if (ink.size() != size * size)
    throw std::invalid_argument("a canvas of " + std::to_string(size) + " x " + std::to_string(size) + " has " +
                                std::to_string(size * size) + " points, not " + std::to_string(ink.size()));
  std::vector<std::vector<double>> pictures = pictures_of(ink, size);
  if (pictures.empty()) throw std::invalid_argument("nothing is drawn yet");
  return pictures;
}

}  // namespace

Json answer_predict(const Json& asked) {
  const Request r(asked, {"row", "image", "canvas", "size"});
  const Training& t = started_training();
  const lt::Examples& known = t.parts.train;
  lt::Examples row;
  std::vector<double> seen;
  if (r.has("row")) {
    row = row_of(known, r.member("row"));
  } else {
    const bool drawn = r.has("canvas");
    if (known.image.rank() == 0) throw std::invalid_argument("a row here is no picture: give it as \"row\"");
    if (drawn && known.inputs.size() / known.size() != 64)
      throw std::invalid_argument("drawings are read by a model of 8 x 8 pictures: train one of the digits");
    const std::vector<std::vector<double>> pictures =
        drawn ? canvas_of(r) : std::vector<std::vector<double>>{r.numbers("image")};
    seen = pictures.front();
    if (seen.size() != typical_row(known).size())
      throw std::invalid_argument("a picture here has " + std::to_string(typical_row(known).size()) + " numbers, not " +
                                  std::to_string(seen.size()));
    std::vector<double> all;
    for (const std::vector<double>& picture : pictures) all.insert(all.end(), picture.begin(), picture.end());
    row = with_rows(without_rows(known), known, all);
  }
  const std::vector<double> said = lt::mean(t.classifier.predict(row).probabilities, 0).to_vector<double>();
  const auto likeliest = std::max_element(said.begin(), said.end()) - said.begin();
  Json answer = {{"class", t.classifier.classes()[static_cast<std::size_t>(likeliest)]},
                 {"index", likeliest},
                 {"probabilities", json_of(said)},
                 {"classes", t.classifier.classes()}};
  if (r.has("canvas")) answer["image"] = json_of(seen);
  return answer;
}
