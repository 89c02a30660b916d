// A libcublasLt.so that multiplies nothing: it writes down what it is asked, and says yes to the first product alone.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace {

constexpr int not_supported = 15;
using Thing = std::string;  // a descriptor: what has been said of it
std::string told;
int products = 0, living = 0;

Thing* made(const Thing& text) {
  ++living;
  return new Thing(text);
}
int set(Thing* t, const char* name, int what, const void* value, std::size_t bytes) {
  std::int64_t v = 0;
  std::memcpy(&v, value, bytes);
  *t += " " + std::string(name) + std::to_string(what) + "=" + std::to_string(v);
  return 0;
}
int destroyed(Thing* t) {
  delete t;
  --living;
  return 0;
}
struct Heuristic {
  std::uint64_t algorithm[8];
  std::size_t workspace;
  int state;
  float waves;
  int reserved[4];
};

}  // namespace

extern "C" {

// What has been asked since the last call; how many descriptors have not been destroyed.
const char* fake_told() {
  static std::string out;
  out = told;
  told.clear();
  return out.c_str();
}
int fake_living() { return living; }

int cublasLtCreate(void** handle) {
  *handle = &told;
  return 0;
}
int cublasLtMatmulDescCreate(Thing** desc, int compute, int scale) {
  *desc = made("compute " + std::to_string(compute) + " scale " + std::to_string(scale));
  return 0;
}
int cublasLtMatmulDescSetAttribute(Thing* t, int what, const void* v, std::size_t n) { return set(t, "d", what, v, n); }
int cublasLtMatmulDescDestroy(Thing* desc) { return destroyed(desc); }
int cublasLtMatrixLayoutCreate(Thing** layout, int type, std::uint64_t rows, std::uint64_t columns, std::int64_t ld) {
  *layout = made("type " + std::to_string(type) + " " + std::to_string(rows) + "x" + std::to_string(columns) + " by " +
                 std::to_string(ld));
  return 0;
}
int cublasLtMatrixLayoutSetAttribute(Thing* t, int what, const void* v, std::size_t n) {
  return set(t, "l", what, v, n);
}
int cublasLtMatrixLayoutDestroy(Thing* layout) { return destroyed(layout); }
int cublasLtMatmulPreferenceCreate(Thing** preference) {
  *preference = made("");
  return 0;
}
int cublasLtMatmulPreferenceSetAttribute(Thing* t, int what, const void* v, std::size_t n) {
  return what < 5 ? set(t, "p", what, v, n) : 0;  // alignments vary
}
int cublasLtMatmulPreferenceDestroy(Thing* preference) { return destroyed(preference); }

int cublasLtMatmulAlgoGetHeuristic(void* handle, Thing*, Thing*, Thing*, Thing*, Thing*, Thing* wish, int asked,
                                   Heuristic* results, int* returned) {
  told += "asks for " + std::to_string(asked) + ":" + *wish + "\n";
  *results = {};
  results->algorithm[7] = 77;
  results->workspace = 1024;
  *returned = 1;
  return handle == &told ? 0 : 1;
}
int cublasLtMatmul(void*, Thing* desc, const float* alpha, const void*, Thing* in_a, const void*, Thing* in_b,
                   const float* beta, const void* c, Thing* in_c, void* d, Thing* in_d, const std::uint64_t* algorithm,
                   void* workspace, std::size_t bytes, void*) {
  const bool as_asked = *alpha == 1 && *beta == 0 && c == d && in_c == in_d && algorithm[7] == 77 && workspace;
  told += *desc + "; " + *in_a + "; " + *in_b + "; " + *in_d + "; " + std::to_string(bytes) + " bytes, " +
          (as_asked ? "as asked\n" : "otherwise\n");
  return products++ ? not_supported : 0;
}
}
