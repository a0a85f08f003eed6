// The kernels for AVX-512, compiled with its flags and called only on processors that support it.
#define VECTOR_BYTES 64
#include <cstring>

#include "codegen/rowTarget.hpp"
#include "isa.hpp"
#include "processor.hpp"
#include "simd.inl"
#include "math.inl"
#include "ops.inl"
#include "product.inl"
#include "bytes.inl"
#include "peak.inl"
#include "spikes/signs.inl"
#include "spikes/spikeLists.inl"
#include "spikes/spikes.inl"

namespace spikeward {

extern const Isa avx512Isa = {"avx512", avx512Rows, rowOp, kFunctions, kFunctionCount, foldOp, spreadRow<uint32_t>, spreadRow<double>, productKernels<float>(), productKernels<double>(), &listKernels, &registerKernels, peakFlops, triad, tileOfHalves, pairHalves, tileOfBytes, packRowOfBytes, packColumnsOfBytes};

}  // namespace spikeward
