// The kernels for AVX2, compiled with its flags and called only on processors that support it.
#define VECTOR_BYTES 32
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

extern const Isa avx2Isa = {"avx2", avx2Rows, rowOp, kFunctions, kFunctionCount, foldOp, spreadRow<uint32_t>, spreadRow<double>, productKernels<float>(), productKernels<double>(), &listKernels, &listKernels, peakFlops, triad, tileOfHalves, pairHalves, tileOfBytes, packRowOfBytes, packColumnsOfBytes};

}  // namespace spikeward
