// The version of these headers, for the preprocessor. CMakeLists.txt names the same one, the inline namespace is v and
// the major number; a test compares all three.
#pragma once

#define LOGITAPE_VERSION_MAJOR 0
#define LOGITAPE_VERSION_MINOR 1
#define LOGITAPE_VERSION_PATCH 0
#define LOGITAPE_VERSION "0.1.0"
