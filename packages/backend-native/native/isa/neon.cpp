// The kernels for 64-bit Arm, whose processors all have Advanced SIMD (NEON).
#define VECTOR_BYTES 16
#define VECTOR_NEON 1
#include <arm_neon.h>

#include <cstring>

#include "codegen/rowTarget.hpp"
#include "isa.hpp"
#include "simd.inl"
#include "math.inl"
#include "ops.inl"
#include "product.inl"
#include "bytes.inl"
#include "peak.inl"
#include "spikes/signsByLoads.inl"
#include "spikes/spikeLists.inl"
#include "spikes/spikesByLoads.inl"

namespace spikeward {

extern const Isa neonIsa = {"neon", neonRows, rowOp, kFunctions, kFunctionCount, foldOp, spreadRow<uint32_t>, spreadRow<double>, productKernels<float>(), productKernels<double>(), &listKernels, &listKernels, peakFlops, triad, tileOfHalves, pairHalves, tileOfBytes, packRowOfBytes, packColumnsOfBytes};

}  // namespace spikeward
