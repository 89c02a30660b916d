// DLPack (https://dmlc.github.io/dlpack/latest/c_api.html): hands tensors to other libraries, and takes them from
// others, without a copy of their bytes. The two structs are those of <dlpack/dlpack.h>, which is not needed here;
// include it to look inside them.
#pragma once
#include "logitape/core/tensor.h"

extern "C" {
struct DLManagedTensor;
struct DLManagedTensorVersioned;
}

namespace logitape::inline v0 {

// The tensor's own bytes, kept until the consumer calls the deleter. They must only be read: values never change. The
// versioned struct (1.0) says so in its flags; the other one cannot. Errors: an empty tensor; one that is not on the
// cpu.
DLManagedTensor* to_dlpack(const Tensor& tensor);
DLManagedTensorVersioned* to_dlpack_versioned(const Tensor& tensor);

// Takes ownership: the deleter is called when the last tensor with these bytes is gone, or at once if they are copied
// (if not row-major, or not aligned to the elements). If there is an error, it is not called. Nobody may change the
// bytes from then on. Errors: unsupported for a device other than the cpu, a type that is no dtype, several lanes, a
// rank above 8, a major version other than 1; invalid_argument for null, extents that are negative or too large, a
// boolean that is neither 0 nor 1.
Tensor from_dlpack(DLManagedTensor* managed);
Tensor from_dlpack(DLManagedTensorVersioned* managed);

}  // namespace logitape::inline v0
