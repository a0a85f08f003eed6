// The kernels for avx2; compiled with its flags, called only where the processor has it.
#define VECTOR_BYTES 32
#include <cstring>

#include "codegen/targets.hpp"
#include "isa.hpp"
#include "simd.inl"
#include "math.inl"
#include "ops.inl"
#include "product.inl"
#include "peak.inl"
#include "spikesByLoads.inl"

namespace spikeward {

extern const Isa avx2Isa = {"avx2", avx2Rows, rowOp, foldOp, spreadRow<uint32_t>, spreadRow<double>, productKernels<float>(), productKernels<double>(), &loadKernels, peakFlops, triad};

}  // namespace spikeward
