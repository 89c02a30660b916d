// DLPack (https://dmlc.github.io/dlpack/latest/c_api.html): tensors handed to other libraries, and taken from them,
// without a copy of their bytes. The two structs are those of <dlpack/dlpack.h>, which is not needed here; include it
// to look inside.
#pragma once
#include "logitape/core/tensor.h"

extern "C" {
struct DLManagedTensor;
struct DLManagedTensorVersioned;
}

namespace logitape::inline v0 {

// The tensor's own bytes, kept until the consumer calls the deleter. They may only be read: values never change. The
// versioned struct (1.0) says so in its flags, the other cannot. Errors: an empty tensor; one that is not on the cpu.
DLManagedTensor* to_dlpack(const Tensor& tensor);
DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& tensor);

// Takes it over: its deleter is called when the last tensor of its bytes is gone, or at once where they are copied
// (what is not row-major, or not aligned to its elements); not where there is an error. Nobody may change the bytes
// from then on. Errors: unsupported for a device other than the cpu, a type that is no dtype, several lanes, a rank
// above 8, a major version other than 1; invalid_argument for null, extents that are negative or too large, a boolean
// that is neither 0 nor 1.
Tensor from_dlpack(DLManagedTensor* managed);
Tensor from_dlpack(DLManagedTensorVersioned* managed);

}  // namespace logitape::inline v0
