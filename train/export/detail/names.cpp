// Names that an exported header cannot have: C++'s own, and those that <cmath> brings. A header includes only <cmath>.
#include <algorithm>

#include "logitape/train/export/detail/parts.h"

namespace logitape::inline v0::train {
namespace {

// Up to C++26, and the words that are operators. `import` and `module` are keywords only in places; std and posix are
// reserved.
constexpr std::string_view keywords =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue "
    "contract_assert decltype default delete do double dynamic_cast else enum explicit export extern false float "
    "for friend goto if import inline int long module mutable namespace new noexcept not not_eq nullptr operator "
    "or or_eq private protected public register reinterpret_cast requires return short signed sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename "
    "typeof union unsigned using virtual void volatile wchar_t while xor xor_eq ";

// Of C's and POSIX's <math.h>, without the suffixes for types other than double.
constexpr std::string_view mathematics =
    "acos acosh asin asinh atan atan2 atanh canonicalize cbrt ceil copysign cos cosh dadd ddiv dfma dmul drem "
    "dsqrt dsub erf erfc exp exp10 exp2 expm1 fabs fadd fdim fdiv ffma finite floor fma fmax fmaximum fmaximum_mag "
    "fmaximum_mag_num fmaximum_num fmaxmag fmin fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod "
    "fmul frexp fromfp fromfpx fsqrt fsub gamma getpayload hypot ilogb isinf isnan j0 j1 jn ldexp lgamma lgamma_r "
    "llogb llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nextdown nexttoward "
    "nextup pow remainder remquo rint round roundeven scalb scalbln scalbn setpayload setpayloadsig significand "
    "sin sincos sinh sqrt tan tanh tgamma totalorder totalordermag trunc ufromfp ufromfpx y0 y1 yn ";

// Of <stdlib.h>, which g++'s <cmath> includes; and macros, both from these headers and predefined by compilers.
constexpr std::string_view others =
    "BIG_ENDIAN BYTE_ORDER EXIT_FAILURE EXIT_SUCCESS FD_CLR FD_ISSET FD_SET FD_SETSIZE FD_ZERO HUGE_VAL HUGE_VALF "
    "HUGE_VALL INFINITY LITTLE_ENDIAN MAXFLOAT MB_CUR_MAX NAN NFDBITS NULL PDP_ENDIAN RAND_MAX SNAN SNANF SNANL "
    "WCONTINUED WEXITED WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WNOHANG WNOWAIT WSTOPPED "
    "WSTOPSIG WTERMSIG WUNTRACED a64l abort abs aligned_alloc alloca arc4random arc4random_buf arc4random_uniform "
    "at_quick_exit atexit atof atoi atol atoll be16toh be32toh be64toh bsearch calloc canonicalize_file_name "
    "clearenv comparison_fn_t div div_t double_t drand48 drand48_data drand48_r ecvt ecvt_r erand48 erand48_r exit "
    "fcvt fcvt_r fd_mask fd_set float_t free gcvt getenv getloadavg getpt getsubopt grantpt htobe16 htobe32 "
    "htobe64 htole16 htole32 htole64 i386 initstate initstate_r int32_t iscanonical iseqsig issignaling "
    "issubnormal iszero jrand48 jrand48_r l64a labs lcong48 lcong48_r ldiv ldiv_t le16toh le32toh le64toh linux "
    "llabs lldiv lldiv_t locale_t lrand48 lrand48_r main malloc math_errhandling mblen mbstowcs mbtowc mkdtemp "
    "mkostemp mkostemp64 mkostemps mkostemps64 mkstemp mkstemp64 mkstemps mkstemps64 mktemp mrand48 mrand48_r "
    "nrand48 nrand48_r on_exit posix posix_memalign posix_openpt pselect ptsname ptsname_r putenv qecvt qecvt_r "
    "qfcvt qfcvt_r qgcvt qsort qsort_r quick_exit rand rand_r random random_data random_r realloc reallocarray "
    "realpath rpmatch secure_getenv seed48 seed48_r select setenv setstate setstate_r signgam size_t srand srand48 "
    "srand48_r srandom srandom_r std strfromd strfromf strfromf128 strfromf32 strfromf32x strfromf64 strfromf64x "
    "strfroml strtod strtod_l strtof strtof128 strtof128_l strtof32 strtof32_l strtof32x strtof32x_l strtof64 "
    "strtof64_l strtof64x strtof64x_l strtof_l strtol strtol_l strtold strtold_l strtoll strtoll_l strtoq strtoul "
    "strtoul_l strtoull strtoull_l strtouq system timespec timeval unix unlockpt unsetenv valloc wcstombs wctomb ";

bool has(std::string_view words, std::string_view name) {
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == name) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

bool is_taken_name(std::string_view name) {
  const auto begins = [&](std::string_view with) { return name.substr(0, with.size()) == with; };
  const auto ends = [&](std::string_view with) {
    return name.size() > with.size() && name.substr(name.size() - with.size()) == with;
  };
  if (has(keywords, name) || has(others, name) || ends("_t") || begins("M_") || begins("FP_") || begins("MATH_"))
    return true;
  for (const std::string_view type : {"", "f", "l", "f32", "f32x", "f64", "f64x", "f128"})
    if (ends(type) && has(mathematics, name.substr(0, name.size() - type.size()))) return true;
  return false;
}

void require_name(const char* op, const std::string& name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  require(!name.empty() && std::all_of(name.begin(), name.end(), plain) && !(name[0] >= '0' && name[0] <= '9') &&
              name[0] != '_' && name.find("__") == std::string::npos,
          op, "the name \"{}\" is none that a C++ program may give: letters, digits and single _, a letter first",
          name);
  require(!is_taken_name(name), op, "the name \"{}\" is C++'s own or C's: no namespace can have it", name);
}

std::string in_capitals(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;  // independent of the locale
  return text;
}

}  // namespace logitape::inline v0::train
