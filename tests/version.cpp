// One version everywhere: the project's, the headers' and the inline namespace's. The shared library's name is checked
// where there is one, by the consumer suite.
#include <doctest/doctest.h>

#include <string>
#include <typeinfo>

#include "logitape.h"

namespace logitape::tests {

TEST_CASE("the headers' version is the project's, and the inline namespace is named after its major number") {
  CHECK(std::string(LOGITAPE_VERSION) == LOGITAPE_PROJECT_VERSION);
  const std::string major = std::to_string(LOGITAPE_VERSION_MAJOR);
  CHECK(major + "." + std::to_string(LOGITAPE_VERSION_MINOR) + "." + std::to_string(LOGITAPE_VERSION_PATCH) ==
        LOGITAPE_VERSION);
  // the Itanium ABI writes a name behind its length: logitape::v0::Error is N8logitape2v05ErrorE
  CHECK(std::string(typeid(Error).name()) == "N8logitape" + std::to_string(major.size() + 1) + "v" + major + "5ErrorE");
}

}  // namespace logitape::tests
