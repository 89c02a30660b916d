// What tests ask of SVG and HTML: how often something stands in it, and whether its tags close.
#pragma once
#include <string>
#include <vector>

namespace logitape::tests {

inline int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// Every element closes in its turn but those that HTML never closes, and every & begins an entity. Enough for what a
// writer can get wrong.
inline bool well_formed(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&' && text.compare(at, 5, "&amp;") && text.compare(at, 4, "&lt;") && text.compare(at, 4, "&gt;") &&
        text.compare(at, 6, "&quot;"))
      return false;
    if (text[at] != '<') continue;
    const std::size_t end = text.find('>', at);
    if (end == std::string::npos || text.substr(at + 1, end - at - 1).find('<') != std::string::npos) return false;
    const std::string tag = text.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find(' '));
    if (count(tag, "\"") % 2) return false;
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/' && name != "meta" && name != "img" && name != "!DOCTYPE") {
      open.push_back(name);
    }
    at = end;
  }
  return open.empty();
}

}  // namespace logitape::tests
