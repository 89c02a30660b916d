# WebAssembly, by emcmake.

# One thread, exceptions of the machine itself (browsers have them since 2021), SIMD of 128 bits. Highway 1.0.3 has no
# vectors of f64 for WebAssembly: its portable vectors, EMU128, are loops over 16 bytes, which the compiler turns into
# instructions of 128 bits.
target_compile_definitions(hwy INTERFACE HWY_COMPILE_ONLY_EMU128)
add_compile_options(-fwasm-exceptions -msimd128 "SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/standard.h")
add_link_options(-fwasm-exceptions)
