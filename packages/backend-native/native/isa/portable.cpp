// The kernels for any processor: vectors of 16 bytes, lowered by the compiler.
#define VECTOR_BYTES 16
#include "isa.hpp"
#include "simd.inl"
#include "math.inl"
#include "ops.inl"
#include "product.inl"
#include "bytes.inl"
#include "peak.inl"

namespace spikeward {

extern const Isa portableIsa = {"portable", nullptr, rowOp, kFunctions, kFunctionCount, foldOp, spreadRow<uint32_t>, spreadRow<double>, productKernels<float>(), productKernels<double>(), nullptr, nullptr, peakFlops, triad, tileOfHalves, pairHalves, tileOfBytes, packRowOfBytes, packColumnsOfBytes};

}  // namespace spikeward
