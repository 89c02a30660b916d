// Names that no exported header can have: those of C++ itself, and those that <cmath> brings, which is all that a header includes.
#include <algorithm>

#include "logitape/train/header_parts.h"

namespace logitape::inline v0::train {
namespace {

// Up to C++26, and the words that are operators; `import` and `module` are keywords only in places, std and posix are reserved.
constexpr std::string_view keywords =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue "
    "contract_assert decltype default delete do double dynamic_cast else enum explicit export extern false float "
    "for friend goto if import inline int long module mutable namespace new noexcept not not_eq nullptr operator "
    "or or_eq private protected public register reinterpret_cast requires return short signed sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename "
    "typeof union unsigned using virtual void volatile wchar_t while xor xor_eq ";

// Of C's and POSIX's <math.h>, without the f and l that stand behind those for float and long double.
constexpr std::string_view mathematics =
    "acos acosh asin asinh atan atan2 atanh canonicalize cbrt ceil copysign cos cosh drem erf erfc exp exp10 exp2 "
    "expm1 fabs fdim finite floor fma fmax fmaximum fmaximum_mag fmaximum_mag_num fmaximum_num fmaxmag fmin "
    "fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod frexp fromfp fromfpx gamma getpayload hypot "
    "ilogb isinf isnan j0 j1 jn ldexp lgamma llogb llrint llround log log10 log1p log2 logb lrint lround modf nan "
    "nearbyint nextafter nextdown nexttoward nextup pow remainder remquo rint round roundeven scalb scalbln scalbn "
    "setpayload setpayloadsig significand sin sincos sinh sqrt tan tanh tgamma totalorder totalordermag trunc "
    "ufromfp ufromfpx y0 y1 yn ";

// Of <stdlib.h>, which g++'s <cmath> includes, and macros that compilers define on their own.
constexpr std::string_view others =
    "a64l abort abs aligned_alloc alloca arc4random arc4random_buf arc4random_uniform at_quick_exit atexit atof "
    "atoi atol atoll bsearch calloc canonicalize_file_name clearenv comparison_fn_t div div_t double_t drand48 "
    "drand48_data drand48_r ecvt ecvt_r erand48 erand48_r exit fcvt fcvt_r float_t free gcvt getenv getloadavg "
    "getpt getsubopt grantpt i386 initstate initstate_r int32_t iscanonical iseqsig issignaling iszero jrand48 "
    "jrand48_r l64a labs lcong48 lcong48_r ldiv ldiv_t linux llabs lldiv lldiv_t locale_t lrand48 lrand48_r main "
    "malloc math_errhandling mblen mbstowcs mbtowc mkdtemp mkostemp mkostemp64 mkostemps mkostemps64 mkstemp "
    "mkstemp64 mkstemps mkstemps64 mktemp mrand48 mrand48_r nrand48 nrand48_r on_exit posix posix_memalign "
    "posix_openpt ptsname ptsname_r putenv qecvt qecvt_r qfcvt qfcvt_r qgcvt qsort qsort_r quick_exit rand rand_r "
    "random random_data random_r realloc reallocarray realpath rpmatch secure_getenv seed48 seed48_r setenv "
    "setstate setstate_r signgam size_t srand srand48 srand48_r srandom srandom_r std strfromd strfromf "
    "strfromf128 strfromf32 strfromf32x strfromf64 strfromf64x strfroml strtod strtod_l strtof strtof128 "
    "strtof128_l strtof32 strtof32_l strtof32x strtof32x_l strtof64 strtof64_l strtof64x strtof64x_l strtof_l "
    "strtol strtol_l strtold strtold_l strtoll strtoll_l strtoq strtoul strtoul_l strtoull strtoull_l strtouq "
    "system unix unlockpt unsetenv valloc wcstombs wctomb ";

bool has(std::string_view words, std::string_view name) {
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = words.find(' ', at);
    if (words.substr(at, end - at) == name) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

bool is_taken_name(std::string_view name) {
  const bool has_letter = name.size() > 1 && (name.back() == 'f' || name.back() == 'l');
  return has(keywords, name) || has(others, name) || has(mathematics, name) ||
         (has_letter && has(mathematics, name.substr(0, name.size() - 1)));
}

}  // namespace logitape::inline v0::train
